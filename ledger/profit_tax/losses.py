"""Losses of former years that lower the base of a year, and what is left of them. Pure.

Only a base of its own carries its losses on here: a loss of the general base is the firm's as a whole (art. 280 p. 22,
283). The oldest loss is used first (art. 283 p. 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Annotated, NamedTuple

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import Number, RuleKind

ZERO, KOPECK = Decimal(0), Decimal("0.01")


class LossCarry(Struct, frozen=True, forbid_unknown_fields=True):
    """`share` of a year's base that losses may lower, as a fraction; for how many years after its own a loss lives."""

    share: Number
    years: Annotated[int, Meta(ge=1, le=100)] | None = None


class Loss(Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    amount: Number


class YearWithLosses(Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    base: Number
    losses: Sequence[Loss]


class Used(NamedTuple):
    """What of the losses lowers a year, and what of them, by the year they are of, is left or has come to its end."""

    used: Decimal
    left: Mapping[int, Decimal]
    expired: Decimal


def use(rule: LossCarry, year: int, base: Decimal, losses: Mapping[int, Decimal]) -> Used:
    """Of losses, each above zero, as much as the share of the base admits, to the kopeck down, the oldest first."""
    alive = {
        y: n for y, n in sorted(losses.items()) if rule.years is None or year - y <= rule.years
    }
    room = (max(base, ZERO) * Decimal(rule.share)).quantize(KOPECK, ROUND_DOWN)
    left, used = {}, ZERO
    for of_year, amount in alive.items():
        taken = min(amount, room - used)
        used += taken
        if amount > taken:
            left[of_year] = amount - taken
    return Used(used, left, sum(losses.values(), ZERO) - sum(alive.values(), ZERO))


class CarriedYear(NamedTuple):
    """The losses of a year: what there was at its beginning, what ended unused, lowered it, was added, is left.

    `taxable` is what is left of the base. `ruled` is False where no rule says how losses are carried: none is used.
    """

    year: int
    opening: Decimal
    expired: Decimal
    used: Decimal
    new: Decimal
    closing: Decimal
    taxable: Decimal
    ruled: bool = True


def carry(
    results: Iterable[tuple[int, Decimal]], rules: Mapping[int, LossCarry | None]
) -> list[CarriedYear]:
    """The years one after the other, each with its result and the rule in force in it."""
    losses: Mapping[int, Decimal] = {}
    found = []
    for year, result in results:
        opening, rule = sum(losses.values(), ZERO), rules.get(year)
        step = Used(ZERO, losses, ZERO) if rule is None else use(rule, year, result, losses)
        new = max(-result, ZERO)
        losses = {**step.left, year: new} if new else step.left
        found.append(CarriedYear(
            year, opening, step.expired, step.used, new, sum(losses.values(), ZERO),
            max(result, ZERO) - step.used, rule is not None,
        ))  # fmt: skip
    return found


LOSS_CARRY = RuleKind(
    name="profit_tax.loss_carry",
    title=_("Profit tax: how losses are carried forward"),
    value=LossCarry,
    given=YearWithLosses,
    found=Decimal,
    compute=lambda rule, given: use(
        rule, given.year, Decimal(given.base), {each.year: Decimal(each.amount) for each in given.losses}
    ).used,
)  # fmt: skip
