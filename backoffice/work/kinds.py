"""The dated rules of what waits for people: what an item costs by its kind, and how queues are ordered."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare, require_zone


class Cost(Struct, frozen=True, forbid_unknown_fields=True):
    """What items of some kinds cost, and how long they take. A kind that nothing names is `""`'s.

    A cut-off that is missed costs `rate` of what is at stake (a fraction, of each day) and `fixed` beside it, in
    the currency of the costs. `minutes` and `spread` are what handling takes until it was measured: the mean, and
    the standard deviation as a part of it. `warning` working minutes before its deadline nothing may be
    nobody's; what has no deadline of its own has one `days` working days after it was opened.
    """

    kinds: list[str]
    rate: Number = "0"
    fixed: Number = "0"
    minutes: Number = "15"
    spread: Number = "0.7"
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
        named = [kind for row in self.rows for kind in row.kinds]
        if len(named) != len(set(named)) or "" not in named:
            raise ValueError("a kind is named twice, or no row is for the kinds that none names")

    def of(self, kind: str) -> Cost:
        by_kind = {each: row for row in self.rows for each in row.kinds}
        return by_kind.get(kind, by_kind[""])


class Missed(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    amount: Number


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
ORDER: RuleKind[Order] = RuleKind(
    name="work.order", title=_("Work: how queues are ordered"), value=Order, given=InTurn, found=int,
    compute=lambda rule, given: int(rule.bound(float(given.minutes))),
)  # fmt: skip

declare(COSTS, ORDER)
