"""Running reports: asked for, computed by a worker at a watermark, kept with a hash, proved again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.selectors import known_at, known_covering
from backoffice.events.sequencer import sequence_events
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Broken, Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from refdata.models import Entity
from refdata.scopes import require_whole_entities
from reporting.models import ReportRun
from reporting.parameters import checked_parameters, read_parameters
from reporting.reports import REPORTS
from reporting.reports.base import Known, Rows
from reporting.selectors import reports_of
from reporting.state import RunState
from reporting.storing import (
    Difference,
    Written,
    file_beside,
    first_differences,
    forget_parts,
    hash_of_file,
    path_of,
    write_rows,
)

SHOWN_DIFFERENCES = 5


class NotCompleted(Conflict):
    code = "report-not-completed"
    title = gettext_noop("The report is not there yet")
    detail = gettext_noop("Run %(reference)s is %(state)s.")
    hint = gettext_noop("Wait until it is completed, or run it again if it failed.")


class RowsChanged(Conflict):
    code = "report-rows-changed"
    title = gettext_noop("The stored rows are not the ones that were computed")
    detail = gettext_noop(
        "The file of %(reference)s was changed after the run. Nothing is given out from it."
    )
    hint = gettext_noop(
        "Verify the run to see the difference; once its file is taken away, the rows are computed again."
    )


def request_report(
    *,
    name: str,
    parameters: Mapping[str, str],
    actor: User | None,
    at: datetime,
    entity_id: int | None = None,
    stage: str = "",
    occasion: str = "",
) -> ReportRun:
    """Ask for a run; a worker takes it up.

    Raises NotFound, InvalidParameters, NothingKnownThen, and OutOfScope for who sees single books
    only: a report reads whole entities.

    `actor` is None when the system asks, such as a night; it reads the books of all entities unless
    `entity_id` or the parameter `entity` names one. `stage` is FLASH, FINAL or none. An `occasion`,
    such as `night 7, reports`, asks once: asked again, the run of the first time is returned, unless
    it failed.
    """
    if name not in (REPORTS if actor is None else reports_of(actor)):
        raise NotFound(what="report", reference=name)
    scope = require_whole_entities(actor, what="reports") if actor else None
    visible = None if scope is None or scope.entities is None else list(scope.entities)
    given = dict(parameters)
    if entity_id is not None:
        given["entity"] = Entity.objects.get(pk=entity_id).code
    asked = checked_parameters(REPORTS[name], given, entity_ids=visible)
    entity = Entity.objects.get(code=asked["entity"]) if "entity" in asked else None
    run = ReportRun(
        report=name, parameters=asked, entity=entity, stage=stage, occasion=occasion,
        entity_ids=[entity.pk] if entity else visible, requested_by=actor, requested_at=at,
    )  # fmt: skip
    if "known_at" in asked:
        mark = known_at(datetime.fromisoformat(asked["known_at"]))
        run.watermark, run.horizon, run.known_at = mark.number, mark.horizon, mark.at
    try:
        return _stored(run, actor, at)
    except IntegrityError:
        earlier = ReportRun.objects.exclude(state=RunState.FAILED).filter(occasion=occasion).first()
        if not occasion or earlier is None:
            raise
        return earlier


@transaction.atomic
def _stored(run: ReportRun, actor: User | None, at: datetime) -> ReportRun:
    run.save(force_insert=True)
    run.refresh_from_db(fields=["recorded_tx"])
    event = NewEvent(
        kind="reportrun.request", subject_type="reportrun", subject_id=run.pk,
        entity_id=run.entity_id, target=RunState.QUEUED.value, facts={"report": run.report},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
    return run


def work_on_report(run_id: int, *, at: datetime) -> None:
    """Compute a queued run and complete it. Killed before the end, the same is computed again.

    What is known is fixed when the run starts, not when it ends. One caller at a time for a run.
    """
    run = _started(ReportRun.objects.get(pk=run_id), at)
    if run.state != RunState.RUNNING:
        return  # nothing to do, or no watermark covers the request yet: whoever looks next goes on
    forget_parts(run.pk)
    with file_beside(path_of(run.pk)) as file:
        written = write_rows(
            REPORTS[run.report], computed_rows(run), file,
            progress=lambda percent: _tell_progress(run.pk, percent),
        )  # fmt: skip
    _complete(run, written, at)


def _started(run: ReportRun, at: datetime) -> ReportRun:
    """The run as RUNNING, with its horizon: the first watermark that covers its own request, or the one asked for."""
    if run.state != RunState.QUEUED:
        return run
    if run.horizon is None:
        sequence_events()
        known = known_covering(run.recorded_tx)
        if known is None:
            return run
        run.watermark, run.horizon, run.known_at = known.number, known.horizon, known.at
    columns = {"watermark": run.watermark, "horizon": run.horizon, "known_at": run.known_at}
    advance(ReportRun, "start", [Step(run.pk, columns=columns)], actor=None, at=at)
    return ReportRun.objects.get(pk=run.pk)


def _tell_progress(run_id: int, percent: int) -> None:
    ReportRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        done_percent=min(percent, 99)
    )


def _complete(run: ReportRun, written: Written, at: datetime) -> None:
    """The hash goes into the sealed event as well: whoever changes the run's row is found out."""
    columns = {
        "row_count": written.rows, "byte_count": written.bytes, "sha256": written.sha256,
        "contents": msgspec.json.encode(written.contents).decode(), "done_percent": 100,
        "finished_at": at,
    }  # fmt: skip
    facts = {
        "report": run.report, "rows": written.rows, "sha256": written.sha256,
        "watermark": run.watermark, "horizon": str(run.horizon),
    }  # fmt: skip
    advance(ReportRun, "complete", [Step(run.pk, "", facts, columns)], actor=None, at=at)


