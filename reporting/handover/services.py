"""Batches for the bookkeeping: asked for when a day is signed off, kept once computed, handed over, accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.selectors import known_at
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Broken, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.accounting.plan import PLAN, key_of
from refdata.models import Entity
from refdata.selectors import reference_data
from reporting.handover.documents import written
from reporting.handover.models import LedgerBatch
from reporting.models import ReportRun
from reporting.reports.bookkeeping_documents import REPORT as DOCUMENTS
from reporting.reports.ledger_batch import REPORT
from reporting.services import request_report
from reporting.state import RunState

SUBJECT = "ledgerbatch"
LOCK = 7_000_061  # advisory lock, together with the number of an entity
LONGEST_NAME = 100


class NotNamed(Invalid):
    code = "batch-taken-as-nothing"
    title = gettext_noop("What the batch became in the bookkeeping is not said")
    detail = gettext_noop("At most %(longest)s characters are kept, and at least one.")
    hint = gettext_noop("Give the number of the document under which the bookkeeping took it in.")


def plan_key(entity: Entity, day: date) -> str:
    """The key of the plan of accounts that an entity's batches follow; empty where none is in force for it."""
    profile = reference_data().profiles.find(entity.code, day)
    key = key_of(profile.jurisdiction, profile.licence) if profile else ""
    plans = reference_data().rules.by_key(PLAN, day)
    return key if key in PLAN.keys and (key in plans or entity.code in plans) else ""


def last_batch(entity_id: int) -> LedgerBatch | None:
    rows = LedgerBatch.objects.filter(entity_id=entity_id).select_related("run")
    return rows.order_by("-number").first()


def request_batch(*, entity_id: int, day: date, at: datetime) -> ReportRun | None:
    """Ask for the run that the batch of a signed-off day will be; once, unless it failed.

    None where nothing is to be handed over: no plan of accounts is in force for the entity, or a later day went
    before and has all of it.
    """
    entity = Entity.objects.get(pk=entity_id)
    key, last = plan_key(entity, day), last_batch(entity_id)
    if not key or (last is not None and last.day >= day):
        return None
    asked = {"business_date": day.isoformat(), "plan": key}
    if last is not None:
        if last.run.known_at is None:
            raise Broken(f"{last}: its run has no moment")
        asked |= {"after_date": last.day.isoformat(), "after_known": last.run.known_at.isoformat()}
    return request_report(
        name=REPORT.name, parameters=asked, actor=None, at=at, entity_id=entity_id, stage="FINAL",
        occasion=f"batch of {entity.code} for {day}",
    )  # fmt: skip


def request_documents(*, run_id: int, at: datetime) -> ReportRun:
    """Ask for the documents that go with the completed run of a batch: of its days, as known when it was made."""
    run = ReportRun.objects.get(pk=run_id)
    if run.known_at is None:
        raise Broken(f"{run} has no moment")
    names = ("business_date", "after_date", "after_known")
    asked = {name: run.parameters[name] for name in names if name in run.parameters}
    return request_report(
        name=DOCUMENTS.name, parameters=asked | {"known_at": run.known_at.isoformat()}, actor=None, at=at,
        entity_id=run.entity_id, stage="FINAL", occasion=f"documents with {run}",
    )  # fmt: skip


@transaction.atomic
def keep_batch(*, run_id: int, documents_id: int, at: datetime) -> LedgerBatch:
    """Make the batch that a completed run and that of its documents are; asked again, it is the one that there is."""
    run = ReportRun.objects.select_related("entity").get(pk=run_id)
    documents = ReportRun.objects.get(pk=documents_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, run.entity_id])
    row = LedgerBatch.objects.filter(run=run).first()
    if row is not None:
        return row
    entity_id = _entity_of(run)
    before = last_batch(entity_id)
    _require_going_on(run, before)
    row = LedgerBatch.objects.create(
        entity_id=entity_id, number=before.number + 1 if before else 1, before=before, run=run, documents=documents,
        day=date.fromisoformat(run.parameters["business_date"]), prepared_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind=f"{SUBJECT}.prepare", subject_type=SUBJECT, subject_id=row.pk, entity_id=run.entity_id,
        target=row.state, facts={
            "number": row.number, "day": row.day.isoformat(), "run": str(run), "rows": run.row_count,
            "sha256": run.sha256, "documents": str(documents), "documents_sha256": documents.sha256,
        },
    )  # fmt: skip
    record_events([event], actor_id=None, at=at)
    return row


def _entity_of(run: ReportRun) -> int:
    """Whose it is, once it is sound: what stands on all accounts together changed by nothing. Raises Broken."""
    changed = run.contents.get("totals", {}).get("changes", {}).get("change", {})
    if run.state != RunState.COMPLETED or run.entity_id is None or run.report != REPORT.name:
        raise Broken(f"{run} is no computed batch of one entity")
    if any(Decimal(total) for total in changed.values()):
        raise Broken(f"{run}: all accounts together changed by {changed}")
    return run.entity_id


def _require_going_on(run: ReportRun, before: LedgerBatch | None) -> None:
    """It begins exactly where the last batch ended. Raises Broken."""
    said = run.parameters.get("after_date"), run.parameters.get("after_known")
    if before is None:
        if said != (None, None):
            raise Broken(f"{run} goes on from {said}, and there is no batch yet")
        return
    moment = before.run.known_at
    if moment is None or said != (before.day.isoformat(), moment.isoformat()):
        raise Broken(f"{run} goes on from {said}, and the last batch is {before} of {before.day}")
    if known_at(moment).horizon != before.run.horizon:
        raise Broken(f"{before}: two watermarks of one moment, {moment.isoformat()}")


def hand_over_batches(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """They were given to the bookkeeping, as files whose hash they name; documents as they were written last.

    Each whose documents cannot be written is refused with what is wrong in them.
    """

    def hand_over(id: int) -> None:
        row = LedgerBatch.objects.select_related("entity", "documents").filter(pk=id).first()
        facts = {}
        if row is not None and row.has_documents:
            file = row.files.order_by("-number").first() or written(row, actor=actor, at=at)
            facts = {"documents_file": str(file), "documents_file_sha256": file.sha256}
        advance(
            LedgerBatch, "hand_over", [Step(id, facts=facts)], actor=actor, at=at
        ).raise_single()

    return transaction.atomic(each_by_itself)(ids, hand_over)


def accept_batches(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The bookkeeping took them in; `reason` is the document that they are there. Raises NotNamed."""
    taken_as = reason.strip()
    if not 0 < len(taken_as) <= LONGEST_NAME:
        raise NotNamed(longest=LONGEST_NAME)
    steps = [Step(id, taken_as, columns={"taken_as": taken_as}) for id in ids]
    return advance(LedgerBatch, "accept", steps, actor=actor, at=at)
