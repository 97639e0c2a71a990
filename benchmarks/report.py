"""`night.report`: the rows of each report into their stored file, against the bare SQL into a table.

The deals are written in SQL, as capture, preparing and settling would have left them: only reading is
measured. All of them are settled but those of the last day, over 250 business days.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from backoffice.events.models import Watermark
from backoffice.events.sequencer import sequence_events
from benchmarks.measure import Result, measured, own_kilobytes
from benchmarks.stage import BASE, copy_of, one, use
from ledger.folding import fold_postings
from ledger.services import AccountKey, account_ids
from refdata.models import Book, Entity, Party, Place
from reporting.reports import REPORTS
from reporting.reports.base import Known, Query
from reporting.storing import file_beside, write_rows

LAST = date(2026, 11, 24)
ALL = {"settled_from": date(2020, 1, 1), "settled_until": date(2030, 1, 1)}
DAY = dict.fromkeys(ALL, date(2026, 11, 23))
ASKED: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("night.report.deals", "settled-deals", ALL),
    ("night.report.positions", "settlement-and-positions", {"business_date": LAST}),
)
FIRST_ID = 10_000_000
OWNERS = ("999900DEMOSEVERRU017", "CL-ANNA", "CL-BORIS")

# Deal n: its day, owner, share, side, quantity and money, all of n, so that all tables agree.
_DEALS = """
CREATE TABLE bench_deal AS
SELECT %(first)s + n AS id, o.owner_id, o.holding, o.cash, o.settlement, o.position, s.id AS share,
       days.day AS trade_date, coalesce(days.next, %(last)s::date) AS due_date,
       days.day < %(before)s AS settled, n %% 2 = 0 AS buys, 1 + n %% 997 AS quantity,
       (100 + n %% 31)::numeric AS price, ((1 + n %% 997) * (100 + n %% 31))::numeric AS amount
  FROM generate_series(0, %(size)s - 1) n
  JOIN (SELECT row_number() OVER (ORDER BY day) - 1 AS number, day, lead(day) OVER (ORDER BY day) AS next
          FROM (SELECT %(last)s::date - k AS day FROM generate_series(1, 250) k) d) days
    ON days.number = n * 250 / %(size)s
  JOIN unnest(%(owners)s::bigint[], %(holding)s::bigint[], %(cash)s::bigint[], %(settlement)s::bigint[],
              %(position)s::bigint[]) WITH ORDINALITY
       AS o(owner_id, holding, cash, settlement, position, number) ON o.number = 1 + n %% 3
  JOIN (SELECT asset_id AS id, row_number() OVER (ORDER BY asset_id) AS number FROM refdata_instrument
         WHERE currency = 'RUB' ORDER BY asset_id LIMIT 6) s ON s.number = 1 + n %% 6;
"""
_TABLES = (
    """
INSERT INTO deals_deal (id, entity_id, book_id, external_ref, product, stage, capacity, owner_id,
       counterparty_id, instrument_id, trade_date, due_date, state, captured_by_id, makers)
SELECT id, %(entity)s, %(book)s, 'BENCH-' || id, 'equity', 'proposed', 'OWN', owner_id, %(bank)s, share,
       trade_date, due_date, CASE WHEN settled THEN 'SETTLED' ELSE 'SETTLING' END, %(user)s, '{}'
  FROM bench_deal
""",
    """
INSERT INTO deals_dealversion (deal_id, number, side, quantity, price, currency, gross_amount,
       net_amount, method, traded_at, actor_id)
SELECT id, 1, CASE WHEN buys THEN 'buy' ELSE 'sell' END, quantity, price, 'RUB', amount, amount, 'DVP',
       trade_date + time '12:00', %(user)s FROM bench_deal
""",
    """
INSERT INTO settlements_settlement (id, entity_id, owner_id, counterparty_id, source_type, source_id,
       place_id, ssi_id, method, delivers, asset_id, quantity, money_asset_id, amount, due_date,
       settled_date, approval, transmission, matching, settlement, makers, settled_quantity,
       settled_amount)
SELECT id, %(entity)s, owner_id, %(bank)s, 'deal', id, %(place)s, %(ssi)s, 'DVP', NOT buys, share,
       quantity, %(money)s, amount, due_date, CASE WHEN settled THEN due_date END, 'APPROVED', 'SENT',
       'MATCHED', CASE WHEN settled THEN 'SETTLED' ELSE 'PENDING' END, '{}',
       CASE WHEN settled THEN quantity ELSE 0 END, CASE WHEN settled THEN amount ELSE 0 END
  FROM bench_deal
