"""Plays the outside depository: reads our instruction files, writes its answers.

It knows nothing of our database. Withhold its answers with `--withhold`, and nothing settles there; with
`--part 90` what it settles comes in two parts, or with both only the first of them. With `--balances` it has
books of its own, of both sides, and settles in cycles what both have; without, all that comes is settled at once.
With `--accounts` too it states what is on them when its day ends, and with `--script` things go wrong.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from datetime import time as datetime_time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.connectors.simulator.place import PlayedPlace
from backoffice.connectors.simulator.script import script_in
from backoffice.connectors.tasks import exchange_folder
from backoffice.kernel.whole_files import write_whole


def time_of_day(text: str) -> datetime_time:
    return datetime_time.fromisoformat(text)


def events_for(
    message: Mapping[str, Any], options: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, str]]]:
    """What the place answers to an instruction, or to a request to cancel it, in its order."""
    if message["function"] == "CANC":
        yield ("cancel_denied" if options["deny"] else "cancelled"), {}
        return
    yield "acknowledged", {}
    yield "matched", {}
    part = int(Decimal(message["quantity"]) * options["part"] / 100)
    if part:
        lacks = "LACK" if message["delivers"] else "CLAC"
        yield "settled", {"quantity": str(part), "reason": lacks}
    if not options["withhold"]:
        yield "settled", {}


class Command(BaseCommand):
    help = "Answer the instructions of outside places through files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--place", default="*", help="the code of the only place played")
        parser.add_argument("--once", action="store_true", help="answer what is there, then stop")
        parser.add_argument("--deny", action="store_true", help="never agree to cancel anything")
        parser.add_argument("--withhold", action="store_true", help="acknowledge, but never settle")
        parser.add_argument(
            "--balances",
            type=Path,
            help="CSV of party, asset, quantity, cycle: books of its own, kept in the folder from then on",
        )
        parser.add_argument("--cycle", type=float, default=5.0, help="seconds between its cycles")
        parser.add_argument(
            "--cut-off", type=time_of_day, help="HH:MM in UTC: of the day's last cycle"
        )
        parser.add_argument("--last", action="store_true", help="this cycle is the day's last")
        parser.add_argument(
            "--accounts", type=Path, help="CSV of the accounts that it states when its day ends"
        )
        parser.add_argument(
            "--script", default="", help="what goes wrong: late-match=0.05,partial=0.1 and the like"
        )
        parser.add_argument("--seed", type=int, default=7, help="of what goes wrong")
        parser.add_argument("--part", type=int, default=0, help="settle so many percent first")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = exchange_folder()
        for name in ("out", "in", "answered"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if options["balances"]:
            place = PlayedPlace(
                folder, options["place"], balances=options["balances"], denies=options["deny"],
                accounts=options["accounts"], script=script_in(options["script"], seed=options["seed"]),
            )  # fmt: skip
            self.play(place, options)
            return
        while True:
            for path in sorted((folder / "out").glob(f"{options['place']}-*.jsonl")):
                self.answer(path, folder, options)
            if options["once"]:
                return
            time.sleep(0.5)

    def play(self, place: PlayedPlace, options: Mapping[str, Any]) -> None:
        """Run cycles: at once where instructions have come, or after so many seconds."""
        if options["once"]:
            place.work(at=datetime.now(UTC), is_last=options["last"])
            return
        last_cycle = 0.0
        while True:
            now = datetime.now(UTC)
            is_last = place.is_due(options["cut_off"], now)
            if is_last or place.has_mail() or time.monotonic() - last_cycle >= options["cycle"]:
                place.work(at=now, is_last=is_last)
                last_cycle = time.monotonic()
            time.sleep(0.5)

    def answer(self, path: Path, folder: Path, options: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat()
        lines = []
        for line in path.read_text("utf-8").splitlines():
            message = json.loads(line)
            reference = message["reference"]
            for number, (event, more) in enumerate(events_for(message, options)):
                said = f"{path.stem}:{reference}:{event}" + (f":{number}" if more else "")
                lines.append(
                    json.dumps(
                        {"reference": reference, "event": event, "at": at, "message": said, **more}
                    )
                )
        content = (f"{line}\n".encode() for line in lines)
        write_whole(folder / "in" / f"answer-{path.name}", content)
        path.replace(folder / "answered" / path.name)
