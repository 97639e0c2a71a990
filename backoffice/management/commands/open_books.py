"""`manage.py open_books --date 2026-11-20 folder/`: the books of a firm go on here, as another system left them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.access.models import User
from backoffice.going_live.opening import open_books
from backoffice.kernel.errors import Refusal


def told(refusal: Refusal) -> str:
    """A refusal as a person reads it, with all that was found."""
    lines = [
        f"{each.pointer}: {each.detail % each.facts} {each.hint % each.facts}"
        for each in refusal.problems
    ]
    return "\n".join([*lines, f"{refusal.title}: {refusal.filled()} {refusal.hint}"])


class Command(BaseCommand):
    help = "Opens empty books with a folder: balances, lots, deals, settlements, taxes; all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--date", type=date.fromisoformat, required=True, help="of the folder")
        parser.add_argument("--user", required=True, help="in whose name it is done")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(username=options["user"], is_active=True).first()
        if actor is None:
            raise CommandError(f"There is no user {options['user']}.")
        try:
            opened = open_books(
                options["folder"].resolve(), day=options["date"], actor=actor, at=timezone.now()
            )
        except Refusal as refusal:
            raise CommandError(told(refusal)) from None
        if opened.again:
            self.stdout.write(f"These books were opened with this folder before: {opened.digest}")
            return
        self.stdout.write(
            f"opened: {opened.deals} deals, {opened.settlements} settlements, {opened.entries} entries; "
            f"folder {opened.digest}"
        )
