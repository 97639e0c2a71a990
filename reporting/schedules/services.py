"""Keeping and ending scheduled reports, asking for those that are due, and bringing their files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time
from functools import partial

from django.db import transaction

from backoffice.access.models import User
from backoffice.access.problems import translated
from backoffice.kernel.errors import FieldProblem, Forbidden, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from ledger.models import DaySchedule
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.models import Entity
from refdata.scopes import require_whole_entities
from refdata.selectors import business_days
from reporting.formats import FORMATS
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.schedules.bringing import bring, refuses
from reporting.schedules.models import ReportSchedule
from reporting.schedules.spans import IsOpen, asked_with, asks_days_only, days_of
from reporting.schedules.state import Span, Way
from reporting.selectors import reports_of
from reporting.services import request_report
from reporting.state import RunState

logger = logging.getLogger(__name__)
MOST = 50  # of one person
RUN = "reporting.run_report"


class InvalidSchedule(Invalid):
    code = "invalid-report-schedule"
    title = gettext_noop("The report cannot be scheduled like this")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the fields named in errors.")


class MayNoMore(Forbidden):
    code = "may-no-more"
    title = gettext_noop("The report is no longer this person's")
    detail = gettext_noop("%(who)s may not make reports any more.")
    hint = gettext_noop("End the schedule, or have the role given back.")


def keep_schedule(
    *, user: User, report: str, span: str, at: time, file_format: str, way: str, entity: str = ""
) -> ReportSchedule:
    """Have a report made and brought, today if its time has passed. Raises InvalidSchedule with every problem."""
    scope = require_whole_entities(user, what="reports")
    row = Entity.objects.filter(code=entity).first() if entity else None
    seen_reports = reports_of(user)
    seen = row is not None and (scope.entities is None or row.pk in scope.entities)
    problems = [
        FieldProblem(f"/{name}", code, detail, hint)
        for name, is_wrong, code, detail, hint in (
            ("report", report not in seen_reports or not asks_days_only(REPORTS[report]), "not-a-report",
             gettext_noop("There is no such report, or it asks for more than days."),
             gettext_noop("Choose one of the list.")),
            ("span", span not in Span.values, "not-a-choice", gettext_noop("These days are not known."),
             gettext_noop("Choose one of the list.")),
            ("file_format", file_format not in FORMATS, "not-a-format", gettext_noop("There is no such format."),
             gettext_noop("Choose one of the list.")),
            ("entity", bool(entity) and not seen, "unknown-entity",
             gettext_noop("There is no such legal entity, or it is outside your scope."),
             gettext_noop("Give the code of an entity, such as the reference data show it.")),
            ("way", way not in Way.values, "not-a-choice", gettext_noop("This way is not known."),
             gettext_noop("Choose one of the list.")),
            ("way", way == Way.MAIL and bool(refuses(user)), "no-mail", gettext_noop("It cannot be sent by e-mail."),
             refuses(user) or ""),
            ("report", ReportSchedule.objects.filter(user=user).count() >= MOST, "too-many",
             gettext_noop("There are 50 already."), gettext_noop("End one of them first.")),
        )
        if is_wrong
    ]  # fmt: skip
    if problems:
        raise InvalidSchedule(problems, count=len(problems))
    return ReportSchedule.objects.create(
        user=user, report=report, entity=row, span=span, at=at, file_format=file_format, way=way
    )


def schedule_of(reference: str, *, user: User) -> ReportSchedule:
    """One's own. Raises NotFound."""
    id = number_in(reference, "RS", "report schedule")
    row = ReportSchedule.objects.filter(user=user, pk=id).select_related("entity").first()
    if row is None:
        raise NotFound(what="report schedule", reference=reference)
    return row


def end_schedule(row: ReportSchedule) -> None:
    """It is made no more; its runs stay."""
    row.delete()


def work_on_schedules(*, at: datetime) -> int:
    """Bring every report that is made, then ask for every one that is due; how often something was done.

    Each in a transaction of its own: one that cannot be brought keeps no other waiting.
    """
    rows = ReportSchedule.objects.filter(user__is_active=True).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return 0
    is_open, done = _open_days(at), 0
    for id in ids:
        for step in (_bring, partial(_ask, is_open=is_open)):
            try:
                done += _taken(id, step, at)
            except Exception as error:
                logger.exception("report schedule RS-%s", id)
                ReportSchedule.objects.filter(pk=id).update(problem=repr(error)[:500])
    return done


@transaction.atomic
def _taken(id: int, step: Callable[[ReportSchedule, datetime], bool], at: datetime) -> bool:
    """Take a step of a schedule, alone; what refuses it is noted. Whether anything was done."""
    rows = ReportSchedule.objects.select_related("user", "entity")
    row = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=id).first()
    if row is None:
        return False  # ended, or another worker is at it
    try:
        with transaction.atomic():  # nothing of what was refused stays, but that it was
            if not step(row, at):
                return False
    except Refusal as refusal:
        said = (translated(each, refusal.facts) for each in (refusal.detail, refusal.hint))
        row.problem = " ".join(said)[:500]
    row.save()
    return True


def _ask(row: ReportSchedule, at: datetime, is_open: IsOpen) -> bool:
    """Ask for the report of today, once its time has come; one of before that is not made yet is not waited for."""
    here = at.astimezone(FIRM_ZONE)
    if here.time() < row.at or row.asked_on == here.date():
        return False
    days = days_of(Span(row.span), here.date(), is_open)
    if days is None:
        return False
    row.asked_on, row.problem = here.date(), ""
    if not row.user.has_perm(RUN):
        raise MayNoMore(who=row.user.username)
    given = asked_with(REPORTS[row.report], days) | (
        {"entity": row.entity.code} if row.entity else {}
    )
    request_report(name=row.report, parameters=given, actor=row.user, at=at, occasion=row.occasion)
    return True


def _bring(row: ReportSchedule, at: datetime) -> bool:
    """Bring the file of the run that was asked for last, once it is made. A worker that dies brings it again."""
    if row.asked_on is None or row.brought_on == row.asked_on or row.problem:
        return False
    run = ReportRun.objects.filter(occasion=row.occasion).order_by("-pk").first()
    if run is None or run.state not in (RunState.COMPLETED, RunState.FAILED):
        return False
    if run.state == RunState.FAILED:
        row.problem = run.error[:500]
    else:
        bring(row, run, at=at)
        row.brought_on = row.asked_on
    return True


def _open_days(at: datetime) -> IsOpen:
    """Whether any entity of the firm does business on a day."""
    rows = DaySchedule.objects.filter(valid_from__lte=firm_day(at)).select_related("calendar")
    calendars = [business_days(code) for code in sorted({row.calendar.code for row in rows})]
    return lambda day: any(each.is_business_day(day) for each in calendars)
