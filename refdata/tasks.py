"""Tasks of reference data: what is due to be screened is screened. Running twice does nothing."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from refdata.screening.services import screen_due


@shared_task(acks_late=True)
def screen_what_is_due(**_newer_arguments: Any) -> None:
    """Compare everything that is due with the lists in use, batch by batch."""
    while screen_due(at=timezone.now()):
        pass
