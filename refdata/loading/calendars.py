"""Calendars of others: holidays by date (JSON), or trading sessions with their hours (CSV)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from backoffice.kernel.i18n import gettext_noop
from refdata.loading.importing import (
    Loaded,
    Problem,
    add_missing,
    sorted_out,
)
from refdata.loading.reading import Unreadable, content_of, read_csv, read_json
from refdata.models import Calendar, CalendarDay

EARLY_CLOSE = "markets close at"  # a short day is an open day


class DayLine(NamedTuple):
    row: int
    day: date
    is_open: bool
    opens_at: str | None
    closes_at: str | None
    note: str


class Known(NamedTuple):
    """A calendar that files are recognised as: by what only its holidays say, or by its opening."""

    code: str
    kind: str
    timezone: str
    holiday: str
    opening: time | None


# In order: only New York's list has early closes, only T2's additional closing days.
KNOWN = (
    Known("XNYS", "SESSION", "America/New_York", EARLY_CLOSE, time(9, 30)),
    Known("TARGET", "WORKING", "Europe/Berlin", "Additional closing day", None),
    Known("RU", "WORKING", "Europe/Moscow", "Russia Day", None),
    Known("MISX", "SESSION", "Europe/Moscow", "", time(10, 0)),
)


def calendar_in(path: Path) -> Known:
    """Whose days a file lists, by what it says. Raises Unreadable."""
    if _is_json(path):
        names = {str(name) for name in read_json(path).values()}
        for known in KNOWN:
            if known.holiday and any(known.holiday in name for name in names):
                return known
    else:
        days = [line for line in _sessions(path) if isinstance(line, DayLine) and line.opens_at]
        opened = datetime.fromisoformat(days[-1].opens_at or "") if days else None
        for known in KNOWN:
            if opened and opened.astimezone(ZoneInfo(known.timezone)).time() == known.opening:
                return known
    raise Unreadable("days of a calendar, but not whose", "unknown-calendar")


def _is_json(path: Path) -> bool:
    return content_of(path).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


def parse_days(path: Path) -> Iterator[DayLine | Problem]:
    """Closed days of a JSON object, or the listed sessions of a CSV file."""
    return _holidays(path) if _is_json(path) else _sessions(path)


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
            yield DayLine(row, day, False, None, None, str(name)[:200])


def _sessions(path: Path) -> Iterator[DayLine | Problem]:
    lines = read_csv(path)
    header = next(lines, [])
    if not {"open", "close"} <= set(header):
        raise Unreadable("the columns open and close are expected")
    places = [(name or "date", header.index(name)) for name in ("", "open", "close")]
    for row, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        told = []
        for name, at in places:
            text = cells[at] if at < len(cells) else ""
            try:
                told.append(datetime.fromisoformat(text))
            except ValueError:
                yield Problem(row, name, f"{text!r} is not a time", code="wrong-time")
                break
        else:
            day, opens, closes = told
            yield DayLine(row, day.date(), True, opens.isoformat(), closes.isoformat(), "")


@transaction.atomic
def load_calendar(path: Path, *, code: str, name: str, kind: str, timezone: str) -> Loaded:
    """Add the days that the calendar does not know yet; sessions also say from when until when."""
    calendar, _ = Calendar.objects.get_or_create(
        code=code, defaults={"name": name or code, "kind": kind, "timezone": timezone}
    )
    rows, problems = sorted_out(parse_days(path))
    known = dict(CalendarDay.objects.filter(calendar=calendar).values_list("day", "is_open"))
    opposite = [row for row in rows if known.get(row.day, row.is_open) != row.is_open]
    problems += [Problem(row.row, "date", *_contradiction(row), "conflict") for row in opposite]
    agreed = [row for row in rows if known.get(row.day, row.is_open) == row.is_open]
    columns = ("calendar_id", "day", "is_open", "opens_at", "closes_at", "note")
    lines = [(calendar.pk, *row[1:]) for row in agreed]
    found = add_missing("refdata_calendarday", columns, lines)
    listed = [row.day for row in agreed if row.is_open]
    if listed:
        first, last = calendar.listed_from or min(listed), calendar.listed_until or max(listed)
        calendar.listed_from, calendar.listed_until = min(first, *listed), max(last, *listed)
        calendar.save()
    return found.and_also(Loaded(problems=problems))


def _contradiction(row: DayLine) -> tuple[str, str]:
    """The detail and the remedy: what stands in our calendar was put there by somebody."""
    ours = "closed" if row.is_open else "open"
    return (
        f"our calendar says that {row.day} is {ours}",
        gettext_noop("Change the day in the calendar if the file is right; the row was left out."),
    )


def load_known_calendar(path: Path) -> Loaded:
    """Load the days into the calendar that the file is recognised as."""
    known = calendar_in(path)
    return load_calendar(
        path, code=known.code, name=known.code, kind=known.kind, timezone=known.timezone
    )
