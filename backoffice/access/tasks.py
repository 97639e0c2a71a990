"""Tasks of access: forgetting answers that nobody may ask for again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from backoffice.access.attempts import forget_old_attempts
from backoffice.access.models import IdempotencyRecord
from backoffice.access.personal import prepare_months

KEPT = timedelta(hours=72)  # promised are 48


@shared_task(acks_late=True)
def prepare_coming_months(**_newer_arguments: Any) -> None:
    """Partitions of the reads of personal data, for this month and the next ones."""
    prepare_months(timezone.now().date())


@shared_task(acks_late=True)
def forget_old_answers(**_newer_arguments: Any) -> None:
    """Delete idempotency records past their time; their requests would be new ones then.

    And the count of failed sign-ins that makes nobody wait any more.
    """
    forget_old_attempts(at=timezone.now())
    IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
