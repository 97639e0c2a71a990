"""Tasks of the ledger: folding what was posted, and making room for what will be."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from ledger.folding import fold_postings
from ledger.services import prepare_months


@shared_task(acks_late=True)
def fold_new_postings(**_newer_arguments: Any) -> None:
    """Fold what the watermarks cover into movements."""
    fold_postings()


@shared_task(acks_late=True)
def prepare_coming_months(**_newer_arguments: Any) -> None:
    """Partitions for this month and the next ones."""
    prepare_months(timezone.now().date())
