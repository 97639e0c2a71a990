"""How numbers, dates and times are written for people, in the language that is active.

Money keeps the minor units of its currency, a quantity loses zeros that say nothing, the minus is
a true minus, and zero is a dash. Times are those of the office, with the instant behind them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, ngettext

from backoffice.kernel.decimals import plain

OFFICE_ZONE = ZoneInfo("Europe/Moscow")
ZERO = "–"
MINUS = "−"
_MARKS = {"ru": ("\u00a0", ",")}  # between groups of three, before the fraction
_ENGLISH = (",", ".")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def russian() -> bool:
    return (get_language() or "").startswith("ru")


def number(value: Decimal, decimals: int | None = None) -> str:
    """A number grouped by the language; with `decimals` exactly so many, else those it needs."""
    text = plain(value) if decimals is None else f"{value:.{decimals}f}"
    sign, digits = (MINUS, text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.partition(".")
    group, point = _MARKS["ru"] if russian() else _ENGLISH
    grouped = f"{int(whole):,}".replace(",", group)
    if not int(whole) and not fraction.strip("0"):
        sign = ""
    return f"{sign}{grouped}{point}{fraction}" if fraction else f"{sign}{grouped}"


def amount(value: Decimal | None, decimals: int | None = None) -> str:
    """The same for tables: nothing is empty, zero is a dash."""
    if value is None:
        return ""
    return number(value, decimals) if value else ZERO


def day(value: date | None) -> str:
    """`23 Nov 2026`, in Russian `23.11.2026`."""
    if value is None:
        return ""
    if russian():
        return f"{value:%d.%m.%Y}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def clock(value: datetime) -> str:
    """The office's time of an instant."""
    return f"{value.astimezone(OFFICE_ZONE):%H:%M}"


def moment(value: datetime | None) -> str:
    """Date and time of an instant at the office."""
    if value is None:
        return ""
    local = value.astimezone(OFFICE_ZONE)
    return f"{day(local.date())} {local:%H:%M}"


def moment_exactly(value: datetime) -> str:
    """The instant behind a shown time: to the second, with its zone, and in UTC."""
    local = value.astimezone(OFFICE_ZONE)
    return f"{day(local.date())} {local:%H:%M:%S} {OFFICE_ZONE.key} · {value:%Y-%m-%d %H:%M:%S} UTC"


def time_left(due: datetime, now: datetime) -> str:
    """`2 h 10 min`, then `late 15 min`; from two days on in days."""
    if due >= now:
        return _length(due - now)
    return gettext("late %(length)s") % {"length": _length(now - due)}


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        days = hours // 24
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    if hours:
        return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return gettext("%(minutes)s min") % {"minutes": rest}


def days_left(due: date, today: date) -> str:
    """A due date in words of today."""
    distance = (due - today).days
    if distance == 0:
        return gettext("today")
    if distance == 1:
        return gettext("tomorrow")
    if distance > 1:
        return ngettext("in %(days)s day", "in %(days)s days", distance) % {"days": distance}
    return ngettext("late %(days)s day", "late %(days)s days", -distance) % {"days": -distance}
