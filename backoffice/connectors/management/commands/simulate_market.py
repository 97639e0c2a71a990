"""Plays a market: depositories, banks and whoever else deals there, as one process that knows nothing of our database.

`FOLDER/market/` has for each place `CODE.balances.csv` (party, asset, quantity, cycle), and where the place states
accounts `CODE.accounts.csv` (account, format, currency, parties, bank); `CODE.payments.csv` is what others pay there
(account, currency, amount, day, payer, payer_account, text). Instructions are taken from `FOLDER/out/`,
answers and statements stand in `FOLDER/in/`; with `--apart` each place has these in a folder of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandParser

from backoffice.connectors.simulator.place import PlayedPlace
from backoffice.connectors.simulator.script import script_in

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.25
BROKEN_SECONDS = 5.0
OPENED = "opened"  # the file that says when it did


class Command(BaseCommand):
    help = (
        "A market that is played through files: one cycle of every place, or until it is stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--at", type=datetime.fromisoformat, help="what its clock shows")
        parser.add_argument("--last", action="store_true", help="this cycle is the day's last")
        parser.add_argument(
            "--apart", action="store_true", help="each place has a folder of its own"
        )
        parser.add_argument(
            "--script", type=script_in, default="", help="whose turn it is to go wrong"
        )
        parser.add_argument(
            "--reports", action="store_true", help="what a cycle moved is told after it"
        )
        parser.add_argument("--keep", action="store_true", help="go on until it is stopped")
        parser.add_argument("--cycle", type=float, default=20.0, help="seconds between cycles")
        parser.add_argument("--zone", type=ZoneInfo, default=UTC, help="of its clock")
        parser.add_argument(
            "--cut-off", type=time_of_day.fromisoformat, help="HH:MM: of a day's last cycle"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"]:
            self.keep(options)
            return
        at = options["at"] or datetime.now(options["zone"])
        for code in self.codes(options):
            place = self.opened(code, options, at)
            place.work(at=at, is_last=options["last"] and place.kept.closed_on != at.date())

    def keep(self, options: dict[str, Any]) -> None:
        """Run cycles: of a place at once where instructions have come, of each after so many seconds.

        Its tables may come after it; the days on which nobody played are ended first.
        """
        places: dict[str, PlayedPlace] = {}
        worked: dict[str, float] = {}
        while True:
            now = datetime.now(options["zone"])
            for code in self.codes(options):
                try:
                    if code not in places:
                        places[code] = self.opened(code, options, now)
                    place, is_last = places[code], places[code].is_due(options["cut_off"], now)
                    waited = time.monotonic() - worked.get(code, -options["cycle"])
                    if is_last or place.has_mail() or waited >= options["cycle"]:
                        worked[code] = time.monotonic()
                        place.work(at=now, is_last=is_last)
                except Exception:
                    logger.exception("%s goes on from what it kept", code)
                    places.pop(code, None)
                    time.sleep(BROKEN_SECONDS)
            time.sleep(LOOK_SECONDS)

    def codes(self, options: dict[str, Any]) -> Iterator[str]:
        for path in sorted((options["folder"] / "market").glob("*.balances.csv")):
            yield path.name.partition(".")[0]

    def place(self, code: str, options: dict[str, Any]) -> PlayedPlace:
        market = options["folder"] / "market"
        folder = options["folder"] / code if options["apart"] else options["folder"]
        for name in ("out", "in", "answered"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        accounts = market / f"{code}.accounts.csv"
        return PlayedPlace(
            folder, code, balances=market / f"{code}.balances.csv",
            accounts=accounts if accounts.exists() else None, reports=options["reports"],
            payments=market / f"{code}.payments.csv", script=options["script"] or script_in(""),
        )  # fmt: skip

    def opened(self, code: str, options: dict[str, Any], now: datetime) -> PlayedPlace:
        """A place as of now: it opened in the evening that the tables name, and has ended every day since."""
        place, opened = self.place(code, options), options["folder"] / "market" / OPENED
        if place.kept.closed_on is None and opened.exists():
            place.close(datetime.fromisoformat(opened.read_text().strip()).astimezone(now.tzinfo))
        if options["cut_off"]:
            place.catch_up(options["cut_off"], now)
        return place
