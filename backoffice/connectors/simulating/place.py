"""An outside place with books of its own, played through files: instructions in, answers out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from backoffice.connectors.simulating import stored
from backoffice.connectors.simulating.books import NORMAL, Advice, Event, Instructed

SAYS = {Event.PENDING: "PEND", Event.PART: "PEND", Event.FAILING: "PENF"}  # on the settlement axis


class PlayedPlace:
    """One place, its folder and its books. `code` is the place's, or `*` for all that send files."""

    def __init__(self, folder: Path, code: str, *, balances: Path, denies: bool = False) -> None:
        self.folder, self.code, self.denies = folder, code, denies
        self.name = "all" if code == "*" else code
        self.file = folder / "places" / f"{self.name}.json"
        self.kept = stored.read(self.file) or stored.Kept(stored.opening(balances))

    def has_mail(self) -> bool:
        return bool(self._mail())

    def is_due(self, cut_off: time | None, now: datetime) -> bool:
        """Whether the last cycle of the day is due and has not been run."""
        return cut_off is not None and now.time() >= cut_off and self.kept.closed_on != now.date()

    def work(self, *, at: datetime, is_last: bool = False) -> None:
        """Finish what was interrupted; take in what is there, run a cycle, and answer."""
        self._say()
        kept, number = self.kept, self.kept.books.cycle + 1
        lines = [line for path in self._mail() for line in self._taken(path)]
        lines += [self._line(each) for each in kept.books.run_cycle(is_last=is_last)]
        text = "".join(
            json.dumps(
                line | {"at": at.isoformat(), "message": _message(self.name, number, line)}
            ) + "\n"
            for line in lines
        )  # fmt: skip
        kept.answer = (f"answer-{self.name}-{number:06d}.jsonl", text)
        if is_last:
            kept.closed_on = at.date()
        stored.write(self.file, kept)
        self._say()

    def _mail(self) -> list[Path]:
        return sorted((self.folder / "out").glob(f"{self.code}-*.jsonl"))

    def _say(self) -> None:
        """Write the answer that was kept, put the files of it away, and keep that it is said."""
        if self.kept.answer is None:
            return
        name, text = self.kept.answer
        if text:
            stored.put(self.folder / "in" / name, text.encode())
        for path in self._mail():
            if path.name in self.kept.files:
                path.replace(self.folder / "answered" / path.name)
        self.kept.answer = None
        stored.write(self.file, self.kept)

    def _taken(self, path: Path) -> Iterator[dict[str, Any]]:
        """The answers to a file as it comes in; one that was taken in before says nothing."""
        if path.name in self.kept.files:
            return
        self.kept.files.add(path.name)
        for line in path.read_text("utf-8").splitlines():
            yield from self._answers(json.loads(line))

    def _answers(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        reference = message["reference"]
        if message["function"] == "CANC":
            agreed = not self.denies and self.kept.books.withdraw(reference)
            yield {"reference": reference, "event": "cancelled" if agreed else "cancel_denied"}
        elif reference not in self.kept.references:
            self.kept.references.add(reference)
            self.kept.books.instruct(_instructed(message))
            yield {"reference": reference, "event": "acknowledged"}
            yield {"reference": reference, "event": "matched"}

    def _line(self, advice: Advice) -> dict[str, Any]:
        if advice.event == Event.SETTLED:
            return {"reference": advice.reference, "event": "settled"}
        if advice.event == Event.PART:
            return {
                "reference": advice.reference, "event": "settled", "quantity": str(advice.quantity),
                "reason": advice.reasons[0] if advice.reasons else "",
            }  # fmt: skip
        return {
            "reference": advice.reference, "event": "status", "matching": "MACH",
            "settling": SAYS[advice.event], "reasons": list(advice.reasons),
        }  # fmt: skip


def _message(name: str, number: int, line: dict[str, Any]) -> str:
    """A number that the same cycle gives again, and no other."""
    return f"{name}-{number}:{line['reference']}:{line['event']}"


def _instructed(message: dict[str, Any]) -> Instructed:
    minimum = message.get("minimum")
    return Instructed(
        reference=message["reference"], party=message["owner"],
        counterparty=message["counterparty"], delivers=message["delivers"],
        asset=message["isin"] or "", money=message["currency"], left=Decimal(message["quantity"]),
        amount_left=Decimal(message["amount"]), partial_allowed=bool(message.get("partial")),
        minimum=None if minimum is None else Decimal(minimum),
        priority=int(message.get("priority", NORMAL)),
    )  # fmt: skip
