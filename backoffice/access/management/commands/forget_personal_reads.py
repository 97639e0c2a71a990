"""`manage.py forget_personal_reads --months 60`: drop the record of reads that is past its time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backoffice.access.personal import forget_months

LEAST = 12


class Command(BaseCommand):
    help = "Drops the months of reads of personal data that are older than the firm keeps them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--months", type=int, default=60)

    def handle(self, *args: Any, months: int, **options: Any) -> None:
        today = timezone.now().date()
        first = today.year * 12 + today.month - 1 - max(months, LEAST)
        dropped = forget_months(today.replace(year=first // 12, month=first % 12 + 1, day=1))
        self.stdout.write(f"{len(dropped)} months dropped: {', '.join(dropped) or '-'}")
