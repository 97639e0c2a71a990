"""Rules on reference data. Pure: rows in, dates out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop


class NoCycle(Invalid):
    code = "no-settlement-cycle"
    title = gettext_noop("The market has no settlement cycle on that day")
    detail = gettext_noop("No cycle is known for %(market)s on %(day)s.")
    hint = gettext_noop("Give the settlement date, or have the cycle added to the reference data.")


class CycleRow(NamedTuple):
    """A market's settlement cycle from one trade date to another."""

    market: str
    instrument_kind: str
    days: int
    calendar: str
    session_calendar: str
    valid_from: date
    valid_until: date | None


def cycle_of(rows: Sequence[CycleRow], *, market: str, kind: str, trade_date: date) -> CycleRow:
    """The cycle in force on a TRADE DATE, the most specific kind first. Raises NoCycle."""
    fits = [
        row
        for row in rows
        if row.market == market
        and row.instrument_kind in ("", kind)
        and row.valid_from <= trade_date
        and (row.valid_until is None or trade_date < row.valid_until)
    ]
    if not fits:
        raise NoCycle(market=market, day=trade_date.isoformat())
    return max(fits, key=lambda row: (row.instrument_kind != "", row.valid_from))


def due_date(trade_date: date, cycle: CycleRow, calendar: BusinessDays) -> date:
    """The n-th settlement day of the market after the trade date."""
    return calendar.add(trade_date, cycle.days)
