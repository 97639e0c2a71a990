"""What people say of a run: remarks, and signatures that name its hash. Both are events: nothing of them is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Forbidden, Invalid
from backoffice.kernel.i18n import gettext_noop
from reporting.models import ReportRun
from reporting.services import NotCompleted
from reporting.state import RunState

REMARK, SIGN = "reportrun.remark", "reportrun.sign"
LONGEST = 500


class NothingSaid(Invalid):
    code = "nothing-said"
    title = gettext_noop("Nothing is said")
    detail = gettext_noop("A remark has between 1 and %(longest)s characters.")
    hint = gettext_noop("Say what readers of the report should know.")


class OwnRun(Forbidden):
    code = "own-report-run"
    title = gettext_noop("Who asked for a report does not sign it")
    detail = gettext_noop("%(reference)s was asked for by %(who)s.")
    hint = gettext_noop(
        "Let another person sign it; a run of the night is signed by anybody who may."
    )


class SignedAlready(Conflict):
    code = "report-signed-already"
    title = gettext_noop("The report is signed by this person already")
    detail = gettext_noop("%(who)s signed %(reference)s.")
    hint = gettext_noop("One signature of a person is enough; add a remark instead.")


class Said(NamedTuple):
    """A remark, or a signature, which names the hash of the rows that it is of."""

    who: str
    at: datetime
    text: str
    sha256: str

    @property
    def signed(self) -> bool:
        return bool(self.sha256)


@transaction.atomic
def remark(run: ReportRun, *, text: str, actor: User, at: datetime) -> None:
    """Say something of a run. Raises NothingSaid."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise NothingSaid(longest=LONGEST)
    _record(REMARK, run, text, {}, actor, at)


@transaction.atomic
def sign(run: ReportRun, *, text: str, actor: User, at: datetime) -> None:
    """Sign the rows of a completed run that another asked for, once. Raises NotCompleted, OwnRun, SignedAlready."""
    row = ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if row.state != RunState.COMPLETED:
        raise NotCompleted(reference=str(row), state=row.state)
    if row.requested_by_id == actor.pk:
        raise OwnRun(reference=str(row), who=actor.username)
    if _events(row).filter(kind=SIGN, actor=actor).exists():
        raise SignedAlready(reference=str(row), who=actor.username)
    _record(SIGN, row, text.strip()[:LONGEST], {"sha256": row.sha256}, actor, at)


def said_of(run: ReportRun) -> Sequence[Said]:
    """What was said of a run, first to last."""
    rows = _events(run).select_related("actor").order_by("tx", "id")
    return [
        Said(
            row.actor.username if row.actor else "", row.recorded_at, row.reason, row.facts.get("sha256", "")
        )
        for row in rows
    ]  # fmt: skip


def _events(run: ReportRun) -> QuerySet[Event]:
    return Event.objects.filter(
        subject_type="reportrun", subject_id=run.pk, kind__in=(REMARK, SIGN)
    )


def _record(
    kind: str, run: ReportRun, text: str, facts: dict[str, str], actor: User, at: datetime
) -> None:
    event = NewEvent(
        kind=kind, subject_type="reportrun", subject_id=run.pk, entity_id=run.entity_id, reason=text, facts=facts
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
