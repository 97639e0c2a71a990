"""`intake.single`: POST /deals/ over HTTP against pgbench that writes exactly the same rows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection

from backoffice.postgres import find_programs
from benchmarks import least
from benchmarks.measure import Result, measured, peak_rss_mb_of
from benchmarks.requests import deal, free_port, new_key, post, send
from benchmarks.stage import BASE, address_of, copy_of, one, use, web

SPREAD = 1_000  # limits that the reference updates, so that no hot row holds it back

# The rows of one capture: deal, version, three flows, two reservations, event, answer, two limits.
LS = """
\\set one random(1, {spread})
\\set two random(1, {spread})
WITH d AS (
  INSERT INTO deals_deal (entity_id, book_id, external_ref, product, stage, capacity, owner_id,
         counterparty_id, instrument_id, trade_date, due_date, state, makers, version, breached,
         captured_by_id, captured_at)
  SELECT {entity}, {book}, gen_random_uuid()::text, 'equity', 'proposed', 'OWN', {owner}, {party},
         {instrument}, '2026-11-23', '2026-11-24', 'CAPTURED', ARRAY[{user}]::bigint[], 1, false,
         {user}, now() RETURNING id),
v AS (
  INSERT INTO deals_dealversion (deal_id, number, side, quantity, price, currency, gross_amount,
         net_amount, method, traded_at, details, actor_id, recorded_at)
  SELECT id, 1, 'buy', 10, 312.45, 'RUB', 3124.50, 3126.06, 'DVP', now(), '{{}}', {user}, now() FROM d),
f AS (
  INSERT INTO deals_flow (deal_id, version, kind, direction, asset_id, quantity, due_date)
  SELECT id, 1, k, x, a, q, '2026-11-24'::date FROM d, (VALUES ('PRINCIPAL', 'RECEIVE', {instrument}, 10.0),
         ('PRINCIPAL', 'PAY', {money}, 3124.50), ('FEE', 'PAY', {money}, 1.56)) g(k, x, a, q)),
r AS (
  INSERT INTO limits_reservation (source_type, source_id, limit_id, amount, state, recorded_at)
  SELECT 'deal', id, l, 100, 'COMMITTED', now() FROM d,
         (VALUES ({first_limit} + :one), ({first_limit} + {spread} + :two)) g(l)),
e AS (
  INSERT INTO events_event (kind, subject_type, subject_id, entity_id, actor_id, recorded_at, target, facts)
  SELECT 'deal.capture', 'deal', id, {entity}, {user}, now(), 'CAPTURED', '{{"version": 1}}' FROM d),
i AS (
  INSERT INTO access_idempotencyrecord (caller_id, key, request_hash, status, location, media_type, body)
  SELECT {user}, gen_random_uuid()::text, sha256(id::text::bytea), 201, '/api/v1/deals/D-1/',
         'application/json', repeat('x', {body}) FROM d)
UPDATE limits_limit SET used = used + 100
 WHERE id IN ({first_limit} + :one, {first_limit} + {spread} + :two);
"""


def names() -> dict[str, Any]:
    """The keys that the reference's rows point to."""
    return {
        "spread": SPREAD,
        "entity": one("SELECT id FROM refdata_entity WHERE code = 'RUS'"),
        "book": one("SELECT id FROM refdata_book WHERE code = 'EQ-RU'"),
        "owner": one("SELECT own_party_id FROM refdata_entity WHERE code = 'RUS'"),
        "party": one("SELECT id FROM refdata_party WHERE code = '999900DEMOBANKONE097'"),
        "instrument": one("SELECT id FROM refdata_asset WHERE code = 'RU0009029540'"),
        "money": one("SELECT id FROM refdata_asset WHERE code = 'RUB'"),
        "user": one("SELECT id FROM access_user WHERE username = 'dealer'"),
        "first_limit": one("SELECT min(id) - 1 FROM limits_limit WHERE name LIKE 'spread %'"),
        "body": 1_240,
    }


def prepare() -> None:
    """A copy of the base with limits for the reference to spread over."""
    use(copy_of(BASE, "bench_single"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refdata_party (code, name, kind, status)"
            " SELECT 'SPREAD-' || n, 'x', 'ORGANISATION', 'ACTIVE' FROM generate_series(1, %s) n",
            [2 * SPREAD],
        )
        cursor.execute(
            "INSERT INTO limits_limit (entity_id, kind, name, party_id, currency, cap)"
            " SELECT e.id, 'COUNTERPARTY_PRESETTLEMENT', 'spread ' || p.id, p.id, 'RUB', 1e18"
            " FROM refdata_party p, refdata_entity e WHERE p.code LIKE 'SPREAD-%' AND e.code = 'RUS'"
            " ORDER BY p.id"
        )


def pgbench(script: Path, clients: int, count: int, database: str = "bench_single") -> float:
    """Transactions a second of a reference."""
    program = str(find_programs() / "pgbench")
    command = [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
               "-t", str(max(1, count // clients)), "-f", str(script), address_of(database)]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))


def run(sizes: tuple[int, ...]) -> list[Result]:
    least_script = least.prepare()
    prepare()
    script = Path(settings.VAR_DIR) / "ls.sql"
    script.write_text(LS.format(**names()))
    key = new_key()
    port = free_port()
    results = []
    with web("bench_single", port) as process:
        send(port, 8, [post("/deals/", key, deal()) for _ in range(300)])  # warm
        for clients in (8, 32):
            for size in sizes:
                result = _measure(process.pid, port, key, script, clients, size)
                bare = [pgbench(least_script, clients, 3 * size, least.DATABASE) for _ in range(3)]
                result.more["of_l7"] = round(result.ours / median(bare), 3)
                results.append(result)
    check_nothing_twice(port_closed=True)
    return results


def _measure(pid: int, port: int, key: str, script: Path, clients: int, size: int) -> Result:
    p99: list[float] = []

    def ours() -> float:
        seen = send(port, clients, [post("/deals/", key, deal()) for _ in range(size)])
        assert seen["statuses"] == {"201": size}, seen
        p99.append(seen["p99_ms"])
        return size / float(seen["seconds"])

    result = measured(
        name="intake.single", size=size, unit="deals/s",
        reference_name="pgbench -M prepared, exactly the same rows (LS)",
        reference=lambda: pgbench(script, clients, 3 * size), ours=ours,
        peak_rss_mb=lambda: peak_rss_mb_of(pid),
    )  # fmt: skip
    result.more = {"connections": clients, "p99_ms": round(sorted(p99)[len(p99) // 2], 1)}
    return result


def check_nothing_twice(*, port_closed: bool) -> None:
    """Every deal that was answered is there once, with all its rows."""
    use("bench_single")
    deals = one("SELECT count(*) FROM deals_deal WHERE external_ref ~ '^[0-9a-f]{32}$'")
    rows = one(
        "SELECT count(*) FROM deals_flow f JOIN deals_deal d ON d.id = f.deal_id"
        " WHERE d.external_ref ~ '^[0-9a-f]{32}$'"
    )
    if rows != 3 * deals:
        raise SystemExit(f"{deals} deals have {rows} flows")
