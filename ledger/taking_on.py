"""Books that another system kept until now: accounts under their numbers, and entries that make balances as they were.

Only in books that are empty. What stands on each account is told by the days that it came of, so that whatever
counts by days counts as before; every difference to what is booked already goes against what its owner opened with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from ledger.days import cut_off_day, open_day, seal_day
from ledger.models import BusinessDay, LedgerAccount
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind

OPENING = "opening"
ZERO = Decimal(0)


class Stood(NamedTuple):
    """What an account moved in an asset on a day, as it is told: debits less credits."""

    account_id: int
    asset_id: int
    day: date
    amount: Decimal


Sums = dict[tuple[int, int, date], Decimal]  # by account, asset and day

_COLUMNS = "id, entity_id, kind, owner_id, place_id, counterparty_id, book_id"
_BOOKED = """
SELECT l.account_id, l.asset_id, l.effective_date, sum(l.amount) FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.entity_id = %s
 GROUP BY 1, 2, 3 HAVING sum(l.amount) <> 0
"""


def put_accounts(rows: Iterable[tuple[int, AccountKey]]) -> None:
    """Open accounts under the numbers that they had."""
    copy_rows("ledger_ledgeraccount", _COLUMNS, ((number, *key) for number, key in rows))


@transaction.atomic
def open_balances(
    told: Sequence[Stood], entries: Sequence[NewEntry], *, entity_id: int, at: datetime
) -> int:
    """Book entries, and beside them for each day what makes the books what they are told to be; how many entries.

    `told` comes to nothing for each asset and day. All is posted at once: what was never below zero does not
    pass through it here. Raises WouldBeNegative.
    """
    owners = dict(LedgerAccount.objects.filter(entity_id=entity_id).values_list("pk", "owner_id"))
    keys = {
        owner: AccountKey(entity_id, AccountKind.OPENING.value, owner) for owner in owners.values()
    }
    of_key = account_ids(keys.values())
    openings = {owner: of_key[key] for owner, key in keys.items()}
    left = _left(told, entries, entity_id)
    postings = _against_openings(left, owners, openings)
    opened = [
        NewEntry(
            entity_id=entity_id, kind=OPENING, source_type=OPENING,
            source_id=day.year * 10_000 + day.month * 100 + day.day, effective_date=day, postings=postings[day],
        )
        for day in sorted(postings)
    ]  # fmt: skip
    return len(post_entries([*entries, *opened], at=at))


def _left(told: Sequence[Stood], entries: Sequence[NewEntry], entity_id: int) -> Sums:
    """What is told and neither booked nor in the entries."""
    left: Sums = defaultdict(lambda: ZERO)
    for each in told:
        left[each.account_id, each.asset_id, each.day] += each.amount
    for entry in entries:
        for debit, credit, asset, quantity in entry.postings:
            left[debit, asset, entry.effective_date] -= quantity
            left[credit, asset, entry.effective_date] += quantity
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [entity_id])
        for account, asset, day, amount in cursor.fetchall():
            left[account, asset, day] -= amount
    return {key: amount for key, amount in left.items() if amount}


def _against_openings(
    left: Sums, owners: Mapping[int, int], openings: Mapping[int, int]
) -> dict[date, list[NewPosting]]:
    """Each difference against its owner's opening; what openings are told otherwise moves between owners."""
    postings: defaultdict[date, list[NewPosting]] = defaultdict(list)
    known = set(openings.values())
    rest = {key: amount for key, amount in left.items() if key[0] in known}
    for (account, asset, day), amount in sorted(left.items()):
        opening = openings[owners[account]]
        if account != opening:
            postings[day].append(_posting(account, opening, asset, amount))
            key = opening, asset, day
            rest[key] = rest.get(key, ZERO) + amount
    more: defaultdict[tuple[int, date], list[tuple[int, Decimal]]] = defaultdict(list)
    for (account, asset, day), amount in sorted(rest.items()):
        if amount:
            more[asset, day].append((account, amount))
    for (asset, day), amounts in more.items():
        (first, _), *others = amounts
        postings[day] += [_posting(account, first, asset, amount) for account, amount in others]
    return postings


def _posting(account: int, other: int, asset: int, amount: Decimal) -> NewPosting:
    """So much more on an account, or less of it where it is below zero."""
    debit, credit = (account, other) if amount > 0 else (other, account)
    return NewPosting(debit, credit, asset, abs(amount))


@transaction.atomic
def begin_after(*, entity_id: int, day: date, at: datetime) -> BusinessDay:
    """Close a day that another system kept, and all before it; the first day of our own is open then."""
    row = open_day(entity_id=entity_id, day=day)
    following = cut_off_day(day_id=row.pk, at=at)
    seal_day(day_id=row.pk, at=at)
    return following


_GO_ON = """
SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), greatest(%(number)s, (SELECT coalesce(max(id), 0) + 1 FROM {})),
              false)
"""


def go_on_from(table: str, number: int) -> None:
    """Number the rows of a table from here on, or after the last that is there."""
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON.format(table), {"table": table, "number": number})
