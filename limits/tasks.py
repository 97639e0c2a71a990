"""Tasks of limits: ending holds whose time has come."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from limits.services import expire_holds


@shared_task(acks_late=True)
def expire_due_holds(**_newer_arguments: Any) -> None:
    """Give back what holds took when nobody committed or released them in time."""
    expire_holds(at=timezone.now())
