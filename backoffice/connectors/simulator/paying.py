"""What counterparties pay into accounts of ours at a played place, by their own books: a table, row by row.

Its columns: `account, currency, amount, day, payer, payer_account, text`. A row is paid in the first cycle of its day.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple


class Payment(NamedTuple):
    account: str
    currency: str
    amount: Decimal
    day: date
    payer: str
    payer_account: str
    text: str


def payments_in(path: Path) -> list[Payment]:
    """The rows of a table; none where there is none. Raises KeyError or ValueError for what is no such table."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Payment(
                row["account"], row["currency"], Decimal(row["amount"]), date.fromisoformat(row["day"]),
                row["payer"], row["payer_account"], row["text"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
