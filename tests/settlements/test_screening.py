"""No money leaves to whom a list names: at release, at sending, and when a run settles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.events.models import Event
from refdata.loading.recognising import recognise
from refdata.models import ScreeningHit, ScreeningStanding
from refdata.screening.deciding import approve_clearing, propose_clearing
from refdata.screening.services import screen_due
from settlements.models import Settlement
from settlements.screening import screened
from settlements.services import release_settlements, send_settlements
from settlements.tasks import continue_runs
from tests.flows.test_fx import BANK_FIVE, DEALT, prepared
from tests.following import follow_events
from tests.instructing import person

pytestmark = pytest.mark.usefixtures("own_database")

HEAD = "list,dated,id,kind,name,aliases,country,birth_date,identifiers,reason"


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., ScreeningHit]:
    """A list that names a bank of the demonstration, loaded and screened; the hit."""

    def load(name: str = "Demo Bank Five") -> ScreeningHit:
        path = tmp_path / "list.csv"
        path.write_text(f"{HEAD}\nT,2026-11-21,1,bank,{name},,,,,")
        recognise(path).run(path)
        screen_due(at=timezone.now())
        return ScreeningHit.objects.get(entry__list_code="T")

    return load


@pytest.fixture
def payment(api: Any) -> Settlement:
    """Euros that we pay and dollars that we get, prepared; the payment."""
    document = {
        "external_ref": "FX-1", "product": "fx_spot", "side": "sell", "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "1000.00", "price": "1.157",
        "currency": "USD", "traded_at": DEALT,
    }  # fmt: skip
    _, out, _ = prepared(api, document)
    return Settlement.objects.get(pk=int(out["reference"][2:]))


@pytest.fixture
def exchange(api: Any, sample: dict[str, Any]) -> Settlement:
    """A delivery against payment, prepared."""
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    return Settlement.objects.get(method="DVP")


def clear(hit: ScreeningHit) -> None:
    at = timezone.now()
    propose_clearing(ids=[hit.pk], reason="another bank", actor=person("risk"), at=at)
    approve_clearing(ids=[hit.pk], actor=person("manager"), at=at).raise_single()


def release(row: Settlement) -> Any:
    return release_settlements(ids=[row.pk], actor=person("checker"), at=timezone.now())


class TestReleaseSettlement:
    def test_a_hit_stops_both_payments_until_two_people_clear_it(
        self, api: Any, payment: Settlement, listed: Callable[..., ScreeningHit]
    ) -> None:
        hit = listed()
        answer = api("checker").post(f"/settlements/{payment}/release/")
        assert (answer.status_code, answer.json()["code"]) == (409, "screening-hit")
        assert str(hit) in answer.json()["detail"]
        assert not Settlement.objects.filter(approval="APPROVED").exists()

        clear(hit)
        assert len(release(payment).done) == 2
        told = Event.objects.get(kind="settlement.release", subject_id=payment.pk).facts
        of_bank = ScreeningStanding.objects.get(
            subject_type="party", subject_id=payment.counterparty_id
        )
        assert f"SN-{of_bank.screening_id}" in told["screenings"]

    def test_what_was_not_screened_stops_payments_only(
        self, payment: Settlement, exchange: Settlement
    ) -> None:
        ScreeningStanding.objects.update(due=True)
        (first, *_) = release(payment).refused.values()
        assert first.code == "screening-outdated"
        assert release(exchange).done == [exchange.pk]

    def test_a_hit_stops_a_delivery_against_payment_too(
        self, exchange: Settlement, listed: Callable[..., ScreeningHit]
    ) -> None:
        listed("Demo Bank One")
        (why,) = release(exchange).refused.values()
        assert why.code == "screening-hit"

    def test_asks_two_questions_for_any_number(self, payment: Settlement) -> None:
        ids = list(Settlement.objects.values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as asked:
            screened(ids[:1])
            screened(ids)
        assert len(asked) == 4


class TestSendSettlement:
    def test_a_hit_that_came_after_the_release_stops_the_sending(
        self, payment: Settlement, listed: Callable[..., ScreeningHit]
    ) -> None:
        release(payment)
        listed()
        outcome = send_settlements(ids=[payment.pk], at=timezone.now())
        (why,) = outcome.refused.values()
        assert (outcome.done, why.code) == ([], "screening-hit")

    def test_a_run_says_why_it_leaves_one_out(
        self, api: Any, exchange: Settlement, listed: Callable[..., ScreeningHit]
    ) -> None:
        release(exchange)
        listed("Demo Bank One")
        api("clerk").post("/settlement-runs/", {"business_date": "2026-11-24", "entity": "RUS"})
        continue_runs()
        exchange.refresh_from_db()
        assert (exchange.settlement, exchange.reason) == ("PENDING", "screening")
