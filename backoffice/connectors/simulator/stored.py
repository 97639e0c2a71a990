"""The books of a played place as a file, whole or not at all, with the answers that are yet to be written.

What was taken in, what came of it and what is to be said of it are one write. Killed after it, the place says
the same again, byte for byte; killed before it, it has done nothing.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from backoffice.connectors.simulator.books import Balances, Books
from backoffice.connectors.simulator.saying import Repeated
from backoffice.connectors.simulator.terms import Account, Instructed, Moved
from backoffice.kernel.whole_files import write_whole


@dataclass
class Kept:
    """The books; what was taken in; what answers repeat; what is yet to be written."""

    books: Books = field(default_factory=Books)
    files: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    terms: dict[str, Repeated] = field(default_factory=dict)  # of what may have another answer
    answer: list[tuple[str, str]] | None = None  # files by their names, yet to be written
    closed_on: date | None = None  # the last day on which the cut-off has passed
    stating: datetime | None = None  # the end of the day whose statements are yet to be written
    reporting: datetime | None = None  # the end of the cycle whose reports are
    reported: int = 0  # the last movement of which there is a report or a statement
    instructions: int = 0  # of securities, ever
    payments: int = 0
    answers: int = 0  # files, those that were lost too
    paid: set[int] = field(default_factory=set)  # rows of what others pay
    lost: dict[str, str] = field(default_factory=dict)  # by tongue, until they are sent once more


def opening(path: Path) -> Books:
    """Balances from a CSV file: party, asset, quantity, and in which cycle they come (empty: at once).

    Raises KeyError or InvalidOperation for a file that says something else.
    """
    books = Books()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cycle = int(row.get("cycle") or 0)
            into = books.coming.setdefault(cycle, {}) if cycle else books.balances
            account = Account(row["party"], row["asset"])
            into[account] = into.get(account, Decimal(0)) + Decimal(row["quantity"])
    return books


def read(path: Path) -> Kept | None:
    """None where nothing was kept yet."""
    if not path.exists():
        return None
    document = msgspec.json.decode(path.read_bytes())
    books = Books(
        balances=_balances(document["balances"]),
        waiting={each["reference"]: _instructed(each) for each in document["waiting"]},
        coming={int(cycle): _balances(rows) for cycle, rows in document["coming"].items()},
        cycle=document["cycle"], movements=document["movements"],
        moved=[_moved(*row) for row in document["moved"]],
    )  # fmt: skip
    answer, closed_on = document["answer"], document["closed_on"]
    counted = ("reported", "instructions", "payments", "answers", "lost")
    return Kept(
        books, set(document["files"]), set(document["references"]),
        {name: Repeated(*terms) for name, terms in document["terms"].items()},
        None if answer is None else [(name, text) for name, text in answer],
        date.fromisoformat(closed_on) if closed_on else None,
        _moment(document["stating"]), _moment(document["reporting"]),
        paid=set(document["paid"]), **{name: document[name] for name in counted},
    )  # fmt: skip


def write(path: Path, kept: Kept) -> None:
    books = kept.books
    document = {
        "balances": _rows(books.balances), "waiting": [asdict(e) for e in books.waiting.values()],
        "coming": {str(cycle): _rows(rows) for cycle, rows in books.coming.items()},
        "cycle": books.cycle, "files": sorted(kept.files), "references": sorted(kept.references),
        "moved": books.moved, "movements": books.movements, "terms": kept.terms,
        "answer": kept.answer, "closed_on": kept.closed_on, "stating": kept.stating,
        "reporting": kept.reporting, "reported": kept.reported, "instructions": kept.instructions,
        "payments": kept.payments, "answers": kept.answers, "lost": kept.lost,
        "paid": sorted(kept.paid),
    }  # fmt: skip
    write_whole(path, [msgspec.json.Encoder(decimal_format="string").encode(document)])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _rows(balances: Balances) -> list[tuple[str, str, str]]:
    return [(*account, str(quantity)) for account, quantity in sorted(balances.items())]


def _balances(rows: list[list[str]]) -> Balances:
    return {Account(party, asset): Decimal(quantity) for party, asset, quantity in rows}


def _moved(number: int, party: str, asset: str, quantity: str, *told: str) -> Moved:
    return Moved(number, party, asset, Decimal(quantity), *told)


def _instructed(document: dict[str, Any]) -> Instructed:
    numbers = {
        name: None if document[name] is None else Decimal(document[name])
        for name in ("left", "amount_left", "minimum", "lot", "most", "fee")
    }
    return Instructed(**{**document, **numbers})
