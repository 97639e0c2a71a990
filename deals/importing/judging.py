"""What would become of each row: the deal that it is, what it waits for, or why it is refused.

The rules are those of capture; nothing is written here and nothing is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from backoffice.access.models import User
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.candidates import Candidate
from deals.capturing.capture import DuplicateDeal
from deals.capturing.intake import ForRepair, candidate_of
from deals.capturing.schema import WrongShape, terms_of
from deals.importing.members import BEFORE_HEADER, BLANK, FX, HARMLESS, WAITED_FOR
from deals.importing.row_reading import CellProblem, MappedRow, RowReader, with_fee


class Outcome(StrEnum):
    """What a row would become, or has become."""

    ACCEPTED = "ACCEPTED"
    REPAIR = "REPAIR"
    REFUSED = "REFUSED"


@dataclass(slots=True)
class Judged:
    """A row with its outcome. `code` names the first reason; the problems stand beside their cells."""

    number: int
    cells: Sequence[str]
    outcome: Outcome
    code: str = ""
    problems: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)
    row: MappedRow | None = None
    candidate: Candidate | None = None
    base: str = ""  # the reference as the file gives it, whatever it is captured under

    def refer_as(self, reference: str) -> None:
        """Give the deal another external reference than the file does."""
        assert self.row is not None
        self.row.document["external_ref"] = reference
        if self.candidate is not None:
            terms = msgspec.structs.replace(self.candidate.deal.terms, external_ref=reference)
            self.candidate = replace(self.candidate, deal=replace(self.candidate.deal, terms=terms))

    @property
    def hinders(self) -> bool:
        """Whether it keeps an import of all or nothing from being taken in."""
        return self.outcome == Outcome.REFUSED and self.code not in HARMLESS

    @property
    def reference(self) -> str:
        return str(self.row.document.get("external_ref", "")) if self.row else ""

    @property
    def side(self) -> str:
        return str(self.row.document.get("side", "")) if self.row else ""

    @property
    def currency(self) -> str:
        return str(self.row.document.get("currency", "")) if self.row else ""

    def amount(self) -> Decimal | None:
        """What it comes to: the gross amount of a deal, quantity times price of what waits."""
        if self.candidate is not None:
            return self.candidate.deal.amounts.gross
        if self.outcome != Outcome.REPAIR or self.row is None:
            return None
        try:
            found = Decimal(self.row.document["quantity"]) * Decimal(self.row.document["price"])
        except (KeyError, ArithmeticError):
            return None
        return found if found < Decimal(10) ** 15 else None


def judge_rows(
    rows: Iterable[tuple[int, Sequence[str]]], reader: RowReader, *, book: str, actor: User,
    at: datetime,
) -> Iterator[Judged]:  # fmt: skip
    """Each numbered row below the header, by itself; what is there already is not looked for here."""
    for number, cells in rows:
        yield judge(number, cells, reader, book=book, actor=actor, at=at)


def above(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Judged]:
    """The rows above the header hold no deals."""
    for number, cells in rows:
        yield Judged(number, cells, Outcome.REFUSED, BEFORE_HEADER)


def judge(
    number: int, cells: Sequence[str], reader: RowReader, *, book: str, actor: User, at: datetime
) -> Judged:
    """One row."""
    if not any(cells):
        return Judged(number, cells, Outcome.REFUSED, BLANK)
    row = reader.read(cells)
    if row.refused:
        return Judged(number, cells, Outcome.REFUSED, row.refused, row.problems, row=row)
    judged = _read(number, cells, row, book)
    return judged if judged.problems else _as_deal(judged, reader, actor, at)


def _read(number: int, cells: Sequence[str], row: MappedRow, book: str) -> Judged:
    """A row with all that it says; refused where a cell says it wrongly."""
    row.document.setdefault("book", book)
    with_fee(row)
    row.problems += _notional(row)
    if row.problems:
        code = row.problems[0].problem.code
        return Judged(number, cells, Outcome.REFUSED, code, row.problems, row=row)
    return Judged(number, cells, Outcome.ACCEPTED, warnings=row.warnings, row=row)


def _as_deal(judged: Judged, reader: RowReader, actor: User, at: datetime) -> Judged:
    row = judged.row
    assert row is not None
    executed = reader.terms.stage == "executed"
    try:
        candidate = candidate_of(terms_of(row.document), actor=actor, at=at)
        if row.what == FX and any(each.code == "beyond-spot" for each in candidate.deal.warnings):
            forward = reader.as_forward(row, judged.cells)
            judged = _read(judged.number, judged.cells, forward, row.document["book"])
            if judged.problems:
                return judged
            row = forward
            candidate = candidate_of(terms_of(row.document), actor=actor, at=at)
    except WrongShape as refusal:
        waits = executed and all(
            p.code == "required" and p.pointer.strip("/") in WAITED_FOR for p in refusal.problems
        )
        return _told(judged, refusal.problems, Outcome.REPAIR if waits else Outcome.REFUSED)
    except ForRepair as waiting:
        return _told(judged, waiting.problems, Outcome.REPAIR)
    except Refusal as refusal:
        own = FieldProblem("", refusal.code, refusal.detail, refusal.hint, refusal.facts)
        return _told(judged, refusal.problems or [own], Outcome.REFUSED)
    differs = list(_differs(row, candidate))
    if differs:
        return _told(judged, differs, Outcome.REPAIR if executed else Outcome.REFUSED)
    judged.candidate = candidate
    judged.warnings = [*row.warnings, *(_beside(row, each) for each in candidate.deal.warnings)]
    return judged


def _told(judged: Judged, problems: Sequence[FieldProblem], outcome: Outcome) -> Judged:
    assert judged.row is not None
    judged.outcome, judged.code = outcome, problems[0].code
    judged.problems = [_beside(judged.row, each) for each in problems]
    return judged


def _beside(row: MappedRow, problem: FieldProblem) -> CellProblem:
    return CellProblem(row.column_of(problem.pointer), problem)


def _differs(row: MappedRow, candidate: Candidate) -> Iterator[FieldProblem]:
    """The file's own total against ours, to the minor unit: a wrong unit of price is found here."""
    told: Decimal | None = row.beside.get("net_amount")
    ours = candidate.deal.amounts.net
    if told is not None and abs(abs(told) - abs(ours)) >= Decimal(1).scaleb(
        -candidate.deal.currency.minor_unit
    ):
        yield FieldProblem(
            "/net_amount", "amount-differs",
            gettext_noop("The file says %(told)s, and quantity, price and fees come to %(ours)s."),
            gettext_noop("Look at the unit of the price, the quantity and the fees."),
            {"told": f"{abs(told):f}", "ours": f"{ours:f}"},
        )  # fmt: skip


