"""Looking at the terms of one deal: everything wrong with it is gathered, nothing raises.

A problem of reference or calendar kind never refuses an executed deal (domain-decisions 1): unresolved
references send it to repair, a closed day is only a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from backoffice.kernel.decimals import parse, plain
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from deals.terms import Terms, Traded
from refdata.rows import CurrencyRow
from refdata.selectors import ReferenceData

LARGEST_AMOUNT = Decimal(10) ** 15
FUTURE_TOLERANCE = timedelta(minutes=5)
UNRESOLVED = frozenset({
    "unknown-book", "unknown-counterparty", "unknown-instrument", "unknown-currency", "unknown-pair",
    "unknown-client", "amount-too-large", "amount-too-small", "too-many-decimals", "pair-currency",
    "instrument-suspended", "counterparty-blocked", "identifier-conflict", "wrong-product",
    "file-declined", "file-closed", "owner-hit", "document-expired", "review-overdue", "file-missing",
    "bond-terms-missing", "nominal-currency", "outside-bonds-life", "below-accrued",
    "no-payment-days", "date-or-tenor", "far-before-near", "no-schedule", "haircut-too-large",
    "rate-takes-it-all",
    "unknown-agreement", "agreement-of-other-party", "agreement-not-in-force",
})  # fmt: skip
TOLERATED = frozenset(
    {
        "venue-closed",
        "settlement-day-closed",
        "settlement-before-trade",
        "beyond-spot",
        "within-spot",
        "nothing-dealt",
    }
)

T = TypeVar("T", bound=Terms, covariant=True)


@dataclass(slots=True)
class Check(Generic[T]):
    """What was found while checking one deal; `problems` grows, the rest is filled in."""

    terms: T
    reference: ReferenceData
    now: datetime
    problems: list[FieldProblem] = field(default_factory=list)

    def add(self, pointer: str, code: str, detail: str, hint: str, **facts: Any) -> None:
        self.problems.append(FieldProblem(pointer, code, detail, hint, facts))


def look_up(check: Check[Terms], table: Any, name: str, value: str) -> Any:
    """What a member names in a table; a problem when it is not there."""
    found = table.get(value)
    if found is None:
        check.add(
            f"/{name}", f"unknown-{name}", gettext_noop("%(value)s is not known."),
            gettext_noop("Check the spelling, or have it added to the reference data."), value=value,
        )  # fmt: skip
    return found


def number(
    check: Check[Terms], name: str, text: str, *, scale: int, above_zero: bool
) -> Decimal | None:
    """A number of so many decimals that is not negative; a problem for anything else."""
    try:
        value = parse(text, scale=scale)
    except (Refusal, ValueError, InvalidOperation):
        check.add(
            f"/{name}", "not-a-number", gettext_noop("%(value)s is not a plain decimal number."),
            gettext_noop("At most 15 digits before the point and %(scale)s after it."),
            value=text, scale=scale,
        )  # fmt: skip
        return None
    if value < 0 or (above_zero and value == 0):
        check.add(
            f"/{name}", "not-positive", gettext_noop("%(value)s is not above zero."),
            gettext_noop("Send a positive number; side says which way it goes."), value=text,
        )  # fmt: skip
        return None
    return value


def whole(check: Check[Any], name: str, traded: Traded, quantity: Decimal) -> None:
    """Money exists in whole minor units: nothing of what is dealt is rounded away."""
    if traded.decimals is not None and quantity != half_up_minor(quantity, traded.decimals):
        check.add(
            f"/{name}", "too-many-decimals",
            gettext_noop("%(value)s is not a whole number of minor units of %(currency)s."),
            gettext_noop("%(currency)s has %(decimals)s decimals."),
            value=getattr(check.terms, name), currency=traded.code, decimals=traded.decimals,
        )  # fmt: skip


def price_of(check: Check[Any]) -> Decimal | None:
    """The price, above zero unless it is a free delivery's."""
    free = check.terms.settlement.method == "FOP"
    return number(check, "price", check.terms.price, scale=12, above_zero=not free)


def amount_of(
    check: Check[Any], exact: Decimal, currency: CurrencyRow, *, above_zero: bool = False
) -> Decimal | None:
    """What is owed, half up to the minor unit of its currency; with `above_zero` at least one of it.

    Beyond the bound it is a slip of the keyboard, and sums of such amounts fit no column.
    """
    if exact >= LARGEST_AMOUNT:
        check.add(
            "/quantity", "amount-too-large",
            gettext_noop("Quantity times price comes to %(amount)s or more."),
            gettext_noop("Check both; split the deal if it is really that large."),
            amount=plain(LARGEST_AMOUNT),
        )  # fmt: skip
        return None
    amount = half_up_minor(exact, currency.minor_unit)
    if above_zero and not amount:
        check.add(
            "/price", "amount-too-small",
            gettext_noop("Quantity times price comes to nothing in %(currency)s."),
            gettext_noop("Check both: a payment is at least one minor unit."),
            currency=currency.code,
        )  # fmt: skip
        return None
    return amount


def instant(check: Check[Terms]) -> datetime | None:
    """The time of the deal with its offset, not in the future."""
    try:
        value = datetime.fromisoformat(check.terms.traded_at)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None or "T" not in check.terms.traded_at:
        check.add(
            "/traded_at", "not-an-instant",
            gettext_noop("%(value)s is not a time with its offset from UTC."),
            gettext_noop("Write it as 2026-11-23T10:15:00+03:00."), value=check.terms.traded_at,
        )  # fmt: skip
        return None
    if value > check.now + FUTURE_TOLERANCE:
        check.add(
            "/traded_at", "in-the-future", gettext_noop("The deal would be dealt in the future."),
            gettext_noop("Check the clock and the offset of the sender."),
        )  # fmt: skip
        return None
    return value


def agreed_due_date(check: Check[Terms], text: str, trade_date: date) -> date | None:
    """The settlement date that was agreed, not before the trade date."""
    try:
        due_date = date.fromisoformat(text)
    except ValueError:
        check.add(
            "/settlement/date", "not-a-date", gettext_noop("%(value)s is not a date."),
            gettext_noop("Write it as 2026-11-24."), value=text,
        )  # fmt: skip
        return None
    if due_date < trade_date:
        check.add(
            "/settlement/date", "settlement-before-trade",
            gettext_noop("Settlement on %(day)s would come before the trade date %(trade_date)s."),
            gettext_noop("Leave the date out for the market's cycle."),
            day=text, trade_date=trade_date.isoformat(),
        )  # fmt: skip
    return due_date


def unresolved_only(problems: list[FieldProblem]) -> bool:
    """Whether nothing but reference data is missing, so that an executed deal can wait for repair."""
    return all(problem.code in UNRESOLVED | TOLERATED for problem in problems)
