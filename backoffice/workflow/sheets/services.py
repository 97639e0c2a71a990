"""Opening one's own sheet, saying something about it, and looking at somebody else's. Each leaves an event.

The event is about the person whose week it is and tells no number and no comment: who looked, at which week.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Forbidden, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.sheets.models import Sheet, SheetComment
from backoffice.workflow.sheets.rules import is_over, may_look

LONGEST = 500


class WeekNotOver(Conflict):
    code = "week-not-over"
    title = gettext_noop("The week is not over yet")
    detail = gettext_noop("The sheet of the week of %(week)s is ready on the Monday after it.")
    hint = gettext_noop("Until then only the person sees what was done in it.")


class SeenByItsPersonFirst(Forbidden):
    code = "seen-by-its-person-first"
    title = gettext_noop("Its person sees it first")
    detail = gettext_noop("%(username)s has not had the week of %(week)s yet.")
    hint = gettext_noop(
        "It can be seen once the person has opened it, on %(free_on)s at the latest."
    )


class CommentEmpty(Invalid):
    code = "comment-empty"
    title = gettext_noop("Nothing was said")
    detail = gettext_noop("The comment is empty.")
    hint = gettext_noop("Write what whoever sees the week should know.")


@transaction.atomic
def open_sheet(*, week: date, actor: User, today: date, at: datetime) -> Sheet:
    """A person has their own week before them; the first time is kept. Raises WeekNotOver."""
    if not is_over(week, today):
        raise WeekNotOver(week=week.isoformat())
    row, new = Sheet.objects.get_or_create(user=actor, week=week, defaults={"opened_at": at})
    if new:
        _tell("sheet.open", actor, week, actor, at)
    return row


@transaction.atomic
def comment_on_sheet(
    *, week: date, text: str, actor: User, today: date, at: datetime
) -> SheetComment:
    """Say something about one's own week. Raises WeekNotOver, CommentEmpty."""
    if not text.strip():
        raise CommentEmpty()
    sheet = open_sheet(week=week, actor=actor, today=today, at=at)
    row = SheetComment.objects.create(sheet=sheet, text=text.strip()[:LONGEST], said_at=at)
    _tell("sheet.comment", actor, week, actor, at)
    return row


@transaction.atomic
def look_at_sheet(
    *, person: User, week: date, free_on: date, actor: User, today: date, at: datetime
) -> Sheet | None:
    """Somebody who leads looks at a week of a person: every look is kept. Raises SeenByItsPersonFirst.

    None: the person has not opened it in time.
    """
    sheet = Sheet.objects.filter(user=person, week=week).first()
    if not may_look(week=week, today=today, opened=sheet is not None, free_on=free_on):
        raise SeenByItsPersonFirst(
            username=person.username, week=week.isoformat(), free_on=free_on.isoformat()
        )
    _tell("sheet.look", person, week, actor, at)
    return sheet


def _tell(kind: str, person: User, week: date, actor: User, at: datetime) -> None:
    event = NewEvent(
        kind=kind, subject_type="user", subject_id=person.pk, facts={"week": week.isoformat()}
    )
    record_events([event], actor_id=actor.pk, at=at)
