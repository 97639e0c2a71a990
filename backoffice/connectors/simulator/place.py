"""An outside place with books of its own, played through files: instructions in, answers out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from backoffice.connectors.simulator import stored
from backoffice.connectors.simulator.books import NEVER, NORMAL, Advice, Event, Instructed
from backoffice.connectors.simulator.script import Fault, Script
from backoffice.connectors.simulator.statements import Served, served_in, statements_of
from backoffice.kernel.whole_files import write_whole

# What the other side gets wrong: the reason that is told, and in how many cycles it is mended.
UNMATCHED = {
    Fault.LATE_MATCH: ("CMIS", 1), Fault.CENT: ("DMON", 1), Fault.WRONG_SSI: ("SAFE", NEVER),
}  # fmt: skip
NOTHING_WRONG = Script()
SAYS = {Event.PENDING: "PEND", Event.PART: "PEND", Event.FAILING: "PENF"}  # on the settlement axis


class PlayedPlace:
    """One place, its folder and its books. `code` is the place's, or `*` for all that send files.

    Where it is told whose `accounts` it keeps, it writes a statement of each after the last cycle of a day.
    """

    def __init__(
        self, folder: Path, code: str, *, balances: Path, denies: bool = False,
        accounts: Path | None = None, script: Script = NOTHING_WRONG,
    ) -> None:  # fmt: skip
        self.folder, self.code, self.denies, self.script = folder, code, denies, script
        self.name = "all" if code == "*" else code
        self.file = folder / "places" / f"{self.name}.json"
        self.kept = stored.read(self.file) or stored.Kept(stored.opening(balances))
        self.accounts: list[Served] = served_in(accounts) if accounts else []

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
        name = f"answer-{self.name}-{number:06d}.jsonl"
        if is_last:
            text, kept.lost = kept.lost + text, ""
        elif self.script.of_file(name) is Fault.LOST_FILE:
            kept.lost, text = kept.lost + text, ""
        kept.answer = (name, text)
        if is_last:
            kept.closed_on = at.date()
            kept.stating = at if self.accounts else None
        if not self.accounts:
            kept.books.moved.clear()
        stored.write(self.file, kept)
        self._say()

    def _mail(self) -> list[Path]:
        return sorted((self.folder / "out").glob(f"{self.code}-*.jsonl"))

    def _say(self) -> None:
        """Write the answer and the statements that were kept, put the files away, and keep that it is said."""
        kept = self.kept
        if kept.answer is None:
            return
        name, text = kept.answer
        for file, content in self._files(name, text):
            write_whole(self.folder / "in" / file, [content.encode()])
        if kept.stating:
            number = kept.stated + 1
            for file, statement in statements_of(
                self.accounts, kept.books, place=self.name, number=number, at=kept.stating
            ):
                write_whole(self.folder / "in" / file, [statement])
            kept.stating, kept.stated = None, number
            kept.books.moved.clear()
        for path in self._mail():
            if path.name in kept.files:
                path.replace(self.folder / "answered" / path.name)
        kept.answer = None
        stored.write(self.file, kept)

    def _files(self, name: str, text: str) -> Iterator[tuple[str, str]]:
        """The answer as it comes: once, twice, or with a message that breaks off before it comes whole."""
        if not text:
            return
        fault = self.script.of_file(name)
        if fault is Fault.MALFORMED:
            first = text.partition("\n")[0]
            text = f"{first[: len(first) // 2]}\n{text}"
        yield name, text
        if fault is Fault.DUPLICATE_FILE:
            yield f"again-{name}", text

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
            yield from self._instruct(_instructed(message))

    def _instruct(self, each: Instructed) -> Iterator[dict[str, Any]]:
        """Take an instruction in; what the other side or the place does about it."""
        fault = self.script.of_instruction(each.reference)
        if fault is Fault.CLOSED_ACCOUNT:
            yield {
                "reference": each.reference,
                "event": "rejected",
                "reason": "The account is closed.",
            }
            return
        if fault is Fault.PARTIAL and each.left > 1:
            each.most = each.left // 2
        reason, cycles = UNMATCHED.get(fault, ("", 0)) if fault else ("", 0)
        if reason:
            each.matches_in = self.kept.books.cycle + 1 + cycles
        self.kept.books.instruct(each)
        yield {"reference": each.reference, "event": "acknowledged"}
        if reason:
            yield {
                "reference": each.reference, "event": "status", "matching": "NMAT", "reasons": [reason]
            }  # fmt: skip
        else:
            yield {"reference": each.reference, "event": "matched"}

    def _line(self, advice: Advice) -> dict[str, Any]:
        if advice.event in (Event.SETTLED, Event.MATCHED):
            return {"reference": advice.reference, "event": str(advice.event)}
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
        cash_account=message.get("cash_account") or "",
    )  # fmt: skip
