"""Accounts and balances of a folder: how they are written, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.going_live.folder import Folder, Problems, Row
from backoffice.going_live.names import Names, told_twice, unknown
from backoffice.kernel.i18n import gettext_noop
from ledger.services import AccountKey
from ledger.state import AccountKind
from ledger.taking_on import Stood

LONGEST = 15  # digits of a number

ACCOUNTS = """
SELECT e.code, a.kind || '-' || a.id, o.code, p.code, c.code, b.code
  FROM ledger_ledgeraccount a
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_party o ON o.id = a.owner_id
  LEFT JOIN refdata_place p ON p.id = a.place_id
  LEFT JOIN refdata_party c ON c.id = a.counterparty_id
  LEFT JOIN refdata_book b ON b.id = a.book_id
 WHERE a.entity_id = ANY(%(entities)s) ORDER BY a.id
"""
BALANCES = """
SELECT a.kind || '-' || a.id, s.code, l.effective_date, sum(l.amount)
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id
  JOIN refdata_asset s ON s.id = l.asset_id
 WHERE a.entity_id = ANY(%(entities)s) AND l.effective_date <= %(day)s
 GROUP BY a.id, a.kind, s.code, l.effective_date HAVING sum(l.amount) <> 0
 ORDER BY a.id, s.code, l.effective_date
"""


def told(query: str, **facts: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return cursor.fetchall()  # type: ignore[no-any-return]


@dataclass(slots=True)
class Books:
    """Accounts under their numbers, and what stands on them, by entity."""

    accounts: dict[int, list[tuple[int, AccountKey]]] = field(default_factory=dict)
    balances: dict[int, list[Stood]] = field(default_factory=dict)


def books_in(folder: Folder, names: Names, problems: Problems) -> Books:
    """Read the books of a folder; what is not known, or does not come to nothing, is a problem."""
    books, entity_of, told_by = Books(), dict[str, int](), dict[str, int]()
    known = set[Any]()
    for row in folder.tables["accounts.csv"]:
        kind, _, number = str(row["account"]).rpartition("-")
        if kind not in AccountKind.values or not number.isdecimal() or len(number) > LONGEST:
            problems.add(
                *row.where, "no-account", gettext_noop("%(account)s is no account."),
                gettext_noop("An account is its kind and a number of its own, such as CASH-17."),
                account=row["account"],
            )  # fmt: skip
            continue
        keys = _keys(row, names, problems)
        if keys is None or _has_no_place(row, kind, problems):
            continue
        if not told_twice(problems, row.where, [int(number), (kind, *keys)], known):
            entity_id, *rest = keys
            key = AccountKey(entity_id, kind, *rest)
            books.accounts.setdefault(entity_id, []).append((int(number), key))
            entity_of[row["account"]], told_by[row["account"]] = entity_id, int(number)
    _read_balances(folder, names, problems, books, entity_of, told_by)
    return books


def _has_no_place(row: Row, kind: str, problems: Problems) -> bool:
    """What is held somewhere says where: without a place nobody could compare it."""
    if kind not in (AccountKind.HOLDING, AccountKind.CASH) or row["place"]:
        return False
    problems.add(
        *row.where, "empty-cell", gettext_noop("%(column)s is empty."), gettext_noop("Say it in every row."),
        column="place",
    )  # fmt: skip
    return True


def _keys(row: Row, names: Names, problems: Problems) -> list[Any] | None:
    """Entity, owner, place, counterparty and book of an account; None where one is not known."""
    before = len(problems.found)
    found = [
        names.find(table, row[column], row.where, problems)
        for table, column in (
            (names.entities, "entity"), (names.parties, "owner"), (names.places, "place"),
            (names.parties, "counterparty"), (names.books, "book"),
        )
    ]  # fmt: skip
    return found if len(problems.found) == before else None


def _read_balances(
    folder: Folder, names: Names, problems: Problems, books: Books, entity_of: dict[str, int],
    numbers: dict[str, int],
) -> None:  # fmt: skip
    """Every asset comes to nothing over all accounts of an entity, day by day."""
    sums: dict[tuple[int, str, date], Decimal] = {}
    for row in folder.tables["balances.csv"]:
        account = row["account"]
        if account not in entity_of:
            unknown(problems, row.where, account)
            continue
        asset = names.find(names.assets, row["asset"], row.where, problems)
        if row["day"] > folder.day:
            problems.add(
                *row.where, "after-the-day", gettext_noop("%(day)s is after %(last)s."),
                gettext_noop("A folder says how everything stood on the evening of its day."),
                day=row["day"], last=folder.day,
            )  # fmt: skip
        if asset is not None:
            entity_id = entity_of[account]
            stood = Stood(numbers[account], asset, row["day"], row["amount"])
            books.balances.setdefault(entity_id, []).append(stood)
            key = entity_id, row["asset"], row["day"]
            sums[key] = sums.get(key, Decimal(0)) + row["amount"]
    for (_, asset_code, day), amount in sums.items():
        if amount:
            problems.add(
                "balances.csv", 0, "out-of-balance",
                gettext_noop("%(asset)s of %(day)s comes to %(amount)s over all accounts, not to nothing."),
                gettext_noop("Compare the trial balance: what is missing belongs to some account."),
                asset=asset_code, day=day, amount=f"{amount.normalize():f}",
            )  # fmt: skip
