"""Until when a net has to be agreed with a clearing house: a dated rule per house, in its local time."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from deals.confirming.clocks import Clock
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import RuleKind, declare, require_zone

HOUSE = r"[A-Z0-9-]{2,20}"  # the code of a party


class CutOff(Struct, frozen=True, forbid_unknown_fields=True):
    """A local time of the settlement date, or so many business days before it."""

    zone: str
    by: Clock
    days_before: Annotated[int, Meta(ge=0, le=5)] = 0
    calendar: str = ""

    def __post_init__(self) -> None:
        require_zone(self.zone)


class Due(Struct, frozen=True, forbid_unknown_fields=True):
    """What settles on a date."""

    due_date: date


def cut_off_of(rule: CutOff, due_date: date, calendar: BusinessDays) -> datetime:
    """The instant until which the net of a date is agreed in time."""
    day = due_date
    for _number in range(rule.days_before):
        day = calendar.preceding(day - ONE_DAY)
    return datetime.combine(day, time.fromisoformat(rule.by), tzinfo=ZoneInfo(rule.zone))


def cut_offs(name: str, title: Any) -> RuleKind[CutOff]:
    """A kind of rules that say until when something is agreed with a party: for all, or for one."""
    return RuleKind(
        name=name, title=title, keys=("",), key_pattern=HOUSE, value=CutOff, given=Due, found=datetime,
        compute=lambda rule, given: cut_off_of(rule, given.due_date, WEEKDAYS),
    )  # fmt: skip


CUT_OFFS = cut_offs("clearing.cut_offs", _("Clearing: until when a net is agreed with the house"))

declare(CUT_OFFS)
