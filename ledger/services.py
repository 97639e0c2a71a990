"""Writing the books: accounts, entries with their postings, reversals, and the fold.

Every function is one intention in one transaction. Balances are never updated here: they are sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import psycopg2
from django.db import connection, transaction

from backoffice.events.copying import copy_rows, copy_text, new_ids
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from ledger.days import closed_until, oldest_open_day
from ledger.guarding import refusal_in
from ledger.locking import keep_open
from refdata.models import Entity


class PeriodClosed(Conflict):
    code = "period-closed"
    title = gettext_noop("The books of that day are closed")
    detail = gettext_noop("%(entity)s closed %(day)s; entries go to an open day.")
    hint = gettext_noop("Use the oldest open day: %(open_day)s.")


class AlreadyReversed(Conflict):
    code = "already-reversed"
    title = gettext_noop("The entry is reversed already")
    detail = gettext_noop("Entry %(entry)s has been reversed before.")
    hint = gettext_noop("Look at the reversing entry.")


class AccountKey(NamedTuple):
    """What identifies an account: its kind, its owner, and where or with whom."""

    entity_id: int
    kind: str
    owner_id: int
    place_id: int | None = None
    counterparty_id: int | None = None
    book_id: int | None = None


class NewPosting(NamedTuple):
    """One movement: `quantity` of `asset` from the credited to the debited account."""

    debit_account_id: int
    credit_account_id: int
    asset_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry about to be written, with all its postings."""

    entity_id: int
    kind: str
    source_type: str
    source_id: int
    effective_date: date
    postings: Sequence[NewPosting]
    part: int = 0
    unconfirmed: bool = False
    reverses_id: int | None = None
    reason: str = ""


_ADD_ACCOUNTS = """
INSERT INTO ledger_ledgeraccount (entity_id, kind, owner_id, place_id, counterparty_id, book_id)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT DO NOTHING
"""
_FIND_ACCOUNTS = """
SELECT a.entity_id, a.kind, a.owner_id, a.place_id, a.counterparty_id, a.book_id, a.id
  FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
       AS k(entity_id, kind, owner_id, place_id, counterparty_id, book_id)
  JOIN ledger_ledgeraccount a
    ON a.entity_id = k.entity_id AND a.kind = k.kind AND a.owner_id = k.owner_id
   AND a.place_id IS NOT DISTINCT FROM k.place_id
   AND a.counterparty_id IS NOT DISTINCT FROM k.counterparty_id
   AND a.book_id IS NOT DISTINCT FROM k.book_id
"""


