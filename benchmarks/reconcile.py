"""`reconcile`: statements against books, decided and written, beside one exact join of the same rows.

Of the lines 75 % are clean, 12 % have lost their reference, 6 % are booked one to three days apart (half of them
without their reference), 3 % are off by a fee, 4 % are on one side only; a quarter of the amounts is round. What can be
matched without a guess is found here a second time, by plain loops that import nothing of the product.
"""

from __future__ import annotations

import io
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure import Result, measured
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, run_sql, use

ACCOUNTS, DAYS, WINDOW = 50, 20, 3
FIRST = date(2026, 1, 12)
AT = datetime(2026, 2, 20, 9, tzinfo=UTC)
DAY = date(2026, 2, 20)
LEAST_SHARE = 0.998  # of what can be matched without a guess
NUMBERS = 10_000_000  # the first settlement of the stage


class Truth(NamedTuple):
    """Both sides by number: account, amount in cents, day, reference; and the entry that each line is (-1: none)."""

    account: Any
    amount: Any
    day: Any
    line_account: Any
    line_amount: Any
    line_day: Any
    reference: list[str]
    entry_of: Any


def generate(count: int, seed: int) -> Truth:
    chance = np.random.default_rng(seed)
    account, day = chance.integers(0, ACCOUNTS, count), chance.integers(0, DAYS, count)
    amount = chance.integers(100, 2_000_000, count) * chance.choice([1, -1], count)
    is_round = chance.random(count) < 0.25
    amount[is_round] = chance.integers(1, 200, is_round.sum()) * 10_000
    kind = chance.random(count)
    lost, apart = (kind >= 0.75) & (kind < 0.87), (kind >= 0.87) & (kind < 0.93)
    fee, alone = (kind >= 0.93) & (kind < 0.96), kind >= 0.96
    lost |= apart & (chance.random(count) < 0.5)
    line_day, line_amount = day.copy(), amount.copy()
    line_day[apart] += chance.integers(1, 4, apart.sum())
    line_amount[fee] -= 150
    line_amount[alone] = chance.integers(3_000_000, 4_000_000, alone.sum())
    reference = [f"S-{NUMBERS + n}" for n in range(count)]
    for n in np.flatnonzero(lost | alone).tolist():
        reference[n] = f"BK{n:07d}"
    entry_of = np.where(alone, -1, np.arange(count))
    order = chance.permutation(count)
    return Truth(
        account, amount, day, account[order], line_amount[order], line_day[order],
        [reference[n] for n in order.tolist()], entry_of[order],
    )  # fmt: skip


def certain(t: Truth) -> set[int]:
    """The lines that can be matched without a guess: by their reference, or because nothing else fits within days."""
    named, free = {f"S-{NUMBERS + n}": n for n in range(len(t.account))}, []
    found, spoken = set(), set()
    for n, reference in enumerate(t.reference):
        if reference not in named:
            free.append(n)
            continue
        entry = named[reference]
        spoken.add(entry)
        if t.line_amount[n] == t.amount[entry]:
            found.add(n)
    by_amount: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for entry, key in enumerate(zip(t.account.tolist(), t.amount.tolist(), strict=True)):
        if entry not in spoken:
            by_amount[key].append(entry)
    fits: dict[int, list[int]] = {}
    wanted: defaultdict[int, int] = defaultdict(int)
    for n in free:
        near = by_amount.get((int(t.line_account[n]), int(t.line_amount[n])), [])
        fits[n] = [e for e in near if abs(int(t.day[e]) - int(t.line_day[n])) <= WINDOW]
        for entry in fits[n]:
            wanted[entry] += 1
    return found | {n for n in free if len(fits[n]) == 1 and wanted[fits[n][0]] == 1}


