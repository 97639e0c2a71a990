"""What stands in a cell, as a number, a day or a moment. Pure; wrong ones raise with what to do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from backoffice.kernel.decimals import PLAIN, plain
from backoffice.kernel.i18n import gettext_noop

FORMATS: dict[str, str] = {
    "YYYY-MM-DD": "%Y-%m-%d", "DD.MM.YYYY": "%d.%m.%Y", "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y", "DD-MM-YYYY": "%d-%m-%Y", "YYYYMMDD": "%Y%m%d",
    "DD.MM.YY": "%d.%m.%y", "DD MMM YYYY": "%d %b %Y",
}  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)
# A sign or a code before or after the number says of what it is; the currency has a column of its own.
_MONEY = re.compile(r"(?:[$€£¥₽₸₹₺]|\b[A-Z]{3}\b|руб\.?|р\.)", re.IGNORECASE)
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'\u2019")
_MINUS = str.maketrans("\u2212\u2013\u2014", "---")


class WrongCell(ValueError):
    """A cell that is not what its member needs; the texts are told beside it."""

    def __init__(self, code: str, detail: str, hint: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.detail, self.hint, self.facts = code, detail, hint, facts


def number_in(text: str, decimal: str = ".") -> Decimal:
    """The number in a cell, with whatever people write around one. Raises WrongCell.

    Groups of thousands must be groups of three: `1,5` with a decimal point is not 15.
    """
    bare = _MONEY.sub("", text.translate(_MINUS)).translate(_SPACES)
    negative = (bare.startswith("(") and bare.endswith(")")) or bare.endswith("-")
    bare = bare.strip("()").removesuffix("-")
    group = "," if decimal == "." else "."
    whole, point, fraction = bare.partition(decimal)
    if group in whole:
        if not re.fullmatch(rf"-?\d{{1,3}}(\{group}\d{{3}})+", whole, re.ASCII):
            raise _no_number(text, decimal)
        whole = whole.replace(group, "")
    fraction = fraction.rstrip("0") if point else ""
    written = f"{whole or '0'}.{fraction}" if fraction else whole
    if whole == "-":
        written = f"-0.{fraction}"
    if not PLAIN.match(written) or (point and not bare.partition(decimal)[2]):
        raise _no_number(text, decimal)
    value = Decimal(written)
    return -value if negative else value


def written(value: Decimal) -> str:
    """A number as deals are posted: plain, without zeros that say nothing."""
    return plain(value)


def day_in(text: str, formats: list[str]) -> date:
    """The day in a cell, in one of the formats declared, or ISO 8601. Raises WrongCell."""
    return _moment(text, formats)[0]


def moment_in(text: str, formats: list[str], *, at: str, zone: str) -> datetime:
    """The moment in a cell; one without a time of its own is at `at`, all in `zone`. Raises WrongCell."""
    day, clock, offset = _moment(text, formats)
    if offset is not None:
        return datetime.combine(day, clock or time(), tzinfo=UTC) - offset
    if clock is None:
        clock = time_in(at)
    return datetime.combine(day, clock, tzinfo=zone_in(zone))


@lru_cache(4096)  # a file says the same days and times over and over
def time_in(text: str) -> time:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).time()
        except ValueError:
            continue
    raise WrongCell(
        "not-a-time", gettext_noop("%(value)s is not a time of day."),
        gettext_noop("Write it as 14:30 or 14:30:15."), value=text,
    )  # fmt: skip


def zone_in(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise WrongCell(
            "not-a-zone", gettext_noop("%(value)s is not a time zone."),
            gettext_noop("Write it as Europe/Moscow."), value=name,
        ) from None  # fmt: skip


def _moment(text: str, formats: list[str]) -> tuple[date, time | None, timedelta | None]:
    if _ISO.fullmatch(text):
        try:
            found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise _no_date(text, formats) from None
        clock = found.time() if len(text) > 10 else None
        return found.date(), clock, found.utcoffset()
    for name in formats:
        words = text.split(" ")
        length = FORMATS[name].count(" ") + 1
        day = _day(" ".join(words[:length]), FORMATS[name])
        if day is None:
            continue
        rest = " ".join(words[length:])
        return day, time_in(rest) if rest else None, None
    raise _no_date(text, formats)


@lru_cache(4096)
def _day(text: str, layout: str) -> date | None:
    try:
        return datetime.strptime(text, layout).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _no_number(text: str, decimal: str) -> WrongCell:
    return WrongCell(
        "not-a-number", gettext_noop("%(value)s is not a number."),
        gettext_noop("Numbers of this file are written with %(decimal)s before their decimals."),
        value=text, decimal=decimal,
    )  # fmt: skip


def _no_date(text: str, formats: list[str]) -> WrongCell:
    return WrongCell(
        "not-a-date", gettext_noop("%(value)s is not a date as %(formats)s."),
        gettext_noop("Mend the cell, or declare how dates are written in this file."),
        value=text, formats=", ".join([*formats, "YYYY-MM-DD"]),
    )  # fmt: skip
