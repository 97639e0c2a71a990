"""Productivity as somebody may see it: one's own at once, a week of another after them, teams without names.

Managers who lead see weeks of people by `view_sheet`; each look is an event that the person sees beside the week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.events.selectors import known_now
from backoffice.kernel.business_days import ONE_DAY
from backoffice.kernel.errors import Forbidden, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.sheets.models import SheetComment
from backoffice.workflow.sheets.rules import WEEK, may_look
from backoffice.workflow.sheets.selectors import Look, comments_of, looks_at, opened_weeks
from backoffice.workflow.sheets.services import comment_on_sheet, look_at_sheet, open_sheet
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from reporting.productivity.counting import (
    Asked,
    Counted,
    Line,
    Productivity,
    items_of,
    of_person,
    of_teams,
    rule_of,
    week_of,
)
from reporting.productivity.kinds import Counting

SEES_OTHERS = "workflow.view_sheet"
LONGEST_DAYS = 371  # of a period: a year and the week it ends in
WEEKS_BACK = 8  # whose sheets are offered
TEAM_WEEKS = 4  # before the last, where teams are asked for without a first day
EARLIEST, LATEST = date(2001, 1, 1), date(2999, 12, 31)  # within what calendars and the rule reach


class WrongPeriod(Invalid):
    code = "wrong-period"
    title = gettext_noop("That is no period")
    detail = gettext_noop(
        "It ends before it begins, has more than %(days)s days, or is in another millennium."
    )
    hint = gettext_noop("Give the first and the last day, at most a year apart.")


class NotYours(Forbidden):
    code = "sheet-of-another"
    title = gettext_noop("It is somebody else's")
    detail = gettext_noop("What a person got done is seen by that person, and by those who lead.")
    hint = gettext_noop("Ask the person.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a person did in a period, and the items of it."""

    person: User
    asked: Asked
    counted: Productivity
    items: Sequence[Counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOfWeek:
    """A week of a person, with what the person says of it and who looked."""

    seen: Seen
    week: date
    comments: Sequence[SheetComment]
    looks: Sequence[Look]


class WeekOf(NamedTuple):
    """A week that is over, of one person: whether it was opened, and whether those who lead may see it by now."""

    person: User
    week: date
    opened: bool
    free_on: date
    ready: bool


def own(user: User, *, first: date, last: date, kind: str = "") -> Seen:
    """What a person did, for that person, down to this minute. Raises WrongPeriod."""
    return _seen(Asked(first=first, last=last, kind=kind, person=user.pk), user)


def sheet_of(
    person: User, *, week: date, kind: str = "", viewer: User, at: datetime
) -> SheetOfWeek:
    """A week: to open one's own says that one has had it, to look at another's says who looked.

    Raises WrongPeriod, WeekNotOver, SeenByItsPersonFirst, NotYours.
    """
    week, today = _monday(week), firm_day(at)
    if person == viewer:
        open_sheet(week=week, actor=viewer, today=today, at=at)
    elif viewer.has_perm(SEES_OTHERS):
        free_on = free_from(week)
        look_at_sheet(person=person, week=week, free_on=free_on, actor=viewer, today=today, at=at)
    else:
        raise NotYours()
    asked = Asked(first=week, last=week + WEEK - ONE_DAY, kind=kind, person=person.pk)
    return SheetOfWeek(
        seen=_seen(asked, person, timed=person == viewer), week=week, comments=comments_of(person, week),
        looks=looks_at(person, week),
    )  # fmt: skip


def comment_on_week(*, week: date, text: str, actor: User, at: datetime) -> SheetComment:
    """Say something about one's own week. Raises WrongPeriod, WeekNotOver, CommentEmpty."""
    return comment_on_sheet(week=_monday(week), text=text, actor=actor, today=firm_day(at), at=at)


def teams(*, first: date | None, last: date) -> Mapping[str, Productivity]:
    """What teams did in whole weeks, of the whole firm and without names; else in the last five. Raises WrongPeriod."""
    until = _monday(last)
    since = until - WEEK * TEAM_WEEKS if first is None else _monday(first)
    asked = Asked(first=since, last=until + WEEK - ONE_DAY)
    return of_teams(_checked(asked), known=known_now())


def weeks_of(people: Sequence[User], weeks: Sequence[date], *, at: datetime) -> list[WeekOf]:
    """How it stands with these weeks of these people. Raises WrongPeriod."""
    weeks = [_monday(each) for each in weeks]
    opened, today = opened_weeks([each.pk for each in people], weeks), firm_day(at)
    free = {week: free_from(week) for week in weeks}
    return [
        WeekOf(
            person, week, (person.pk, week) in opened, free[week],
            may_look(
                week=week, today=today, opened=(person.pk, week) in opened, free_on=free[week]
            ),
        )
        for week in weeks for person in people
    ]  # fmt: skip


def last_weeks(at: datetime) -> list[date]:
    """The Mondays of the weeks that are over, the latest first."""
    this = week_of(firm_day(at))
    return [this - WEEK * n for n in range(1, WEEKS_BACK + 1)]


def colleagues() -> list[User]:
    """Everybody who works on a queue and may sign in."""
    rows = User.objects.filter(is_active=True, groups__name__in=list(ROLES))
    return list(rows.distinct().order_by("username"))


def free_from(week: date) -> date:
    """From when who leads may see a week that its person has not opened. Raises NoRuleInForce."""
    rule = terms_on(week + WEEK - ONE_DAY)
    return reference_data().calendars[rule.calendar].add(week + WEEK, rule.head_after_days)


def terms_on(day: date) -> Counting:
    """By which rule a period that ends on a day is counted and told. Raises NoRuleInForce."""
    return rule_of(day, known_now())


def _seen(asked: Asked, person: User, *, timed: bool = True) -> Seen:
    """How long work was in hand is told by kind, and of a person to that person alone: not `timed`, it is left out."""
    known = known_now()
    counted, items = of_person(_checked(asked), known=known), items_of(asked, known=known)
    if not timed:
        counted = Productivity(
            [_untimed(each) for each in counted.kinds], [_untimed(each) for each in counted.days],
            _untimed(counted.whole) if counted.whole else None,
        )  # fmt: skip
        items = [each._replace(seconds=None) for each in items]
    return Seen(person=person, asked=asked, counted=counted, items=items)


def _untimed(line: Line) -> Line:
    return line._replace(handled=0, handling=None)


def _checked(asked: Asked) -> Asked:
    within = asked.first >= EARLIEST and asked.last <= LATEST + WEEK
    if not within or not 0 <= (asked.last - asked.first).days <= LONGEST_DAYS:
        raise WrongPeriod(days=LONGEST_DAYS)
    return asked


def _monday(day: date) -> date:
    """Of the week of a day. Raises WrongPeriod."""
    if not EARLIEST <= day <= LATEST:
        raise WrongPeriod(days=LONGEST_DAYS)
    return week_of(day)
