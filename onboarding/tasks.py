"""Tasks of onboarding: the calendar of the files. Running twice does nothing."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from onboarding.processing.reacting import react_to_files
from onboarding.watching import watch_files as watch
from refdata.firm_days import firm_day


@shared_task(acks_late=True)
def watch_files(**_newer_arguments: Any) -> None:
    """Let reviews fall due, and open work for what runs out; do what the process asks for about what waits long."""
    at = timezone.now()
    watch(today=firm_day(at), at=at)
    react_to_files(on=firm_day(at), at=at)
