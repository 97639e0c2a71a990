"""A bill of fees as it is posted, typed or as a CSV, and reading it: every problem at once."""

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

COLUMNS = ("their_ref", "deal", "settlement", "trade_id", "kind", "day", "amount", "currency")
MOST_LINES = 100_000
MOST_PROBLEMS = 50


class InvalidBill(Invalid):
    code = "invalid-fee-statement"
    title = gettext_noop("The bill of fees cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found; nothing was taken.")
    hint = gettext_noop("Mend what is named in errors and bring the whole bill again.")


class ToldLine(NamedTuple):
    """A line as it was read: what it is for by our references, by the trade's number at its venue, or by its kind."""

    their_ref: str
    deal_id: int | None
    settlement_id: int | None
    trade_id: str
    kind: str
    day: date | None
    amount: Decimal
    currency: str


def lines_in_csv(text: str) -> list[Mapping[str, Any]]:
    """The rows of a CSV with the columns of a line. Raises InvalidBill."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        names = list(reader.fieldnames or ())
        if sorted(names) != sorted(set(names) & set(COLUMNS)) or "amount" not in names:
            raise _one("/csv", "wrong-header", gettext_noop("Its columns are %(value)s."), gettext_noop(
                "Name the columns their_ref, deal, settlement, trade_id, kind, day, amount, currency."),
                ", ".join(map(str, names)) or "–")  # fmt: skip
        return [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    except csv.Error as error:
        raise _one(
            "/csv", "unreadable", gettext_noop("It is no CSV: %(value)s."),
            gettext_noop("Save it as CSV with commas and a header."), str(error),
        ) from None  # fmt: skip


def _one(pointer: str, code: str, detail: str, hint: str, value: str) -> InvalidBill:
    return InvalidBill([FieldProblem(pointer, code, detail, hint, {"value": value})], count=1)


def read_lines(
    rows: Sequence[Mapping[str, Any]], reference: ReferenceData, totals: Mapping[str, str] = {}
) -> list[ToldLine]:
    """Every line of a bill, or all problems of all lines. `totals` is what it says itself, by currency.

    Raises InvalidBill, also where the lines do not come to what the bill says.
    """
    problems: list[FieldProblem] = []
    if not 0 < len(rows) <= MOST_LINES:
        problems.append(FieldProblem(
            "/lines", "wrong-count", gettext_noop("It has %(count)s lines."),
            gettext_noop("A bill has at least one line and at most 100,000."), {"count": len(rows)},
        ))  # fmt: skip
    found = [_line(number, row, reference, problems) for number, row in enumerate(rows)]
    lines = [line for line in found if line is not None]
    if not problems:
        problems.extend(_differing(lines, totals, reference))
    if problems:
        raise InvalidBill(problems[:MOST_PROBLEMS], count=len(problems))
    return lines


def _differing(
    lines: Sequence[ToldLine], totals: Mapping[str, str], reference: ReferenceData
) -> Iterator[FieldProblem]:
    """Totals of a bill that its lines do not come to, the honest “does not balance”."""
    for currency, told in totals.items():
        total = sum((each.amount for each in lines if each.currency == currency), Decimal(0))
        try:
            equal = parse(told, scale=reference.currencies[currency].minor_unit) == total
        except (KeyError, ValueError):
            equal = False
        if not equal:
            yield FieldProblem(
                f"/totals/{currency}", "does-not-balance",
                gettext_noop("The bill says %(told)s and its lines come to %(total)s."),
                gettext_noop("Look for a line that is missing or twice; then bring the whole bill again."),
                {"told": told, "total": f"{total:f}"},
            )  # fmt: skip


def sha256_of(lines: Sequence[ToldLine]) -> str:
    """What must be the same for a bill to be the same."""
    return hashlib.sha256(msgspec.json.encode([list(map(str, line)) for line in lines])).hexdigest()


def _line(
    number: int, row: Mapping[str, Any], reference: ReferenceData, problems: list[FieldProblem]
) -> ToldLine | None:
    told = {name: str(row.get(name, "")).strip() for name in COLUMNS}
    before = len(problems)
    problems.extend(_problems(f"/lines/{number}", told, reference))
    if len(problems) > before:
        return None
    unit = reference.currencies[told["currency"]].minor_unit
    return ToldLine(
        told["their_ref"], _number(told["deal"]), _number(told["settlement"]), told["trade_id"],
        told["kind"], date.fromisoformat(told["day"]) if told["day"] else None,
        parse(told["amount"], scale=unit), told["currency"],
    )  # fmt: skip


def _number(reference: str) -> int | None:
    return int(reference[2:]) if reference else None


def _problems(at: str, told: Mapping[str, str], reference: ReferenceData) -> Iterator[FieldProblem]:
    def wrong(name: str, detail: str, hint: str) -> FieldProblem:
        return FieldProblem(f"{at}/{name}", f"wrong-{name}", detail, hint, {"value": told[name]})

    if not any(told[name] for name in ("deal", "settlement", "trade_id", "kind", "their_ref")):
        yield wrong("their_ref", gettext_noop("Nothing says what the line is for."),
                    gettext_noop("Give deal, settlement, trade_id, kind or their_ref."))  # fmt: skip
    for name, longest in (("their_ref", 60), ("trade_id", 60), ("kind", 20)):
        if len(told[name]) > longest:
            yield wrong(name, gettext_noop("%(value)s is too long."),
                        gettext_noop("Shorten it; 60 characters at most, a kind 20."))  # fmt: skip
    for name, prefix in (("deal", "D-"), ("settlement", "S-")):
        ours = told[name].removeprefix(prefix)
        if told[name] and not (
            told[name].startswith(prefix) and ours.isdecimal() and len(ours) < 19
        ):
            yield wrong(name, gettext_noop("%(value)s is no reference of ours."),
                        gettext_noop("Write it as D-12 or S-12, or leave it empty."))  # fmt: skip
    if told["day"]:
        try:
            if not EARLIEST <= date.fromisoformat(told["day"]) <= LATEST:
                raise ValueError
        except ValueError:
            yield wrong("day", gettext_noop("%(value)s is not a date."),
                        gettext_noop("Write it as 2026-11-24."))  # fmt: skip
    if told["currency"] not in reference.currencies:
        yield wrong("currency", gettext_noop("%(value)s is not known."),
                    gettext_noop("Use the code of ISO 4217."))  # fmt: skip
        return
    try:
        parse(told["amount"], scale=reference.currencies[told["currency"]].minor_unit)
    except ValueError:
        yield wrong("amount", gettext_noop("%(value)s is no amount of that currency."),
                    gettext_noop("Write it in plain notation; below zero is given back."))  # fmt: skip