""",
    """
INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction,
       asset_id, quantity, due_date)
SELECT %(entity)s, id, 'flow', 2 * id + part, CASE part WHEN 0 THEN 'RECEIVE' ELSE 'PAY' END,
       CASE part WHEN 0 THEN share ELSE %(money)s END, CASE part WHEN 0 THEN quantity ELSE amount END,
       due_date FROM bench_deal, generate_series(0, 1) part
""",
    """
INSERT INTO settlements_evidence (settlement_id, kind, reference, settled_at, place_id)
SELECT id, 'place-message', 'M-' || id, due_date + time '18:00', %(place)s FROM bench_deal WHERE settled
""",
    """
INSERT INTO ledger_journalentry (id, entity_id, kind, source_type, source_id, effective_date)
SELECT id, %(entity)s, 'deal.trade', 'deal', id, trade_date FROM bench_deal
 UNION ALL
SELECT id + 100 * %(first)s, %(entity)s, 'settlement.settle', 'settlement', id, due_date
  FROM bench_deal WHERE settled
 ORDER BY 6, 1
""",
    # Nobody delivers what is not there: each had plenty of everything before the first deal.
    """
INSERT INTO ledger_journalentry (id, entity_id, kind, source_type, source_id, effective_date)
VALUES (%(first)s - 1, %(entity)s, 'opening', 'bench', 1, '2020-01-01')
""",
    """
INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date)
SELECT DISTINCT %(first)s - 1, g.account, o.opening, g.asset, 1000000000000, '2020-01-01'::date
  FROM bench_deal d
  JOIN unnest(%(holding)s::bigint[], %(opening)s::bigint[]) AS o(holding, opening) ON o.holding = d.holding
 CROSS JOIN LATERAL (VALUES (d.holding, d.share), (d.cash, %(money)s)) AS g(account, asset)
""",
    """
INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date)
SELECT id, CASE WHEN buys = securities THEN settlement ELSE position END,
       CASE WHEN buys = securities THEN position ELSE settlement END,
       CASE WHEN securities THEN share ELSE %(money)s END,
       CASE WHEN securities THEN quantity ELSE amount END, trade_date
  FROM bench_deal, (VALUES (true), (false)) AS g(securities)
 UNION ALL
SELECT id + 100 * %(first)s,
       CASE WHEN buys = securities THEN CASE WHEN securities THEN holding ELSE cash END ELSE settlement END,
       CASE WHEN buys = securities THEN settlement ELSE CASE WHEN securities THEN holding ELSE cash END END,
       CASE WHEN securities THEN share ELSE %(money)s END,
       CASE WHEN securities THEN quantity ELSE amount END, due_date
  FROM bench_deal, (VALUES (true), (false)) AS g(securities) WHERE settled
""",
    """
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target)
SELECT 'settlement.settle', 'settlement', id, %(entity)s, due_date + time '18:00', 'SETTLED'
  FROM bench_deal WHERE settled
""",
    """
INSERT INTO ledger_lotpool (entity_id, owner_id, asset_id, account)
SELECT DISTINCT %(entity)s, owner_id, share, 'GENERAL' FROM bench_deal
""",
    """
INSERT INTO ledger_lotchange (entity_id, pool_id, book_id, incoming, quantity, gross, currency, trade_date,
       executed_at, sequence, source_type, source_id)
SELECT %(entity)s, p.id, %(book)s, buys, quantity, amount, 'RUB', trade_date, trade_date + time '12:00', d.id, 'deal',
       d.id
  FROM bench_deal d JOIN ledger_lotpool p ON p.owner_id = d.owner_id AND p.asset_id = d.share
 ORDER BY d.id
