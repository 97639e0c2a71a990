"""`ledger.post` and `ledger.balance`: entries beside COPY of the same rows; any balance, as of any date, as known
at any watermark, beside the plain sum.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
from django.db import connection, transaction
from django.utils import timezone

from backoffice.events.selectors import KnownAt
from benchmarks.measure import Result, measured
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, run_sql, use
from ledger.folding import fold_postings
from ledger.selectors import balances
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    post_entries,
    prepare_months,
)
from refdata.models import Asset, Book, Entity, Party, Place

TABLES = ("ledger_journalentry", "ledger_posting")
BATCH = 5_000
DAY = date(2026, 11, 24)


def run_post(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure_post(size) for size in sizes]


def entries(size: int) -> list[NewEntry]:
    """Each as a purchase that settles: position and settlement, then holding and cash; four postings."""
    entity, bank = Entity.objects.get(code="RUS"), Party.objects.get(code="999900DEMOBANKTWO062")
    place, book = Place.objects.get(code="NSD"), Book.objects.get(code="EQ-RU")
    owner = entity.own_party_id
    keys = {
        "holding": AccountKey(entity.pk, "HOLDING", owner, place_id=place.pk),
        "cash": AccountKey(entity.pk, "CASH", owner, place_id=place.pk),
        "owed": AccountKey(entity.pk, "SETTLEMENT", owner, counterparty_id=bank.pk),
        "position": AccountKey(entity.pk, "POSITION", owner, book_id=book.pk),
    }
    found = account_ids(keys.values())
    holding, cash, owed, position = (found[key] for key in keys.values())
    share, money = (
        Asset.objects.get(instrument__isin="RU0009029540").pk,
        Asset.objects.get(code="RUB").pk,
    )
    made = []
    for n in range(size):
        units, paid = Decimal(1 + n % 997), Decimal(100 + n % 31) * (1 + n % 997)
        postings = [
            NewPosting(position, owed, share, units), NewPosting(owed, position, money, paid),
            NewPosting(holding, owed, share, units), NewPosting(owed, cash, money, paid),
        ]  # fmt: skip
        made.append(NewEntry(
            entity_id=entity.pk, kind="bench", source_type="bench", source_id=n + 1, effective_date=DAY,
            postings=postings,
        ))  # fmt: skip
    return made


def _measure_post(size: int) -> Result:
    rows: dict[str, bytes] = {}

    def ours() -> float:
        use(copy_of(BASE, "bench_post"))
        made, marks = (
            entries(size),
            {t: one(f"SELECT coalesce(max(id), 0) FROM {t}") for t in TABLES},
        )
        started = time.perf_counter()
        for first in range(0, size, BATCH):
            post_entries(made[first : first + BATCH], at=timezone.now())
        seconds = time.perf_counter() - started
        assert (
            one("SELECT count(*) FROM ledger_posting WHERE id > %s", [marks["ledger_posting"]])
            == 4 * size
        )
        try:
            with transaction.atomic():
                post_entries(made[:BATCH], at=timezone.now())
            raise SystemExit("the same entries were posted twice")
        except psycopg2.errors.UniqueViolation:
            pass
        if not rows:
            rows.update(
                dump_rows({t: f"SELECT * FROM {t} WHERE id > {mark}" for t, mark in marks.items()})
            )
        connection.close()
        return 4 * size / seconds

    def reference() -> float:
        database = copy_of(BASE, "bench_copy")
        use(database)
        entries(0)  # the accounts that they move
        return 4 * size / copy_seconds(database, rows)

    ours()  # to have the rows, and to warm up
    return measured(
        name="ledger.post", size=size, unit="postings/s", reference_name="COPY of the same rows",
        reference=reference, ours=ours,
    )  # fmt: skip


ACCOUNTS, DAYS, LATEST = 2_000, 250, 39  # days that a late posting is late
SAMPLE = 100
FIRST = date(2026, 1, 5)
_ACCOUNTS = """
INSERT INTO refdata_book (entity_id, code, name) SELECT %(entity)s, 'B' || n, 'x' FROM generate_series(1, %(count)s) n;
INSERT INTO ledger_ledgeraccount (entity_id, kind, owner_id, book_id)
SELECT %(entity)s, 'POSITION', %(owner)s, id FROM refdata_book WHERE name = 'x' ORDER BY id
"""
_THEIRS = """
SELECT a.id FROM ledger_ledgeraccount a JOIN refdata_book b ON b.id = a.book_id WHERE b.name = 'x' ORDER BY 1
"""
# Every tenth posting is of one account; every fiftieth is recorded up to 39 days late. Keys and guards are not what
# is measured: they are left out while so many rows are laid down.
_POSTINGS = """
SET session_replication_role = replica;
INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date,
                            recorded_at, recorded_tx, recorded_month)
