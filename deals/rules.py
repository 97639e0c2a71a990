"""Checking a deal and working out what it comes to. Pure: terms and reference data in, rows out.

Every check adds to one list of problems, so that a dealer sees all of them at once. A problem of
`REFERENCE` or `CALENDAR` kind never refuses an executed deal (domain-decisions 1): unresolved
references send it to repair, a closed day is only a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.kernel.decimals import parse, plain
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from deals.products.equity import Equity, EquityAmounts, FlowTerms, amounts_of, flows_of
from refdata.rows import BookRow, CurrencyRow, InstrumentRow, PartyRow
from refdata.selectors import ReferenceData

LARGEST_AMOUNT = Decimal(10) ** 15
FUTURE_TOLERANCE = timedelta(minutes=5)
UNRESOLVED = frozenset({
    "unknown-book", "unknown-counterparty", "unknown-instrument", "unknown-currency",
    "unknown-client", "amount-too-large", "instrument-suspended", "counterparty-blocked", "identifier-conflict",
})  # fmt: skip
TOLERATED = frozenset({"venue-closed", "settlement-day-closed", "settlement-before-trade"})
CONFIRM_BY = time(19, 0)
CONFIRM_ZONE = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True, slots=True)
class ResolvedDeal:
    """A deal that can be stored: everything found, every amount worked out."""

    terms: Equity
    book: BookRow
    owner_id: int
    counterparty: PartyRow
    instrument: InstrumentRow
    currency: CurrencyRow
    quantity: Decimal
    price: Decimal
    traded_at: datetime
    trade_date: date
    due_date: date
    amounts: EquityAmounts
    flows: tuple[FlowTerms, ...]
    warnings: tuple[FieldProblem, ...] = ()

    @property
    def executed(self) -> bool:
        return self.terms.stage == "executed"


@dataclass(slots=True)
class Check:
    """What was found while checking one deal; `problems` grows, the rest is filled in."""

    terms: Equity
    reference: ReferenceData
    now: datetime
    problems: list[FieldProblem] = field(default_factory=list)

    def add(self, pointer: str, code: str, detail: str, hint: str, **facts: Any) -> None:
        self.problems.append(FieldProblem(pointer, code, detail, hint, facts))


def resolve(terms: Equity, reference: ReferenceData, *, now: datetime) -> ResolvedDeal | Check:
    """The deal ready to store, or the check with everything that is wrong with it."""
    check = Check(terms, reference, now)
    book = _look_up(check, reference.books, "book", terms.book)
    counterparty = _counterparty(check)
    owner_id = _owner(check, book)
    instrument = _instrument(check)
    currency = _look_up(check, reference.currencies, "currency", terms.currency)
    quantity = _number(check, "quantity", terms.quantity, scale=8, above_zero=True)
    price = _number(
        check, "price", terms.price, scale=12, above_zero=terms.settlement.method == "DVP"
    )
    traded_at = _instant(check)
    trade_date, due_date = _dates(check, instrument, traded_at)
    fees = _agreed_fees(check)
    _bounded(check, quantity, price)
    hard = [p for p in check.problems if not (terms.stage == "executed" and p.code in TOLERATED)]
    if hard:
        return check
    assert book and counterparty and instrument and currency and traded_at and owner_id is not None
    assert quantity is not None and price is not None and trade_date and due_date
    if not terms.fees:
        fees = _scheduled_fees(
            check, book, instrument, counterparty, currency, quantity * price, trade_date
        )
    amounts = amounts_of(
        side=terms.side, quantity=quantity, price=price, fees=fees, minor_unit=currency.minor_unit
    )
    flows = flows_of(
        side=terms.side, instrument_id=instrument.asset_id, currency_id=currency.asset_id,
        quantity=quantity, amounts=amounts, due_date=due_date,
    )  # fmt: skip
    return ResolvedDeal(
        terms, book, owner_id, counterparty, instrument, currency, quantity, price, traded_at,
        trade_date, due_date, amounts, tuple(flows), tuple(check.problems),
    )  # fmt: skip


def _look_up(check: Check, table: Any, name: str, value: str) -> Any:
    found = table.get(value)
    if found is None:
        check.add(
            f"/{name}", f"unknown-{name}", gettext_noop("%(value)s is not known."),
            gettext_noop("Check the spelling, or have it added to the reference data."), value=value,
        )  # fmt: skip
    return found


def _counterparty(check: Check) -> PartyRow | None:
    found: PartyRow | None = _look_up(
        check, check.reference.parties, "counterparty", check.terms.counterparty
    )
    if found is not None and found.status != "ACTIVE":
        check.add(
            "/counterparty", "counterparty-blocked", gettext_noop("%(name)s is blocked."),
            gettext_noop("Ask the administrators why; deals wait until it is lifted."),
            name=found.name,
        )  # fmt: skip
    return found


def _owner(check: Check, book: BookRow | None) -> int | None:
    """Whose deal it is: our own, or the client's who must then be named with an account."""
    terms = check.terms
    if terms.capacity == "OWN":
        return book.own_party_id if book else None
    if not terms.account:
        check.add(
            "/account", "required", gettext_noop("A client's deal names the client's account."),
            gettext_noop("Add account, or set capacity to OWN."),
        )  # fmt: skip
    if not terms.client:
        check.add(
            "/client", "required", gettext_noop("A client's deal names the client."),
            gettext_noop("Add client, or set capacity to OWN."),
        )  # fmt: skip
        return None
    found = _look_up(check, check.reference.parties, "client", terms.client)
    return found.id if found else None