""",
    "DROP TABLE bench_deal",
)


def run(sizes: tuple[int, ...]) -> list[Result]:
    sources = [(size, prepare(size)) for size in sizes]
    found = [
        _measure(name, report, asked, size, source)
        for name, report, asked in ASKED
        for size, source in sources
    ]
    return found + [_measure_day(size, source) for size, source in sources]


def prepare(size: int) -> str:
    """A database of `size` deals, folded, numbered and known."""
    name = copy_of(BASE, f"bench_report_{size}")
    use(name)
    facts = _facts(size)
    with connection.cursor() as cursor:
        for statement in (_DEALS, *_TABLES):
            cursor.execute(statement, facts)
    sequence_events()
    fold_postings()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    assert one("SELECT count(*) FROM settlements_settlement") == size
    connection.close()
    return name


def _facts(size: int) -> dict[str, Any]:
    entity, place = Entity.objects.get(code="RUS"), Place.objects.get(code="NSD")
    bank = Party.objects.get(code="999900DEMOBANKTWO062")
    book = Book.objects.get(code="EQ-RU")
    owners = [Party.objects.get(code=code).pk for code in OWNERS]
    keys = {
        kind: [AccountKey(entity.pk, kind.upper(), owner, **more) for owner in owners]
        for kind, more in (
            ("holding", {"place_id": place.pk}), ("cash", {"place_id": place.pk}),
            ("settlement", {"counterparty_id": bank.pk}), ("position", {"book_id": book.pk}),
            ("opening", {}),
        )
    }  # fmt: skip
    ids = account_ids(key for each in keys.values() for key in each)
    return {
        "first": FIRST_ID, "size": size, "last": LAST, "before": date(2026, 11, 23),
        "owners": owners, "entity": entity.pk, "place": place.pk, "bank": bank.pk, "book": book.pk,
        "user": one("SELECT min(id) FROM access_user"),
        "ssi": one("SELECT min(id) FROM refdata_standinginstruction WHERE place_id = %s", [place.pk]),
        "money": one("SELECT id FROM refdata_asset WHERE code = 'RUB'"),
        **{kind: [ids[key] for key in each] for kind, each in keys.items()},
    }  # fmt: skip


def known() -> Known:
    mark = Watermark.objects.latest("id")
    return Known(mark.horizon, None, mark.at)


def parts_of(report: str, asked: Mapping[str, Any]) -> Sequence[Query]:
    rows = REPORTS[report].rows(asked, known())
    parts = [rows] if isinstance(rows, Query) else list(rows)
    assert all(isinstance(part, Query) for part in parts)
    return parts  # type: ignore[return-value]


def _stored(source: str, report: str, asked: Mapping[str, Any]) -> float:
    """Seconds from asking to a file that is on disk, hashed and summed."""
    use(source)
    connection.ensure_connection()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with file_beside(Path(folder) / "rows.jsonl") as file:
            found = write_rows(REPORTS[report], REPORTS[report].rows(asked, known()), file)
        seconds = time.perf_counter() - started
    assert found.rows > 0
    return seconds


def _table(source: str, report: str, asked: Mapping[str, Any]) -> float:
    """Seconds of the same SQL into a table, one for each part."""
    use(source)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_rows")
        started = time.perf_counter()
        for number, part in enumerate(parts_of(report, asked)):
            names = ", ".join(f"c{n}" for n in range(len(REPORTS[report].columns)))
            into = "CREATE TABLE bench_rows AS" if number == 0 else "INSERT INTO bench_rows"
            texts = ", ".join(f"q.c{n}::text" for n in range(len(REPORTS[report].columns)))
            cursor.execute(f"{into} SELECT {texts} FROM ({part.sql}) AS q({names})", part.facts)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_rows")
    return seconds


def _measure(name: str, report: str, asked: Mapping[str, Any], size: int, source: str) -> Result:
    more = memory_over_baseline(lambda: _stored(source, report, asked))
    result = measured(
        name=name, size=size, unit="s", reference_name="the same SQL into a table",
        reference=lambda: _table(source, report, asked),
        ours=lambda: _stored(source, report, asked), peak_rss_mb=lambda: more,
    )  # fmt: skip
    assert more <= 64, f"{name}: {more} MB over what the process had before"
    return result


def _measure_day(size: int, source: str) -> Result:
    """One day of settled deals, against all days of them."""
    return measured(
        name="night.report.day", size=size, unit="s", reference_name="all days into a table",
        reference=lambda: _table(source, "settled-deals", ALL),
        ours=lambda: _stored(source, "settled-deals", DAY),
    )  # fmt: skip


def memory_over_baseline(work: Callable[[], Any]) -> int:
    """By how many megabytes the process grew at most while it worked, as the kernel saw it."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = own_kilobytes("VmRSS")
    work()
    return max(0, own_kilobytes("VmHWM") - before) // 1024
