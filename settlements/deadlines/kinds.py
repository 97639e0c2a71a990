"""Cut-offs of places: a dated rule for each place, in its own time; where none is known nothing is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from deals.confirming.clocks import Clock
from deals.confirming.kinds import WEEKDAYS
from refdata.dated_rules.kinds import RuleKind, declare, require_zone
from settlements.advising.reasons import Reason

PLACE = r"[A-Z0-9_-]{2,20}"  # the code of a place
Method = Literal["DVP", "FOP", "PFOD"]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class OfCurrency(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when a place settles what is paid in one currency, where that differs."""

    dvp_by: Clock | None = None
    cash_by: Clock | None = None


class CutOffs(Struct, frozen=True, forbid_unknown_fields=True):
    """Local times of a place: until when it takes instructions in for a day, and until when each method settles.

    `input_by` is of so many business days before the settlement day: what comes later it settles as best it
    can. Money alone (`cash_by`) is PFOD. A time that is not said is no bound. What `currencies` says of one
    goes before what holds for all.
    """

    zone: str
    input_by: Clock | None = None
    input_days_before: Annotated[int, Meta(ge=0, le=5)] = 0
    dvp_by: Clock | None = None
    fop_by: Clock | None = None
    cash_by: Clock | None = None
    currencies: Mapping[Currency, OfCurrency] = {}

    def __post_init__(self) -> None:
        require_zone(self.zone)


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A settlement at a moment: when we instructed, and when both sides had (none: not yet).

    `day` is for which it is to settle, without one that of the moment at the place.
    """

    method: Method
    due_date: date
    at: datetime
    instructed_at: datetime | None = None
    matched_at: datetime | None = None
    currency: str = ""
    day: date | None = None


def settles_until(rule: CutOffs, method: str, currency: str) -> str:
    """The local time until when a method settles in a currency; empty where nothing bounds it."""
    own = rule.currencies.get(currency)
    if method == "FOP":
        return rule.fop_by or ""
    if method == "DVP":
        return (own and own.dvp_by) or rule.dvp_by or ""
    return (own and own.cash_by) or rule.cash_by or ""


def moment_of(zone: str, day: date, clock: str) -> datetime:
    """A local time on a day."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone))


def stopped_by(rule: CutOffs, asked: Asked) -> Reason | None:
    """Why it does not settle at that moment: FUTU, LATE or CLAT; None where no cut-off stops it.

    After the cut-off of the day it waits for the next one: because we were late (LATE), or because the
    counterparty was and we were not (CLAT).
    """
    day = asked.day or asked.at.astimezone(ZoneInfo(rule.zone)).date()
    if asked.due_date > day:
        return Reason.FUTU
    by = settles_until(rule, asked.method, asked.currency)
    if not by:
        return None
    until = moment_of(rule.zone, day, by)
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
    return asked.instructed_at > moment_of(rule.zone, day, rule.input_by)


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
