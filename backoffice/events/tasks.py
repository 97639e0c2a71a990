"""Tasks of the events: sealing the days that are over."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from backoffice.events.roots import seal_ended_days


@shared_task(acks_late=True)
def seal_days(**_newer_arguments: Any) -> None:
    """Write the roots of days that are over. Running twice does nothing."""
    seal_ended_days()
