"""Tasks of the project itself: the sign of life, and the one that follows the events."""

from __future__ import annotations

from typing import Any

import redis
from celery import shared_task
from django.conf import settings
from django.utils import timezone

BEAT_TICK = "backoffice:beat-tick"


@shared_task(acks_late=True)
def beat_tick(**_newer_arguments: Any) -> None:
    """Show that beat sends and a worker takes: the supervisor and the health page read the key."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as connection:
        connection.set(BEAT_TICK, timezone.now().isoformat(), ex=3600)


@shared_task(acks_late=True)
def follow_events(**_newer_arguments: Any) -> None:
    """Number what was committed, then let every consumer read on. Running twice does nothing."""
    from backoffice.events.consumers import run_consumer
    from backoffice.events.sequencer import sequence_events
    from backoffice.pipeline import CONSUMERS

    sequence_events()
    for consumer in CONSUMERS:
        run_consumer(consumer, clock=timezone.now)


@shared_task(acks_late=True)
def tell_webhooks(**_newer_arguments: Any) -> None:
    """Tell other systems what happened since; what is sent already is not sent again."""
    from backoffice.seen import about_seen
    from backoffice.webhooks.delivering import deliver_due

    deliver_due(
        clock=timezone.now, seen=lambda user: about_seen(user, prefix="event__"), seconds=20
    )


@shared_task(acks_late=True)
def forget_old_deliveries(**_newer_arguments: Any) -> None:
    """Drop what became of attempts of more than a month ago."""
    from backoffice.webhooks.delivering import forget_old_deliveries as forget

    forget(at=timezone.now())


@shared_task(acks_late=True)
def watch_rights_of_use(**_newer_arguments: Any) -> None:
    """Open work where a client's assets are in our use past the end of its right. Running twice does nothing."""
    from backoffice.work.uses import tell_ended_rights
    from refdata.firm_days import firm_day

    at = timezone.now()
    tell_ended_rights(today=firm_day(at), at=at)


@shared_task(acks_late=True)
def forecast_work(**_newer_arguments: Any) -> None:
    """Say each working morning what will wait for people. Running twice says it once."""
    from backoffice.work.workload import make_morning_forecast

    make_morning_forecast(at=timezone.now())


@shared_task(acks_late=True)
def steer_work(**_newer_arguments: Any) -> None:
    """Bring back what was put aside until now; give what is nobody's past its warning time to somebody."""
    from backoffice.work.assigning import assign_due_items
    from backoffice.workflow.handling import resume_due_items

    at = timezone.now()
    resume_due_items(at=at)
    assign_due_items(at=at)


@shared_task(acks_late=True)
def work_on_nights(**_newer_arguments: Any) -> None:
    """Begin the nights that are due and take every step as far as it goes now."""
    from backoffice.night_watch import begin_due_nights, take_steps

    at = timezone.now()
    begin_due_nights(at)
    take_steps(at)


@shared_task(acks_late=True)
def react_to_what_lasts(**_newer_arguments: Any) -> None:
    """Do what processes ask for about what fails, waits for repair, is not paid or not signed off, each once."""
    from deals.repairing.processing import react_to_inbound
    from ledger.day_processing import react_to_days
    from refdata.firm_days import firm_day
    from settlements.fails.processing.reacting import react_to_fails
    from settlements.purchases.processing.reacting import react_to_purchases

    at = timezone.now()
    for react in (react_to_fails, react_to_inbound, react_to_purchases, react_to_days):
        react(on=firm_day(at), at=at)
