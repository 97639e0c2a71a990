"""Tasks of deals: files too large for the request that brings them, and cut-offs. Twice does nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from backoffice.access.problems import problem_of
from backoffice.events.leases import leased
from deals.confirming.watching import tell_unconfirmed
from deals.exposing.losses import revalue_losses
from deals.exposing.totals import revalue_totals
from deals.importing.loading import break_off_load, work_on_load
from deals.importing.models import DealImport
from deals.importing.services import WorkerLost, look_at, refuse_import
from deals.importing.state import ImportState
from deals.importing.undoing import give_up_undo, work_on_undo
from refdata.firm_days import firm_day

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 3


@shared_task(acks_late=True)
def recount_losses(**_newer_arguments: Any) -> None:
    """Bring the results of the day under stop-losses, and total positions, up to date with the deals made meanwhile."""
    at = timezone.now()
    revalue_losses(business_date=firm_day(at), at=at)
    revalue_totals(business_date=firm_day(at), at=at)


@shared_task(acks_late=True)
def work_on_imports(**_newer_arguments: Any) -> None:
    """Read and preview what was brought, go on with what is being loaded or undone, oldest first."""
    states = (ImportState.RECEIVED, ImportState.LOADING, ImportState.UNDOING)
    rows = DealImport.objects.filter(state__in=states).order_by("id")
    for id, state in list(rows.values_list("id", "state")):
        with leased("dealimport", id) as ours:  # another worker that has it is left alone
            if ours:
                _work_on(id, state)


# What is to be done in a state, and how it ends where a defect of ours keeps it from being done.
_WORK: Mapping[str, tuple[Callable[..., None], Callable[..., None]]] = {
    ImportState.RECEIVED: (look_at, refuse_import),
    ImportState.LOADING: (work_on_load, break_off_load),
    ImportState.UNDOING: (work_on_undo, give_up_undo),
}


def _work_on(id: int, state: str) -> None:
    """A database that is away ends this look, and the next one goes on; a defect ends the import.

    What kills the worker itself is a defect too, of which nobody is left to tell: so it is counted before.
    """
    work, end = _WORK[state]
    imports = DealImport.objects.filter(pk=id)
    if imports.filter(attempts__gte=MOST_ATTEMPTS).exists():
        end(import_id=id, why=problem_of(WorkerLost(times=MOST_ATTEMPTS), ""), at=timezone.now())
        imports.update(attempts=0)
        return
    imports.update(attempts=F("attempts") + 1)
    try:
        work(import_id=id, at=timezone.now())
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:
        logger.exception("import IM-%s is broken off", id)
        why = {"code": "internal-error", "title": "Internal error", "detail": repr(error)[:500]}
        end(import_id=id, why=why, at=timezone.now())
    imports.update(attempts=0)


@shared_task(acks_late=True)
def watch_cut_offs(**_newer_arguments: Any) -> None:
    """Deals past the confirmation cut-off of their market wait for a clerk."""
    tell_unconfirmed(at=timezone.now())
