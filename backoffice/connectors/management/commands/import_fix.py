"""`manage.py import_fix FILE… --user NAME`: take in FIX logs. Repeatable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.access.models import User
from backoffice.connectors.fix_import import import_fix
from backoffice.kernel.errors import Refusal


class Command(BaseCommand):
    help = "Takes in FIX logs: fills become executed deals or wait for repair, orders are counted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--user", required=True, help="who brings them")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None or not user.has_perm("connectors.import_fix"):
            raise CommandError(f"{options['user']} may not import FIX logs")
        for path in options["files"]:
            try:
                found = import_fix(path.read_bytes(), name=path.name, actor=user, at=timezone.now())
            except (OSError, Refusal) as error:
                raise CommandError(f"{path}: {error}") from None
            dump = found.dump
            self.stdout.write(
                f"{path.name}: {dump.messages} messages, {dump.orders} orders, "
                f"{len(dump.fills)} fills: {found.added} new, {found.known} known, "
                f"{found.captured} booked, {found.waiting} wait for repair"
            )
            for p in dump.problems:
                self.stderr.write(f"{path.name}: message {p.message}, tag {p.tag}: {p.detail}")
