"""The dated rule of a place by which its statements are matched with our books, and its vectors."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from reconciliation.matching.state import RULES, MatchRule, Why
from refdata.dated_rules.kinds import Number, RuleKind, declare
from settlements.deadlines.kinds import PLACE

Days = Annotated[int, Meta(ge=0, le=10)]


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a line may lie from its entry, and which rules match by themselves.

    `window_days`: how many days the bank may book earlier or later, where amounts decide; for so long a rival may
    stand. `reference_days`: within how many days a reference means the same thing. `tolerance`: up to which difference
    a person is told that a line may be an entry; nothing is ever matched by it. What a rule that is off would have
    matched is proposed.
    """

    window_days: Days = 3
    reference_days: Annotated[int, Meta(ge=0, le=400)] = 30
    tolerance: Number = "0"
    rules: tuple[MatchRule, ...] = RULES

    def __post_init__(self) -> None:
        if len(set(self.rules)) < len(self.rules) or not set(self.rules) <= set(RULES):
            raise ValueError("rules are named once each, and only those that match by themselves")

    @property
    def tolerated(self) -> Decimal:
        return Decimal(self.tolerance)


class Pair(Struct, frozen=True, forbid_unknown_fields=True):
    """One line and one entry: how far they are apart, and what they have in common."""

    days_apart: int = 0
    line: Number = "100"
    entry: Number = "100"
    same_reference: bool = False
    same_party: bool = False
    rivals: Annotated[int, Meta(ge=0, le=5)] = 0  # more entries like it


class Outcome(Struct, frozen=True):
    """The rule that matches them, or why they are proposed; both empty: neither."""

    rule: str
    proposed: str


def outcome_of(terms: Terms, pair: Pair) -> Outcome:
    from reconciliation.matching.deciding import decide
    from reconciliation.matching.items import NOTHING, Entry, Line
    from reconciliation.matching.proposing import propose

    names, parties = frozenset(["S1"]), frozenset(["T:1"])
    line = Line(
        1, 1, Decimal(pair.line), pair.days_apart, names if pair.same_reference else NOTHING,
        parties if pair.same_party else NOTHING,
    )  # fmt: skip
    entries = [
        Entry(id, 1, 1, Decimal(pair.entry), 0, names, parties if pair.same_party else NOTHING)
        for id in range(1, 2 + pair.rivals)
    ]
    decided = decide([line], entries, {1: terms})
    for found in decided.found:
        return Outcome(found.rule.value, "")
    for proposed in propose([line], entries, {1: terms}):
        return Outcome("", proposed.why.value)
    return Outcome("", "")


RECON_RULES: RuleKind[Terms] = RuleKind(
    name="recon.rules",
    title=_("Reconciliation: by what statements of a place are matched"),
    keys=("",),
    key_pattern=PLACE,
    value=Terms,
    given=Pair,
    found=Outcome,
    compute=outcome_of,
)

declare(RECON_RULES)

__all__ = ["RECON_RULES", "Terms", "Why"]