_STAGE = """
INSERT INTO refdata_place (code, name, finality, matching, calendar_id)
SELECT 'BANK' || n, 'x', 'EXTERNAL', 'MESSAGE', (SELECT min(id) FROM refdata_calendar)
  FROM generate_series(1, %(accounts)s) n;
INSERT INTO refdata_nostroaccount (entity_id, place_id, owner_id, currency, number)
SELECT e.id, p.id, e.own_party_id, 'RUB', p.code FROM refdata_place p, refdata_entity e
 WHERE p.code LIKE 'BANK%%' AND e.code = 'RUS' ORDER BY p.id;
INSERT INTO ledger_ledgeraccount (entity_id, kind, owner_id, place_id)
SELECT e.id, 'CASH', e.own_party_id, p.id FROM refdata_place p, refdata_entity e
 WHERE p.code LIKE 'BANK%%' AND e.code = 'RUS' ORDER BY p.id;
CREATE TABLE bench_entry (n int PRIMARY KEY, account int, amount bigint, day int);
CREATE TABLE bench_line (n int PRIMARY KEY, account int, amount bigint, day int, reference text, entry int);
"""
_FILL = """
CREATE TABLE bench_account AS
SELECT row_number() OVER (ORDER BY p.id) - 1 AS account, n.id AS nostro_id, a.id AS account_id, a.entity_id,
       o.id AS other_id
  FROM refdata_place p
  JOIN refdata_nostroaccount n ON n.place_id = p.id
  JOIN ledger_ledgeraccount a ON a.place_id = p.id AND a.kind = 'CASH'
  JOIN ledger_ledgeraccount o ON o.entity_id = a.entity_id AND o.kind = 'OPENING' AND o.owner_id = a.owner_id
 WHERE p.code LIKE 'BANK%%';
INSERT INTO ledger_journalentry (id, entity_id, kind, source_type, source_id, effective_date)
SELECT %(numbers)s + n, entity_id, 'settlement.settle', 'settlement', %(numbers)s + n, DATE %(first)s + day
  FROM bench_entry JOIN bench_account USING (account) ORDER BY n;
INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date)
SELECT %(numbers)s + n, CASE WHEN amount > 0 THEN account_id ELSE other_id END,
       CASE WHEN amount > 0 THEN other_id ELSE account_id END, c.asset_id, abs(amount) / 100.0, DATE %(first)s + day
  FROM bench_entry JOIN bench_account USING (account) JOIN refdata_currency c ON c.code = 'RUB' ORDER BY n;
INSERT INTO reconciliation_statement (entity_id, nostro_id, format, kind, number, from_date, until_date, rank, currency,
                                      lines, added, credits, debits, source, position)
SELECT entity_id, nostro_id, 'bench', 'END_OF_DAY', '1', DATE %(first)s, DATE %(first)s + 30, '1', 'RUB',
       0, 0, 0, 0, 'F-' || account, 1
  FROM bench_account;
INSERT INTO reconciliation_statementline (id, statement_id, entity_id, nostro_id, position, day, amount, currency,
                                          reference, occurrence, booked, status, our_reference, text)
SELECT %(numbers)s + n, s.id, a.entity_id, a.nostro_id, n, DATE %(first)s + day, amount / 100.0, 'RUB', 'B' || n,
       1, true, 'BOOKED', l.reference, 'Payment by contract'
  FROM bench_line l
  JOIN bench_account a USING (account)
  JOIN reconciliation_statement s ON s.nostro_id = a.nostro_id
 ORDER BY n;
"""  # fmt: skip


def prepare(count: int, seed: int) -> tuple[str, Truth]:
    from django.db import connection

    t, name = generate(count, seed), copy_of(BASE, f"bench_reconcile_{count}")
    use(name)
    entries = zip(range(count), t.account, t.amount, t.day, strict=True)
    lines = zip(
        range(count),
        t.line_account,
        t.line_amount,
        t.line_day,
        t.reference,
        t.entry_of,
        strict=True,
    )
    values: dict[str, Any] = {"accounts": ACCOUNTS, "numbers": NUMBERS, "first": FIRST.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(_STAGE, values)
        for table, rows in (("bench_entry", entries), ("bench_line", lines)):
            text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))
        cursor.execute(_FILL, values)
    connection.close()
    run_sql("VACUUM ANALYZE", database=name)
    run_sql("CHECKPOINT", database=name)
    return name, t


# The floor: what has the reference and the amount in common, in the rows as they are stored.
_JOIN = """
SELECT l.id, e.id
  FROM bench_account a
  JOIN reconciliation_statementline l ON l.nostro_id = a.nostro_id
  JOIN ledger_posting p ON p.quantity = abs(l.amount)
   AND a.account_id = CASE WHEN l.amount > 0 THEN p.debit_account_id ELSE p.credit_account_id END
  JOIN ledger_journalentry e ON e.id = p.entry_id AND l.our_reference = 'S-' || e.source_id
"""
# The same over two tables of five columns that hold nothing else.
_BARE = """
SELECT s.n, l.n FROM bench_line s JOIN bench_bare l USING (account, amount, reference)
"""
# As the yardstick was measured when its line was drawn: on one process, everything hashed in memory.
_ALONE = "SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '256MB'"
# What a run writes, less the few rows that it changes in place.
_WRITTEN = {
    "reconciliation_match": "SELECT * FROM reconciliation_match",
    "reconciliation_break": "SELECT * FROM reconciliation_break",
    "events_event": "SELECT * FROM events_event WHERE kind IN ('reconciliation.match', 'break.open') AND tx ="
    " (SELECT max(recorded_tx) FROM reconciliation_match)",
}
_ANEW = """
TRUNCATE reconciliation_match, reconciliation_break;
UPDATE reconciliation_reconciliation SET horizon = 0;
"""


