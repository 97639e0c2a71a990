"""A place's penalty statement as it is posted, typed or as a CSV, and reading it: every problem at once."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.told import EARLIEST, LATEST
from refdata.selectors import ReferenceData
from settlements.fails.state import Payer, PenaltyKind, PenaltyStatus

COLUMNS = ("their_ref", "settlement", "day", "kind", "payer", "amount", "currency", "status")
MOST_LINES = 100_000
MOST_PROBLEMS = 50


class InvalidStatement(Invalid):
    code = "invalid-penalty-statement"
    title = gettext_noop("The penalty statement cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found; nothing was taken.")
    hint = gettext_noop("Mend what is named in errors and bring the whole statement again.")


class ToldLine(NamedTuple):
    """A line as it was read. `settlement` is our reference without its prefix, none where there is none."""

    their_ref: str
    settlement_id: int | None
    day: date
    kind: str
    payer: str
    amount: Decimal
    currency: str
    status: str


def lines_in_csv(text: str) -> list[Mapping[str, Any]]:
    """The rows of a CSV with the columns of a line. Raises InvalidStatement."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        names = list(reader.fieldnames or ())
        if sorted(names) != sorted(set(names) & set(COLUMNS)) or "amount" not in names:
            raise _header(names)
        return [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    except csv.Error as error:
        raise InvalidStatement(
            [FieldProblem("/csv", "unreadable", gettext_noop("It is no CSV: %(why)s."), gettext_noop(
                "Save it as CSV with commas and a header."), {"why": str(error)})], count=1,
        ) from None  # fmt: skip


def _header(names: Sequence[str]) -> InvalidStatement:
    problem = FieldProblem(
        "/csv", "wrong-header", gettext_noop("Its columns are %(found)s."),
        gettext_noop("Name the columns their_ref, settlement, day, kind, payer, amount, currency, status."),
        {"found": ", ".join(map(str, names)) or "–"},
    )  # fmt: skip
    return InvalidStatement([problem], count=1)


def read_lines(rows: Sequence[Mapping[str, Any]], reference: ReferenceData) -> list[ToldLine]:
    """Every line of a statement, or all problems of all lines. Raises InvalidStatement."""
    problems: list[FieldProblem] = []
    if not 0 < len(rows) <= MOST_LINES:
        problems.append(FieldProblem(
            "/lines", "wrong-count", gettext_noop("It has %(count)s lines."),
            gettext_noop("A statement has at least one line and at most 100,000."), {"count": len(rows)},
        ))  # fmt: skip
    found = [_line(number, row, reference, problems) for number, row in enumerate(rows)]
    if problems:
        raise InvalidStatement(problems[:MOST_PROBLEMS], count=len(problems))
    return [line for line in found if line is not None]


def sha256_of(lines: Sequence[ToldLine]) -> str:
    """What must be the same for a statement to be the same."""
    return hashlib.sha256(msgspec.json.encode([list(map(str, line)) for line in lines])).hexdigest()


def _line(
    number: int, row: Mapping[str, Any], reference: ReferenceData, problems: list[FieldProblem]
) -> ToldLine | None:
    told = {name: str(row.get(name, "")).strip() for name in COLUMNS}
    told["status"] = told["status"] or PenaltyStatus.ACTV.value
    before = len(problems)
    problems.extend(_problems(f"/lines/{number}", told, row, reference))
    if len(problems) > before:
        return None
    unit = reference.currencies[told["currency"]].minor_unit
    counts = told["status"] not in (PenaltyStatus.REMO, PenaltyStatus.NCOM)
    amount = parse(told["amount"], scale=unit) if counts else Decimal(0)
    settlement = told["settlement"]
    return ToldLine(
        told["their_ref"], int(settlement[2:]) if settlement else None, date.fromisoformat(told["day"]),
        told["kind"], told["payer"], amount, told["currency"], told["status"],
    )  # fmt: skip


def _problems(
    at: str, told: Mapping[str, str], row: Mapping[str, Any], reference: ReferenceData
) -> Iterator[FieldProblem]:
    def wrong(name: str, detail: str, hint: str) -> FieldProblem:
        return FieldProblem(f"{at}/{name}", f"wrong-{name}", detail, hint, {"value": told[name]})

    words = (
        ("kind", PenaltyKind.values), ("payer", [Payer.OURS.value, Payer.THEIRS.value]),
        ("status", PenaltyStatus.values),
    )  # fmt: skip
    for name, known in words:
        if told[name] not in known:
            yield wrong(name, gettext_noop("%(value)s is not known."), _ONE_OF[name])
    if not (told["their_ref"] or told["settlement"]) or len(told["their_ref"]) > 60:
        yield wrong("their_ref", gettext_noop("Neither their reference nor ours is told."),
                    gettext_noop("Give their_ref (60 characters at most), or settlement as S-12."))  # fmt: skip
    prefix, ours = told["settlement"][:2], told["settlement"][2:]
    if told["settlement"] and not (prefix == "S-" and ours.isdecimal() and len(ours) < 19):
        yield wrong("settlement", gettext_noop("%(value)s is no reference of a settlement."),
                    gettext_noop("Write it as S-12, or leave it empty."))  # fmt: skip
    try:
        if not EARLIEST <= date.fromisoformat(told["day"]) <= LATEST:
            raise ValueError
    except ValueError:
        yield wrong(
            "day", gettext_noop("%(value)s is not a date."), gettext_noop("Write it as 2026-11-24.")
        )
    if told["currency"] not in reference.currencies:
        yield wrong("currency", gettext_noop("%(value)s is not known."),
                    gettext_noop("Use the code of ISO 4217."))  # fmt: skip
        return
    try:
        if parse(told["amount"], scale=reference.currencies[told["currency"]].minor_unit) < 0:
            raise ValueError
    except ValueError:
        yield wrong("amount", gettext_noop("%(value)s is no amount of that currency."),
                    gettext_noop("Write it in plain notation; who pays is told by payer."))  # fmt: skip


_ONE_OF = {
    "kind": gettext_noop("SEFP or LMFP."),
    "payer": gettext_noop("OURS or THEIRS."),
    "status": gettext_noop("ACTV, NCOM, REIC, REMO, RLOC or SWIC."),
}
