"""Tasks of reporting: compute what was asked for. Running twice does nothing twice."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from backoffice.access.problems import translated
from backoffice.events.leases import leased
from backoffice.kernel.errors import Refusal
from reporting.models import ReportRun
from reporting.schedules.services import work_on_schedules
from reporting.services import break_off_report, work_on_report
from reporting.state import RunState

logger = logging.getLogger(__name__)
LOCK = 7_000_003  # an advisory lock together with the run's number: who computes it


@shared_task(acks_late=True)
def compute_reports(**_newer_arguments: Any) -> None:
    """Compute every run that is waiting, or that a dead worker left behind."""
    waiting = ReportRun.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING))
    for run_id in list(waiting.order_by("id").values_list("id", flat=True)):
        with leased(LOCK, run_id) as mine:
            if mine:
                _compute(run_id)


@shared_task(acks_late=True)
def work_on_report_schedules(**_newer_arguments: Any) -> None:
    """Ask for scheduled reports that are due, and bring what is made."""
    work_on_schedules(at=timezone.now())


def _compute(run_id: int) -> None:
    try:
        work_on_report(run_id, at=timezone.now())
    except Refusal as refusal:  # what a person can mend: said as everywhere, without a trace
        said = translated(refusal.detail, refusal.facts), translated(refusal.hint, refusal.facts)
        logger.warning("report run RR-%s is refused: %s", run_id, said[0])
        break_off_report(run_id, error=" ".join(said)[:500], at=timezone.now())
    except Exception as error:
        logger.exception("report run RR-%s failed", run_id)
        break_off_report(run_id, error=repr(error)[:500], at=timezone.now())


def compute_reports_after_commit() -> None:
    """Ask for a worker once the present transaction is committed; beat asks anyway."""
    transaction.on_commit(lambda: compute_reports.delay(), robust=True)