SELECT n, CASE n %% 10 WHEN 0 THEN %(first)s ELSE %(first)s + 1 + n %% (%(count)s - 1) END,
       CASE n %% 10 WHEN 0 THEN %(first)s + 1 + n / 10 %% (%(count)s - 1)
                    ELSE %(first)s + 1 + (n %% (%(count)s - 1) + 1 + n %% 7) %% (%(count)s - 1) END,
       %(asset)s, 1 + n %% 997, d.day - CASE WHEN n %% 50 = 0 THEN (n / 50 %% %(latest)s)::int ELSE 0 END,
       d.day + time '12:00', 1 + d.number, date_trunc('month', d.day)::date
  FROM generate_series(1, %(size)s::bigint) n
 CROSS JOIN LATERAL (SELECT (n - 1) * %(days)s / %(size)s AS number,
                            %(begun)s::date + ((n - 1) * %(days)s / %(size)s)::int AS day) d;
SET session_replication_role = origin;
INSERT INTO events_watermark (at, number, horizon)
SELECT (%(begun)s::date + n) + time '23:00', 0, 2 + n FROM generate_series(0, %(days)s - 1) n
"""
_PLAIN = """
SELECT account_id, asset_id, sum(amount) FROM ledger_line
 WHERE recorded_tx < %(high)s AND effective_date <= %(as_of)s AND ({all} OR account_id = ANY(%(accounts)s))
 GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2
"""


def run_balance(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure_balance(size) for size in sizes]


def prepare(size: int) -> tuple[str, list[int]]:
    name = copy_of(BASE, f"bench_balance_{size}")
    use(name)
    entity = Entity.objects.get(code="RUS")
    for month in range(1, 13):
        prepare_months(date(2026, month, 1))
    facts: dict[str, Any] = {
        "entity": entity.pk, "owner": entity.own_party_id, "count": ACCOUNTS, "size": size, "days": DAYS,
        "begun": FIRST, "latest": LATEST, "asset": Asset.objects.get(code="RUB").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_watermark")
        cursor.execute(_ACCOUNTS, facts)
        cursor.execute(_THEIRS)
        accounts = [row[0] for row in cursor.fetchall()]
        assert accounts == list(range(accounts[0], accounts[0] + ACCOUNTS))
        cursor.execute(_POSTINGS, facts | {"first": accounts[0]})
    fold_postings()
    connection.close()
    run_sql("VACUUM ANALYZE", database=name)
    return name, accounts


def _measure_balance(size: int) -> Result:
    name, accounts = prepare(size)
    use(name)
    chance = random.Random(size)
    asked = []
    for n in range(SAMPLE):
        account = accounts[0] if n % 5 == 0 else chance.choice(accounts)
        last, seen = (FIRST + timedelta(days=chance.randrange(DAYS)) for _ in range(2))
        at = datetime(seen.year, seen.month, seen.day, 23, 30, tzinfo=UTC)
        mark = KnownAt(at=at, number=0, horizon=2 + (seen - FIRST).days)
        asked.append((account, last, mark))

    def worst(answer: Any) -> float:
        return max(
            _milliseconds(answer, [account], as_of, known) for account, as_of, known in asked
        )

    for account, as_of, known in asked:
        assert _told([account], as_of, known) == _plain([account], as_of, known)
    _, last, mark = asked[1]
    assert _told(None, last, mark) == _plain(None, last, mark)
    result = measured(
        name="ledger.balance", size=size, unit="ms", reference_name="the plain sum, its worst",
        reference=lambda: worst(_plain), ours=lambda: worst(_told), rounds=3,
    )  # fmt: skip
    result.more |= {
        "all_ms": round(min(_milliseconds(_told, None, *each[1:]) for each in asked[:5]), 1),
        "plain_all_ms": round(_milliseconds(_plain, None, last, mark), 1),
    }
    connection.close()
    return result


def _told(account_ids: Sequence[int] | None, as_of: date, known: KnownAt) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in balances(as_of=as_of, known=known, account_ids=account_ids)]


def _plain(account_ids: Sequence[int] | None, as_of: date, known: KnownAt) -> list[tuple[Any, ...]]:
    facts: dict[str, Any] = {
        "high": known.horizon,
        "as_of": as_of,
        "accounts": list(account_ids or []),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN.replace("{all}", str(account_ids is None)), facts)
        return cursor.fetchall()


def _milliseconds(answer: Any, *asked: Any) -> float:
    started = time.perf_counter()
    answer(*asked)
    return (time.perf_counter() - started) * 1000
