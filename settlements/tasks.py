"""Tasks of settlements: each claims a batch and calls one service. Running twice does nothing."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from settlements.models import SettlementRun
from settlements.runs import break_off_run, work_on_run
from settlements.state import RunState

logger = logging.getLogger(__name__)


@shared_task(acks_late=True)
def continue_runs(**_newer_arguments: Any) -> None:
    """Go on with the run that is running, then take up queued ones in order."""
    for state in (RunState.RUNNING, RunState.QUEUED):
        rows = SettlementRun.objects.filter(state=state).order_by("id")
        for run_id in list(rows.values_list("id", flat=True)):
            _work_on(run_id)


def _work_on(run_id: int) -> None:
    """A database that is away ends this look, and the next one goes on; a defect ends the run."""
    try:
        work_on_run(run_id, at=timezone.now())
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:
        logger.exception("settlement run R-%s is broken off", run_id)
        break_off_run(run_id=run_id, error=repr(error)[:500], at=timezone.now())


def continue_runs_after_commit() -> None:
    """Ask for a worker once the present transaction is committed; beat asks anyway."""
    transaction.on_commit(lambda: continue_runs.delay(), robust=True)
