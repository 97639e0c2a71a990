"""The last step of a night: entries and documents of the signed-off day become a batch for the bookkeeping."""

from __future__ import annotations

from django.db import transaction

from backoffice.night_steps import Look, RunBroke, forget
from reporting.handover.services import keep_batch, request_batch, request_documents
from reporting.models import ReportRun
from reporting.state import RunState


def bookkeeping(look: Look) -> bool:
    """Ask for the batch of the day, then for its documents, and keep both once they are computed.

    Nothing where no plan of accounts is in force.
    """
    if "run" not in look.step.facts:
        with transaction.atomic():
            run = request_batch(entity_id=look.day.entity_id, day=look.day.day, at=look.at)
            if run is None:
                look.note("Nothing to hand over: no plan of accounts, or a later day has it.")
                return True
            look.note(f"Asked for {run}.", run=run.pk)
    if (run := _completed(look, "run")) is None:
        return False
    if "documents" not in look.step.facts:
        with transaction.atomic():
            asked = request_documents(run_id=run.pk, at=look.at)
            look.note(f"Asked for {asked}.", documents=asked.pk)
    if (documents := _completed(look, "documents")) is None:
        return False
    batch = keep_batch(run_id=run.pk, documents_id=documents.pk, at=look.at)
    look.note(f"{batch}: {run.row_count} rows, {run.sha256}.", batch=batch.pk, rows=run.row_count)
    return True


def _completed(look: Look, name: str) -> ReportRun | None:
    """The run that the step has asked for, once it is computed; one that failed is asked for anew."""
    run = ReportRun.objects.get(pk=look.step.facts[name])
    if run.state == RunState.FAILED:
        forget(look, name)
        raise RunBroke(run=str(run), error=run.error)
    return run if run.state == RunState.COMPLETED else None
