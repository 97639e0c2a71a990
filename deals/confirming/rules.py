"""Two confirmations of one deal compared field by field. Pure.

Hard fields are equal or the confirmation differs; an amount may differ by what its currency tolerates,
and a price by no more than that in money (domain-decisions 8). A field that one side does not tell is
not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

FIELDS = (
    "side", "instrument", "quantity", "price", "currency", "amount", "trade_date", "settlement_date",
    "place", "uti",
)  # fmt: skip
HARD_FIELDS = frozenset(
    {"side", "instrument", "quantity", "currency", "trade_date", "settlement_date", "place"}
)


class Weight(StrEnum):
    """What a field comes to: nothing to say, something that decides nothing, or a difference."""

    SAME = "SAME"
    UNTOLD = "UNTOLD"  # one of the two does not tell it
    TOLERATED = "TOLERATED"
    NOTED = "NOTED"  # shown to people, and keeps a match from confirming by itself
    DIFFERENT = "DIFFERENT"


class Verdict(StrEnum):
    EXACT = "EXACT"
    WITHIN = "WITHIN"
    DIFFERENT = "DIFFERENT"


class Tolerated(NamedTuple):
    """Amounts up to and including `up_to` (None: all above) may differ by `within`."""

    up_to: Decimal | None
    within: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a confirmation says, seen from our side: `buy` is our purchase. None is not told.

    `gross` and `fee` are known of ours alone: they explain a difference, and decide nothing.
    """

    side: str
    instrument: str
    quantity: Decimal
    currency: str
    trade_date: date
    settlement_date: date
    price: Decimal | None = None
    amount: Decimal | None = None
    place: str = ""
    uti: str = ""
    gross: Decimal | None = None
    fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Finding:
    """A field of both: what we say, what they say, and what the difference weighs."""

    field: str
    ours: Any
    theirs: Any
    weight: Weight

    @property
    def difference(self) -> Decimal | int | None:
        """Theirs less ours, of numbers; of dates in days."""
        if isinstance(self.ours, date) and isinstance(self.theirs, date):
            return (self.theirs - self.ours).days
        if isinstance(self.ours, Decimal) and isinstance(self.theirs, Decimal):
            return self.theirs - self.ours
        return None


def tolerance_of(amount: Decimal, steps: Sequence[Tolerated]) -> Decimal:
    """By how much an amount may differ: the first step that reaches it; without any, not at all."""
    for step in steps:
        if step.up_to is None or amount <= step.up_to:
            return step.within
    return Decimal(0)


def compare(ours: Document, theirs: Document, steps: Sequence[Tolerated]) -> list[Finding]:
    """Every field of the two, in the order of FIELDS. Our amount says what is tolerated."""
    ours_in_money = ours.amount if ours.amount is not None else ours.gross
    within = tolerance_of(abs(ours_in_money or Decimal(0)), steps)
    return [
        Finding(name, (a := getattr(ours, name)), (b := getattr(theirs, name)),
                _weight(name, a, b, within, ours.quantity))
        for name in FIELDS
    ]  # fmt: skip


def _weight(name: str, ours: Any, theirs: Any, within: Decimal, quantity: Decimal) -> Weight:
    if ours in (None, "") or theirs in (None, ""):
        return Weight.UNTOLD
    if ours == theirs:
        return Weight.SAME
    if name in HARD_FIELDS:
        return Weight.DIFFERENT
    if name == "uti":
        return Weight.NOTED
    off = abs(ours - theirs) if name == "amount" else abs(ours - theirs) * quantity
    return Weight.TOLERATED if off <= within else Weight.DIFFERENT


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    weights = {finding.weight for finding in findings}
    if Weight.DIFFERENT in weights:
        return Verdict.DIFFERENT
    return Verdict.WITHIN if weights & {Weight.TOLERATED, Weight.NOTED} else Verdict.EXACT
