"""Reading the books: balances as of a date as known at a moment, entries, and positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from backoffice.access.models import User
from backoffice.events.selectors import NO_HORIZON, KnownAt, known_now
from ledger.models import JournalEntry, LedgerAccount, Posting
from refdata.models import Entity
from refdata.scopes import EVERYTHING, Scope, scope_of, visible

FAR = date(9999, 12, 31)


class Balance(NamedTuple):
    """What an account holds in one asset; signed, debits less credits."""

    account_id: int
    asset_id: int
    amount: Decimal


# The fold's horizon is read in the statement that reads what was folded: between two statements a fold
# would move postings into the movements, and they would count twice.
_BALANCES = """
SELECT account_id, asset_id{dated}, sum(amount) FROM (
    SELECT m.account_id, m.asset_id, m.effective_date, m.amount FROM ledger_movement m
     WHERE m.effective_date <= %(as_of)s AND m.known_day < %(day)s {movements}
    UNION ALL
    SELECT l.account_id, l.asset_id, l.effective_date, l.amount FROM ledger_line l
     WHERE l.recorded_tx >= coalesce((
        SELECT least(f.horizon, CASE WHEN %(midnight)s::timestamptz IS NOT NULL THEN coalesce(
            (SELECT max(w.horizon) FROM events_watermark w WHERE w.at < %(midnight)s::timestamptz), 0) END)
          FROM ledger_fold f), 0)
       AND l.recorded_tx < %(high)s
       AND l.effective_date <= %(as_of)s {lines}
) AS both_parts
 GROUP BY account_id, asset_id{dated} HAVING sum(amount) <> 0
 ORDER BY account_id, asset_id{dated}
"""


def balances(
    *,
    as_of: date = FAR,
    known: KnownAt | None = None,
    account_ids: Sequence[int] | None = None,
) -> list[Balance]:
    """Balances as of a date as known at a watermark, of some accounts or of all.

    Whole days of knowledge come from the movements; what was recorded since then is added from the
    postings themselves, so the answer is exact for any watermark.
    """
    sql, facts = balances_query(as_of=as_of, known=known or known_now(), account_ids=account_ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return [Balance(*row) for row in cursor.fetchall()]


class Moved(NamedTuple):
    """What an account moved in one asset on one effective date; signed, debits less credits."""

    account_id: int
    asset_id: int
    day: date
    amount: Decimal


def moved_by_day(*, as_of: date, known: KnownAt, account_ids: Sequence[int]) -> list[Moved]:
    """The balances of some accounts by the days that they came of."""
    sql, facts = balances_query(as_of=as_of, known=known, account_ids=account_ids, by_day=True)
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return [Moved(*row) for row in cursor.fetchall()]


def balances_query(
    *, as_of: date, known: KnownAt, account_ids: Sequence[int] | None = None, by_day: bool = False
) -> tuple[str, dict[str, Any]]:
    """The query behind `balances` with its parameters (`as_of`, `day`, `midnight`, `high`), to read within another."""
    day = FAR
    if known.horizon != NO_HORIZON and known.at is not None:
        day = known.at.astimezone(UTC).date()
    facts: dict[str, Any] = {
        "as_of": as_of, "day": day, "midnight": None if day == FAR else day, "high": known.horizon,
    }  # fmt: skip
    movements = lines = ""
    if account_ids is not None:
        facts["accounts"] = list(account_ids)
        movements = "AND m.account_id = ANY(%(accounts)s)"
        lines = "AND l.account_id = ANY(%(accounts)s)"
    dated = ", effective_date" if by_day else ""
    return _BALANCES.format(movements=movements, lines=lines, dated=dated), facts


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """One account in one asset: opening is not split yet, so a line is debit or credit."""

    account_id: int
    kind: str
    owner: str
    place: str
    counterparty: str
    book: str
    entity: str
    asset: str
    amount: Decimal


_ACCOUNTS = """
SELECT a.id, a.kind, o.code, coalesce(p.code, ''), coalesce(c.code, ''), coalesce(b.code, ''), e.code
  FROM ledger_ledgeraccount a
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_party o ON o.id = a.owner_id
  LEFT JOIN refdata_place p ON p.id = a.place_id
  LEFT JOIN refdata_party c ON c.id = a.counterparty_id
  LEFT JOIN refdata_book b ON b.id = a.book_id
 WHERE %(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[])
    OR a.book_id = ANY(%(books)s::bigint[])
"""


def trial_balance(
    *,
    as_of: date = FAR,
    known: KnownAt | None = None,
    scope: Scope = EVERYTHING,
) -> list[TrialBalanceLine]:
    """Every account with a balance. The sum over each asset of a whole entity is zero by the shape of a posting."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, scope.facts)
        accounts: dict[int, tuple[Any, ...]] = {row[0]: row for row in cursor.fetchall()}
        cursor.execute("SELECT id, code FROM refdata_asset")
        assets = dict(cursor.fetchall())
    rows = balances(
        as_of=as_of, known=known, account_ids=None if scope.everything else list(accounts)
    )
    lines = [
        TrialBalanceLine(*(*accounts[row.account_id], assets[row.asset_id], row.amount))
        for row in rows
        if row.account_id in accounts
    ]
    return sorted(lines, key=lambda line: (line.entity, line.kind, line.asset, line.account_id))


