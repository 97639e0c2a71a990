"""`settle.run`: read, decide, write the plan, post, set states; against COPY of the rows it writes.

The ratio is to the rows that it adds. Rows that it changes in place it writes as well: the database writes a
new version of each with its index entries. `of_versions` is the ratio to COPY of both, and stands beside the first.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration.firm import INSTRUMENTS
from backoffice.demonstration.quotes import PRICES
from backoffice.tasks import follow_events
from benchmarks.measure import Result, measured
from benchmarks.requests import SAMPLE
from benchmarks.run_worker import Worked, work
from benchmarks.stage import BASE, Copied, copied, copy_of, dump_rows, one, run_sql, use
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from ledger.models import LedgerAccount
from ledger.services import NewEntry, NewPosting, post_entries
from refdata.models import Asset
from settlements.models import Settlement
from settlements.running import services as runs
from settlements.services import release_settlements

RUSSIAN_SHARES = {row[0] for row in INSTRUMENTS if row[4] == "MISX"}
MARKED = ("ledger_ledgeraccount", "ledger_journalentry", "ledger_posting", "events_event")
STEP = 5_000
DUE = date(2026, 11, 24)
# What they are dealt at; Rosneft, which nobody has, is left out.
SHARES = {code: price for code, price in PRICES.items() if code in RUSSIAN_SHARES}


def prepare(size: int) -> str:
    """Deals as far as a run can take them, and enough at hand for all of them."""
    name = copy_of(BASE, f"bench_run_{size}")
    use(name)
    people = {n: User.objects.get(username=n) for n in ("dealer", "clerk", "checker")}
    for start in range(0, size, STEP):
        at = timezone.now()
        terms = [terms_of(_deal(n)) for n in range(start, min(size, start + STEP))]
        capture_deals([candidate_of(t, actor=people["dealer"], at=at) for t in terms])
    ids = list(Deal.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, size, STEP):
        part, at = ids[start : start + STEP], timezone.now()
        confirm_deals(ids=part, actor=people["clerk"], at=at)
        approve_deals(ids=part, actor=people["checker"], at=at)
    follow_events()
    ids = list(Settlement.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, size, STEP):
        release_settlements(
            ids=ids[start : start + STEP], actor=people["checker"], at=timezone.now()
        )
    follow_events()
    give_plenty()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return name


def _deal(number: int) -> dict[str, Any]:
    """One of many: no two are alike, so none is taken for another one's duplicate."""
    share, price = list(SHARES.items())[number % len(SHARES)]
    return SAMPLE | {
        "external_ref": f"RUN-{number}", "side": ("buy", "sell")[number // len(SHARES) % 2],
        "instrument": share, "price": price, "quantity": str(10 + number),
    }  # fmt: skip


def give_plenty() -> None:
    entity = one("SELECT id FROM refdata_entity WHERE code = 'RUS'")
    assets = Asset.objects.in_bulk([*SHARES, "RUB"], field_name="code")
    postings = []
    for account in LedgerAccount.objects.filter(entity_id=entity, kind__in=("HOLDING", "CASH")):
        opening = LedgerAccount.objects.get(entity_id=entity, kind="OPENING", owner=account.owner)
        postings += [
            NewPosting(account.pk, opening.pk, assets[code].pk, Decimal(10**13))
            for code in (SHARES if account.kind == "HOLDING" else ["RUB"])
        ]
    entry = NewEntry(
        entity_id=entity, kind="opening", source_type="bench", source_id=1,
        effective_date=date(2026, 1, 1), postings=postings,
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def written_since(marks: dict[str, int]) -> dict[str, str]:
    """What the run wrote, table by table, in the order of their foreign keys."""
    run = "SELECT * FROM {} WHERE id > {}"
    return {
        "ledger_ledgeraccount": run.format("ledger_ledgeraccount", marks["ledger_ledgeraccount"]),
        "settlements_settlementrun": "SELECT * FROM settlements_settlementrun",
        "settlements_runplan": "SELECT * FROM settlements_runplan",
        "settlements_runshard": "SELECT * FROM settlements_runshard",
        "settlements_rundecision": "SELECT * FROM settlements_rundecision",
        "settlements_runbudget": "SELECT * FROM settlements_runbudget",
        "settlements_evidence": "SELECT * FROM settlements_evidence",
        "ledger_journalentry": run.format("ledger_journalentry", marks["ledger_journalentry"]),
        "ledger_posting": run.format("ledger_posting", marks["ledger_posting"]),
        "events_event": run.format("events_event", marks["events_event"]),
    }


# What it changes in place: of each that it changed the row as it is afterwards.
CHANGED = ("settlements_settlement", "deals_deal", "limits_reservation")
VERSIONS = "bench_versions"
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def changed_since(transaction: int) -> dict[str, str]:
    """New versions of rows by the table and columns that they are copied into."""
    found = {}
    for table in CHANGED:
        columns = one(_COLUMNS, [table])
        since = f"xmin::text::bigint >= {transaction} ORDER BY ctid"
        found[f"{VERSIONS}.{table} ({columns})"] = f"SELECT {columns} FROM {table} WHERE {since}"
    return found


def make_room_for_versions(database: str) -> None:
    """Empty tables with the checks and indexes of those whose rows change. Without foreign keys: a key that
    stays as it is is not looked up again.
    """
    tables = "; ".join(
        f"CREATE TABLE {VERSIONS}.{table} (LIKE public.{table} INCLUDING ALL EXCLUDING IDENTITY)"
        for table in CHANGED
    )
    run_sql(f"CREATE SCHEMA {VERSIONS}; {tables}", database=database)


def run(sizes: tuple[int, ...]) -> list[Result]:
    """One worker beside COPY of the rows that it writes, and two workers beside one."""
    found = [_measure(size) for size in sizes]
    return [one_worker for one_worker, _ in found] + [two for _, two in found]


@dataclass
class Stage:
    """Runs of one prepared queue, each on a fresh copy of it."""

    source: str
    size: int
    rows: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, bytes] = field(default_factory=dict)
    worked: list[Worked] = field(default_factory=list)
    copied: list[Copied] = field(default_factory=list)
    copied_all: list[Copied] = field(default_factory=list)

    def run(self, workers: int) -> float:
        database = copy_of(self.source, "bench_run")
        use(database)
        marks = {table: one(f"SELECT coalesce(max(id), 0) FROM {table}") for table in MARKED}
        begun = one("SELECT pg_current_xact_id()::text::bigint")
        at = timezone.now()
        asked = runs.request_run(
            business_date=DUE, entity_id=None, objective="FIFO", actor=None, at=at
        )
        self.worked.append(work(database, asked.pk, workers=workers))
        counted = one("SELECT count(*) FROM settlements_settlement WHERE settlement = 'SETTLED'")
        assert counted == self.size, counted
        runs.work_on_run(asked.pk, at=at)  # again: nothing happens twice
        entries = one("SELECT count(*) FROM ledger_journalentry WHERE kind = 'settlement.settle'")
        assert entries == self.size, entries
        if not self.rows:
            self.rows.update(dump_rows(written_since(marks)))
            self.versions.update(dump_rows(changed_since(begun)))
            lines = [content.count(b"\n") for content in self.versions.values()]
            assert lines[:2] == [self.size, self.size], lines
        return self.worked[-1].seconds

    def copy(self) -> float:
        """Of the rows that it adds; beside it, of these and the new versions of those that it changes."""
        self.copied.append(copied(copy_of(self.source, "bench_copy"), self.rows))
        database = copy_of(self.source, "bench_copy")
        make_room_for_versions(database)
        self.copied_all.append(copied(database, self.rows | self.versions))
        return self.copied[-1].seconds

    def against(self, references: Sequence[Copied], by: str) -> list[float]:
        """Ours to the mean of the references before and after, round by round; the first run was to warm up."""
        pairs = zip(references[::2], references[1::2], strict=True)
        means = [(getattr(a, by) + getattr(b, by)) / 2 for a, b in pairs]
        return [getattr(w, by) / mean for w, mean in zip(self.worked[1:], means, strict=True)]


def _measure(size: int) -> tuple[Result, Result]:
    stage = Stage(prepare(size), size)
    stage.run(1)
    rounds = 5 if size <= 10_000 else 3
    single = measured(
        name="settle.run", size=size, unit="s", reference_name="COPY of the rows it writes",
        reference=stage.copy, ours=lambda: stage.run(1), rounds=rounds,
        peak_rss_mb=lambda: max(each.peak_rss_mb for each in stage.worked),
    )  # fmt: skip
    single.more |= {
        "cpu_s": round(stage.worked[-1].cpu_seconds, 2),
        **_beside("by_cpu", stage.against(stage.copied, "cpu_seconds")),
        **_beside("of_versions", stage.against(stage.copied_all, "seconds")),
        **_beside("of_versions_by_cpu", stage.against(stage.copied_all, "cpu_seconds")),
    }
    two = measured(
        name="settle.run.two", size=size, unit="s", reference_name="one worker",
        reference=lambda: stage.run(1), ours=lambda: stage.run(2), rounds=rounds,
        peak_rss_mb=lambda: max(each.peak_rss_mb for each in stage.worked),
    )  # fmt: skip
    two.more["shards"] = stage.worked[-2].shards
    return single, two


def _beside(name: str, ratios: Sequence[float]) -> dict[str, Any]:
    spread = [round(min(ratios), 2), round(max(ratios), 2)]
    return {name: round(statistics.median(ratios), 2), f"{name}_spread": spread}
