"""Loads the base data: what is there already stays as somebody may have changed it since."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import transaction

from refdata.models import (
    Asset,
    Calendar,
    CalendarDay,
    Currency,
    CurrencyCalendar,
    CurrencyPair,
    Market,
    SettlementCycle,
    Source,
)

FOLDER = Path(__file__).resolve().parent


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@transaction.atomic
def load_currencies() -> int:
    """Currencies of ISO 4217 with their minor units; return how many are new."""
    known = set(Currency.objects.values_list("code", flat=True))
    new = [row for row in rows_of("currencies") if row["code"] not in known]
    if not new:
        return 0
    assets = Asset.objects.bulk_create(
        Asset(
            kind="CURRENCY", code=row["code"], name=row["name"], name_ru=row["name_ru"],
            decimals=int(row["minor_unit"]),
        )
        for row in new
    )  # fmt: skip
    Currency.objects.bulk_create(
        Currency(
            asset=asset, code=row["code"], numeric=row["numeric"], minor_unit=int(row["minor_unit"])
        )
        for asset, row in zip(assets, new, strict=True)
    )
    return len(new)


@transaction.atomic
def load_calendars() -> int:
    """Calendars with the days on which they differ from Monday to Friday."""
    known = set(Calendar.objects.values_list("code", flat=True))
    new = [Calendar(**row) for row in rows_of("calendars") if row["code"] not in known]
    if not new:
        return 0
    calendars = {calendar.code: calendar for calendar in Calendar.objects.bulk_create(new)}
    CalendarDay.objects.bulk_create(
        CalendarDay(
            calendar=calendars[row["calendar"]],
            day=date.fromisoformat(row["day"]),
            is_open=row["state"] == "open",
            trade_date=date.fromisoformat(row["trade_date"]) if row["trade_date"] else None,
            note=row["note"],
        )
        for row in rows_of("calendar_days")
        if row["calendar"] in calendars
    )
    return len(calendars)


@transaction.atomic
def load_cycles() -> int:
    """Settlement cycles of the markets, dated by trade date."""
    calendars = {calendar.code: calendar for calendar in Calendar.objects.all()}
    known = set(SettlementCycle.objects.values_list("market", "valid_from"))
    new = [
        SettlementCycle(
            market=row["market"],
            days=int(row["days"]),
            calendar=calendars[row["calendar"]],
            session_calendar=calendars[row["session_calendar"]],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
            source=row["source"],
        )
        for row in rows_of("settlement_cycles")
        if (row["market"], date.fromisoformat(row["valid_from"])) not in known
    ]
    SettlementCycle.objects.bulk_create(new)
    return len(new)


@transaction.atomic
def load_markets() -> int:
    """The markets that the base data names; the whole list is a file of ISO 10383."""
    known = set(Market.objects.values_list("mic", flat=True))
    new = [
        Market(operating_mic=row["mic"], **row)
        for row in rows_of("markets")
        if row["mic"] not in known
    ]
    return len(Market.objects.bulk_create(new))


@transaction.atomic
def load_currency_calendars() -> int:
    """Which calendar says when a currency can be paid."""
    calendars = dict(Calendar.objects.values_list("code", "pk"))
    known = set(CurrencyCalendar.objects.values_list("currency__code", flat=True))
    new = [
        CurrencyCalendar(
            currency_id=row["currency"],
            calendar_id=calendars[row["calendar"]],
            source=row["source"],
            **_validity(row),
        )
        for row in rows_of("currency_calendars")
        if row["currency"] not in known
    ]
    return len(CurrencyCalendar.objects.bulk_create(new))


@transaction.atomic
def load_currency_pairs() -> int:
    """The pairs that are dealt, with their spot days; a pair that is there stays as it is."""
    pairs = CurrencyPair.objects.values_list("base__code", "quote__code")
    known = {frozenset(pair) for pair in pairs}
    new = [
        CurrencyPair(
            base_id=row["base"],
            quote_id=row["quote"],
            spot_days=int(row["spot_days"]),
            source=row["source"],
            **_validity(row),
        )
        for row in rows_of("currency_pairs")
        if frozenset((row["base"], row["quote"])) not in known
    ]
    return len(CurrencyPair.objects.bulk_create(new))


@transaction.atomic
def load_sources() -> int:
    """Who prices and rates come from, and when what they said is stale."""
    calendars = dict(Calendar.objects.values_list("code", "pk"))
    known = set(Source.objects.values_list("code", flat=True))
    new = [
        Source(
            code=row["code"],
            name=row["name"],
            stale_after_days=int(row["stale_after_days"]),
            calendar_id=calendars[row["calendar"]] if row["calendar"] else None,
        )
        for row in rows_of("sources")
        if row["code"] not in known
    ]
    return len(Source.objects.bulk_create(new))


def _validity(row: dict[str, str]) -> dict[str, date | None]:
    until = row["valid_until"]
    return {
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_until": date.fromisoformat(until) if until else None,
    }
