"""Deposits and loans: money that is placed or taken, comes back, and earns interest meanwhile. Pure.

    interest   outstanding principal x rate x share of a year by the day count, half up to the minor
               unit, for each period between the days on which it is paid
    periods    at the end, or every month, quarter, half year or year; an odd one lies where `stub`
               says. Days of payment move to open ones (modified following), and interest runs to them

The rate is a fraction a year. Placed money leaves us first, taken money comes in first. A rate below
zero turns the interest round: whoever places the money pays for it (decision 0161).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.day_counts import fraction
from backoffice.kernel.decimals import plain
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from backoffice.kernel.schedules import CouponTerms, Roll, Stub, coupon_periods, repayments
from backoffice.kernel.value_dates import open_on
from deals.capturing.checking import Check, agreed_due_date, amount_of, number
from deals.products.far import Tenor, date_or_tenor, require_open
from deals.terms import Agreed, Day, Due, FlowTerms, Number, SettlementTerms, Terms, Traded

DayCount = Literal["ACT/360", "ACT/365F", "ACT/ACT ISDA", "30/360 US", "30E/360"]
FREQUENCIES = {"monthly": 12, "quarterly": 4, "half-yearly": 2, "yearly": 1}
Paid = Literal["at-end", "monthly", "quarterly", "half-yearly", "yearly"]
WAYS = {"place": ("PAY", "RECEIVE"), "take": ("RECEIVE", "PAY")}
OPPOSITE = {"PAY": "RECEIVE", "RECEIVE": "PAY"}


class MoneySettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """Each payment by itself; no date means: it begins on its trade date, or the next open day."""

    method: Literal["PFOD"] = "PFOD"


class Money(Terms, forbid_unknown_fields=True, kw_only=True):
    """What deposits and loans have in common: `quantity` is the principal."""

    side: Literal["place", "take"]
    rate: Number
    day_count: DayCount
    far_date: Day | None = None
    tenor: Tenor | None = None
    interest: Paid = "at-end"
    stub: Literal["SHORT_FRONT", "LONG_FRONT", "SHORT_BACK", "LONG_BACK"] = "SHORT_BACK"
    settlement: MoneySettlement = msgspec.field(default_factory=MoneySettlement)


class Deposit(Money, forbid_unknown_fields=True, kw_only=True):
    """Money placed with a bank, or taken from a client or bank; paid back at the end."""

    product: Literal["deposit"]


class Loan(Money, forbid_unknown_fields=True, kw_only=True):
    """Money lent or borrowed; paid back at the end, or in equal parts with the interest."""

    product: Literal["loan"]
    repaid: Literal["at-end", "equally"] = "at-end"


def traded_of(check: Check[Money]) -> Traded | None:
    """The currency itself."""
    found = check.reference.currencies.get(check.terms.currency)
    return found and Traded(found.asset_id, None, found.code, decimals=found.minor_unit)


def rate_of(check: Check[Any]) -> Decimal | None:
    """The rate a year as a fraction; nothing is a rate, and so is less than nothing."""
    text = check.terms.rate
    found = number(check, "rate", text.removeprefix("-"), scale=12, above_zero=False)
    return -found if found and text.startswith("-") else found


def interest_flow(back: str, asset_id: int, interest: Decimal, on: date) -> FlowTerms:
    """Interest that goes with the principal on its way back, or against it where the rate is below zero."""
    way = back if interest > 0 else OPPOSITE[back]
    return FlowTerms("INTEREST", way, asset_id, abs(interest), on)


def takes_it_all(check: Check[Any], interest: Decimal, principal: Decimal) -> bool:
    """A problem where interest below zero is as much as the principal."""
    if not principal or interest > -principal:
        return False
    check.add(
        "/rate", "rate-takes-it-all", gettext_noop("At %(rate)s nothing of the principal comes back."),
        gettext_noop("Write the rate as a fraction: -0.005 is minus half a percent."),
        rate=check.terms.rate,
    )  # fmt: skip
    return True


def dates_of(check: Check[Any], traded: Traded, traded_at: datetime) -> tuple[date, date | None]:
    """The day by the clock of the sender, and the day on which the money moves first."""
    trade_date = traded_at.date()
    calendar = calendar_of(check, trade_date)
    if calendar is None:
        return trade_date, None
    text = check.terms.settlement.date
    if text is None:
        return trade_date, open_on(trade_date, [calendar])
    start = agreed_due_date(check, text, trade_date)
    if start is not None:
        require_open(check, "settlement/date", start, [calendar])
    return trade_date, start


def calendar_of(check: Check[Any], on: date) -> BusinessDays | None:
    """The days on which the currency is paid; a problem where nobody has said."""
    calendar = check.reference.calendar_of(check.terms.currency, on)
    if calendar is None:
        check.add(
            "/currency", "no-payment-days",
            gettext_noop("When %(currency)s is paid is not known."),
            gettext_noop("Have a calendar added for the currency."), currency=check.terms.currency,
        )  # fmt: skip
    return calendar


class Period(NamedTuple):
    """From one day of payment to the next: what is outstanding, and what of it is repaid at the end."""

    start: date
    end: date
    outstanding: Decimal
    repaid: Decimal
    share: Decimal


def due_of(check: Check[Money], agreed: Agreed) -> Due | None:
    """The principal out and back, and the interest of each period."""
    terms, principal = check.terms, agreed.quantity
    calendar = calendar_of(check, agreed.trade_date)
    if calendar is None or amount_of(check, principal, agreed.currency) is None:
        return None
    end = date_or_tenor(
        check, "far_date", terms.far_date, start=agreed.due_date, calendars=[calendar]
    )
    if end is None:
        return None
    try:
        periods = list(periods_of(terms, agreed, end, calendar))
    except ValueError as wrong:
        check.add(
            "/interest", "no-schedule", gettext_noop("The dates make no schedule: %(why)s."),
            gettext_noop("Check how often interest is paid and where the odd period lies."),
            why=str(wrong),
        )  # fmt: skip
        return None
    out, back = WAYS[terms.side]
    asset_id, unit = agreed.currency.asset_id, agreed.currency.minor_unit
    flows = [FlowTerms("PRINCIPAL", out, asset_id, principal, agreed.due_date)]
    total = Decimal(0)
    for period in periods:
        interest = half_up_minor(period.outstanding * agreed.price * period.share, unit)
        total += interest
        if period.repaid:
            flows.append(FlowTerms("PRINCIPAL", back, asset_id, period.repaid, period.end))
        if interest:
            flows.append(interest_flow(back, asset_id, interest, period.end))
    if takes_it_all(check, total, principal):
        return None
    figures = {"far_date": end.isoformat(), "interest_amount": plain(total)}
    return Due(principal, principal, flows, figures=figures)


def periods_of(terms: Money, agreed: Agreed, end: date, calendar: BusinessDays) -> Iterator[Period]:
    """The periods that interest is paid for. Raises ValueError for terms that describe none."""
    principal, start = agreed.quantity, agreed.due_date
    equally = isinstance(terms, Loan) and terms.repaid == "equally"
    if terms.interest == "at-end":
        if equally:
            raise ValueError("what is repaid in parts pays interest before the end")
        yield Period(start, end, principal, principal, fraction(terms.day_count, start, end))
        return
    schedule = CouponTerms(
        start=start, maturity=end, frequency=FREQUENCIES[terms.interest], stub=Stub(terms.stub),
        roll=Roll.MODIFIED_FOLLOWING,
    )  # fmt: skip
    periods = coupon_periods(schedule, calendar)
    days = [each.adjusted_end for each in periods] if equally else [periods[-1].adjusted_end]
    steps = {step.day: step for step in repayments(principal, days, agreed.currency.minor_unit)}
    outstanding = principal
    for each in periods:
        step = steps.get(each.adjusted_end)
        share = fraction(terms.day_count, each.adjusted_start, each.adjusted_end)
        repaid = step.amount if step else Decimal(0)
        yield Period(each.adjusted_start, each.adjusted_end, outstanding, repaid, share)
        outstanding -= repaid
