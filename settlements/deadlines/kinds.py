"""Cut-offs of places: a dated rule for each place, in its own time; where none is known nothing is stopped."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from deals.confirming.clocks import Clock
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import RuleKind, declare
from settlements.advising.reasons import Reason

PLACE = r"[A-Z0-9_-]{2,20}"  # the code of a place
Method = Literal["DVP", "FOP", "PFOD"]


class CutOffs(Struct, frozen=True, forbid_unknown_fields=True):
    """Local times of a place: until when it takes instructions in for a day, and until when each method settles.

    `input_by` is of so many business days before the settlement day: what comes later it settles as best it
    can. Money alone (`cash_by`) is PFOD. A time that is not said is no bound.
    """

    zone: str
    input_by: Clock | None = None
    input_days_before: Annotated[int, Meta(ge=0, le=5)] = 0
    dvp_by: Clock | None = None
    fop_by: Clock | None = None
    cash_by: Clock | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("zone is not in the tz database") from None


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A settlement at a moment: when we instructed, and when both sides had (none: not yet)."""

    method: Method
    due_date: date
    at: datetime
    instructed_at: datetime | None = None
    matched_at: datetime | None = None


def stopped_by(rule: CutOffs, asked: Asked) -> Reason | None:
    """Why it does not settle at that moment: FUTU, LATE or CLAT; None where no cut-off stops it.

    After the cut-off of the day it waits for the next one: because we were late (LATE), or because the
    counterparty was and we were not (CLAT).
    """
    zone = ZoneInfo(rule.zone)
    today = asked.at.astimezone(zone).date()
    if asked.due_date > today:
        return Reason.FUTU
    by = {"DVP": rule.dvp_by, "FOP": rule.fop_by, "PFOD": rule.cash_by}[asked.method]
    if by is None:
        return None
    until = datetime.combine(today, time.fromisoformat(by), tzinfo=zone)
    if asked.at <= until:
        return None
    ours = asked.instructed_at is not None and asked.instructed_at <= until
    theirs = asked.matched_at is not None and asked.matched_at <= until
    return Reason.CLAT if ours and not theirs else Reason.LATE


def missed_input(rule: CutOffs, asked: Asked, calendar: BusinessDays) -> bool:
    """Whether we instructed after the place's deadline for its day: it does what it can (ADEA)."""
    if rule.input_by is None or asked.instructed_at is None:
        return False
    day = asked.due_date
    for _number in range(rule.input_days_before):
        day = calendar.preceding(day - ONE_DAY)
    until = datetime.combine(day, time.fromisoformat(rule.input_by), tzinfo=ZoneInfo(rule.zone))
    return asked.instructed_at > until


def reason_at(rule: CutOffs, asked: Asked, calendar: BusinessDays) -> str:
    """In a word: what stops it, or that the place does what it can; empty where all is in time."""
    stops = stopped_by(rule, asked)
    if stops is not None:
        return stops.value
    return Reason.ADEA.value if missed_input(rule, asked, calendar) else ""


CUT_OFFS = RuleKind(
    name="settle.cut_offs",
    title=_("Settlement: cut-offs of a place, by method"),
    keys=(),
    key_pattern=PLACE,
    value=CutOffs,
    given=Asked,
    found=str,
    compute=lambda rule, given: reason_at(rule, given, WEEKDAYS),
)

declare(CUT_OFFS)
