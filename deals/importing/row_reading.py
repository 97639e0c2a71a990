"""One row of a file read by a mapping: the deal as it would be posted, or why it is none. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from deals.importing.mapping import MappingTerms, MemberMap, columns_of, folded, names_of
from deals.importing.members import (
    BESIDE,
    FORWARD,
    FX,
    LEFT_OUT,
    REASONS,
    SPOT,
    Kind,
    members,
    members_of,
)
from deals.importing.values import WrongCell, day_in, moment_in, number_in
from deals.importing.values import written as number_text
from deals.products import PRODUCTS

MAX_REFERENCE = 60  # four are left for a row that is imported again


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong beside which cell; a column of None is the row as a whole."""

    column: int | None
    problem: FieldProblem


@dataclass(slots=True)
class MappedRow:
    """A row as a deal would be posted, or why it is none; which cell each member came from."""

    what: str
    refused: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)

    def column_of(self, pointer: str) -> int | None:
        """The cell that a pointer of the terms came from."""
        if pointer.startswith("/fees"):
            return self.origins.get("fee")
        return self.origins.get(pointer.strip("/").replace("/", "."))


class RowReader:
    """Rows of one file read by one mapping; it counts equal rows, so they are read in their order."""

    def __init__(self, terms: MappingTerms, header: Sequence[str]) -> None:
        self.terms = terms
        self.index = {name: index for index, name in enumerate(names_of(header))}
        self.meanings = {folded(word): what for word, what in terms.rows.values.items()}
        self.words = [
            {folded(word): value for word, value in each.values.items()} for each in terms.members
        ]
        self.blanks = {folded(word) for word in terms.blanks}
        self.seen: dict[str, int] = {}
        self.meant: dict[tuple[str, str], list[tuple[int, MemberMap]]] = {}

    def missing(self) -> list[str]:
        """Columns of the mapping that the file does not have."""
        return sorted(columns_of(self.terms) - self.index.keys())

    def read(self, cells: Sequence[str]) -> MappedRow:
        what, column = self._what(cells)
        product = SPOT if what == FX else what
        if product not in PRODUCTS:
            row = MappedRow(
                what, refused=what if what in (*REASONS, LEFT_OUT) else "unknown-product"
            )
            if row.refused == "unknown-product":
                row.problems.append(CellProblem(column, _unknown(what)))
            return row
        row = self._read_as(what, product, self._reference(cells), cells)
        return self.as_forward(row, cells) if what == FX and "tenor" in row.document else row

    def as_forward(self, row: MappedRow, cells: Sequence[str]) -> MappedRow:
        """A row of FX again, by what is meant for forwards, for such is what it says; a tenor says it too."""
        return self._read_as(FX, FORWARD, row.document["external_ref"], cells)

    def _read_as(
        self, what: str, product: str, reference: str, cells: Sequence[str]
    ) -> MappedRow:  # fmt: skip
        row = MappedRow(what)
        row.document |= {
            "product": product, "stage": self.terms.stage, "origin": "IMPORT",
            "external_ref": reference,
        }  # fmt: skip
        found = self._found(row, cells, self._meant_for(what, product))
        for member, (text, at, number) in found.items():
            try:
                self._put(row, member, self._said(number, text), number, found)
            except WrongCell as wrong:
                problem = FieldProblem(
                    _pointer(member), wrong.code, wrong.detail, wrong.hint, wrong.facts
                )
                row.problems.append(CellProblem(at, problem))
        return row

    def _meant_for(self, what: str, product: str) -> list[tuple[int, MemberMap]]:
        """The members for rows of a product in their order.

        Which of the two kinds of FX a row is, only its dates say: what is for the other kind stands behind.
        """
        if (what, product) not in self.meant:
            given = list(enumerate(self.terms.members))
            own = [one for one in given if not one[1].only or {what, product} & {*one[1].only}]
            kinds = {SPOT, FORWARD} if what == FX else set()
            others = [one for one in given if one not in own and kinds & {*one[1].only}]
            self.meant[what, product] = own + others
        return self.meant[what, product]

    def _found(
        self, row: MappedRow, cells: Sequence[str], meant: Sequence[tuple[int, MemberMap]]
    ) -> dict[str, tuple[str, int | None, int]]:
        """What the row says of each member of its product; a cell for a member of another is told."""
        own, found = members_of(row.what), dict[str, tuple[str, int | None, int]]()
        for number, each in meant:
            text, at = self._first(cells, each.columns)
            if each.member not in own:
                if text:
                    row.warnings.append(CellProblem(at, _foreign(each.member, row.what)))
                continue
            said = (text or each.default) and each.member not in found
            if at is not None and (said or each.member not in row.origins):
                row.origins[each.member] = at
            if said:
                found[each.member] = (text or each.default, at, number)
        return found

    def _what(self, cells: Sequence[str]) -> tuple[str, int | None]:
        word, at = self._first(cells, self.terms.rows.columns)
        return self.meanings.get(folded(word)) or self.terms.rows.otherwise or word, at

    def _first(self, cells: Sequence[str], columns: Sequence[str]) -> tuple[str, int | None]:
        """The first cell that says something, else the first column that there is."""
        first = None
        for name in columns:
            at = self.index.get(name)
            if at is None:
                continue
            first = at if first is None else first
            if at >= len(cells) or not cells[at]:
                continue
            if not self.blanks or folded(cells[at]) not in self.blanks:
                return cells[at], at
        return "", first

    def _said(self, number: int, text: str) -> str:
        """A word translated; words that are not listed stand for themselves."""
        words = self.words[number]
        return words.get(folded(text), text) if words else text

    def _put(
        self, row: MappedRow, member: str, text: str, number: int,
        found: Mapping[str, tuple[str, int | None, int]],
    ) -> None:  # fmt: skip
        """One member into the document."""
        each, kind = self.terms.members[number], members()[member]
        if each.reads == "sign":
            value = number_in(text, self.terms.decimal)
            text = "buy" if value >= 0 else "sell"
        elif each.reads in ("pair", "quote"):
            pair = text.replace(".", "/").replace("-", "/").upper()
            pair = f"{pair[:3]}/{pair[3:]}" if len(pair) == 6 else pair
            text = pair.partition("/")[2] if each.reads == "quote" else pair
        elif kind == Kind.NUMBER:
            amount = number_in(text, self.terms.decimal)
            amount = abs(amount) if each.reads == "magnitude" else amount
            amount = amount / 100 if each.reads == "percent" else amount
            if member in BESIDE:
                row.beside[member] = amount
                return
            text = number_text(amount)
        elif kind == Kind.DAY:
            text = day_in(text, self.terms.dates).isoformat()
        elif kind == Kind.MOMENT:
            clock, zone = (found.get(name, ("", None, 0))[0] for name in ("time", "zone"))
            moment = moment_in(
                text, self.terms.dates, at=clock or self.terms.time, zone=zone or self.terms.zone
            )
            text = moment.isoformat()
        if member in BESIDE:
            row.beside[member] = text
            return
        outer, _, inner = member.partition(".")
        if inner:
            row.document.setdefault(outer, {})[inner] = text
        else:
            row.document[outer] = text.casefold() if outer == "side" else text

    def _reference(self, cells: Sequence[str]) -> str:
        prefix, columns = self.terms.reference.prefix, self.terms.reference.columns
        if columns:
            parts = [self._first(cells, [name])[0] for name in columns]
            text = prefix + "/".join(part for part in parts if part) if all(parts) else ""
            if 0 < len(text) <= MAX_REFERENCE and text.isprintable():
                return text
        said = "\x1f".join(cells)
        digest = hashlib.sha256(said.encode()).hexdigest()[:32]
        self.seen[digest] = self.seen.get(digest, 0) + 1
        return f"{prefix}{digest}-{self.seen[digest]}"


def with_fee(row: MappedRow) -> None:
    """A fee of the file is agreed with the deal; one of nothing means that there is none."""
    fee: Decimal | None = row.beside.get("fee")
    if fee is not None:
        row.document["fees"] = [
            {
                "kind": "COMMISSION", "amount": number_text(abs(fee)),
                "currency": row.document.get("currency", ""),
            }
        ]  # fmt: skip


def _unknown(value: str) -> FieldProblem:
    return FieldProblem(
        "/product", "unknown-product", gettext_noop("%(value)s is not a product that is known here."),
        gettext_noop("Say in the mapping what the word means, or leave such rows out."),
        {"value": value or "-"},
    )  # fmt: skip


def _foreign(member: str, product: str) -> FieldProblem:
    return FieldProblem(
        f"/{member}", "not-of-product", gettext_noop("The cell is not read: %(product)s has no %(member)s."),
        gettext_noop("Nothing is to be done if that is right; else map the column for that product."),
        {"product": product, "member": member},
    )  # fmt: skip


def _pointer(member: str) -> str:
    return "/fees/0/amount" if member == "fee" else "/" + member.replace(".", "/")
