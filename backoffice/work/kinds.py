"""The dated rules of what waits for people: what an item costs, how long it takes, and how queues are ordered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare, require_zone

Row = TypeVar("Row", "Cost", "Takes")


class Cost(Struct, frozen=True, forbid_unknown_fields=True):
    """What items of some kinds cost. A kind that nothing names is `""`'s.

    A cut-off that is missed costs `rate` of what is at stake (a fraction, of each day) and `fixed` beside it, in
    the currency of the costs. `warning` working minutes before its deadline nothing may be nobody's; what has no
    deadline of its own has one `days` working days after it was opened.
    """

    kinds: list[str]
    rate: Number = "0"
    fixed: Number = "0"
    warning: int = 120
    days: int = 1

    def of(self, amount: Decimal) -> Decimal:
        """What one missed cut-off costs. Not rounded: it orders, and is booked nowhere."""
        return amount * Decimal(self.rate) + Decimal(self.fixed)


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """All kinds' costs; `currency` is that of `fixed`, and the one that all items are compared in."""

    currency: str
    rows: list[Cost]

    def __post_init__(self) -> None:
        _require_each_once(self.rows)

    def of(self, kind: str) -> Cost:
        return _row_of(self.rows, kind)


class Pace(NamedTuple):
    """What handling an item of a kind takes: the mean and the standard deviation, in minutes; from how many."""

    minutes: float
    spread: float
    measured: int


class Takes(Struct, frozen=True, forbid_unknown_fields=True):
    """How long items of some kinds take until it was measured: the mean, and the deviation as a part of it."""

    kinds: list[str]
    minutes: Number
    spread: Number

    def __post_init__(self) -> None:
        if Decimal(self.minutes) <= 0 or Decimal(self.spread) < 0:
            raise ValueError("minutes are above zero, and no spread is below it")


class HandlingTimes(Struct, frozen=True, forbid_unknown_fields=True):
    """How long work takes, of all kinds. What is measured is that of the last `days` days.

    `weight` measured items weigh as much as the rule itself. A kind that nothing names is `""`'s.
    """

    days: int
    weight: int
    rows: list[Takes]

    def __post_init__(self) -> None:
        _require_each_once(self.rows)
        if min(self.days, self.weight) < 1:
            raise ValueError("days and weight are 1 at least")

    def of(self, kind: str) -> Pace:
        row = _row_of(self.rows, kind)
        return Pace(float(row.minutes), float(row.minutes) * float(row.spread), 0)

    def moved(self, kind: str, items: int, mean: float, spread: float) -> Pace:
        """The rule's, moved towards the mean and the deviation (in minutes) of so many that were measured."""
        rule, part = self.of(kind), items / (items + self.weight)
        return Pace(
            rule.minutes + part * (mean - rule.minutes),
            rule.spread + part * (spread - rule.spread), items,
        )  # fmt: skip


def _require_each_once(rows: Sequence[Cost] | Sequence[Takes]) -> None:
    """Raises ValueError."""
    named = [kind for row in rows for kind in row.kinds]
    if len(named) != len(set(named)) or "" not in named:
        raise ValueError("a kind is named twice, or no row is for the kinds that none names")


def _row_of(rows: Sequence[Row], kind: str) -> Row:
    by_kind = {each: row for row in rows for each in row.kinds}
    return by_kind.get(kind, by_kind[""])


class Missed(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    amount: Number


class Measured(Struct, frozen=True, forbid_unknown_fields=True):
    """So many items of a kind, of so many minutes on average."""

    kind: str
    items: int
    minutes: Number


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """How queues are ordered (`workflow/ordering.py`), and in which hours people work on them.

    `ahead` is the part of a queue's work that one who is passed over waits for; nothing becomes older than
    `oldest` times what it would have become first in, first out within `history` working days, or than
    `at_least` working minutes where that is more.
    """

    calendar: str
    zone: str
    begins: str
    ends: str
    ahead: Number
    oldest: Number
    at_least: int
    history: int

    def __post_init__(self) -> None:
        require_zone(self.zone)

    def bound(self, in_turn: float) -> float:
        return max(float(self.at_least), float(self.oldest) * in_turn)


class InTurn(Struct, frozen=True, forbid_unknown_fields=True):
    minutes: int


COSTS: RuleKind[Costs] = RuleKind(
    name="work.cost", title=_("Work: what items cost that are done late"), value=Costs,
    given=Missed, found=Decimal,
    compute=lambda rule, given: rule.of(given.kind).of(Decimal(given.amount)),
)  # fmt: skip
HANDLING: RuleKind[HandlingTimes] = RuleKind(
    name="work.handling", title=_("Work: how long items take"), value=HandlingTimes, given=Measured,
    found=Decimal,
    compute=lambda rule, given: Decimal(
        str(round(rule.moved(given.kind, given.items, float(given.minutes), 0).minutes, 2))
    ),
)  # fmt: skip
ORDER: RuleKind[Order] = RuleKind(
    name="work.order", title=_("Work: how queues are ordered"), value=Order, given=InTurn, found=int,
    compute=lambda rule, given: int(rule.bound(float(given.minutes))),
)  # fmt: skip

declare(COSTS, HANDLING, ORDER)
