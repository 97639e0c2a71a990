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

from backoffice.connectors.simulator.books import Account, Balances, Books, Instructed, Moved
from backoffice.kernel.whole_files import write_whole


@dataclass
class Kept:
    """The books; the files and references that were taken in; the answer that is yet to be written."""

    books: Books = field(default_factory=Books)
    files: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    answer: tuple[str, str] | None = None  # its name and its text
    closed_on: date | None = None  # the last day on which the cut-off has passed
    stating: datetime | None = (
        None  # when the day was closed whose statements are yet to be written
    )
    stated: int = 0  # days of which there are statements
    lost: str = ""  # answers that did not come, until the place sends them once more


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
    answer, closed_on, stating = (document[name] for name in ("answer", "closed_on", "stating"))
    return Kept(
        books, set(document["files"]), set(document["references"]),
        (answer[0], answer[1]) if answer else None,
        date.fromisoformat(closed_on) if closed_on else None,
        datetime.fromisoformat(stating) if stating else None, document["stated"], document["lost"],
    )  # fmt: skip


def write(path: Path, kept: Kept) -> None:
    books = kept.books
    document = {
        "balances": _rows(books.balances), "waiting": [asdict(e) for e in books.waiting.values()],
        "coming": {str(cycle): _rows(rows) for cycle, rows in books.coming.items()},
        "cycle": books.cycle, "files": sorted(kept.files), "references": sorted(kept.references),
        "answer": kept.answer, "closed_on": kept.closed_on, "moved": books.moved,
        "movements": books.movements, "stating": kept.stating, "stated": kept.stated,
        "lost": kept.lost,
    }  # fmt: skip
    write_whole(path, [msgspec.json.Encoder(decimal_format="string").encode(document)])


def _rows(balances: Balances) -> list[tuple[str, str, str]]:
    return [(*account, str(quantity)) for account, quantity in sorted(balances.items())]


def _balances(rows: list[list[str]]) -> Balances:
    return {Account(party, asset): Decimal(quantity) for party, asset, quantity in rows}


def _moved(number: int, party: str, asset: str, quantity: str, *told: str) -> Moved:
    return Moved(number, party, asset, Decimal(quantity), *told)


def _instructed(document: dict[str, Any]) -> Instructed:
    numbers = {
        name: None if document[name] is None else Decimal(document[name])
        for name in ("left", "amount_left", "minimum", "lot", "most")
    }
    return Instructed(**{**document, **numbers})
