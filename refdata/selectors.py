"""Reading reference data: one snapshot in each process, behind a counter in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from backoffice.events.selectors import NO_HORIZON
from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.money import Money
from refdata.dated_rules.rows import RuleBook, rules_now
from refdata.firm_profiles.rows import ProfileBook, profiles_now
from refdata.models import (
    Book,
    BookScope,
    Calendar,
    CalendarDay,
    Currency,
    CurrencyCalendar,
    CurrencyPair,
    FeeSchedule,
    FxRate,
    Instrument,
    InstrumentIdentifier,
    Party,
    PartyIdentifier,
    Price,
    SettlementCycle,
)
from refdata.rows import (
    BookRow,
    CurrencyCalendarRow,
    CurrencyRow,
    FeeRow,
    InstrumentRow,
    PairRow,
    PartyRow,
    ScopeRow,
)
from refdata.rules import CycleRow, cycle_of, due_date

CHECK_EVERY_SECONDS = 0.2
PIVOTS = ("RUB", "EUR", "USD")  # currencies that rates may be crossed through


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """Everything capture looks up, as plain dictionaries; identifiers of every scheme are keys."""

    version: int
    books: Mapping[str, BookRow]
    parties: Mapping[str, PartyRow]
    instruments: Mapping[str, InstrumentRow]
    currencies: Mapping[str, CurrencyRow]
    calendars: Mapping[str, BusinessDays]
    zones: Mapping[str, ZoneInfo]
    cycles: Sequence[CycleRow]
    fees: Sequence[FeeRow]
    pairs: Sequence[PairRow]
    currency_calendars: Sequence[CurrencyCalendarRow]
    scopes: Mapping[int, tuple[ScopeRow, ...]]  # by user; without an entry: everything
    rules: RuleBook
    profiles: ProfileBook

    def pair_of(self, one: str, other: str, on: date) -> PairRow | None:
        """The pair of two currencies on a trade date, whichever of them is its base."""
        for row in self.pairs:
            if {row.base, row.quote} == {one, other} and _is_valid(row, on):
                return row
        return None

    def calendar_of(self, currency: str, on: date) -> BusinessDays | None:
        """The days on which a currency can be paid, by the mapping in force on a day."""
        for row in self.currency_calendars:
            if row.currency == currency and _is_valid(row, on):
                return self.calendars[row.calendar]
        return None

    def trade_date(self, market: str, dealt_at: datetime) -> tuple[date, bool]:
        """The trade date by the venue's sessions in its local time, and whether it had one."""
        for row in self.cycles:
            if row.market == market:
                local = dealt_at.astimezone(self.zones[row.session_calendar]).date()
                return self.calendars[row.session_calendar].trade_date(local)
        return dealt_at.date(), dealt_at.weekday() < 5

    def due_date(self, market: str, kind: str, trade_date: date) -> date:
        """When a deal of that trade date settles by its market's cycle. Raises NoCycle."""
        cycle = cycle_of(self.cycles, market=market, kind=kind, trade_date=trade_date)
        return due_date(trade_date, cycle, self.calendars[cycle.calendar])

    def fees_of(
        self, *, entity_id: int, product: str, market: str, counterparty_id: int, currency: str,
        on: date,
    ) -> list[FeeRow]:  # fmt: skip
        """The schedules that we pay by on a day."""
        return [
            row
            for row in self.fees
            if row.entity_id == entity_id
            and row.product == product
            and row.market in ("", market)
            and row.counterparty_id in (None, counterparty_id)
            and row.currency == currency
            and row.valid_from <= on
            and (row.valid_until is None or on < row.valid_until)
        ]

    def fx_rate(self, base: str, quote: str, on: date) -> Decimal | None:
        """What one unit of `base` is worth in `quote` by the last stored rates; crossed if need be."""
        return fx_rate(base, quote, on)


def _is_valid(row: PairRow | CurrencyCalendarRow, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on < row.valid_until)


_snapshot: ReferenceData | None = None
_checked_at = 0.0
_loading = threading.Lock()


def reference_data() -> ReferenceData:
    """The snapshot, read anew when the counter moved; at most CHECK_EVERY_SECONDS behind."""
    global _snapshot, _checked_at
    now = time.monotonic()
    if _snapshot is not None and now - _checked_at < CHECK_EVERY_SECONDS:
        return _snapshot
    with _loading:
        version = current_version()
        if _snapshot is None or _snapshot.version != version:
            _snapshot = _read(version)
        _checked_at = now
        return _snapshot


def forget_reference_data() -> None:
    """Read everything anew next time; tests roll the counter back."""
    global _snapshot
    _snapshot = None


def current_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(counter), 0) FROM refdata_version")
        return int(cursor.fetchone()[0])


