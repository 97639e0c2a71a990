"""`manage.py load_calendar FILE… --calendar CODE`: holidays (JSON) or trading sessions (CSV)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from refdata.loading.calendars import load_calendar
from refdata.loading.importing import LoadCommand, Loaded
from refdata.models.calendars import CalendarKind


class Command(LoadCommand):
    help = "Loads days into a calendar; a new one is made if there is none of that code."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--calendar", required=True, help="the calendar's code")
        parser.add_argument("--name", default="", help="for a new calendar")
        parser.add_argument("--kind", default="WORKING", choices=CalendarKind.values)
        parser.add_argument("--timezone", default="UTC")

    def load(self, path: Path, options: dict[str, Any]) -> Loaded:
        return load_calendar(
            path, code=options["calendar"], name=options["name"], kind=options["kind"],
            timezone=options["timezone"],
        )  # fmt: skip
