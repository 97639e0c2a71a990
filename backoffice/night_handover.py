"""The last step of a night: the entries of the signed-off day become a batch for the bookkeeping."""

from __future__ import annotations

from django.db import transaction

from backoffice.night_steps import Look, RunBroke, forget
from reporting.handover.services import keep_batch, request_batch
from reporting.models import ReportRun
from reporting.state import RunState


def bookkeeping(look: Look) -> bool:
    """Ask for the batch of the day and keep it once it is computed; nothing where no plan of accounts is in force."""
    if "run" not in look.step.facts:
        with transaction.atomic():
            run = request_batch(entity_id=look.day.entity_id, day=look.day.day, at=look.at)
            if run is None:
                look.note("Nothing to hand over: no plan of accounts, or a later day has it.")
                return True
            look.note(f"Asked for {run}.", run=run.pk)
    run = ReportRun.objects.get(pk=look.step.facts["run"])
    if run.state == RunState.FAILED:
        forget(look, "run")
        raise RunBroke(run=str(run), error=run.error)
    if run.state != RunState.COMPLETED:
        return False
    batch = keep_batch(run_id=run.pk, at=look.at)
    look.note(f"{batch}: {run.row_count} rows, {run.sha256}.", batch=batch.pk, rows=run.row_count)
    return True
