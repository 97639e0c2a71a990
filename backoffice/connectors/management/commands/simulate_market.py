"""Plays all places of a folder: one cycle of each, as one process. It knows nothing of our database.

`FOLDER/market/` has for each place `CODE.balances.csv` (party, asset, quantity, cycle) and `CODE.accounts.csv`
(account, format, currency, parties, bank). Instructions are taken from `FOLDER/out/`; answers and statements
stand in `FOLDER/in/`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.connectors.simulator.place import PlayedPlace


class Command(BaseCommand):
    help = "One cycle of every place of a market that is played through files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--at", type=datetime.fromisoformat, help="what its clock shows")
        parser.add_argument("--last", action="store_true", help="this cycle is the day's last")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, at = options["folder"], options["at"] or datetime.now(UTC)
        for name in ("out", "in", "answered"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for accounts in sorted((folder / "market").glob("*.accounts.csv")):
            code = accounts.name.partition(".")[0]
            balances = accounts.with_name(f"{code}.balances.csv")
            place = PlayedPlace(folder, code, balances=balances, accounts=accounts)
            is_last = options["last"] and place.kept.closed_on != at.date()
            place.work(at=at, is_last=is_last)
