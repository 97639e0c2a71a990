"""The Celery application, and what happens by the clock.

PostgreSQL holds what is to be done; the clock only makes somebody look, so that a lost message
delays work by a second and loses nothing. A look that nobody made in time is dropped, not queued.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init

from backoffice.collector import spare_the_collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_unsafe_start(**_more: Any) -> None:
    """A worker and the clock stop where the web would."""
    from backoffice.checks import refuse_unsafe_start as refuse

    refuse()


@worker_process_init.connect
def settle_in(**_more: Any) -> None:
    """Each process of a worker is there to stay, as one of the web is."""
    spare_the_collector()


def every(seconds: float, task: str) -> dict[str, Any]:
    """A look every so often, dropped when nobody took it in time."""
    return {"task": task, "schedule": seconds, "options": {"expires": max(5.0, 2 * seconds)}}


app.conf.beat_schedule = {
    "beat-tick": every(1, "backoffice.tasks.beat_tick"),
    "follow-events": every(1, "backoffice.tasks.follow_events"),
    "start-cycles": every(5, "settlements.tasks.start_cycles"),
    "continue-runs": every(2, "settlements.tasks.continue_runs"),
    "explain-runs": every(5, "settlements.tasks.explain_runs"),
    "exchange-files": every(1, "backoffice.connectors.tasks.exchange_files"),
    "look-at-letters": every(10, "backoffice.connectors.tasks.look_at_letters"),
    "look-at-channels": every(2, "backoffice.connectors.tasks.look_at_channels"),
    "tell-webhooks": every(1, "backoffice.tasks.tell_webhooks"),
    "forecast-work": every(300, "backoffice.tasks.forecast_work"),
    "forget-old-deliveries": every(3600, "backoffice.tasks.forget_old_deliveries"),
    "screen-what-is-due": every(2, "refdata.tasks.screen_what_is_due"),
    "watch-dates-of-reference-data": every(600, "refdata.tasks.watch_dates"),
    "watch-rights-of-use": every(600, "backoffice.tasks.watch_rights_of_use"),
    "watch-party-files": every(600, "onboarding.tasks.watch_files"),
    "work-on-imports": every(2, "deals.tasks.work_on_imports"),
    "expire-holds": every(2, "limits.tasks.expire_due_holds"),
    "keep-limit-dates": every(2, "limits.tasks.keep_limit_dates"),
    "revalue-limits": every(5, "settlements.tasks.revalue_limits"),
    "recount-losses": every(30, "deals.tasks.recount_losses"),
    "watch-cut-offs": every(60, "deals.tasks.watch_cut_offs"),
    "react-to-what-lasts": every(60, "backoffice.tasks.react_to_what_lasts"),
    "watch-clearing-cut-offs": every(60, "settlements.tasks.watch_clearing_cut_offs"),
    "form-netting-sets": every(30, "settlements.tasks.form_netting_sets"),
    "apply-record-events": every(60, "settlements.tasks.apply_record_events"),
    "announce-bond-payments": every(600, "settlements.tasks.announce_bond_payments"),
    "take-passed-deadlines": every(60, "settlements.tasks.take_passed_deadlines"),
    "work-on-report-schedules": every(30, "reporting.tasks.work_on_report_schedules"),
    "compute-reports": every(2, "reporting.tasks.compute_reports"),
    "steer-work": every(30, "backoffice.tasks.steer_work"),
    "work-on-nights": every(2, "backoffice.tasks.work_on_nights"),
    "fold-postings": every(5, "ledger.tasks.fold_new_postings"),
    "seal-days": every(3600, "backoffice.events.tasks.seal_days"),
    "prepare-months": every(3600, "ledger.tasks.prepare_coming_months"),
    "end-expired-grants": every(10, "backoffice.grants.tasks.end_expired_grants"),
    "prepare-months-of-reads": every(3600, "backoffice.access.tasks.prepare_coming_months"),
    "forget-old-answers": every(3600, "backoffice.access.tasks.forget_old_answers"),
}
