"""A night over many deals: a step fails for want of a rate, is repaired, restarted, and signed off."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import Refusal
from backoffice.night_steps import REPORTS
from backoffice.night_watch import begin_due_nights, take_steps
from backoffice.workflow.models import WorkItem
from deals.models import Deal
from ledger.days import open_day, sign_off_days
from ledger.models import BusinessDay, Night, NightStep, OpenPoint, Valuation
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, FxRate, Place, Price
from reporting.handover.models import LedgerBatch
from reporting.models import ReportRun
from reporting.services import verify_run
from reporting.tasks import compute_reports
from settlements.models import Settlement, SettlementRun
from settlements.tasks import continue_runs
from tests.flows.market import CASH, CLIENTS, OWN, REVOKED, Market, generate
from tests.flows.stage import capture_all, release_all, set_the_stage
from tests.following import follow_events, until_known
from tests.sizes import MANY_DEALS

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]

DAY = date(2026, 11, 24)
MOSCOW = ZoneInfo("Europe/Moscow")
UNRATED, HELD, RATE = "NOK", Decimal("1000.50"), Decimal("7.2345")  # nobody has a rate of it


def moscow(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=MOSCOW)


@pytest.fixture
def day() -> BusinessDay:
    """The Russian entity's day is open; the other entity stays out of the story."""
    BusinessDay.objects.all().delete()
    return open_day(entity_id=Entity.objects.get(code="RUS").pk, day=DAY)


def work(at: datetime) -> None:
    """Everything the workers do, until nothing moves any more."""
    for _ in range(6):
        until_known()
        begin_due_nights(at)
        take_steps(at)
        continue_runs()
        compute_reports()
        follow_events()


def hold_unrated() -> None:
    """We hold money of which nobody has loaded a rate."""
    entity = Entity.objects.get(code="RUS")
    money = Asset.objects.get(code=UNRATED)
    keys = [
        AccountKey(entity.pk, "CASH", entity.own_party_id, Place.objects.get(code="HOUSE").pk),
        AccountKey(entity.pk, "OPENING", entity.own_party_id),
    ]
    ids = account_ids(keys)
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="unrated", source_id=1, effective_date=DAY,
        postings=[NewPosting(ids[keys[0]], ids[keys[1]], money.pk, HELD)],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def state_of(name: str, stage: str = "FLASH") -> str:
    return NightStep.objects.get(night__stage=stage, name=name).state


def test_a_night_breaks_is_repaired_goes_on_and_is_signed_off(
    api: Any, sample: dict[str, Any], day: BusinessDay
) -> None:
    market = generate(MANY_DEALS, seed=20261124, sample=sample)
    set_the_stage(market)
    hold_unrated()
    held = held_before()
    capture_all(market, api)
    release_all()

    work(moscow(18, 59))
    assert not Night.objects.exists()
    work(moscow(19, 5))
    breaks_for_want_of_a_rate()

    FxRate.objects.create(base=UNRATED, quote="RUB", rate_date=DAY, source="CBR", value=RATE)
    restart_through(api)
    work(moscow(19, 10))
    assert Night.objects.get(stage="FLASH").state == "COMPLETED"
    settled = says_what_is_open(market)
    was_worth(held, market)

    work(moscow(19, 29))
    assert state_of("explained", "FINAL") == "RUNNING"
    explain_through(api)
    work(moscow(19, 35))
    day.refresh_from_db()
    assert day.state == "CLOSED"
    assert Deal.objects.filter(state="CLOSED").count() == 0
    sign_off(day)
    work(moscow(20))
    assert Night.objects.get(stage="FINAL").state == "COMPLETED"
    states = Counter(Deal.objects.values_list("state", flat=True))
    assert states["CLOSED"] == settled
    assert states["SETTLED"] == 0
    reports_are_proved()
    assert [(b.day, b.number, b.state) for b in LedgerBatch.objects.all()] == [
        (day.day, 1, "PREPARED")
    ]
    looks_again_and_changes_nothing()


def breaks_for_want_of_a_rate() -> None:
    night = Night.objects.get(stage="FLASH")
    assert (night.state, state_of("valuation"), state_of("limits")) == ("BROKEN", "FAILED", "DONE")
    assert UNRATED in night.steps.get(name="valuation").error
    assert not Valuation.objects.exists()
    assert state_of("reports") == "PENDING"
    item = WorkItem.objects.get(kind="broken-night", closed_at=None)
    assert (item.queue, item.subject_id) == ("accountant", night.day_id)


