"""The market of the demonstration and our books: everything goes by messages and statements, and agrees in the end."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice.connectors.channels.choosing import codes_in_use
from backoffice.connectors.channels.models import ChannelLine
from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.connectors.places.models import Allegement
from backoffice.connectors.tasks import exchange_folder, work_on_channel
from backoffice.demonstration.firm import load_people
from backoffice.demonstration.market import load_channels, open_market
from backoffice.demonstration.morning import say_in_the_morning
from ledger.models import JournalEntry
from reconciliation.breaks.openings import check_openings
from reconciliation.breaks.positions import compare_positions
from reconciliation.breaks.statements import check_statements
from reconciliation.matching.services import reconcile
from reconciliation.models import Break, Match, Statement
from refdata.firm_days import firm_day
from refdata.models import Entity, StatedPosition
from settlements.models import RecordEvent, Settlement
from settlements.tasks import apply_record_events, continue_runs
from tests.following import follow_events

EVENING = date(2026, 11, 19)  # before the firm's first deal
MOSCOW = ZoneInfo("Europe/Moscow")
AT_THE_DEPOSITORY = {"counterparty": "999900DEMOBANKTWO062"}
ABROAD = {
    "counterparty": "999900DEMOBANKFIVE78", "book": "EQ-EU", "instrument": "DE0007164600", "price": "231.40",
    "currency": "EUR", "quantity": "50",
}  # fmt: skip
MONEY = {
    "external_ref": "FX-1", "product": "fx_spot", "side": "buy", "book": "FX-RU", "pair": "EUR/USD",
    "counterparty": "999900DEMOBANKFIVE78", "quantity": "10000.00", "price": "1.157", "currency": "USD",
    "traded_at": "2026-11-20T10:15:00+03:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(own_database: None, settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    load_channels(load_people(), at=timezone.now())
    open_market(exchange_folder(), evening=EVENING, told={})
    market()
    return exchange_folder()


def look(times: int = 2) -> None:
    """Each channel is looked at: one look finds a file, the next one finds it as it was."""
    for _ in range(times):
        follow_events()
        for code in codes_in_use(timezone.now()):
            work_on_channel(code=code)
    follow_events()


def market(*, last: bool = False) -> None:
    """A cycle of every place, at what the clock shows; what it says is taken in."""
    look()
    call_command(
        "simulate_market", str(exchange_folder()), apart=True, reports=True, last=last,
        cut_off=time(18, 50), at=timezone.now().astimezone(MOSCOW),
    )  # fmt: skip
    look()


def sent(api: Any, document: dict[str, Any]) -> list[Settlement]:
    """The settlements of a deal, let go and sent by a run."""
    answer = api("dealer").post("/deals/", document)
    assert answer.status_code == 201, answer.content
    deal = answer.json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    rows = Settlement.objects.filter(source_type="deal", source_id=int(deal.removeprefix("D-")))
    for row in rows:
        row.refresh_from_db()
        if row.approval == "PREPARED":  # what is linked with another was let go with it
            answer = api("checker").post(f"/settlements/{row}/release/")
            assert answer.status_code == 200, answer.content
        api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
    continue_runs()
    follow_events()
    return list(rows.order_by("pk"))


def settled(row: Settlement) -> str:
    row.refresh_from_db()
    return row.settlement


@pytest.mark.parametrize("deal", [AT_THE_DEPOSITORY, AT_THE_DEPOSITORY | {"side": "sell"}, ABROAD])
def test_a_delivery_is_instructed_matched_and_settled_by_messages(
    api: Any, sample: dict[str, Any], deal: dict[str, Any]
) -> None:
    (row,) = sent(api, sample | deal)
    market()
    assert settled(row) == "SETTLED"
    assert (row.matching, row.transmission) == ("MATCHED", "ACKNOWLEDGED")
    assert [each.kind for each in row.evidence.all()] == ["place-message"]
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"ACKNOWLEDGED"}
    assert all(file.outcome == "TAKEN" for file in InboundFile.objects.all())
    assert not ChannelLine.objects.exclude(error="").exists()


def test_a_payment_is_settled_by_what_its_bank_reports(api: Any) -> None:
    out = next(row for row in sent(api, MONEY) if not row.delivers)
    market()
    assert settled(out) == "SETTLED"
    assert [each.kind for each in out.evidence.all()] == ["statement"]
    assert Match.objects.get().rule == "REFERENCE"


def test_in_the_evening_everything_is_stated_and_nothing_differs(
    api: Any, sample: dict[str, Any]
) -> None:
    sent(api, sample | AT_THE_DEPOSITORY)
    sent(api, sample | ABROAD | {"external_ref": "ABROAD-1"})
    sent(
        api,
        sample | AT_THE_DEPOSITORY | {"external_ref": "SOLD-1", "side": "sell", "quantity": "70"},
    )
    market()
    market(last=True)
    at = timezone.now()
    for entity in Entity.objects.all():
        reconcile(entity_id=entity.pk, day=firm_day(at), at=at)
        check_openings(entity_id=entity.pk, at=at)
        check_statements(entity_id=entity.pk, through=firm_day(at) - timedelta(days=1), at=at)
        compare_positions(entity_id=entity.pk, day=firm_day(at), at=at)
    live = Break.objects.exclude(state="CLOSED")
    assert list(live.values_list("kind", "place__code", "theirs", "ours")) == []
    assert JournalEntry.objects.filter(kind="settlement.settle").count() == 3
    assert Match.objects.count() == 3
    assert Statement.objects.filter(kind="END_OF_DAY", until_date=firm_day(at)).exists()
    assert StatedPosition.objects.filter(day=firm_day(at)).exists()


def test_what_the_depository_says_in_the_morning_is_an_offer_to_choose_of_and_a_stranger(
    api: Any, folder: Path
) -> None:
    say_in_the_morning(folder, today=firm_day(timezone.now()))
    look()
    assert InboundFile.objects.latest("id").problems == []
    stranger = Allegement.objects.get()
    assert stranger.quantity == 400
    assert stranger.settlement_id is None

    event = RecordEvent.objects.get()
    assert (event.state, event.action) == ("PROPOSED", "TENDER")
    assert api("checker").post(f"/record-events/{event}/approve/").status_code == 200
    apply_record_events()
    assert event.elections.filter(state="WAITING").exists()
