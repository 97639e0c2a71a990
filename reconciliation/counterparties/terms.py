"""What a counterparty says is open, as it is posted or as a CSV, and reading it: every problem at once."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
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

COLUMNS = ("place", "asset", "due_date", "receiver", "quantity")
OURS, THEIRS = "OURS", "THEIRS"
SCALE = 8
MOST_LINES = 100_000
MOST_PROBLEMS = 50


class InvalidPositions(Invalid):
    code = "invalid-counterparty-statement"
    title = gettext_noop("The statement of the counterparty cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found; nothing was taken.")
    hint = gettext_noop("Mend what is named in errors and bring the whole statement again.")


class Due(NamedTuple):
    """What is due between us: where, of what, and when."""

    place_id: int
    asset_id: int
    due_date: date


def rows_in_csv(text: str) -> list[Mapping[str, Any]]:
    """The rows of a CSV with just these columns. Raises InvalidPositions."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        names = list(reader.fieldnames or ())
        if sorted(names) != sorted(COLUMNS):
            raise _unreadable(
                "wrong-header", gettext_noop("Its columns are %(found)s."), ", ".join(names) or "–"
            )
        return [{name: cell or "" for name, cell in row.items() if name} for row in reader]
    except csv.Error as error:
        raise _unreadable(
            "unreadable", gettext_noop("It is no CSV: %(found)s."), str(error)
        ) from None


def _unreadable(code: str, detail: str, found: str) -> InvalidPositions:
    hint = gettext_noop(
        "Save it as CSV with commas and the columns place, asset, due_date, receiver, quantity."
    )
    return InvalidPositions([FieldProblem("/csv", code, detail, hint, {"found": found})], count=1)


def read_positions(
    rows: Sequence[Mapping[str, Any]], reference: ReferenceData, places: Mapping[str, int]
) -> dict[Due, Decimal]:
    """What is due, by place, asset and day, of everything that is told; or all problems. Raises InvalidPositions.

    A statement without rows says that nothing is open.
    """
    problems: list[FieldProblem] = []
    if len(rows) > MOST_LINES:
        problems.append(FieldProblem(
            "/positions", "wrong-count", gettext_noop("It has %(count)s rows."),
            gettext_noop("At most 100,000 are taken."), {"count": len(rows)},
        ))  # fmt: skip
        rows = rows[:1]
    found: defaultdict[Due, Decimal] = defaultdict(Decimal)
    for number, row in enumerate(rows):
        told = {name: str(row.get(name, "")).strip() for name in COLUMNS}
        wrong = list(_problems(f"/positions/{number}", told, reference, places))
        problems += wrong
        if not wrong:
            quantity = parse(told["quantity"], scale=SCALE)
            due = Due(
                places[told["place"]],
                _asset(told["asset"], reference) or 0,
                date.fromisoformat(told["due_date"]),
            )
            found[due] += quantity if told["receiver"] == OURS else -quantity
    if problems:
        raise InvalidPositions(problems[:MOST_PROBLEMS], count=len(problems))
    return {due: quantity for due, quantity in sorted(found.items()) if quantity}


def sha256_of(positions: Mapping[Due, Decimal]) -> str:
    """What must be the same for a statement of a day to be the same."""
    told = [
        [*map(str, due), f"{quantity.normalize():f}"] for due, quantity in sorted(positions.items())
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _asset(code: str, reference: ReferenceData) -> int | None:
    row = reference.instruments.get(code) or reference.currencies.get(code)
    return row.asset_id if row else None


def _problems(
    at: str, told: Mapping[str, str], reference: ReferenceData, places: Mapping[str, int]
) -> Iterator[FieldProblem]:
    def wrong(name: str, detail: str, hint: str) -> FieldProblem:
        return FieldProblem(
            f"{at}/{name}", f"wrong-{name}", detail, hint, {"value": told[name][:40]}
        )

    not_known = gettext_noop("%(value)s is not known.")
    if told["place"] not in places:
        yield wrong(
            "place", not_known, gettext_noop("Name the place by our code, where it is to settle.")
        )
    if _asset(told["asset"], reference) is None:
        yield wrong(
            "asset", not_known, gettext_noop("Name a security by its ISIN, a currency by its code.")
        )
    if told["receiver"] not in (OURS, THEIRS):
        yield wrong(
            "receiver", not_known, gettext_noop("OURS: it comes to us. THEIRS: it comes to them.")
        )
    try:
        if not EARLIEST <= date.fromisoformat(told["due_date"]) <= LATEST:
            raise ValueError
    except ValueError:
        yield wrong(
            "due_date",
            gettext_noop("%(value)s is not a date."),
            gettext_noop("Write it as 2026-11-24."),
        )
    try:
        if parse(told["quantity"], scale=SCALE) <= 0:
            raise ValueError
    except ValueError:
        yield wrong("quantity", gettext_noop("%(value)s is no quantity."),
                    gettext_noop("Write it in plain notation, above zero; who receives it says receiver."))  # fmt: skip
