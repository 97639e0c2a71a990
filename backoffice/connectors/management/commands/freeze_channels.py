"""`manage.py freeze_channels --restored-to MOMENT`: nothing leaves until what left since then is matched.

To be run after a restore, before any worker starts. It asks for nothing: whoever restores is on the machine.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.connectors.channels.services import doubt_after_restore


class Command(BaseCommand):
    help = "After a restore: freezes all channels out, and doubts what was under way."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--restored-to",
            required=True,
            help="the moment that the books stand at, with an offset",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moment = datetime.fromisoformat(options["restored_to"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        if moment.tzinfo is None:
            raise CommandError("the moment has no offset")
        reason = f"restored to {moment.isoformat()}"
        doubted = doubt_after_restore(restored_to=moment, reason=reason, at=timezone.now())
        for code, count in doubted.items():
            self.stdout.write(f"{code}: frozen, {count} in doubt")
