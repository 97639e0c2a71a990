"""What comes in at a played place: instructions, requests and payments, and what is said of each at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.simulator.answering import Spoken
from backoffice.connectors.simulator.asking import CANCEL, HOLD, NEW, Asked, asked_in
from backoffice.connectors.simulator.faults import UNMATCHED, charged
from backoffice.connectors.simulator.paying import payments_in
from backoffice.connectors.simulator.saying import Said, Tongue, Word
from backoffice.connectors.simulator.script import Fault, Script
from backoffice.connectors.simulator.stored import Kept
from backoffice.connectors.simulator.terms import Account, Instructed

PLENTY = Decimal(10**12)  # that whoever is not in the tables of the market has


class Intake:
    """Takes in for one cycle; what is kept of the place changes with it."""

    def __init__(self, kept: Kept, script: Script) -> None:
        self.kept, self.script = kept, script

    def take(self, path: Path, at: datetime) -> Iterator[Spoken]:
        """The answers to a file as it comes in; one that was taken in before says nothing."""
        if path.name in self.kept.files:
            return
        self.kept.files.add(path.name)
        try:
            asked = asked_in(path.name, path.read_bytes(), at.tzinfo or UTC)
        except Refused as refused:
            self._acknowledge(path, f"{refused}"[:200])
            return
        refusals: list[str] = []
        for each in asked:
            for said in self._answers(each):
                if each.tongue is not Tongue.PAYMENT:
                    yield Spoken(said, each.terms)
                elif said.word is Word.REJECTED:
                    refusals.append(said.text)
        if any(each.tongue is Tongue.PAYMENT for each in asked):
            self._acknowledge(path, "; ".join(refusals))

    def pay_in(self, table: Path | None, day: date) -> None:
        """What is due by a day of what others pay, each row once."""
        for number, each in enumerate(payments_in(table) if table else []):
            if each.day <= day and number not in self.kept.paid:
                self.kept.paid.add(number)
                self.kept.books.pay_in(each)

    def _acknowledge(self, path: Path, refusal: str) -> None:
        """A file beside one of ours that says whether it was taken."""
        answer = self.kept.answer
        assert answer is not None, "a cycle begins with an empty one"
        answer.append((f"out/{path.name}.{'nak' if refusal else 'ack'}", refusal or "taken"))

    def _answers(self, asked: Asked) -> Iterator[Said]:
        kept, about = self.kept, asked.about
        if asked.function == CANCEL:
            word = Word.CANCELLED if kept.books.withdraw(about) else Word.CANCEL_DENIED
            reasons = () if word is Word.CANCELLED else ("DSET",)
            yield Said(reference=about, word=word, asked=asked.reference, reasons=reasons)
        elif asked.function != NEW:
            waiting = kept.books.waiting.get(about)
            if waiting:
                waiting.held = asked.function == HOLD
            word = Word.DONE if waiting else Word.DENIED
            yield Said(reference=about, word=word, asked=asked.reference)
        elif about not in kept.references and asked.instructed:
            kept.references.add(about)
            yield from self._instruct(asked, asked.instructed)

    def _instruct(self, asked: Asked, each: Instructed) -> Iterator[Said]:
        """Take an instruction in; what the other side or the place does about it."""
        kept, reference = self.kept, each.reference
        if asked.tongue is not Tongue.JSON:
            self._admit(each)
        fault = self._fault(each)
        if fault is Fault.CLOSED_ACCOUNT:
            text = "The account is closed."
            yield Said(reference=reference, word=Word.REJECTED, reasons=("SAFE",), text=text)
            return
        charged(each, fault)
        reason, cycles = UNMATCHED.get(fault, ("", 0)) if fault else ("", 0)
        if reason:
            each.matches_in = kept.books.cycle + 1 + cycles
        kept.books.instruct(each)
        if asked.terms:
            kept.terms[reference] = asked.terms
        yield Said(reference=reference, word=Word.ACKNOWLEDGED)
        if reason:
            yield Said(reference=reference, word=Word.UNMATCHED, reasons=(reason,))
        else:
            yield Said(reference=reference, word=Word.MATCHED)

    def _fault(self, each: Instructed) -> Fault | None:
        kept, is_payment = self.kept, not each.asset
        kept.payments += is_payment
        kept.instructions += not is_payment
        number = kept.payments if is_payment else kept.instructions
        return self.script.of_instruction(number, is_payment=is_payment)

    def _admit(self, each: Instructed) -> None:
        """Who is not in the tables of the market takes part in it, and has what is asked of them."""
        balances = self.kept.books.balances
        for asset in filter(None, (each.asset, each.money)):
            balances.setdefault(Account(each.counterparty, asset), PLENTY)
