"""Reading reference data: one snapshot in each process, behind a counter in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.money import Money
from refdata.admissions import admission_rows
from refdata.agreements.rows import AgreementBook, agreements_now
from refdata.bond_rows import BondBook
from refdata.dated_rules.rows import RuleBook, rules_now
from refdata.fee_kinds import Collected
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
    Instrument,
    InstrumentIdentifier,
    Party,
    PartyIdentifier,
    SettlementCycle,
    Source,
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
    SourceRow,
)
from refdata.rules import CycleRow, cycle_of, due_date

CHECK_EVERY_SECONDS = 0.2


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
    sources: Mapping[str, SourceRow]
    cycles: Sequence[CycleRow]
    fees: Sequence[FeeRow]
    pairs: Sequence[PairRow]
    currency_calendars: Sequence[CurrencyCalendarRow]
    bonds: BondBook  # by the key of their asset
    scopes: Mapping[int, tuple[ScopeRow, ...]]  # by user; without an entry: everything
    rules: RuleBook
    profiles: ProfileBook
    agreements: AgreementBook

    @property
    def minor_units(self) -> dict[int, int]:
        """The decimals of money, by the key of its asset."""
        return {row.asset_id: row.minor_unit for row in self.currencies.values()}

    @property
    def currency_codes(self) -> dict[int, str]:
        """What is money, by the key of its asset."""
        return {row.asset_id: row.code for row in self.currencies.values()}

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

    def settlement_calendar(self, market: str, kind: str, trade_date: date) -> BusinessDays:
        """The days on which a market settles what is dealt on a trade date. Raises NoCycle."""
        cycle = cycle_of(self.cycles, market=market, kind=kind, trade_date=trade_date)
        return self.calendars[cycle.calendar]

    def fees_of(
        self, *, entity_id: int, product: str, market: str, counterparty_id: int, currency: str,
        capacity: str, on: date,
    ) -> list[FeeRow]:  # fmt: skip
        """The schedules by which we pay with a deal on a day."""
        return [
            row
            for row in self.fees
            if row.entity_id == entity_id
            and row.product in ("", product)
            and row.capacity in ("", capacity)
            and row.market in ("", market)
            and row.counterparty_id in (None, counterparty_id)
            and row.currency == currency
            and row.valid_from <= on
            and (row.valid_until is None or on < row.valid_until)
        ]


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
        sources={
            row[0]: SourceRow(*row)
            for row in Source.objects.values_list("code", "stale_after_days", "calendar__code")
        },
        cycles=cycle_rows(),
        fees=_fees(),
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
        bonds=BondBook(),
        scopes=_scopes(),
        rules=rules_now(),
        profiles=profiles_now(),
        agreements=agreements_now(),
    )


def _fees() -> list[FeeRow]:
    """What is paid with deals; what is invoiced is accrued where nobody waits."""
    rows = FeeSchedule.objects.filter(collected=Collected.WITH_DEAL).order_by("id")
    return [FeeRow(*row) for row in rows.values_list(*FeeRow._fields)]


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
    admitted = admission_rows()
    rows = {
        row[0]: PartyRow(*row[:4], tuple(row[4]), row[5], admitted.get(row[0]))
        for row in Party.objects.values_list("id", "code", "name", "status", "roles", "group_id")
    }
    found = {row.code: row for row in rows.values()}
    for party_id, value in PartyIdentifier.objects.values_list("party_id", "value"):
        found[value] = rows[party_id]
    return found


def _instruments() -> dict[str, InstrumentRow]:
    names = [
        "asset_id", "asset__code", "asset__name", "kind", "currency", "market", "status",
        "issuer_id", "issuer__group_id", "bond_terms__maturity_date", "issue_size",
    ]  # fmt: skip
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


def money_document(money: Money) -> dict[str, str]:
    """Money as the API writes it: a string with the currency's own number of decimals."""
    unit = reference_data().currencies[money.currency].minor_unit
    return {"amount": f"{money.amount:.{unit}f}", "currency": money.currency}