def prove_movements() -> list[tuple[int, int, Decimal]]:
    """Accounts whose folded sum differs from the plain sum of their folded postings: none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account_id, asset_id, sum(amount) FROM (
                SELECT account_id, asset_id, amount FROM ledger_movement
                UNION ALL
                SELECT account_id, asset_id, -amount FROM ledger_line
                 WHERE recorded_tx < (SELECT horizon FROM ledger_fold)
            ) AS difference GROUP BY account_id, asset_id HAVING sum(amount) <> 0
            """
        )
        found: list[tuple[int, int, Decimal]] = cursor.fetchall()
    return found


class CardLine(NamedTuple):
    """One side of a posting, on the card of its account."""

    id: int
    entry_id: int
    kind: str
    source_type: str
    source_id: int
    effective_date: date
    recorded_at: datetime
    amount: Decimal
    other_account_id: int
    other_kind: str


_CARD = """
SELECT l.id, l.entry_id, e.kind, e.source_type, e.source_id, l.effective_date, l.recorded_at, l.amount,
       l.other_account_id, a.kind
  FROM ledger_line l
  JOIN ledger_journalentry e ON e.id = l.entry_id
  JOIN ledger_ledgeraccount a ON a.id = l.other_account_id
 WHERE l.account_id = %s AND l.asset_id = %s AND (%s::bigint IS NULL OR l.id < %s::bigint)
 ORDER BY l.id DESC LIMIT 51
"""
_POSTINGS = """
SELECT p.entry_id, p.debit_account_id, d.kind, od.name, p.credit_account_id, c.kind, oc.name, a.code, a.kind,
       p.quantity
  FROM ledger_posting p
  JOIN ledger_ledgeraccount d ON d.id = p.debit_account_id
  JOIN ledger_ledgeraccount c ON c.id = p.credit_account_id
  JOIN refdata_party od ON od.id = d.owner_id
  JOIN refdata_party oc ON oc.id = c.owner_id
  JOIN refdata_asset a ON a.id = p.asset_id
 WHERE p.entry_id = ANY(%s) ORDER BY p.entry_id, p.id
"""


class PostingLine(NamedTuple):
    """A posting as people read it: from whom to whom, what and how much."""

    debit_id: int
    debit_kind: str
    debit_owner: str
    credit_id: int
    credit_kind: str
    credit_owner: str
    asset: str
    asset_kind: str
    quantity: Decimal


def card_of(account_id: int, asset_id: int, *, before: int | None = None) -> list[CardLine]:
    """The movements of an account in one asset, newest first; one more than a page of 50."""
    with connection.cursor() as cursor:
        cursor.execute(_CARD, [account_id, asset_id, before, before])
        return [CardLine(*row) for row in cursor.fetchall()]


def postings_of(entry_ids: Sequence[int]) -> dict[int, list[PostingLine]]:
    """The postings of entries, as they were written."""
    found: dict[int, list[PostingLine]] = {id: [] for id in entry_ids}
    with connection.cursor() as cursor:
        cursor.execute(_POSTINGS, [list(entry_ids)])
        for entry_id, *line in cursor.fetchall():
            found[entry_id].append(PostingLine(*line))
    return found


def entries(*, visible_to: User) -> QuerySet[JournalEntry]:
    """The journal entries a person may see; of a single book those that move one of its accounts."""
    rows = JournalEntry.objects.select_related("entity", "reverses")
    scope = scope_of(visible_to)
    if not scope.books:
        return visible(rows, visible_to)
    of_books = LedgerAccount.objects.filter(book_id__in=scope.books).values("pk")
    moved = Posting.objects.filter(
        Q(debit_account__in=of_books) | Q(credit_account__in=of_books), entry=OuterRef("pk")
    )
    return rows.filter(scope.within() | Exists(moved))


def accounts(*, visible_to: User) -> QuerySet[LedgerAccount]:
    """The accounts a person may see."""
    rows = LedgerAccount.objects.select_related("entity", "owner", "place", "counterparty", "book")
    return visible(rows, visible_to, book="book_id")


def entries_of(
    entity_id: int, sources: Sequence[tuple[str, int]], *, visible_to: User
) -> list[JournalEntry]:
    """The entries that these sources caused and a person may see, first to last."""
    wanted = Q(pk__in=[])
    for source_type, source_id in sources:
        wanted |= Q(source_type=source_type, source_id=source_id)
    rows = entries(visible_to=visible_to).filter(wanted, entity_id=entity_id)
    return list(rows.order_by("id"))


def entries_of_all(sources: Sequence[tuple[str, int]], *, visible_to: User) -> list[JournalEntry]:
    """The same of whichever legal entities' books."""
    found = []
    for entity_id in Entity.objects.order_by("pk").values_list("pk", flat=True) if sources else []:
        found += entries_of(entity_id, sources, visible_to=visible_to)
    return found
