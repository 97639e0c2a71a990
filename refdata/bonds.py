"""Bonds: their terms as sources tell them, and the payments that follow from complete terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.day_counts import fraction
from backoffice.kernel.rounding import half_up_minor
from backoffice.kernel.schedules import coupon_periods, repayments
from refdata.bond_rows import schedule_of
from refdata.models import BondPayment, BondTerms, Currency, Instrument
from refdata.selectors import business_days

Kind = BondPayment.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one source says of a bond; None is what it does not say. The rate is a fraction."""

    start_date: date | None = None
    maturity_date: date | None = None
    coupon_rate: Decimal | None = None
    frequency: int | None = None
    every_days: int | None = None


@transaction.atomic
def keep_terms(told: Mapping[str, Terms]) -> set[str]:
    """Fill in what is not known yet of bonds, by ISIN; return those that learned something.

    What is known stays as it is: a source may have it wrong. Once terms are complete, the bond's
    payments are laid out.
    """
    learned: set[str] = set()
    bonds = Instrument.objects.filter(isin__in=told, kind="BOND").select_for_update()
    for bond in bonds.order_by("pk"):
        assert bond.isin is not None
        row = BondTerms.objects.filter(instrument=bond).first() or BondTerms(instrument=bond)
        new = {
            name: value
            for name, value in asdict(told[bond.isin]).items()
            if value is not None and getattr(row, name) is None
        }
        if row.every_days or row.frequency:
            new.pop("every_days", None)
            new.pop("frequency", None)
        if new:
            for name, value in new.items():
                setattr(row, name, value)
            row.save()
            learned.add(bond.isin)
        lay_out(bond, row)
    return learned


def lay_out(bond: Instrument, terms: BondTerms) -> list[BondPayment]:
    """Write a bond's payments if its terms are complete and it has none yet; return the new ones.

    Payments are facts that accruals and entitlements rest on: they are not written anew. Raises
    ValueError as `payments_of` does.
    """
    if not is_complete(bond, terms) or BondPayment.objects.filter(instrument=bond).exists():
        return []
    return BondPayment.objects.bulk_create(planned(bond, terms))


def is_complete(bond: Instrument, terms: BondTerms) -> bool:
    """Whether a schedule follows from what is known."""
    return bool(
        terms.start_date and terms.maturity_date and bond.nominal
        and terms.coupon_rate is not None and (terms.frequency or terms.every_days)
    )  # fmt: skip


def planned(bond: Instrument, terms: BondTerms) -> list[BondPayment]:
    """The payments of complete terms, moved over closed days by their own calendar; not stored."""
    unit = Currency.objects.get(code=bond.nominal_currency or bond.currency).minor_unit
    calendar = None if terms.calendar is None else business_days(terms.calendar.code)
    return list(payments_of(bond, terms, unit, calendar))


def payments_of(
    bond: Instrument, terms: BondTerms, minor_unit: int, calendar: BusinessDays | None = None
) -> Iterator[BondPayment]:
    """Coupons on what is outstanding, each rounded per bond, and the steps of its repayment.

    Raises ValueError for terms without a schedule, and for a repayment inside a coupon period.
    """
    assert terms.start_date
    assert terms.maturity_date
    assert bond.nominal is not None
    assert terms.coupon_rate is not None
    periods = coupon_periods(schedule_of(terms), calendar)
    paid_on = {period.end: period.adjusted_end for period in periods}
    days = terms.repayment_dates or [terms.maturity_date]
    if not set(days) <= set(paid_on) or days[-1] != terms.maturity_date:
        raise ValueError("a bond is repaid at the ends of coupon periods, the last at maturity")
    steps = repayments(bond.nominal, days, minor_unit, terms.repayment_shares or None)
    left = {step.day: step.outstanding for step in steps}
    outstanding = bond.nominal
    for period in periods:
        share = fraction(terms.day_count, period.start, period.end, period.coupon)
        amount = half_up_minor(outstanding * terms.coupon_rate * share, minor_unit)
        yield BondPayment(
            instrument=bond, kind=Kind.COUPON, start_date=period.start, end_date=period.end,
            payment_date=period.adjusted_end, amount=amount, outstanding=outstanding,
        )  # fmt: skip
        outstanding = left.get(period.end, outstanding)
    for step in steps:
        yield BondPayment(
            instrument=bond, kind=Kind.REPAYMENT, start_date=terms.start_date, end_date=step.day,
            payment_date=paid_on[step.day], amount=step.amount, outstanding=step.outstanding,
        )  # fmt: skip
