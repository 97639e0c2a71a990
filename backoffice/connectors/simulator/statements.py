"""What a played place states of accounts at the end of a day: its books and nothing else, in the format of each.

The table of its accounts is a CSV file: `account, format, currency, parties, bank`. The parties behind an account are
parted by semicolons. Formats of cash are `camt.053.001.08` (or another version), `MT940` and `1C`; `MT535` states what
is held, of an account of several parties by the section of each (`CODE=7` is party CODE with section 7).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from backoffice.connectors.formats.camt.writing import write_camt053
from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
    StatementKind,
)
from backoffice.connectors.formats.holdings import Holding, Holdings
from backoffice.connectors.formats.mt.stating import write_mt_holdings
from backoffice.connectors.formats.mt.writing import write_mt940
from backoffice.connectors.formats.one_c.stating import write_one_c
from backoffice.connectors.formats.terms import Quantity, QuantityKind
from backoffice.connectors.simulator.books import NOTHING, Books, Moved

HOLDINGS = "MT535"
CURRENCY = 3  # letters; what has more is a security


class Served(NamedTuple):
    """An account of ours that the place keeps: in which format it states it, and whose assets are on it."""

    account: str
    format: str
    currency: str
    parties: tuple[str, ...]
    bank: str = ""
    sections: tuple[str, ...] = ()  # of each party, where the account has any


class Stating(NamedTuple):
    """The end of a day at a place: its name, the number of its statement, and when it is made."""

    place: str
    number: int
    at: datetime

    @property
    def day(self) -> date:
        """By the place's own clock."""
        return datetime.date(self.at)


def served_in(path: Path) -> list[Served]:
    """The table of accounts. Raises KeyError for one that says something else."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_served(row) for row in csv.DictReader(file)]


def _served(row: dict[str, str]) -> Served:
    behind = [each.partition("=") for each in row["parties"].split(";")]
    sections = tuple(section for _, _, section in behind)
    return Served(
        row["account"], row["format"], row["currency"], tuple(code for code, _, _ in behind),
        row["bank"], sections if any(sections) else (),
    )  # fmt: skip


def statements_of(
    accounts: Sequence[Served], books: Books, *, place: str, number: int, at: datetime
) -> Iterator[tuple[str, bytes]]:
    """The files of a day, each with its name: a statement of every account, whether anything moved on it or not."""
    stating = Stating(place, number, at)
    by_party: dict[tuple[str, str], list[Moved]] = {}
    for each in books.moved:
        by_party.setdefault((each.party, each.asset), []).append(each)
    for served in accounts:
        name = f"{place}-{served.account}-{at:%Y%m%d}"
        if served.format == HOLDINGS:
            yield f"{name}.fin", write_mt_holdings(holdings(served, books, stating))
            continue
        moved = [m for party in served.parties for m in by_party.get((party, served.currency), [])]
        statement = cash_statement(served, books, sorted(moved), stating)
        write, ending = WRITERS[served.format.partition(".")[0]]
        yield f"{name}.{ending}", write(statement, served, stating)


def cash_statement(
    served: Served, books: Books, moved: Sequence[Moved], stating: Stating
) -> CashStatement:
    """One account: what was there before, every movement, and what is there now."""
    day, currency = stating.day, served.currency
    closing = sum((books.has(party, currency) for party in served.parties), NOTHING)
    opening = closing - sum((each.quantity for each in moved), NOTHING)
    return CashStatement(
        format=served.format, kind=StatementKind.END_OF_DAY,
        account=Account.of(served.account, served.bank), currency=currency,
        reference=f"{stating.place[:6]}{stating.at:%y%m%d}"[:16], number=str(stating.number), sequence="1",
        from_date=day, until_date=day,
        opening=Balance("OPBD", day, opening, currency), closing=Balance("CLBD", day, closing, currency),
        lines=tuple(_line(n, each, stating) for n, each in enumerate(moved, 1)), created_at=stating.at,
    )  # fmt: skip


def _line(position: int, each: Moved, stating: Stating) -> CashLine:
    day = stating.day
    return CashLine(
        position=position, value_date=day, booking_date=day, amount=each.quantity,
        currency=each.asset, type_code="NTRF", our_reference=each.reference,
        bank_reference=f"{stating.place[:6]}{each.number:010d}",
        counterparty=Counterparty(name=each.other, account=each.other_account), text=each.text,
    )  # fmt: skip


def holdings(served: Served, books: Books, stating: Stating) -> Holdings:
    """What an account holds of each security, section by section."""
    lines: list[Holding] = []
    for party, section in zip_longest(served.parties, served.sections, fillvalue=""):
        account = f"{served.account}/{section}" if section else served.account
        held = sorted(
            (asset, quantity) for (whose, asset), quantity in books.balances.items()
            if whose == party and len(asset) > CURRENCY and quantity
        )  # fmt: skip
        for isin, quantity in held:
            amount = Quantity(QuantityKind.UNIT, Decimal(quantity))
            lines.append(Holding(len(lines) + 1, account, isin, amount))
    return Holdings(
        reference=f"{stating.place[:6]}{stating.at:%y%m%d}H"[:16], account=served.account,
        as_of=stating.day, lines=tuple(lines), number=f"{stating.number:03d}"[-3:], basis="SETT",
    )  # fmt: skip


def _camt(statement: CashStatement, served: Served, stating: Stating) -> bytes:
    return write_camt053(
        [statement], message_id=f"{stating.place}-{served.account}-{stating.number}"[-35:],
        created_at=stating.at, version=served.format.rpartition(".")[2],
    )  # fmt: skip


def _mt940(statement: CashStatement, served: Served, stating: Stating) -> bytes:
    return write_mt940(statement)


def _one_c(statement: CashStatement, served: Served, stating: Stating) -> bytes:
    return write_one_c([statement], sender=stating.place, created_at=stating.at)


WRITERS: dict[str, tuple[Callable[[CashStatement, Served, Stating], bytes], str]] = {
    "camt": (_camt, "xml"), "MT940": (_mt940, "sta"), "1C": (_one_c, "txt"),
}  # fmt: skip
