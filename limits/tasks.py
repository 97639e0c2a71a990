"""Tasks of limits: ending holds whose time has come, beginning and ending what is dated."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from limits.bounds import keep_bounds
from limits.changes import keep_dates
from limits.defining.closings import close_due
from limits.defining.openings import open_due
from limits.services import expire_holds


@shared_task(acks_late=True)
def expire_due_holds(**_newer_arguments: Any) -> None:
    """Give back what holds took when nobody committed or released them in time."""
    expire_holds(at=timezone.now())


@shared_task(acks_late=True)
def keep_limit_dates(**_newer_arguments: Any) -> None:
    """Begin and end limits, overrides and caps on time; headroom never waits for it to shrink."""
    at = timezone.now()
    keep_dates(at=at)
    open_due(at=at)
    close_due(at=at)
    keep_bounds(at=at)
