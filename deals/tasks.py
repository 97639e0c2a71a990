"""Tasks of deals: exposures that prices and rates have moved."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from deals.exposures import take_up_revaluations


@shared_task(acks_late=True)
def revalue_limits(**_newer_arguments: Any) -> None:
    """Work out anew what deals use of their limits, where prices or rates were added."""
    at = timezone.now()
    take_up_revaluations(business_date=at.date(), at=at)


def revalue_limits_after_commit() -> None:
    """Ask for a worker once the present transaction is committed; beat asks anyway."""
    transaction.on_commit(lambda: revalue_limits.delay(), robust=True)