def _read(version: int) -> ReferenceData:
    calendars = list(Calendar.objects.all())
    return ReferenceData(
        version=version,
        books={
            row[1]: BookRow(*row)
            for row in Book.objects.values_list(
                "id", "code", "entity_id", "entity__code", "entity__own_party_id"
            )
        },
        parties=_parties(),
        instruments=_instruments(),
        currencies={
            row[1]: CurrencyRow(*row)
            for row in Currency.objects.values_list("asset_id", "code", "minor_unit")
        },
        calendars={calendar.code: _business_days(calendar) for calendar in calendars},
        zones={calendar.code: ZoneInfo(calendar.timezone) for calendar in calendars},
        cycles=cycle_rows(),
        fees=[FeeRow(*row) for row in FeeSchedule.objects.values_list(*FeeRow._fields)],
        pairs=[
            PairRow(*row)
            for row in CurrencyPair.objects.order_by("-valid_from", "id").values_list(
                "base__code", "quote__code", "spot_days", "valid_from", "valid_until"
            )
        ],
        currency_calendars=[
            CurrencyCalendarRow(*row)
            for row in CurrencyCalendar.objects.order_by("-valid_from", "id").values_list(
                "currency__code", "calendar__code", "valid_from", "valid_until"
            )
        ],
        scopes=_scopes(),
        rules=rules_now(),
        profiles=profiles_now(),
    )


def cycle_rows() -> list[CycleRow]:
    names = [
        "market", "instrument_kind", "days", "calendar__code", "session_calendar__code",
        "valid_from", "valid_until",
    ]  # fmt: skip
    return [CycleRow(*row) for row in SettlementCycle.objects.order_by("id").values_list(*names)]


def _scopes() -> dict[int, tuple[ScopeRow, ...]]:
    found: dict[int, tuple[ScopeRow, ...]] = {}
    for user_id, *row in BookScope.objects.values_list("user_id", "entity_id", "book_id"):
        found[user_id] = (*found.get(user_id, ()), ScopeRow(*row))
    return found


def _parties() -> dict[str, PartyRow]:
    rows = {
        row[0]: PartyRow(*row[:4], tuple(row[4]))
        for row in Party.objects.values_list("id", "code", "name", "status", "roles")
    }
    found = {row.code: row for row in rows.values()}
    for party_id, value in PartyIdentifier.objects.values_list("party_id", "value"):
        found[value] = rows[party_id]
    return found


def _instruments() -> dict[str, InstrumentRow]:
    names = ["asset_id", "asset__code", "asset__name", "kind", "currency", "market", "status"]
    rows = {row[0]: InstrumentRow(*row) for row in Instrument.objects.values_list(*names)}
    found = {row.code: row for row in rows.values()}
    identifiers = InstrumentIdentifier.objects.filter(scheme__in=("ISIN", "TICKER"))
    for asset_id, value in identifiers.values_list("instrument_id", "value"):
        found[value] = rows[asset_id]
    return found


def business_days(code: str) -> BusinessDays:
    """One calendar, read afresh."""
    return _business_days(Calendar.objects.get(code=code))


def _business_days(calendar: Calendar) -> BusinessDays:
    rows = CalendarDay.objects.filter(calendar=calendar)
    days = list(rows.values_list("day", "is_open", "trade_date"))
    return BusinessDays(
        calendar.code,
        {day: is_open for day, is_open, _ in days},
        calendar.listed_from,
        calendar.listed_until,
        {day: trade_date for day, _, trade_date in days if trade_date and trade_date != day},
    )


def fx_rate(base: str, quote: str, on: date) -> Decimal | None:
    """The last stored rate on or before a day: direct, inverted, or crossed through a pivot."""
    return crossed(base, quote, lambda one, other: _one_rate(one, other, on))


def crossed(
    base: str, quote: str, one_rate: Callable[[str, str], Decimal | None]
) -> Decimal | None:
    """What one unit of `base` is worth in `quote`, from single rates: direct, else through a pivot."""
    if base == quote:
        return Decimal(1)
    direct = one_rate(base, quote)
    if direct is not None:
        return direct
    for pivot in PIVOTS:
        if pivot not in (base, quote):
            first, second = one_rate(base, pivot), one_rate(pivot, quote)
            if first is not None and second is not None:
                return first * second
    return None


def _one_rate(base: str, quote: str, on: date) -> Decimal | None:
    rows = FxRate.objects.filter(
        Q(base=base, quote=quote) | Q(base=quote, quote=base), rate_date__lte=on
    )
    row = rows.order_by("-rate_date", "-id").first()
    if row is None:
        return None
    return row.value if row.base == base else 1 / row.value


def latest_prices(
    on: date, instrument_ids: Sequence[int] | None = None, *, horizon: int = NO_HORIZON
) -> dict[int, Price]:
    """The last close of each instrument on or before a day, among those recorded below a horizon.

    Instruments without one are absent.
    """
    rows = Price.objects.filter(price_date__lte=on, recorded_tx__lt=horizon)
    if instrument_ids is not None:
        rows = rows.filter(instrument_id__in=instrument_ids)
    rows = rows.order_by("instrument_id", "-price_date", "-id").distinct("instrument_id")
    return {row.instrument_id: row for row in rows}


def money_document(money: Money) -> dict[str, str]:
    """Money as the API writes it: a string with the currency's own number of decimals."""
    unit = reference_data().currencies[money.currency].minor_unit
    return {"amount": f"{money.amount:.{unit}f}", "currency": money.currency}
