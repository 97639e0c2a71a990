"""Tasks of grants: roles end when their time is over."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from backoffice.grants.services import expire_grants


@shared_task(acks_late=True)
def end_expired_grants(**_newer_arguments: Any) -> None:
    """Take away the roles whose time is over. Running twice does nothing."""
    expire_grants(at=timezone.now())
