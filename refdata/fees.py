"""What a fee schedule makes of a measure: tiers, bounds, rounding, rebates, and the VAT within. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, Protocol

from backoffice.kernel.rounding import half_up_minor, half_up_whole

ZERO = Decimal(0)


class Priced(Protocol):
    """A schedule, as far as it says what something costs."""

    @property
    def rate(self) -> Decimal: ...
    @property
    def tier_from(self) -> Sequence[Decimal]: ...
    @property
    def tier_rates(self) -> Sequence[Decimal]: ...
    @property
    def whole_tiers(self) -> bool: ...
    @property
    def minimum(self) -> Decimal: ...
    @property
    def maximum(self) -> Decimal | None: ...
    @property
    def rounding(self) -> str: ...


def by_tiers(schedule: Priced, measure: Decimal) -> Decimal:
    """The rate of the tier that a measure reaches for all of it, or each tier's rate for its part.

    A tier holds from its border on: the border itself is in it.
    """
    steps = [(ZERO, schedule.rate), *zip(schedule.tier_from, schedule.tier_rates, strict=True)]
    if schedule.whole_tiers:
        reached = [rate for begins, rate in steps if begins <= measure]
        return measure * reached[-1]
    ends = [begins for begins, _rate in steps[1:]]
    total = ZERO
    for (begins, rate), end in zip(steps, [*ends, None], strict=True):
        upper = measure if end is None else min(measure, end)
        total += max(upper - begins, ZERO) * rate
    return total


def fee_of(
    schedule: Priced, measure: Decimal, minor_unit: int, *, share: Decimal = Decimal(1)
) -> Decimal:
    """What a measure costs, within its bounds, rounded by the rounding that the schedule names.

    Nothing costs nothing, whatever the minimum. `share` is how much of a year it is, where the rate is a year's.
    """
    if measure == 0:
        return ZERO
    amount = max(by_tiers(schedule, measure) * share, schedule.minimum)
    if schedule.maximum is not None:
        amount = min(amount, schedule.maximum)
    return rounded(amount, schedule.rounding, minor_unit)


def rounded(amount: Decimal, rounding: str, minor_unit: int) -> Decimal:
    """By the rounding of that name."""
    return half_up_whole(amount) if rounding == "WHOLE" else half_up_minor(amount, minor_unit)


def rebate_share(
    rebate_from: Sequence[Decimal], rebate_shares: Sequence[Decimal], volume: Decimal
) -> Decimal:
    """Which share of a month's fees is given back at its volume: that of the last border reached."""
    reached = [
        share for begins, share in zip(rebate_from, rebate_shares, strict=True) if begins <= volume
    ]
    return reached[-1] if reached else ZERO


class Parted(NamedTuple):
    """An amount with VAT, and the two that it is made of; they sum to it exactly."""

    total: Decimal
    net: Decimal
    vat: Decimal


def parted(amount: Decimal, vat_rate: Decimal, *, on_top: bool, minor_unit: int) -> Parted:
    """The net and the VAT of an amount: added on top, or contained in it (NK Art. 164 p. 4)."""
    if on_top:
        vat = half_up_minor(amount * vat_rate, minor_unit)
        return Parted(amount + vat, amount, vat)
    vat = half_up_minor(amount * vat_rate / (1 + vat_rate), minor_unit)
    return Parted(amount, amount - vat, vat)


def wrong_steps(begins: Sequence[Decimal], values: Sequence[Decimal]) -> bool:
    """Whether borders and what holds from them on do not go together: as many, above zero, ascending."""
    ascending = all(one < other for one, other in pairwise(begins))
    positive = all(each > 0 for each in begins) and all(each >= 0 for each in values)
    return len(begins) != len(values) or not ascending or not positive