def break_off_report(run_id: int, *, error: str, at: datetime) -> None:
    """A run that cannot be computed says why; the next request starts a new one."""
    columns = {"error": error, "finished_at": at}
    advance(ReportRun, "break_off", [Step(run_id, error, columns=columns)], actor=None, at=at)


def computed_rows(run: ReportRun) -> Rows:
    """The rows of a started run from the database, by its parameters, bounds and watermark."""
    report = REPORTS[run.report]
    if run.horizon is None:
        raise Broken(f"{run}: started without a horizon")
    known = Known(run.horizon, run.entity_ids, run.known_at)
    return report.rows(read_parameters(report, run.parameters), known)


def stored_path(run: ReportRun, *, whole: bool = True) -> Path:
    """The file of a completed run's rows; a lost one is computed again and must hash the same.

    With `whole`, every byte is looked at before any is given out; else only the length.
    Raises NotCompleted and RowsChanged.
    """
    if run.state != RunState.COMPLETED:
        raise NotCompleted(reference=str(run), state=run.state)
    path = path_of(run.pk)
    if not path.exists():
        with file_beside(path) as file:
            written = write_rows(REPORTS[run.report], computed_rows(run), file)
            if written.sha256 != run.sha256:
                raise Broken(f"{run}: computed again, the rows are not the ones that were signed")
    elif path.stat().st_size != (run.byte_count or path.stat().st_size) or (
        whole and hash_of_file(path) != run.sha256
    ):
        raise RowsChanged(reference=str(run))
    return path


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a run's rows, computed again from the books, are the ones that were kept.

    `sealed_sha256` is what the event of its completion says, `file_sha256` what lies in its file;
    `differences` are the first rows of the file that are not the ones computed again.
    """

    equal: bool
    stored_sha256: str
    recomputed_sha256: str
    sealed_sha256: str
    file_sha256: str
    differences: list[Difference] = field(default_factory=list)


def verify_run(run: ReportRun) -> Verification:
    """Compute a completed run again and compare: books, run, event and file. Changes nothing."""
    if run.state != RunState.COMPLETED:
        raise NotCompleted(reference=str(run), state=run.state)
    path = path_of(run.pk)
    lying = hash_of_file(path)
    differences: list[Difference] = []
    with tempfile.NamedTemporaryFile(prefix=f"{run}.") as file:
        recomputed = write_rows(REPORTS[run.report], computed_rows(run), file).sha256
        file.flush()
        if lying and recomputed != lying:
            differences = first_differences(path, Path(file.name), most=SHOWN_DIFFERENCES)
    sealed = sealed_hash(run.pk)
    hashes = {run.sha256, recomputed, sealed} | ({lying} if lying else set())
    return Verification(len(hashes) == 1, run.sha256, recomputed, sealed, lying, differences)


def sealed_hash(run_id: int) -> str:
    """What the event of its completion says of a run's rows."""
    event = Event.objects.filter(
        subject_type="reportrun", subject_id=run_id, kind="reportrun.complete"
    ).last()
    facts: dict[str, Any] = event.facts if event else {}
    return str(facts.get("sha256", ""))


def record_download(run: ReportRun, *, file_format: str, actor: User, at: datetime) -> None:
    """Who took which file of a run: an event, as everything that leaves the house."""
    event = NewEvent(
        kind="reportrun.download", subject_type="reportrun", subject_id=run.pk,
        entity_id=run.entity_id, facts={"format": file_format, "sha256": run.sha256},
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=actor.pk, at=at)