def restart_through(api: Any) -> None:
    step = NightStep.objects.get(night__stage="FLASH", name="valuation")
    body = {"reason": "The rates are loaded."}
    assert api("clerk").post(f"/night-steps/{step}/restart/", body).status_code == 403
    answer = api("accountant").post(f"/night-steps/{step}/restart/", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING"), answer.content
    assert api("accountant").post(f"/night-steps/{step}/restart/", body).status_code == 409


def says_what_is_open(market: Market) -> int:
    """How many settled: what was chosen counts for no less than first in, first out."""
    expected = market.expected()
    settled = set(Deal.objects.filter(state="SETTLED").values_list("external_ref", flat=True))
    in_order = {deal.document["external_ref"] for deal in market.first_in_first_out()}
    assert market.counts_for(settled) >= market.counts_for(in_order)
    counted = Counter[str]()
    for kind, count in OpenPoint.objects.filter(state="OPEN").values_list("kind", "count"):
        counted[kind] += count
    assert counted["failing"] == len(market.deals) - expected["CONFIRMED"] - len(settled)
    assert counted["not-prepared"] == expected["CONFIRMED"]
    assert Settlement.objects.filter(settlement="PENDING").count() == 0
    refused = [deal.kopecks for deal in market.deals if deal.counterparty == REVOKED]
    point = OpenPoint.objects.get(kind="not-prepared")
    assert (point.key, point.amount) == (REVOKED, Decimal(sum(refused)) / 100)
    assert WorkItem.objects.filter(kind="open-points", queue="accountant", closed_at=None).exists()
    return len(settled)


def held_before() -> dict[tuple[str, str], Decimal]:
    """What we and our clients hold anywhere before the first deal."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, p.code FROM ledger_ledgeraccount a JOIN refdata_party p ON p.id = a.owner_id"
            " JOIN refdata_entity e ON e.id = a.entity_id AND e.code = 'RUS'"
            " WHERE a.kind IN ('HOLDING', 'CASH')"
        )
        owners = dict(cursor.fetchall())
    assets = dict(Asset.objects.values_list("id", "code"))
    for line in balances(account_ids=list(owners)):
        found[owners[line.account_id], assets[line.asset_id]] += line.amount
    return found


def was_worth(held: dict[tuple[str, str], Decimal], market: Market) -> None:
    """Every position and its value, recomputed from the generator's own deals."""
    expected = defaultdict(Decimal, {k: v for k, v in held.items() if k[0] in (OWN, *CLIENTS)})
    for deal in market.deals:
        sign = 1 if deal.document["side"] == "buy" else -1
        expected[deal.owner, deal.share] += sign * deal.quantity
        expected[deal.owner, CASH] -= sign * Decimal(deal.kopecks) / 100
    prices = {
        p.instrument.asset.code: p.value for p in Price.objects.select_related("instrument__asset")
    }
    worth = {
        CASH: Decimal(1),
        UNRATED: RATE,
        "USD": Decimal("79.85"),
        "EUR": Decimal("92.40"),
        "CNY": Decimal("11.21"),
    } | prices
    rows = {
        (row.owner.code, row.asset.code): row
        for row in Valuation.objects.filter(night__stage="FLASH").select_related("owner", "asset")
    }
    assert rows.keys() == {key for key, quantity in expected.items() if quantity}
    for (owner, asset), row in rows.items():
        quantity = expected[owner, asset]
        assert row.settled + row.unsettled == quantity, (owner, asset)
        value = (quantity * worth[asset]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert row.base_value == value, (owner, asset)


def explain_through(api: Any) -> None:
    for point in OpenPoint.objects.filter(state="OPEN"):
        answer = api("accountant").post(
            f"/open-points/{point}/explain/", {"explanation": "Chased; they settle tomorrow."}
        )
        assert (answer.status_code, answer.json()["status"]) == (200, "EXPLAINED"), answer.content


def sign_off(day: BusinessDay) -> None:
    """Not by who explained, even with the right to; by the manager."""
    people = {name: User.objects.get(username=name) for name in ("accountant", "manager")}
    with pytest.raises(Refusal, match="other-eyes"):
        sign_off_days(
            ids=[day.pk], reason="", actor=people["accountant"], at=moscow(19, 50)
        ).raise_single()
    sign_off_days(
        ids=[day.pk], reason="Agreed.", actor=people["manager"], at=moscow(19, 50)
    ).raise_single()


def reports_are_proved() -> None:
    runs = ReportRun.objects.order_by("pk")
    assert {(run.report, run.stage) for run in runs} == {
        (name, stage) for name in REPORTS for stage in ("FLASH", "FINAL")
    } | {("ledger-batch", "FINAL"), ("bookkeeping-documents", "FINAL")}
    assert [str(run) for run in runs if not verify_run(run).equal] == []


def looks_again_and_changes_nothing() -> None:
    before = (Event.objects.count(), SettlementRun.objects.count(), ReportRun.objects.count())
    valued = Valuation.objects.count()
    work(moscow(20, 10))
    after = (Event.objects.count(), SettlementRun.objects.count(), ReportRun.objects.count())
    assert (after, Valuation.objects.count()) == (before, valued)


def test_many_workers_take_every_step_once(day: BusinessDay) -> None:
    at, errors = moscow(19, 1), list[BaseException]()

    def watch() -> None:
        try:
            begin_due_nights(at)
            take_steps(at)
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connection.close()

    for _ in range(4):
        watchers = [threading.Thread(target=watch) for _ in range(4)]
        for thread in watchers:
            thread.start()
        for thread in watchers:
            thread.join()
        until_known()
        continue_runs()
        compute_reports()
    assert errors == []
    assert Night.objects.get(stage="FLASH").state == "COMPLETED"
    started = Event.objects.filter(kind="nightstep.start", facts={}).values_list("subject_id")
    assert len(started) == len(set(started))
    assert SettlementRun.objects.count() == 1
