"""Tasks of reference data: what is due is screened, what ends soon is told. Running twice does nothing."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from refdata.agreements.services import tell_ending
from refdata.firm_days import firm_day
from refdata.screening.ages import tell_old_lists
from refdata.screening.services import screen_due


@shared_task(acks_late=True)
def screen_what_is_due(**_newer_arguments: Any) -> None:
    """Compare everything that is due with the lists in use, batch by batch."""
    while screen_due(at=timezone.now()):
        pass


@shared_task(acks_late=True)
def watch_dates(**_newer_arguments: Any) -> None:
    """Open work for what ends within the days of notice, and for lists of sanctions that are too old."""
    tell_ending(today=firm_day(timezone.now()), at=timezone.now())
    tell_old_lists(today=firm_day(timezone.now()), at=timezone.now())
