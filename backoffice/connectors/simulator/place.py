"""An outside place with books of its own, played through files: instructions in, answers and statements out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from backoffice.connectors.simulator import stored
from backoffice.connectors.simulator.answering import (
    ENDINGS,
    Cycle,
    Spoken,
    files_of,
    texts_of,
)
from backoffice.connectors.simulator.asking import LINES
from backoffice.connectors.simulator.intake import Intake
from backoffice.connectors.simulator.saying import Said, Tongue, Word, said_of
from backoffice.connectors.simulator.script import Fault, Script
from backoffice.connectors.simulator.statements import (
    Served,
    reports_of,
    served_in,
    statements_of,
)
from backoffice.kernel.whole_files import write_whole

NOTHING_WRONG = Script()
MAIL = (LINES, ".fin", ".xml", ".txt")
SUNDAY = 7


class PlayedPlace:
    """One place, its folder and its books.

    Where it is told whose `accounts` it keeps, it writes a statement of each after the last cycle of a day, and with
    `reports` what was booked within the day after each cycle.
    """

    def __init__(
        self, folder: Path, code: str, *, balances: Path, accounts: Path | None = None,
        payments: Path | None = None, script: Script = NOTHING_WRONG, reports: bool = False,
    ) -> None:  # fmt: skip
        self.folder, self.code, self.script, self.reports = folder, code, script, reports
        self.file = folder / "places" / f"{code}.json"
        self.kept = stored.read(self.file) or stored.Kept(stored.opening(balances))
        self.accounts: list[Served] = served_in(accounts) if accounts else []
        self.payments = payments

    def has_mail(self) -> bool:
        return bool(self._mail())

    def is_due(self, cut_off: time | None, now: datetime) -> bool:
        """Whether the last cycle of the day is due and has not been run."""
        return cut_off is not None and now.time() >= cut_off and self.kept.closed_on != now.date()

    def work(self, *, at: datetime, is_last: bool = False) -> None:
        """Finish what was interrupted; take in what is there, run a cycle, and answer."""
        self._say()
        kept = self.kept
        kept.answer = []
        cycle = Cycle(self.code, kept.books.cycle + 1, at)
        intake = Intake(kept, self.script)
        spoken = [each for path in self._mail() for each in intake.take(path, at)]
        intake.pay_in(self.payments, at.date())
        advices = kept.books.run_cycle(is_last=is_last, day=at.date())
        spoken += [Spoken(said_of(each), kept.terms.get(each.reference)) for each in advices]
        self._answer(spoken, cycle, is_last=is_last)
        if is_last:
            kept.closed_on = at.date()
            kept.stating = at if self.accounts else None
        elif self.reports and kept.books.movements > kept.reported:
            kept.reporting = at
        if not self.accounts:
            kept.books.moved.clear()
        stored.write(self.file, kept)
        self._say()

    def close(self, at: datetime) -> None:
        """Open, or end a day on which nobody played: its accounts are stated as they are. What is due waits."""
        self._say()
        self.kept.answer, self.kept.closed_on, self.kept.stating = [], at.date(), at
        stored.write(self.file, self.kept)
        self._say()

    def catch_up(self, cut_off: time, now: datetime) -> None:
        """End every working day that has passed since the last one that was."""
        day = self.kept.closed_on
        while day and (day := day + timedelta(days=1)) < now.date():
            if day.isoweekday() < SUNDAY - 1:
                self.close(datetime.combine(day, cut_off, tzinfo=now.tzinfo))

    def _mail(self) -> list[Path]:
        return sorted(
            path for path in (self.folder / "out").glob(f"{self.code}-*") if path.suffix in MAIL
        )

    def _answer(self, spoken: list[Spoken], cycle: Cycle, *, is_last: bool) -> None:
        """Keep what is said as files; what a file's turn it is to lose comes with the last cycle of the day."""
        kept, texts = self.kept, texts_of(spoken, cycle)
        if is_last:
            found = [Tongue(each) for each in (*kept.lost, *texts)]
            texts = {each: kept.lost.pop(each, "") + texts.get(each, "") for each in found}
        for tongue, text in texts.items():
            kept.answers += 1
            fault = self.script.of_file(kept.answers)
            if fault is Fault.LOST_FILE and not is_last:
                kept.lost[tongue] = kept.lost.get(tongue, "") + text
                continue
            name = f"answer-{self.code}-{cycle.number:06d}.{ENDINGS[tongue]}"
            self._put("in", files_of(tongue, text, name, fault))
        for each in spoken:
            self._remember(each.said)

    def _remember(self, said: Said) -> None:
        """What an answer repeats is kept as long as there may be another."""
        terms = self.kept.terms.get(said.reference)
        if terms and said.word is Word.PART:
            self.kept.terms[said.reference] = terms._replace(in_parts=True)
        elif terms and said.reference not in self.kept.books.waiting:
            del self.kept.terms[said.reference]

    def _put(self, folder: str, files: Iterator[tuple[str, str]]) -> None:
        answer = self.kept.answer
        assert answer is not None, "a cycle begins with an empty one"
        answer.extend((f"{folder}/{name}", text) for name, text in files)

    def _say(self) -> None:
        """Write the answers and the statements that were kept, put the mail away, and keep that it is said."""
        kept = self.kept
        if kept.answer is None:
            return
        for name, text in kept.answer:
            write_whole(self.folder / name, [text.encode()])
        if kept.reporting:
            self._write(reports_of(
                self.accounts, kept.books, place=self.code, after=kept.reported, at=kept.reporting
            ))  # fmt: skip
        if kept.stating:
            self._write(statements_of(self.accounts, kept.books, place=self.code, at=kept.stating))
        if kept.reporting or kept.stating:
            kept.reported = kept.books.movements
        if kept.stating:
            kept.books.moved.clear()
        for path in self._mail():
            if path.name in kept.files:
                path.replace(self.folder / "answered" / path.name)
        kept.answer = kept.stating = kept.reporting = None
        stored.write(self.file, kept)

    def _write(self, files: Iterator[tuple[str, bytes]]) -> None:
        for name, content in files:
            write_whole(self.folder / "in" / name, [content])
