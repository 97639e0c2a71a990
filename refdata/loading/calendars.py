"""Calendars of others: holidays by date (JSON), or trading sessions with their hours (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from refdata.loading.importing import (
    Loaded,
    Problem,
    Unreadable,
    add_missing,
    read_json,
    sorted_out,
)
from refdata.models import Calendar

EARLY_CLOSE = "markets close at"  # a short day is an open day


class DayLine(NamedTuple):
    day: date
    is_open: bool
    opens_at: str | None
    closes_at: str | None
    note: str


def parse_days(path: Path) -> Iterator[DayLine | Problem]:
    """Closed days of a JSON object, or the listed sessions of a CSV file."""
    return _holidays(path) if path.suffix == ".json" else _sessions(path)


def _holidays(path: Path) -> Iterator[DayLine | Problem]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise Unreadable("an object of dates and names is expected")
    for row, (text, name) in enumerate(document.items(), start=1):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            yield Problem(row, "date", f"{text!r} is not a date")
            continue
        if EARLY_CLOSE not in str(name):
            yield DayLine(day, False, None, None, str(name)[:200])


def _sessions(path: Path) -> Iterator[DayLine | Problem]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"open", "close"} <= set(reader.fieldnames or ()):
            raise Unreadable("the columns open and close are expected")
        for row, line in enumerate(reader, start=2):
            for name in ("", "open", "close"):
                try:
                    datetime.fromisoformat(line.get(name) or "")
                except ValueError:
                    yield Problem(row, name or "date", f"{line.get(name)!r} is not a time")
                    break
            else:
                day = datetime.fromisoformat(line[""]).date()
                yield DayLine(day, True, line["open"], line["close"], "")


@transaction.atomic
def load_calendar(path: Path, *, code: str, name: str, kind: str, timezone: str) -> Loaded:
    """Add the days that the calendar does not know yet; sessions also say from when until when."""
    calendar, _ = Calendar.objects.get_or_create(
        code=code, defaults={"name": name or code, "kind": kind, "timezone": timezone}
    )
    rows, problems = sorted_out(parse_days(path))
    columns = ("calendar_id", "day", "is_open", "opens_at", "closes_at", "note")
    found = add_missing("refdata_calendarday", columns, [(calendar.pk, *row) for row in rows])
    listed = [row.day for row in rows if row.is_open]
    if listed:
        calendar.listed_from, calendar.listed_until = min(listed), max(listed)
        calendar.save()
    return Loaded(found.added, found.unchanged, problems)