def _notional(row: MappedRow) -> Iterator[CellProblem]:
    """A quantity in the second currency of a pair is not turned into one of the first."""
    named, pair = row.beside.get("notional_currency"), str(row.document.get("pair", ""))
    if named and pair and named != pair.partition("/")[0]:
        problem = FieldProblem(
            "/notional_currency", "notional-in-quote",
            gettext_noop("The amount is in %(named)s, and the deal is in so much %(base)s."),
            gettext_noop("Have the amount of the first currency of the pair in the file."),
            {"named": named, "base": pair.partition("/")[0]},
        )  # fmt: skip
        yield CellProblem(row.origins.get("notional_currency"), problem)


def mark_known(judged: Sequence[Judged], seen: dict[str, str]) -> None:
    """Refuse what is there already, and what stands in the file twice under one reference.

    `seen` names by external reference the deal, what waits in its place, or the row; it grows.
    """
    for each in judged:
        if each.outcome == Outcome.REFUSED or each.row is None:
            continue
        there = seen.get(each.reference)
        if there is None:
            seen[each.reference] = f"row {each.number}"
            continue
        problem = FieldProblem(
            "/external_ref", DuplicateDeal.code,
            gettext_noop("%(external_ref)s is there already: %(there)s."),
            gettext_noop("Nothing is to be done if it is the same deal; else give it its own reference."),
            {"external_ref": each.reference, "there": there},
        )  # fmt: skip
        each.outcome, each.code, each.candidate = Outcome.REFUSED, DuplicateDeal.code, None
        each.problems = [CellProblem(each.row.origins.get("external_ref"), problem)]


@dataclass(slots=True)
class Tally:
    """Rows counted by outcome, and what those that are deals come to, by currency."""

    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    hindering: int = 0
    warnings: int = 0

    def add(self, each: Judged) -> None:
        """One row as it was judged."""
        told = bool(each.warnings or each.problems)
        self.count(each.outcome, each.side, each.currency, each.amount(), each.hinders, told)

    def count(
        self, outcome: Outcome, side: str, currency: str, amount: Decimal | None, hindering: int,
        told: int, times: int = 1,
    ) -> None:  # fmt: skip
        """Rows that are alike: how many, what they come to together, how many hinder, how many tell of
        something."""
        self.counts[outcome] = self.counts.get(outcome, 0) + times
        self.hindering += hindering
        if outcome == Outcome.ACCEPTED:
            self.warnings += told
        if amount is not None and outcome != Outcome.REFUSED:
            name = f"{'repair' if outcome == Outcome.REPAIR else side}.{currency}"
            self.sums[name] = self.sums.get(name, Decimal(0)) + amount
