"""From a number of a report to the list of what it counts. Lists show what is now; reports what was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.urls import reverse

from reporting.reports.base import Cell

Told = Mapping[str, Cell]


def _list(name: str, /, **asked: str) -> Callable[[Told], str]:
    """The list of that name, filtered by cells of the row (`{day}`) and by fixed values."""

    def address(told: Told) -> str:
        cells = {key: value or "" for key, value in told.items()}
        values = {key: value.format(**cells) for key, value in asked.items()}
        return f"{reverse(name)}?{urlencode(values)}"

    return address


_OF_ENTITY = {"entity": "{entity}"}
_DEALS = _list("deals", **_OF_ENTITY, trade_date_after="{day}", trade_date_before="{day}")
_FAILS, _FEES = _list("fails", **_OF_ENTITY), _list("fees", **_OF_ENTITY, kind="{fee}")
_BREAKS = _list("breaks", **_OF_ENTITY, live="true")

# By report, section and column.
ROWS_OF: dict[tuple[str, str, str], Callable[[Told], str]] = {
    ("overview", "deals", "deals"): _DEALS,
    ("overview", "deals", "dealt"): _DEALS,
    ("overview", "due", "due"): _list("settlements", **_OF_ENTITY, due_date="{day}"),
    ("overview", "due", "open"): _list("settlements", **_OF_ENTITY, due_date="{day}", open="true"),
    ("overview", "fails", "fails"): _FAILS,
    ("overview", "fails", "cost"): _list("penalties", **_OF_ENTITY),
    ("overview", "breaks", "breaks"): _BREAKS,
    ("overview", "breaks", "difference"): _BREAKS,
    ("overview", "breaches", "breaches"): _list("breaches"),
    ("overview", "fees", "charged"): _FEES,
}


def rows_behind(report: str, told: Told, column: str) -> str:
    """The address of what a cell counts; empty where no list shows just that."""
    address = ROWS_OF.get((report, told.get("section") or "", column))
    return address(told) if address and told[column] not in (None, "", "0") else ""
