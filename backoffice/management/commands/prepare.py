"""`manage.py prepare`: everything that must be true of the database before the web may start.

One command, because each start of Django costs a second or two. It may be run any number of times.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from backoffice.access import personal
from ledger.services import prepare_months


class Command(BaseCommand):
    help = "Migrates, loads what every installation needs, and the demonstration's data in one."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        today = timezone.now().date()
        prepare_months(today)
        personal.prepare_months(today)
        call_command("load_base_data")
        if settings.DEMONSTRATION:
            call_command("load_demonstration")
        # Only now can it be seen who has an account here.
        call_command("check", databases=[DEFAULT_DB_ALIAS])
