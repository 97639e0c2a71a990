"""`manage.py export_books --date 2026-11-20 folder/`: the books as they stand, for another installation to open."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.going_live.exporting import export_books
from backoffice.kernel.errors import Refusal
from backoffice.management.commands.open_books import told
from refdata.models import Entity


class Command(BaseCommand):
    help = "Writes how the books of entities stand on the evening of a day into a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="is made")
        parser.add_argument("--date", type=date.fromisoformat, required=True, help="the last day")
        parser.add_argument("--entity", action="append", help="by its code; all of them by default")
        parser.add_argument(
            "--leave", action="store_true", help="although something under way is not told"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["folder"].resolve()
        if root.exists():
            raise CommandError(f"{root} is there already: give a new folder.")
        entities = list(Entity.objects.order_by("code"))
        if options["entity"]:
            wanted = set(options["entity"])
            entities = [each for each in entities if each.code in wanted]
            if missing := wanted - {each.code for each in entities}:
                raise CommandError(f"No such entity: {', '.join(sorted(missing))}.")
        try:
            counts = export_books(entities, day=options["date"], root=root, leave=options["leave"])
        except Refusal as refusal:
            raise CommandError(told(refusal)) from None
        for name, count in counts.items():
            self.stdout.write(f"{count:>8}  {name}")
        self.stdout.write(f"written: {root}")
