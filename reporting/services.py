"""Running reports: asked for, computed by a worker at a watermark, kept with a hash, proved again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.models import Watermark
from backoffice.events.sequencer import sequence_events
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Broken, Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from refdata.selectors import visible_entity_ids
from reporting.models import ReportRun
from reporting.reports import REPORTS, Report
from reporting.reports.base import Known, Row
from reporting.state import RunState


class InvalidParameters(Invalid):
    code = "invalid-parameters"
    title = gettext_noop("The report cannot be run with these parameters")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the parameters named in errors.")


class NotCompleted(Conflict):
    code = "report-not-completed"
    title = gettext_noop("The report is not there yet")
    detail = gettext_noop("Run %(reference)s is %(state)s.")
    hint = gettext_noop("Wait until it is completed, or run it again if it failed.")


@transaction.atomic
def request_report(
    *, name: str, parameters: Mapping[str, str], actor: User, at: datetime
) -> ReportRun:
    """Ask for a run; a worker takes it up. Raises NotFound and InvalidParameters."""
    if name not in REPORTS:
        raise NotFound(what="report", reference=name)
    dates = _dates(REPORTS[name], parameters)
    run = ReportRun.objects.create(
        report=name,
        parameters={
            **{key: day.isoformat() for key, day in dates.items()},
            "entity_ids": visible_entity_ids(actor),
        },
        requested_by=actor,
        requested_at=at,
    )
    event = NewEvent(
        kind="reportrun.request", subject_type="reportrun", subject_id=run.pk,
        target=RunState.QUEUED.value, facts={"report": name},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return run


def _dates(report: Report, given: Mapping[str, str]) -> dict[str, date]:
    names = {parameter.name for parameter in report.parameters}
    problems = [
        FieldProblem(
            f"/parameters/{name}", "unknown-member", gettext_noop("The report has no such parameter."),
            gettext_noop("Leave it out."),
        )
        for name in sorted(given.keys() - names)
    ]  # fmt: skip
    dates = {}
    for name in sorted(names):
        try:
            dates[name] = date.fromisoformat(str(given[name]))
        except (KeyError, ValueError):
            problems.append(
                FieldProblem(
                    f"/parameters/{name}", "not-a-date", gettext_noop("A date is expected."),
                    gettext_noop("Write it as 2026-11-24."),
                )
            )  # fmt: skip
    if problems:
        raise InvalidParameters(problems, count=len(problems))
    return dates


def work_on_report(run_id: int, *, at: datetime) -> None:
    """Compute a queued run and complete it. Killed before the end, it is computed again."""
    advance(ReportRun, "start", [Step(run_id)], actor=None, at=at)
    sequence_events()
    mark = Watermark.objects.order_by("-id").first()
    if mark is None:
        return  # the sequencer is at work elsewhere; whoever looks next goes on
    run = ReportRun.objects.get(pk=run_id)
    run.known_at, run.watermark = mark.at, mark.number
    run.parameters = {**run.parameters, "horizon": mark.horizon}
    digest, count = _write_rows(path_of(run), computed_rows(run))
    _complete(run, digest, count, at)


@transaction.atomic
def _complete(run: ReportRun, digest: str, count: int, at: datetime) -> None:
    columns = {
        "known_at": run.known_at, "watermark": run.watermark, "parameters": run.parameters,
        "row_count": count, "sha256": digest, "finished_at": at,
    }  # fmt: skip
    outcome = advance(ReportRun, "complete", [Step(run.pk)], actor=None, at=at)
    if outcome.done:
        ReportRun.objects.filter(pk=run.pk).update(**columns)


@transaction.atomic
def break_off_report(run_id: int, *, error: str, at: datetime) -> None:
    """A run that cannot be computed says why; the next request starts a new one."""
    if advance(ReportRun, "break_off", [Step(run_id, error)], actor=None, at=at).done:
        ReportRun.objects.filter(pk=run_id).update(error=error, finished_at=at)


def computed_rows(run: ReportRun) -> Iterator[Row]:
    """The rows of a run from the database, by its parameters, bounds and watermark."""
    report = REPORTS[run.report]
    dates = {p.name: date.fromisoformat(run.parameters[p.name]) for p in report.parameters}
    known = Known(run.parameters["horizon"], run.parameters["entity_ids"])
    return report.rows(dates, known)


def path_of(run: ReportRun) -> Path:
    return Path(settings.MEDIA_ROOT) / "reports" / f"RR-{run.pk}.jsonl"


def _write_rows(path: Path, rows: Iterator[Row]) -> tuple[str, int]:
    """Rows as JSON lines, whole or not at all; the hash of those bytes, and how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, count = hashlib.sha256(), 0
    beside = path.with_suffix(f".{os.getpid()}.part")
    with beside.open("wb") as file:
        for row in rows:
            line = msgspec.json.encode(row) + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return digest.hexdigest(), count


def stored_rows(run: ReportRun) -> Iterator[Row]:
    """The rows as they were computed then; a lost file is computed again and must hash the same."""
    if run.state != RunState.COMPLETED:
        raise NotCompleted(reference=f"RR-{run.pk}", state=run.state)
    path = path_of(run)
    if not path.exists():
        digest, _ = _write_rows(path, computed_rows(run))
        if digest != run.sha256:
            path.unlink()
            raise Broken(f"RR-{run.pk}: computed again, the rows are not the ones that were signed")
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a run's rows, computed again from the books, are the ones that were kept."""

    equal: bool
    stored_sha256: str
    recomputed_sha256: str


def verify_run(run: ReportRun) -> Verification:
    """Compute a completed run again and compare the hashes. Changes nothing."""
    if run.state != RunState.COMPLETED:
        raise NotCompleted(reference=f"RR-{run.pk}", state=run.state)
    recomputed = hash_of(computed_rows(run))
    return Verification(recomputed == run.sha256, run.sha256, recomputed)


def hash_of(rows: Iterator[Row] | Sequence[Any]) -> str:
    """SHA-256 over the canonical rows as JSON lines."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(msgspec.json.encode(row) + b"\n")
    return digest.hexdigest()
