"""How a cell of a list is written: for people on the page, and plainly for a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from backoffice.desk.tables import Column, value_at
from backoffice.kernel.decimals import plain
from backoffice.templatetags import desk
from refdata.selectors import reference_data

FITS = 28  # letters of a name that a column has room for
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def _code(value: Any) -> Any:
    return "" if value is None else format_html('<span class="mono">{}</span>', value)


def _name(row: Any) -> Any:
    """A long name is cut off by its column, so all of it stands behind it."""
    name = "" if row is None else desk.name(row)
    return format_html('<span title="{0}">{0}</span>', name) if len(name) > FITS else name


def _instant(value: Any) -> Any:
    if value is None:
        return ""
    return format_html(
        '<time datetime="{0}" title="{0}">{1}</time>',
        timezone.localtime(value).isoformat(),
        desk.moment(value),
    )


def dated(day: Any, *, stale: bool | None) -> Any:
    """A day, and a badge where what was said of it is stale."""
    if not stale:
        return desk.day(day)
    return format_html('{} <span class="badge warn">{}</span>', desk.day(day), gettext("stale"))


def _number(value: Any) -> Any:
    return desk.quantity(value) if isinstance(value, int | Decimal) else desk.written(value)


# Kinds whose cell needs nothing but its value.
KINDS: dict[str, Callable[[Any], Any]] = {
    "text": desk.written,
    "name": _name,
    "code": _code,
    "state": lambda value: desk.badge(value) if value else "",
    "label": lambda value: desk.state_label(value) if value else "",
    "number": _number,
    "quantity": lambda value: desk.NOTHING if value == 0 else desk.quantity(value),
    "price": desk.quantity,
    "day": desk.day,
    "month": desk.month,
    "moment": _instant,
    "deadline": desk.time_left,
    "reason": desk.reason_words,
    "why": desk.written,
}


def written(column: Column, row: Any) -> Any:
    """The cell as people read it, in the language of the reader; steps stay buttons."""
    if column.kind == "steps":
        return column.cell(row) or ()
    if column.write is not None:
        return str_or_safe(column.write(row))
    value = column.cell(row)
    if column.kind == "money":
        return desk.money(value, str(value_at(row, column.beside) or ""))
    if column.kind == "amount":
        return "" if value is None else desk.asset_amount(value, value_at(row, column.beside))
    return str_or_safe(KINDS[column.kind](value))


def str_or_safe(value: Any) -> SafeString | str:
    return value if isinstance(value, SafeString) else str(value)


def in_file(column: Column, row: Any) -> str:
    """The cell as a file of text holds it: as `plain_cell`, and never what would be a formula."""
    text = plain_cell(column, row)
    guarded = text.startswith(FORMULA) and not isinstance(column.cell(row), Decimal | int)
    return f"'{text}" if guarded else text


def plain_cell(column: Column, row: Any) -> str:
    """The cell without a language: plain decimals, ISO dates, codes; money in its minor units."""
    value = column.cell(row)
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal):
        currency = reference_data().currencies.get(str(value_at(row, column.beside)))
        exact = column.kind == "money" and currency is not None
        return f"{value:.{currency.minor_unit}f}" if exact and currency else plain(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if column.kind == "name":
        return desk.name(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
