"""`manage.py export_events PATH [--from N] [--until N]`: the sealed history, for whoever verifies it."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.events.exporting import Exported, export_events
from backoffice.events.sealed import LAST


class Command(BaseCommand):
    help = "Writes numbered, sealed events and daily roots as JSON lines for tools/verify_chain.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file to write; an older one is replaced")
        parser.add_argument(
            "--from", dest="first", type=int, default=1, metavar="N", help="first number (1)"
        )
        parser.add_argument(
            "--until", type=int, default=LAST, metavar="N", help="last number (all)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, first, until = options["path"], options["first"], options["until"]
        if not 1 <= first <= until:
            raise CommandError("Numbers begin at 1, and --until is not below --from.")
        try:
            exported = export_events(path, first=first, until=until)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}") from error
        self.stdout.write(f"{exported.events} events, {exported.days} daily roots in {path}")
        self.stdout.write(f"verify: {_command(path, first, exported)}")


def _command(path: Path, first: int, exported: Exported) -> str:
    words = ["python", "tools/verify_chain.py", str(path)]
    if first > 1:
        words += ["--from-hash", exported.hash_before]
    if exported.events:
        words += ["--expect-last", exported.last_hash]
    return shlex.join(words)
