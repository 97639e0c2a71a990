"""The dated rules of confirming as they are in force, by the snapshot of reference data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deals.confirming.clocks import CutOffs, Stage, cut_off
from deals.confirming.kinds import CUT_OFFS, FX, TOLERANCE, WEEKDAYS, tolerated
from deals.confirming.rules import Tolerated
from refdata.dated_rules.rows import RuleBook
from refdata.selectors import reference_data

_Found = dict[tuple[str, date], CutOffs | None]
_read: tuple[RuleBook | None, _Found] = (None, {})
REMEMBERED = 10_000  # markets times trade dates


def due_by(
    stage: Stage, *, market: str, trade_date: date, dealt_at: datetime | None = None
) -> datetime | None:
    """Until when a stage of a deal is in time; `market` is empty for deals in money alone.

    None where no cut-offs are in force on that day: in production, until somebody has checked them.
    """
    rule = cut_offs_of(market or FX, trade_date)
    if rule is None:
        return None
    calendar = reference_data().calendars.get(rule.calendar, WEEKDAYS)
    return cut_off(rule, stage, trade_date, dealt_at, calendar)


def cut_offs_of(market: str, on: date) -> CutOffs | None:
    """The row of a market on a day, else the one for all; read once from each snapshot of the rules."""
    global _read
    rules = reference_data().rules
    book, found = _read
    if book is not rules or len(found) > REMEMBERED:
        found = {}
        _read = (rules, found)
    key = (market, on)
    if key not in found:
        found[key] = rules.find(CUT_OFFS, on, market) or rules.find(CUT_OFFS, on)
    return found[key]


def confirm_by(deal: Any) -> datetime | None:
    """Until when the counterparty should have agreed to a deal, read back with its economics."""
    return _due(Stage.CONFIRMATION, deal)


def affirm_by(deal: Any) -> datetime | None:
    """Until when both sides should be through with it, other eyes included."""
    return _due(Stage.AFFIRMATION, deal)


def _due(stage: Stage, deal: Any) -> datetime | None:
    market = deal.instrument.market if deal.instrument else ""
    return due_by(stage, market=market, trade_date=deal.trade_date, dealt_at=deal.traded_at)


def end_of_day(moment: datetime) -> datetime | None:
    """The next evening by which the house confirms: of the day on which something came up, or the next."""
    rule = cut_offs_of("", moment.date())
    if rule is None:
        return None
    day = moment.astimezone(ZoneInfo(rule.zone)).date()
    today = evening_of(day)
    return today if today is None or moment < today else evening_of(day + timedelta(days=1))


def evening_of(day: date) -> datetime | None:
    """The hour of a day until which the house confirms, where no market says otherwise."""
    rule = cut_offs_of("", day)
    return None if rule is None else cut_off(rule, Stage.CONFIRMATION, day, None, WEEKDAYS)


def tolerated_in(currency: str, on: date) -> Sequence[Tolerated]:
    """By how much amounts in a currency may differ; without a rule, not at all."""
    rule = (
        reference_data().rules.find(TOLERANCE, on, currency) if currency in TOLERANCE.keys else None
    )
    return tolerated(rule) if rule else ()
