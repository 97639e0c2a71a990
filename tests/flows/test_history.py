"""Half a year at random, late deals and all: books, lots, places and statements agree on its days; in a soak on all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backoffice.events.selectors import known_now
from ledger.accounting.chart import Line
from ledger.folding import fold_postings
from ledger.lots.methods import Method
from ledger.lots.selectors import lots_of, prove_lots
from ledger.models import LedgerAccount, LotChange, LotPool
from ledger.selectors import balances, prove_movements
from refdata.models import Asset
from reporting.models import ReportRun
from reporting.services import verify_run
from settlements.accounting.statements import statements_of
from tests.flows.corporate_actions import ANNA, OWN
from tests.flows.history import ASSETS, FIRST, LAST, History
from tests.reporting.running import run_of
from tests.sizes import EVERY, LIVES

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]
D = Decimal
METHODS = tuple(method for method in Method if method != Method.SPECIFIC)
ASKED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("balance-sheet", ("business_date",)), ("turnover-sheet", ("moved_from", "moved_until")),
    ("general-journal", ("effective_from", "effective_until")),
    ("income-statement", ("earned_from", "earned_until")),
    ("settlement-and-positions", ("business_date",)), ("ndfl-register", ("business_date",)),
    ("settled-deals", ("settled_from", "settled_until")), ("realised-result", ("realised_from", "realised_until")),
    ("cash-ladder", ("business_date",)), ("foreign-withholding", ("paid_from", "paid_until")),
    ("profit-tax-register", ("realised_from", "realised_until")),
)  # fmt: skip


class Books:
    """What stands on accounts by the end of a day, by kind, owner and asset."""

    def __init__(self, day: date) -> None:
        accounts = {
            row.pk: row for row in LedgerAccount.objects.select_related("owner", "counterparty")
        }
        codes = dict(Asset.objects.values_list("pk", "code"))
        self.sums: dict[tuple[str, str, str], Decimal] = {}
        for account_id, asset_id, amount in balances(as_of=day):
            account = accounts[account_id]
            key = account.kind, account.owner.code, codes[asset_id]
            self.sums[key] = self.sums.get(key, D(0)) + amount

    def of(self, kind: str, owner: str, asset: str) -> Decimal:
        return self.sums.get((kind, owner, asset), D(0))


def open_units(pool: LotPool, day: date, method: Method = Method.FIFO) -> Decimal:
    lots = lots_of(pool.pk, method=method, as_of=day).matched.lots
    return sum((lot.quantity if lot.long else -lot.quantity for lot in lots), D(0))


@pytest.fixture(params=range(LIVES))
def history(request: pytest.FixtureRequest, api: Any) -> History:
    return History(7 + request.param, api)


def test_half_a_year_adds_up_on_every_day_of_it(history: History) -> None:
    runs: list[ReportRun] = []
    for number, day in enumerate(history.live(every=EVERY)):
        if number == len(history.days) // EVERY // 2:
            runs += reports_of(day)
    late = [deal for deal in history.deals if deal.arrives > deal.day]
    settled = [deal for deal in history.deals if deal.settled]
    assert len(late) > 10
    assert len(settled) > 30
    pools = {
        (pool.owner.code, pool.asset.code): pool
        for pool in LotPool.objects.select_related("owner", "asset")
    }
    before = Books(FIRST - timedelta(days=1))
    for day in (*history.days[:: max(1, EVERY // 3)], history.days[-1]):
        adds_up(history, pools, before, day)
    for pool in pools.values():
        nothing_is_lost(pool, {deal.id for deal in history.deals})
    assert prove_lots() == []
    fold_postings()
    assert prove_movements() == []
    runs += reports_of(LAST)
    as_known_then(runs)


def adds_up(
    history: History, pools: dict[tuple[str, str], LotPool], before: Books, day: date
) -> None:
    """By owner: position = open lots = what was dealt; what lies at the house and the money are what was settled."""
    books = Books(day)

    def moved(kind: str, owner: str, asset: str) -> Decimal:
        return books.of(kind, owner, asset) - before.of(kind, owner, asset)

    for owner in (OWN, ANNA):
        for asset in ASSETS:
            units = history.units(owner, asset, day)
            said = f"{owner} {asset} on {day}"
            assert -moved("POSITION", owner, asset) == units, said
            assert moved("HOLDING", owner, asset) == history.delivered(owner, asset, day), said
            if (owner, asset) in pools:
                assert open_units(pools[owner, asset], day) == units, said
        assert moved("CASH", owner, "RUB") == history.cash(owner, day), f"{owner} on {day}"
    figures = statements_of(history.entity, day, known=known_now(), quoted_until=LAST).figures
    gains = -sum((f.amount for f in figures if f.line == Line.GAINS), D(0))
    assert gains == history.gains(day), day
    assert -books.of("INTEREST", OWN, "RUB") == history.interest(day), day
    assert sum((f.amount for f in figures), D(0)) == 0


def nothing_is_lost(pool: LotPool, standing: set[int]) -> None:
    """By every method: what went with sales and what is left is what was paid, and what was received is all there."""
    changes = [c for c in LotChange.objects.filter(pool=pool) if c.source_id in standing]
    paid = sum((c.gross for c in changes if c.incoming), D(0))
    received = sum((c.gross for c in changes if not c.incoming), D(0))
    fees = sum((c.fee for c in changes), D(0))
    for method in METHODS:
        found = lots_of(pool.pk, method=method).matched
        said = f"{pool} by {method}"
        cost = sum((c.cost for c in found.closings), D(0))
        proceeds = sum((c.proceeds for c in found.closings), D(0))
        assert cost + sum((x.gross for x in found.lots if x.long), D(0)) == paid, said
        assert proceeds + sum((x.gross for x in found.lots if not x.long), D(0)) == received, said
        assert (
            sum((c.fees for c in found.closings), D(0)) + sum((x.fee for x in found.lots), D(0))
            == fees
        ), said


def reports_of(day: date) -> list[ReportRun]:
    """Every report as known now: the first day asked for is the first of the history, the last this one."""
    runs = []
    for name, names in ASKED:
        days = (FIRST, day) if len(names) == 2 else (day,)
        asked = {each: on.isoformat() for each, on in zip(names, days, strict=True)} | {
            "entity": "RUS"
        }
        runs.append(run_of(name, parameters=asked))
    return runs


def as_known_then(runs: list[ReportRun]) -> None:
    """What was reported is the same today, in another zone and language, with the rows lying otherwise."""
    assert [str(run) for run in runs if not verify_run(run).equal] == []
    lie_otherwise()
    assert [str(run) for run in runs if not verify_run(run).equal] == []
    elsewhere = os.environ | {
        "TZ": "Asia/Tokyo", "LC_ALL": "ru_RU.UTF-8", "LANG": "ru_RU.UTF-8", "PYTHONHASHSEED": "7",
        "DATABASE_URL": database_url(), "DEPLOYMENT": "demonstration",
    }  # fmt: skip
    command = [
        sys.executable, "-c",
        "import django, sys; django.setup()\n"
        "from reporting.models import ReportRun\n"
        "from reporting.services import verify_run\n"
        "runs = ReportRun.objects.filter(state='COMPLETED').order_by('-pk')\n"
        "print(len(runs), [f'{r} {r.report}' for r in runs if not verify_run(r).equal])",
    ]  # fmt: skip
    told = subprocess.run(
        command, env=elsewhere | {"DJANGO_SETTINGS_MODULE": "backoffice.settings"}, check=False,
        cwd=Path(__file__).parents[2], capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.strip() == f"{len(runs)} []", told.stderr[-2000:]


SHUFFLED = (
    "ledger_journalentry", "ledger_lotchange", "deals_deal", "deals_dealversion", "deals_flow",
    "settlements_settlement", "refdata_price", "ledger_movement",
)  # fmt: skip


def lie_otherwise() -> None:
    """The rows of these tables in an order that means nothing."""
    with connection.cursor() as cursor:
        for table in SHUFFLED:
            cursor.execute(f"CREATE INDEX shuffled ON {table} (md5(id::text))")
            cursor.execute(f"CLUSTER {table} USING shuffled")
            cursor.execute("DROP INDEX shuffled")
        cursor.execute("ANALYZE")


def database_url() -> str:
    of = connection.settings_dict
    host = (
        f"{of['HOST']}:{of['PORT']}"
        if not str(of["HOST"]).startswith("/")
        else f"127.0.0.1:{of['PORT']}"
    )
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{host}/{of['NAME']}?host={of['HOST']}"
