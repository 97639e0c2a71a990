"""Bonds as deals and accruals look them up: what is outstanding on a day, and what has accrued.

A bond is read when it is first asked for: a snapshot of reference data holds thousands of them, and
a process deals in few.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.day_counts import CouponPeriod, accrued_per_unit, fraction
from backoffice.kernel.rounding import half_up_minor
from backoffice.kernel.schedules import CouponTerms, Roll, Stub, coupon_periods
from refdata.models import BondPayment, BondTerms


class Coupon(NamedTuple):
    """A coupon period as laid out: what is outstanding in it, and the period ACT/ACT ICMA counts in."""

    start: date
    end: date
    outstanding: Decimal
    period: CouponPeriod | None


class BondRow(NamedTuple):
    """What interest follows from. The rate is a fraction a year, the nominal that of one bond."""

    nominal: Decimal
    currency: str
    coupon_rate: Decimal
    day_count: str
    rounds_per_bond: bool
    coupons: tuple[Coupon, ...]

    def coupon_on(self, day: date) -> Coupon | None:
        """The coupon period a day falls in: its start counts, its end belongs to the next."""
        return next((each for each in self.coupons if each.start <= day < each.end), None)

    def accrued(self, quantity: Decimal, day: date, minor_unit: int) -> Decimal:
        """What so many bonds have accrued until a day since the coupon before it.

        Where the terms round per bond, as Russian НКД does, that comes first (rules, A13); else the
        whole is rounded once. Raises ValueError outside the bond's life.
        """
        return half_up_minor(self.accrued_in_full(quantity, day, minor_unit), minor_unit)

    def accrued_in_full(self, quantity: Decimal, day: date, minor_unit: int) -> Decimal:
        """The same before the whole is rounded: of one bond what its worth is more by its coupon."""
        coupon = self.coupon_on(day)
        if coupon is None:
            raise ValueError(f"no coupon period on {day}")
        if self.rounds_per_bond:
            per_bond = accrued_per_unit(
                nominal=coupon.outstanding, annual_rate=self.coupon_rate,
                day_count=self.day_count, start=coupon.start, until=day, minor_unit=minor_unit,
                coupon=coupon.period,
            )  # fmt: skip
            return quantity * per_bond
        share = fraction(self.day_count, coupon.start, day, coupon.period)
        return quantity * coupon.outstanding * self.coupon_rate * share


class BondBook:
    """The bonds of one snapshot, each read once; one without laid-out payments is not there."""

    def __init__(self, read: Callable[[int], BondRow | None] | None = None) -> None:
        self._read = read or read_bond
        self._known: dict[int, BondRow | None] = {}

    def get(self, asset_id: int) -> BondRow | None:
        if asset_id not in self._known:
            self._known[asset_id] = self._read(asset_id)
        return self._known[asset_id]


def read_bond(asset_id: int) -> BondRow | None:
    """A bond with its coupons as they were laid out; None when they are not."""
    terms = BondTerms.objects.select_related("instrument").filter(pk=asset_id).first()
    rows = list(
        BondPayment.objects.filter(instrument_id=asset_id, kind=BondPayment.Kind.COUPON)
        .order_by("end_date")
        .values_list("start_date", "end_date", "outstanding")
    )
    if terms is None or terms.coupon_rate is None or terms.instrument.nominal is None or not rows:
        return None
    bond = terms.instrument
    assert bond.nominal is not None
    periods = _periods(terms)
    return BondRow(
        nominal=bond.nominal, currency=bond.nominal_currency or bond.currency,
        coupon_rate=terms.coupon_rate, day_count=terms.day_count,
        rounds_per_bond=terms.rounds_per_bond,
        coupons=tuple(Coupon(*row, periods.get((row[0], row[1]))) for row in rows),
    )  # fmt: skip


def schedule_of(terms: BondTerms) -> CouponTerms:
    """The terms as the schedule reads them. Raises ValueError for what describes none."""
    assert terms.start_date
    assert terms.maturity_date
    return CouponTerms(
        start=terms.start_date, maturity=terms.maturity_date, frequency=terms.frequency,
        every_days=terms.every_days, stub=Stub(terms.stub), roll=Roll(terms.roll),
    )  # fmt: skip


def _periods(terms: BondTerms) -> dict[tuple[date, date], CouponPeriod | None]:
    """The regular periods by the dates they are laid out on; of payments from elsewhere, none."""
    if not (terms.start_date and terms.maturity_date):
        return {}
    every_day = BusinessDays("", {})  # only laid-out dates are asked for: moving them is not
    periods = coupon_periods(schedule_of(terms), every_day)
    return {(each.start, each.end): each.coupon for each in periods}
