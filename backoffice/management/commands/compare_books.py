"""`manage.py compare_books --date 2026-11-20 folder/`: what another system says, held against our books."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.going_live.parallel import compare_books
from backoffice.kernel.errors import Refusal
from backoffice.management.commands.open_books import told


class Command(BaseCommand):
    help = "Compares positions, money and results with those of another system; what differs is a break."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, help="with depository.csv, bank.csv and results.csv"
        )
        parser.add_argument("--date", type=date.fromisoformat, required=True, help="which evening")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = compare_books(
                options["folder"].resolve(), day=options["date"], at=timezone.now()
            )
        except Refusal as refusal:
            raise CommandError(told(refusal)) from None
        self.stdout.write(
            f"{done.figures} figures compared: {done.opened} differences opened, {done.closed} closed, "
            f"{done.live} stand"
        )
