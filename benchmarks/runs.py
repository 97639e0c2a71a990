"""`settle.run`: read, decide, write the plan, post, set states; against COPY of the rows it writes."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.tasks import follow_events
from benchmarks.measure import Result, measured
from benchmarks.requests import SAMPLE
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, use
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from ledger.models import LedgerAccount
from ledger.services import NewEntry, NewPosting, post_entries
from settlements.models import Settlement
from settlements.running import services as runs
from settlements.services import release_settlements

STEP = 5_000
DUE = date(2026, 11, 24)


def prepare(size: int) -> str:
    """Deals as far as a run can take them, and enough at hand for all of them."""
    name = copy_of(BASE, f"bench_run_{size}")
    use(name)
    people = {n: User.objects.get(username=n) for n in ("dealer", "clerk", "checker")}
    for start in range(0, size, STEP):
        at = timezone.now()
        terms = [
            terms_of(SAMPLE | {"external_ref": f"RUN-{n}", "side": ("buy", "sell")[n % 2]})
            for n in range(start, min(size, start + STEP))
        ]
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


def give_plenty() -> None:
    entity = one("SELECT id FROM refdata_entity WHERE code = 'RUS'")
    asset = one("SELECT id FROM refdata_asset WHERE code = 'RU0009029540'")
    money = one("SELECT id FROM refdata_asset WHERE code = 'RUB'")
    postings = []
    for account in LedgerAccount.objects.filter(entity_id=entity, kind__in=("HOLDING", "CASH")):
        opening = LedgerAccount.objects.get(entity_id=entity, kind="OPENING", owner=account.owner)
        what = asset if account.kind == "HOLDING" else money
        postings.append(NewPosting(account.pk, opening.pk, what, Decimal(10**12)))
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


def run(sizes: tuple[int, ...]) -> list[Result]:
    return [_measure(size) for size in sizes]


def _measure(size: int) -> Result:
    source = prepare(size)
    rows: dict[str, bytes] = {}

    def ours() -> float:
        use(copy_of(source, "bench_run"))
        tables = ("ledger_ledgeraccount", "ledger_journalentry", "ledger_posting", "events_event")
        marks = {table: one(f"SELECT coalesce(max(id), 0) FROM {table}") for table in tables}
        started = time.perf_counter()
        at = timezone.now()
        asked = runs.request_run(business_date=DUE, entity_id=None, actor=None, at=at)
        runs.work_on_run(asked.pk, at=at)
        seconds = time.perf_counter() - started
        assert (
            one("SELECT count(*) FROM settlements_settlement WHERE settlement = 'SETTLED'") == size
        )
        runs.work_on_run(asked.pk, at=at)  # again: nothing happens twice
        entries = one("SELECT count(*) FROM ledger_journalentry WHERE kind = 'settlement.settle'")
        assert entries == size
        if not rows:
            rows.update(dump_rows(written_since(marks)))
        return seconds

    def reference() -> float:
        return copy_seconds(copy_of(source, "bench_copy"), rows)

    ours()
    return measured(
        name="settle.run", size=size, unit="s", reference_name="COPY of the rows it writes",
        reference=reference, ours=ours, rounds=5 if size <= 10_000 else 3,
    )  # fmt: skip
