"""By when each stage of agreeing on a deal is due: per market, in its local time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from backoffice.kernel.business_days import BusinessDays
from refdata.dated_rules.kinds import require_zone

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["19:00"])]
MOST_DAYS = 30


class Stage(StrEnum):
    """What is done about a deal until both sides agree, in that order."""

    ALLOCATION = "allocation"
    CONFIRMATION = "confirmation"
    AFFIRMATION = "affirmation"


class Late(Struct, frozen=True, forbid_unknown_fields=True):
    """A deal dealt after a local time of its trade date has until another day."""

    after: Clock
    days: Annotated[int, Meta(ge=0, le=MOST_DAYS)]
    by: Clock


class CutOff(Struct, frozen=True, forbid_unknown_fields=True):
    """A local time, so many business days after the trade date."""

    by: Clock
    days: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = 0
    late: Late | None = None


class CutOffs(Struct, frozen=True, forbid_unknown_fields=True):
    """The stages of a market; days are counted by its calendar, without one from Monday to Friday."""

    zone: str
    stages: Mapping[Stage, CutOff]
    calendar: str = ""

    def __post_init__(self) -> None:
        require_zone(self.zone)
        if set(self.stages) != set(Stage):
            raise ValueError("all of allocation, confirmation and affirmation have a cut-off")


def cut_off(
    rule: CutOffs, stage: Stage, trade_date: date, dealt_at: datetime | None, calendar: BusinessDays
) -> datetime:
    """The instant until which a stage is in time; `dealt_at` counts where the market has a late hour."""
    one, zone = rule.stages[stage], ZoneInfo(rule.zone)
    days, by = one.days, one.by
    if (
        one.late is not None
        and dealt_at is not None
        and dealt_at > late_from(rule, stage, trade_date)
    ):
        days, by = one.late.days, one.late.by
    day = calendar.add(trade_date, days) if days else trade_date
    return datetime.combine(day, time.fromisoformat(by), tzinfo=zone)


def late_from(rule: CutOffs, stage: Stage, trade_date: date) -> datetime:
    """After which instant a deal of a trade date counts as late; the end of time where none does."""
    late = rule.stages[stage].late
    zone = ZoneInfo(rule.zone)
    if late is None:
        return datetime.max.replace(tzinfo=zone)
    return datetime.combine(trade_date, time.fromisoformat(late.after), tzinfo=zone)