def run(sizes: tuple[int, ...]) -> list[Result]:
    seed = time.time_ns() % 1_000_000
    return [_measure(size, seed) for size in sizes]


def _measure(size: int, seed: int) -> Result:
    from django.db import connection

    name, truth = prepare(size, seed)
    can = certain(truth)
    empty = copy_of(name, f"{name}_empty")
    use(name)
    entity = one("SELECT id FROM refdata_entity WHERE code = 'RUS'")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bare AS SELECT n, account, amount, day, 'S-' || (%s + n) AS reference"
            " FROM bench_entry", [NUMBERS],
        )  # fmt: skip
        cursor.execute("ANALYZE bench_bare")

    def join(query: str) -> float:
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        taken = time.perf_counter() - started
        assert len(rows) > 0.7 * size, len(rows)
        return taken

    said: dict[str, Any] = {}

    def ours() -> float:
        from reconciliation.breaks.pointing import point_out
        from reconciliation.matching.services import reconcile

        with connection.cursor() as cursor:
            cursor.execute(_ANEW)
            cursor.execute("ANALYZE reconciliation_match")
            cursor.execute("CHECKPOINT")
        started = time.perf_counter()
        done = reconcile(entity_id=entity, day=DAY, at=AT)
        taken = time.perf_counter() - started
        started = time.perf_counter()
        point_out(entity_id=entity, day=DAY)
        said["pointed_s"] = round(time.perf_counter() - started, 2)
        said.update(judged(size, truth, can, sum(done.matches.values())))
        again = reconcile(entity_id=entity, day=DAY, at=AT)
        assert not sum(again.matches.values()) + again.opened, "a second run added something"
        return taken

    result = measured(
        name="reconcile", size=size, unit="s", reference_name="one exact SQL join, rows fetched",
        reference=lambda: join(_JOIN), ours=ours,
    )  # fmt: skip
    bare = sorted(join(_BARE) for _ in range(5))[2]
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
    alone = sorted(join(_JOIN) for _ in range(5))[2]
    rows = dump_rows(_WRITTEN)
    connection.close()
    copied = sorted(copy_seconds(copy_of(empty, f"{name}_copy"), rows) for _ in range(3))[1]
    halves = sorted(copied_by_two(copy_of(empty, f"{name}_copy"), rows) for _ in range(3))[1]
    result.more |= said | {
        "seed": seed, "of_bare": round(result.ours / bare, 2), "of_alone": round(result.ours / alone, 2),
        "of_copy": round(result.ours / copied, 2), "of_two_copies": round(result.ours / halves, 2),
    }  # fmt: skip
    return result


def copied_by_two(database: str, rows: Mapping[str, bytes]) -> float:
    """Seconds to COPY the same rows in halves, on two connections at once, as a run has them."""
    from django.db import connection, transaction

    use(database)
    parts = {table: content.splitlines(keepends=True) for table, content in rows.items()}

    def half(first: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, lines in parts.items():
                cursor.copy_expert(
                    f"COPY {table} FROM STDIN", io.BytesIO(b"".join(lines[first::2]))
                )
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(half, (0, 1)))
    return time.perf_counter() - started


def judged(size: int, truth: Truth, can: set[int], counted: int) -> dict[str, Any]:
    """What a run is worth; a wrong match ends the benchmark. Every line is matched or with a person."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line_id - %s, entry_id - %s FROM reconciliation_match WHERE undone_at IS NULL",
            [NUMBERS, NUMBERS],
        )
        pairs = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM reconciliation_break WHERE line_id IS NOT NULL")
        people = cursor.fetchone()[0]
    wrong = sum(
        entry is None or line is None or int(truth.entry_of[line]) != entry for line, entry in pairs
    )
    if wrong or len(pairs) != counted:
        raise SystemExit(
            f"reconcile: {wrong} of {len(pairs)} matches are wrong ({counted} counted)"
        )
    found = can & {line for line, _ in pairs}
    share = len(found) / len(can)
    if share < LEAST_SHARE or len(pairs) + people != size:
        raise SystemExit(
            f"reconcile: {share:.4%} of what can be matched; {people} lines with people"
        )
    return {
        "matched": len(pairs), "of_certain": round(share, 5), "wrong": wrong, "to_people": people,
        "without_entry": int((truth.entry_of < 0).sum()),
    }  # fmt: skip