def account_ids(keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """The accounts of these keys; those that are missing are opened, in one statement."""
    wanted = sorted(
        set(keys), key=lambda key: tuple(-1 if part is None else part for part in key[2:])
    )
    if not wanted:
        return {}
    columns = [list(column) for column in zip(*wanted, strict=True)]
    found = _find_accounts(columns)
    if len(found) < len(wanted):
        with connection.cursor() as cursor:
            cursor.execute(_ADD_ACCOUNTS, columns)
        found = _find_accounts(columns)
    return found


def _find_accounts(columns: list[list[object]]) -> dict[AccountKey, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_ACCOUNTS, columns)
        return {AccountKey(*row[:6]): row[6] for row in cursor.fetchall()}


@transaction.atomic
def post_entries(entries: Sequence[NewEntry], *, at: datetime) -> list[int]:
    """Write entries and their postings; return the entries' ids in the order given.

    Raises PeriodClosed when an entry's date is in closed books, and WouldBeNegative when all of them
    together take from somebody at a place what is not there. The same fact posted twice breaks the
    unique key of the entry, so a repeated run can write nothing twice.
    """
    if not entries:
        return []
    require_open_days({(entry.entity_id, entry.effective_date) for entry in entries})
    ids = copy_entries(entries, at=at)
    moment, month = at.isoformat(), recorded_month(at).isoformat()
    try:
        copy_text("ledger_posting", _POSTING_COLUMNS, _posting_lines(entries, ids, moment, month))
    except psycopg2.Error as error:  # COPY speaks to the driver itself
        if refusal := refusal_in(error):
            raise refusal from error
        raise
    return ids


def recorded_month(at: datetime) -> date:
    """By which month postings are partitioned: that of UTC."""
    return at.date().replace(day=1)


def copy_entries(entries: Sequence[NewEntry], *, at: datetime) -> list[int]:
    """Write entries without their postings, which the caller writes; return their ids in the order given."""
    if not entries:
        return []
    ids = new_ids("ledger_journalentry", len(entries))
    copy_rows("ledger_journalentry", _ENTRY_COLUMNS, _entry_rows(entries, ids, at.isoformat()))
    return ids


_ENTRY_COLUMNS = (
    "id, entity_id, kind, source_type, source_id, part, effective_date, unconfirmed, reverses_id,"
    " reason, recorded_at"
)
_POSTING_COLUMNS = (
    "entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date, recorded_at,"
    " recorded_month"
)

Rows = Iterator[tuple[object, ...]]


def _entry_rows(entries: Sequence[NewEntry], ids: Sequence[int], moment: str) -> Rows:
    return (
        (
            id, e.entity_id, e.kind, e.source_type, e.source_id, e.part, e.effective_date,
            e.unconfirmed, e.reverses_id, e.reason, moment,
        )
        for id, e in zip(ids, entries, strict=True)
    )  # fmt: skip


def _posting_lines(entries: Sequence[NewEntry], ids: Sequence[int], moment: str, month: str) -> str:
    """Lines of COPY: numbers and dates, in which nothing is to be escaped."""
    lines = []
    for id, entry in zip(ids, entries, strict=True):
        when = f"{entry.effective_date}\t{moment}\t{month}\n"
        lines += [f"{id}\t%s\t%s\t%s\t%s\t{when}" % posting for posting in entry.postings]
    return "".join(lines)


def require_open_days(days: set[tuple[int, date]]) -> None:
    """Refuse entries into closed books: on the last closed day of an entity, or before it.

    The books stay as they are, open or closed, until the caller's transaction ends.
    """
    entities = {entity_id for entity_id, _ in days}
    keep_open(entities)
    closed = closed_until(entities)
    for entity_id, day in sorted(days):
        if entity_id in closed and day <= closed[entity_id]:
            code = Entity.objects.values_list("code", flat=True).get(pk=entity_id)
            raise PeriodClosed(entity=code, day=day, open_day=oldest_open_day(entity_id))


def effective_dates(days: set[tuple[int, date]]) -> dict[tuple[int, date], date]:
    """For each entity and day the day an entry may take: itself, or the oldest open one."""
    entities = {entity_id for entity_id, _ in days}
    keep_open(entities)
    closed = closed_until(entities)
    open_days = {
        entity_id: oldest_open_day(entity_id) or last + timedelta(days=1)
        for entity_id, last in closed.items()
    }
    return {
        (entity_id, day): open_days[entity_id]
        if entity_id in closed and day <= closed[entity_id]
        else day
        for entity_id, day in days
    }


_LOCK_ENTRIES = """
SELECT e.id, e.entity_id, e.kind, e.source_type, e.source_id, e.effective_date,
       EXISTS (SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id),
       (SELECT count(*) FROM ledger_journalentry o
         WHERE o.entity_id = e.entity_id AND o.source_type = e.source_type
           AND o.source_id = e.source_id AND o.kind = e.kind || '.reverse')
  FROM ledger_journalentry e WHERE e.id = ANY(%s) ORDER BY e.id FOR UPDATE OF e
"""
_POSTINGS_OF = """
SELECT entry_id, credit_account_id, debit_account_id, asset_id, quantity
  FROM ledger_posting WHERE entry_id = ANY(%s) ORDER BY entry_id, id
"""


@transaction.atomic
def reverse_entries(
    *, reasons: Mapping[int, str], actor_id: int | None, at: datetime
) -> dict[int, int]:
    """Negate each entry by another that points to it; the first stays as it is.

    `reasons` says why, by entry. A reversal is effective on its entry's own date, or on the oldest
    open day when that is closed. Return the reversal of each. Raises AlreadyReversed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ENTRIES, [sorted(reasons)])
        rows = cursor.fetchall()
        cursor.execute(_POSTINGS_OF, [sorted(reasons)])
        negated: dict[int, list[NewPosting]] = {}
        for entry_id, *sides in cursor.fetchall():
            negated.setdefault(entry_id, []).append(NewPosting(*sides))
    dates = effective_dates({(row[1], row[5]) for row in rows})
    entries = []
    for id, entity_id, kind, source_type, source_id, day, reversed_before, part in rows:
        if reversed_before:
            raise AlreadyReversed(entry=f"E-{id}")
        entries.append(
            NewEntry(
                entity_id=entity_id, kind=f"{kind}.reverse", source_type=source_type,
                source_id=source_id, part=part, effective_date=dates[entity_id, day],
                postings=negated[id], reverses_id=id, reason=reasons[id],
            )
        )  # fmt: skip
    reversals = dict(zip([row[0] for row in rows], post_entries(entries, at=at), strict=True))
    record_events(
        [
            NewEvent(
                kind="journalentry.reverse", subject_type="journalentry", subject_id=entry.reverses_id,
                entity_id=entry.entity_id, reason=entry.reason,
                facts={"reversal": f"E-{reversals[entry.reverses_id]}"},
            )
            for entry in entries
            if entry.reverses_id is not None
        ],
        actor_id=actor_id,
        at=at,
    )  # fmt: skip
    return reversals


def prepare_months(first: date, *, months: int = 3) -> None:
    """Make sure that postings of the coming months have their partitions."""
    with connection.cursor() as cursor:
        for number in range(months):
            year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
            cursor.execute("SELECT ledger_prepare_month(%s)", [date(year, month + 1, 1)])
