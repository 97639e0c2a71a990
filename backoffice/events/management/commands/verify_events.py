"""`manage.py verify_events`: the stored history against its seal. Reads everything, changes nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.events.verifying import Verifier


class Command(BaseCommand):
    help = (
        "Computes the hash of every event again: gaps, changed rows, missing numbers, daily roots."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--expect", action="append", default=[], metavar="HASH",
            help="a hash or daily root noted earlier that must still occur; may be given again",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        verifier, found = Verifier(options["expect"]), 0
        for problem in verifier.problems():
            found += 1
            self.stdout.write(problem)
        if found:
            raise CommandError(f"{found} problems in {verifier.count} events")
        if last := verifier.day:
            self.stdout.write(f"{verifier.days} daily roots, the last of {last.day}: {last.root}")
        self.stdout.write(f"OK: {verifier.count} events, last hash {verifier.hash}")
