"""Tasks of settlements: each claims a batch and calls one service. Running twice does nothing."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from deals.exposing import recomputing as deal_exposures
from deals.exposing.losses import revalue_losses
from deals.exposing.totals import revalue_totals
from refdata.firm_days import firm_day
from settlements import exposures
from settlements.actions.early import open_early
from settlements.actions.electing import lapse_elections
from settlements.actions.scheduling import announce_scheduled
from settlements.clearing.exposing import revalue_nets
from settlements.clearing.watching import tell_unagreed
from settlements.cycling.services import start_due_cycles
from settlements.explaining.services import explain_largest
from settlements.models import SettlementRun
from settlements.netting.forming import form_sets
from settlements.netting.services import settle_nothing
from settlements.reversing.watching import close_answered
from settlements.running.services import break_off_run, open_shards, start_run, work_on_run
from settlements.state import RunState
from settlements.transforming.services import apply_due_events

logger = logging.getLogger(__name__)
MOST_WORKERS = 8  # that are called at once to the shards of one plan


@shared_task(acks_late=True)
def continue_runs(**_newer_arguments: Any) -> None:
    """Go on with the run that is running, then take up queued ones in order.

    A queued one waits where the running one does not end here: others are at its last shards.
    """
    for state in (RunState.RUNNING, RunState.QUEUED):
        rows = SettlementRun.objects.filter(state=state).order_by("id")
        for run_id in list(rows.values_list("id", flat=True)):
            _work_on(run_id)


def _work_on(run_id: int) -> None:
    """A database that is away ends this look, and the next one goes on; a defect ends the run."""
    try:
        at = timezone.now()
        if start_run(run_id=run_id, at=at):
            _call_others(open_shards(run_id))
        work_on_run(run_id, at=at)
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:
        logger.exception("settlement run R-%s is broken off", run_id)
        break_off_run(run_id=run_id, error=repr(error)[:500], at=timezone.now())


def _call_others(shards: int) -> None:
    """The shards of a plan are for whoever is free; beat looks again for what nobody took."""
    for _ in range(min(shards, MOST_WORKERS) - 1):
        continue_runs.delay()


@shared_task(acks_late=True)
def start_cycles(**_newer_arguments: Any) -> None:
    """Settlement cycles that are due are asked for as runs."""
    if start_due_cycles(at=timezone.now()):
        continue_runs.delay()


@shared_task(acks_late=True)
def explain_runs(**_newer_arguments: Any) -> None:
    """Work out why the largest of what runs left out did not settle, run by run."""
    while explain_largest(at=timezone.now()) is not None:
        pass


@shared_task(acks_late=True)
def revalue_limits(**_newer_arguments: Any) -> None:
    """Work out anew what deals and settlements use of limits, where prices or rates were added."""
    at = timezone.now()
    deal_exposures.take_up_revaluations(
        business_date=firm_day(at), at=at,
        causes=(
            deal_exposures.revalue_exposures, exposures.revalue_exposures, revalue_nets, revalue_losses,
            revalue_totals,
        ),
    )  # fmt: skip


def revalue_limits_after_commit() -> None:
    """Ask for a worker once the present transaction is committed; beat asks anyway."""
    transaction.on_commit(lambda: revalue_limits.delay(), robust=True)


@shared_task(acks_late=True)
def take_passed_deadlines(**_newer_arguments: Any) -> None:
    """Payments that can no longer be stopped count under settlement-day limits from then on."""
    at = timezone.now()
    exposures.take_passed_deadlines(business_date=firm_day(at), at=at)


def continue_runs_after_commit() -> None:
    """Ask for a worker once the present transaction is committed; beat asks anyway."""
    transaction.on_commit(lambda: continue_runs.delay(), robust=True)


@shared_task(acks_late=True)
def form_netting_sets(**_newer_arguments: Any) -> None:
    """What may be netted before its cut-off is computed; sets of nothing that are due are settled."""
    at = timezone.now()
    form_sets(business_date=firm_day(at), at=at)
    settle_nothing(business_date=firm_day(at), at=at)


@shared_task(acks_late=True)
def apply_record_events(**_newer_arguments: Any) -> None:
    """What was announced is applied after its record date; what may be chosen before is asked from its day on.

    What nobody chose by its deadline goes by the default.
    """
    at = timezone.now()
    apply_due_events(business_date=firm_day(at), at=at)
    open_early(business_date=firm_day(at), at=at)
    lapse_elections(at=at)


@shared_task(acks_late=True)
def announce_bond_payments(**_newer_arguments: Any) -> None:
    """Coupons and repayments of what is held are announced by the bonds' own schedules, for other eyes to approve."""
    at = timezone.now()
    announce_scheduled(business_date=firm_day(at), at=at)


@shared_task(acks_late=True)
def watch_clearing_cut_offs(**_newer_arguments: Any) -> None:
    """Nets past their cut-off wait for a clerk; what came too late from a venue no more, once it is answered."""
    tell_unagreed(at=timezone.now())
    close_answered(at=timezone.now())
