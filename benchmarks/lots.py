"""`lots.fifo` and `lots.correct`: FIFO over many positions, beside the barest numpy kernel and COPY.

    python -m benchmarks.lots DATABASE

passes over all lots of a database once and prints the most memory that the process took, in MB.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure import Result, measured, own_peak_rss_mb
from benchmarks.stage import BASE, address_of, copy_of, copy_seconds, dump_rows, one, run_sql, use

POSITION = 1_000  # changes of one position, on average
HORIZON = 2**62


class Trades(NamedTuple):
    """Purchases and sales in order of time, half of each; positions are never short."""

    position: Any
    side: Any
    quantity: Any
    price: Any


def generate(count: int) -> Trades:
    chance = np.random.default_rng(7)
    positions = max(1, count // POSITION)
    position, price = chance.integers(0, positions, count), chance.integers(5_000, 15_000, count)
    side, quantity = np.empty(count, np.int8), np.empty(count, np.int64)
    held, sells, sizes = (
        [0] * positions,
        chance.random(count) < 0.5,
        chance.integers(1, 1000, count),
    )
    for n, k in enumerate(position.tolist()):
        if held[k] and sells[n]:
            side[n], quantity[n] = -1, min(int(sizes[n]), held[k])
        else:
            side[n], quantity[n] = 1, sizes[n]
        held[k] += int(side[n]) * int(quantity[n])
    return Trades(position, side, quantity, price)


def bare_kernel(t: Trades) -> tuple[int, int]:
    """The barest numpy FIFO: long positions only, price by quantity, nothing split. Gain and pieces."""
    groups = int(t.position.max()) + 1
    order = np.argsort(t.position, kind="stable")
    gs, ss, qs, ps = t.position[order], t.side[order], t.quantity[order], t.price[order]
    bought, sold = ss > 0, ss < 0
    total = np.zeros(groups, np.int64)
    np.add.at(total, gs[bought], qs[bought])
    base = np.concatenate(([0], np.cumsum(total)[:-1]))

    def ends(mask: Any) -> tuple[Any, Any]:
        own, running = gs[mask], np.cumsum(qs[mask])
        first = np.searchsorted(own, np.arange(groups))
        start = np.concatenate(([0], running))[np.minimum(first, len(running))]
        return running - start[own] + base[own], own

    (buys, of_buy), (sells, of_sell) = ends(bought), ends(sold)
    last = base.copy()
    np.maximum.at(last, of_sell, sells)
    cuts = np.sort(np.concatenate((buys[buys < last[of_buy]], sells)), kind="stable")
    cuts = cuts[np.concatenate(([True], cuts[1:] != cuts[:-1]))]
    i, j = np.searchsorted(buys, cuts), np.searchsorted(sells, cuts)
    taken = cuts - np.maximum(np.concatenate(([0], cuts[:-1])), base[of_buy[i]])
    return int((taken * (ps[sold][j] - ps[bought][i])).sum()), len(cuts)


def our_kernel(t: Trades) -> tuple[int, int]:
    """The product's: long and short, each side's amount cut exactly. Gain and pieces."""
    from ledger.lots.fifo import match_fifo
    from ledger.lots.rules import shares

    order = np.argsort(t.position, kind="stable")
    quantity = t.quantity[order]
    amount = t.price[order] * quantity
    pieces = match_fifo(t.position[order], t.side[order] > 0, quantity)
    cost = shares(amount, quantity, pieces.opening, pieces.opening_from, pieces.quantity)
    proceeds = shares(amount, quantity, pieces.closing, pieces.closing_from, pieces.quantity)
    return int((proceeds - cost).sum()), len(pieces)


def kernel(size: int) -> Result:
    trades = generate(size)
    expected = bare_kernel(trades)

    def seconds(run: Any) -> float:
        started = time.perf_counter()
        found = run(trades)
        taken = time.perf_counter() - started
        assert found == expected, (found, expected)
        return taken

    return measured(
        name="lots.fifo.kernel", size=size, unit="s", reference_name="bare numpy kernel",
        reference=lambda: seconds(bare_kernel), ours=lambda: seconds(our_kernel),
    )  # fmt: skip


def prepare(size: int) -> tuple[str, str, dict[str, bytes]]:
    """A database with pools only, one with their changes, and the changes as COPY reads them."""
    from django.db import connection

    trades, name = generate(size), f"bench_lots_{size}"
    empty = copy_of(BASE, f"{name}_empty")
    use(empty)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refdata_party (code, name, kind, status)"
            " SELECT 'LOT-' || n, 'x', 'ORGANISATION', 'ACTIVE' FROM generate_series(1, %s) n",
            [max(1, size // POSITION)],
        )
        cursor.execute(
            "INSERT INTO ledger_lotpool (entity_id, owner_id, asset_id, account)"
            " SELECT e.id, p.id, i.asset_id, 'GENERAL' FROM refdata_entity e, refdata_party p,"
            " refdata_instrument i WHERE e.code = 'RUS' AND p.code LIKE 'LOT-%%'"
            " AND i.isin = 'RU0009029540' ORDER BY p.id"
        )
        cursor.execute("SELECT array_agg(id ORDER BY id), min(entity_id) FROM ledger_lotpool")
        pools, entity = cursor.fetchone()
        cursor.execute("CREATE TABLE bench_closing (opening bigint, closing bigint, quantity bigint,"
                       " cost bigint, proceeds bigint)")  # fmt: skip
    connection.close()
    full = copy_of(empty, name)
    use(full)
    lines = io.StringIO()
    for n, (k, side, quantity, price) in enumerate(zip(*(c.tolist() for c in trades), strict=True)):
        minute, hour, day = n // 60 % 60, n // 3600 % 24, 1 + n // 86_400 % 28
        traded = f"2026-01-{day:02d}\t2026-01-{day:02d} {hour:02d}:{minute:02d}:{n % 60:02d}+00"
        gross = price * quantity
        lines.write(f"{entity}\t{pools[k]}\t{'t' if side > 0 else 'f'}\t{quantity}\t"
                    f"{gross // 100}.{gross % 100:02d}\tRUB\t{traded}\t{n}\tbench\t{n}\n")  # fmt: skip
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY ledger_lotchange (entity_id, pool_id, incoming, quantity, gross, currency, trade_date,"
            " executed_at, sequence, source_type, source_id) FROM STDIN", lines,
        )  # fmt: skip
        cursor.execute("VACUUM ANALYZE ledger_lotchange")
    rows = dump_rows({"ledger_lotchange": "SELECT * FROM ledger_lotchange ORDER BY id"})
    connection.close()
    return empty, full, rows


_CLOSING = np.dtype(
    [
        ("columns", ">i2"),
        *((f"{x}{n}", t) for n in "abcde" for x, t in (("size", ">i4"), ("", ">i8"))),
    ]
)


def binary(columns: list[Any]) -> bytes:
    records = np.zeros(len(columns[0]), _CLOSING)
    records["columns"] = len(columns)
    for name, column in zip("abcde", columns, strict=True):
        records[f"size{name}"], records[name] = 8, column
    return records.tobytes()


def passed_once(pools: list[int] | None = None) -> tuple[io.BytesIO, int, int]:
    """Read, match, cut: the closings as a binary COPY takes them, how many, and their gain."""
    from ledger.lots.passing import pass_fifo
    from ledger.lots.reading import read_changes
    from ledger.lots.rules import shares

    target, count, gain = io.BytesIO(), 0, 0
    target.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
    for passed in pass_fifo(read_changes(horizon=HORIZON, pool_ids=pools)):
        p, changes = passed.pieces, passed.changes
        cost, proceeds = (
            shares(changes.gross, passed.quantities, index, start, p.quantity)
            for index, start in ((p.opening, p.opening_from), (p.closing, p.closing_from))
        )
        ids = [changes.id[p.opening], changes.id[p.closing]]
        target.write(binary([*ids, p.quantity, cost, proceeds]))
        count, gain = count + len(p), gain + int((proceeds - cost).sum())
    target.write(b"\xff\xff")
    target.seek(0)
    return target, count, gain


def in_database(size: int, prepared: tuple[str, str, dict[str, bytes]]) -> Result:
    from django.db import connection, transaction

    empty, full, rows = prepared
    gain, pieces = bare_kernel(generate(size))

    def ours() -> float:
        use(full)
        run = "TRUNCATE bench_closing"
        with connection.cursor() as cursor:
            cursor.execute(run)
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            closings, count, found = passed_once()
            cursor.copy_expert("COPY bench_closing FROM STDIN (FORMAT binary)", closings)
        seconds = time.perf_counter() - started
        assert (count, found) == (pieces, gain), (count, found, pieces, gain)
        assert one("SELECT count(*) FROM bench_closing") == pieces
        connection.close()
        return seconds

    def reference() -> float:
        return copy_seconds(copy_of(empty, "bench_lots_copy"), rows)

    result = measured(
        name="lots.fifo", size=size, unit="s", reference_name="COPY of the changes in",
        reference=reference, ours=ours, rounds=5 if size <= 100_000 else 3,
        peak_rss_mb=lambda: memory_of(full),
    )  # fmt: skip
    result.more["of_bare_copy"] = round(result.ours / bare_copy(empty, full), 2)
    return result


def bare_copy(empty: str, full: str) -> float:
    """Seconds to COPY five numbers a trade into a table with nothing but a primary key."""
    use(full)
    query = "SELECT id, pool_id, incoming::int, quantity::bigint, (gross * 100)::bigint FROM ledger_lotchange"
    rows = dump_rows({"bench_trade": query})
    use(empty)
    columns = "id bigint PRIMARY KEY, pool bigint, side int, quantity bigint, amount bigint"
    run_sql(
        f"DROP TABLE IF EXISTS bench_trade; CREATE TABLE bench_trade ({columns})", database=empty
    )
    return copy_seconds(empty, rows)


def memory_of(database: str) -> int:
    import os

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.lots", database], capture_output=True, text=True, check=True,
        env=os.environ | {"DATABASE_URL": address_of(database)},
    )  # fmt: skip
    return int(done.stdout.split()[-1])


def correct(size: int, prepared: tuple[str, str, dict[str, bytes]]) -> Result:
    """One late trade: its pool is matched again, nothing else, and the whole says the same."""
    from django.db import connection

    use(copy_of(prepared[1], "bench_lots_correct"))
    before = passed_once()
    pool = one("SELECT pool_id FROM ledger_lotchange ORDER BY id OFFSET %s LIMIT 1", [size // 2])
    _, count, gain = passed_once([pool])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_lotchange (entity_id, pool_id, incoming, quantity, gross, currency,"
            " trade_date, executed_at, sequence, source_type, source_id)"
            " SELECT entity_id, pool_id, true, 7, 700, 'RUB', trade_date, executed_at, 0, 'late', 1"
            " FROM ledger_lotchange WHERE pool_id = %s ORDER BY id OFFSET 100 LIMIT 1", [pool],
        )  # fmt: skip

    def seconds(pools: list[int] | None) -> float:
        started = time.perf_counter()
        _, found, earned = passed_once(pools)
        taken = time.perf_counter() - started
        if pools is None:  # the whole is what it was, with this pool as it is now
            _, now, now_earned = passed_once([pool])
            assert (found, earned) == (before[1] - count + now, before[2] - gain + now_earned)
        return taken

    return measured(
        name="lots.correct", size=size, unit="s", reference_name="the full run",
        reference=lambda: seconds(None), ours=lambda: seconds([pool]), rounds=3,
    )  # fmt: skip


def run(sizes: tuple[int, ...]) -> list[Result]:
    prepared = {size: prepare(size) for size in sizes}
    return [
        *(kernel(size) for size in sizes),
        *(in_database(size, prepared[size]) for size in sizes),
        *(correct(size, prepared[size]) for size in sizes),
    ]


if __name__ == "__main__":
    import django

    django.setup()
    use(sys.argv[1])
    from ledger.lots.passing import pass_fifo
    from ledger.lots.reading import read_changes

    seen = sum(len(passed.pieces) for passed in pass_fifo(read_changes(horizon=HORIZON)))
    assert seen
    print(own_peak_rss_mb())
