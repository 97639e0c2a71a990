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

from backoffice.connectors.formats.camt.writing import write_camt052, write_camt053
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
from backoffice.connectors.simulator.books import Books
from backoffice.connectors.simulator.terms import NOTHING, Moved

HOLDINGS = "MT535"
CURRENCY = 3  # letters; what has more is a security
REPORTED = "08"  # the version of reports within a day


class Served(NamedTuple):
    """An account of ours that the place keeps: in which format it states it, and whose assets are on it."""

    account: str
    format: str
    currency: str
    parties: tuple[str, ...]
    bank: str = ""
    sections: tuple[str, ...] = ()  # of each party, where the account has any


class Stating(NamedTuple):
    """The end of a day at a place, or of a cycle within it: its name, and when it is stated.

    Statements are numbered by the days of the year, reports by the movements of the place.
    """

    place: str
    at: datetime
    movement: int = 0

    @property
    def day(self) -> date:
        """By the place's own clock."""
        return datetime.date(self.at)

    @property
    def number(self) -> int:
        return self.movement or self.day.timetuple().tm_yday


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
    accounts: Sequence[Served], books: Books, *, place: str, at: datetime
) -> Iterator[tuple[str, bytes]]:
    """The files of a day, each with its name: a statement of every account, whether anything moved on it or not."""
    stating = Stating(place, at)
    moved = moved_on(accounts, books.moved)
    for served in accounts:
        if served.format == HOLDINGS:
            name = f"{place}-{served.account}-{at:%Y%m%d}.fin"
            yield name, write_mt_holdings(holdings(served, books, stating))
            continue
        statement = cash_statement(served, books, moved[served], stating, StatementKind.END_OF_DAY)
        write, ending = WRITERS[served.format.partition(".")[0]]
        name = f"{place}-{served.account}-{served.currency}-{at:%Y%m%d}.{ending}"
        yield name, write(statement, served, stating)


def reports_of(
    accounts: Sequence[Served], books: Books, *, place: str, after: int, at: datetime
) -> Iterator[tuple[str, bytes]]:
    """What moved on accounts of money after a movement, as camt.052: of those on which anything did."""
    stating = Stating(place, at, books.movements)
    moved = moved_on(accounts, [each for each in books.moved if each.number > after])
    for served in accounts:
        if served.format == HOLDINGS or not moved[served]:
            continue
        report = cash_statement(served, books, moved[served], stating, StatementKind.INTRADAY)
        message_id = f"{place}-{stating.movement}"
        written = write_camt052([report], message_id=message_id, created_at=at, version=REPORTED)
        yield f"{place}-{served.account}-{served.currency}-{stating.movement:09d}.xml", written


def moved_on(accounts: Sequence[Served], movements: Sequence[Moved]) -> dict[Served, list[Moved]]:
    """What moved on each account, in the order in which it did."""
    by_party: dict[tuple[str, str], list[Moved]] = {}
    for each in movements:
        by_party.setdefault((each.party, each.asset), []).append(each)
    return {
        served: sorted(
            moved for party in served.parties for moved in by_party.get((party, served.currency), ())
        )
        for served in accounts
    }  # fmt: skip


def cash_statement(
    served: Served, books: Books, moved: Sequence[Moved], stating: Stating, kind: StatementKind
) -> CashStatement:
    """One account: what was there before, every movement, and what is there now."""
    day, currency = stating.day, served.currency
    closing = sum((books.has(party, currency) for party in served.parties), NOTHING)
    opening = closing - sum((each.quantity for each in moved), NOTHING)
    return CashStatement(
        format=served.format, kind=kind,
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
        currency=each.asset, type_code=each.kind, our_reference=each.reference,
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