def _instrument(check: Check) -> InstrumentRow | None:
    found: InstrumentRow | None = _look_up(
        check, check.reference.instruments, "instrument", check.terms.instrument
    )
    if found is None:
        return None
    if found.status != "ACTIVE":
        check.add(
            "/instrument", "instrument-suspended", gettext_noop("%(name)s is suspended."),
            gettext_noop("Wait until the suspension is lifted."), name=found.name,
        )  # fmt: skip
    return found


def _number(check: Check, name: str, text: str, *, scale: int, above_zero: bool) -> Decimal | None:
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


def _bounded(check: Check, quantity: Decimal | None, price: Decimal | None) -> None:
    """Beyond the bound it is a slip of the keyboard, and sums of such amounts fit no column."""
    if quantity is not None and price is not None and quantity * price >= LARGEST_AMOUNT:
        check.add(
            "/quantity", "amount-too-large",
            gettext_noop("Quantity times price comes to %(amount)s or more."),
            gettext_noop("Check both; split the deal if it is really that large."),
            amount=plain(LARGEST_AMOUNT),
        )  # fmt: skip


def _instant(check: Check) -> datetime | None:
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


def _dates(
    check: Check, instrument: InstrumentRow | None, traded_at: datetime | None
) -> tuple[date | None, date | None]:
    """Trade date by the venue's sessions, due date as agreed or by the cycle of that trade date."""
    if instrument is None or traded_at is None:
        return None, None
    reference = check.reference
    trade_date, is_open = reference.trade_date(instrument.market, traded_at)
    if not is_open:
        check.add(
            "/traded_at", "venue-closed", gettext_noop("%(market)s has no session on %(day)s."),
            gettext_noop("Check the date; sessions are in the reference data."),
            market=instrument.market, day=trade_date.isoformat(),
        )  # fmt: skip
    text = check.terms.settlement.date
    if text is None:
        return trade_date, reference.due_date(instrument.market, instrument.kind, trade_date)
    return trade_date, _agreed_due_date(check, text, trade_date)


def _agreed_due_date(check: Check, text: str, trade_date: date) -> date | None:
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


def _agreed_fees(check: Check) -> tuple[Decimal, ...]:
    fees = []
    for number, fee in enumerate(check.terms.fees):
        if fee.currency != check.terms.currency:
            check.add(
                f"/fees/{number}/currency", "fee-currency",
                gettext_noop("A fee is in the currency of the deal."),
                gettext_noop("Convert it, or book it apart."),
            )  # fmt: skip
        amount = _number(check, f"fees/{number}/amount", fee.amount, scale=4, above_zero=False)
        if amount is not None and fee.payer == "US":
            currency = check.reference.currencies.get(fee.currency)
            fees.append(half_up_minor(amount, currency.minor_unit if currency else 2))
    return tuple(fees)


def _scheduled_fees(
    check: Check, book: BookRow, instrument: InstrumentRow, counterparty: PartyRow,
    currency: CurrencyRow, gross: Decimal, trade_date: date,
) -> tuple[Decimal, ...]:  # fmt: skip
    rows = check.reference.fees_of(
        entity_id=book.entity_id, product=check.terms.product, market=instrument.market,
        counterparty_id=counterparty.id, currency=currency.code, on=trade_date,
    )  # fmt: skip
    return tuple(
        half_up_minor(max(gross * row.rate, row.minimum), currency.minor_unit) for row in rows
    )


def unresolved_only(problems: list[FieldProblem]) -> bool:
    """Whether nothing but reference data is missing, so that an executed deal can wait for repair."""
    return all(problem.code in UNRESOLVED | TOLERATED for problem in problems)


def end_of_day(moment: datetime) -> datetime:
    """The next 19:00 Moscow time: of the day on which something came up, late in it of the next."""
    day = moment.astimezone(CONFIRM_ZONE).date()
    today = confirm_by(day)
    return today if moment < today else confirm_by(day + timedelta(days=1))


def confirm_by(trade_date: date) -> datetime:
    """Until when a deal should be confirmed: 19:00 Moscow time on its trade date."""
    return datetime.combine(trade_date, CONFIRM_BY, tzinfo=CONFIRM_ZONE)


def problem_texts(problems: list[FieldProblem]) -> Iterator[str]:
    """The problems in English, for stored reasons."""
    for problem in problems:
        yield f"{problem.pointer}: {problem.code}"
