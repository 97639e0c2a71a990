"""No money leaves to whom a list names: at release, at sending, and when a run settles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from refdata.firm_days import firm_day
from refdata.loading.recognising import recognise
from refdata.models import SanctionsVersion, ScreeningHit, ScreeningStanding
from refdata.screening.ages import OLD, Aged, ListAge, is_too_old, tell_old_lists
from refdata.screening.deciding import approve_clearing, propose_clearing
from refdata.screening.services import screen_due
from refdata.selectors import reference_data
from settlements.models import Settlement
from settlements.screening import screened
from settlements.services import release_settlements, send_settlements
from settlements.tasks import continue_runs
from tests.deals.test_checks import in_force
from tests.flows.test_fx import BANK_FIVE, DEALT, prepared
from tests.following import follow_events
from tests.instructing import person
from tests.pages.test_pages import browser
from tests.questions import questions

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
        reference_data()  # asked for once a second
        with questions() as asked:
            screened(ids[:1], on=firm_day(timezone.now()))
            screened(ids, on=firm_day(timezone.now()))
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


class TestAgeOfLists:
    def bounded(self, days: int, **lists: int) -> None:
        given = {"list": "UN", "days": 0}
        value = {"days": days, "lists": lists}
        in_force("screening.list_age", value, given, False)

    def age(self) -> int:
        (row,) = SanctionsVersion.objects.all()
        return (firm_day(timezone.now()) - row.source_date).days

    def test_an_older_list_stops_payments_and_tells_an_administrator(
        self, api: Any, payment: Settlement, exchange: Settlement
    ) -> None:
        (version,), age = SanctionsVersion.objects.all(), self.age()
        at = timezone.now()
        self.bounded(age)
        assert tell_old_lists(today=firm_day(at), at=at) == 0
        self.bounded(age - 1)
        answer = api("checker").post(f"/settlements/{payment}/release/")
        assert (answer.status_code, answer.json()["code"]) == (409, "sanctions-list-old")
        assert f"{version} is of" in answer.json()["detail"]
        assert release(exchange).done == [exchange.pk]  # money leaves against securities only

        for _ in range(2):
            assert tell_old_lists(today=firm_day(at), at=at) == 1
        (item,) = WorkItem.objects.filter(kind=OLD, closed_at=None)
        assert (item.queue, str(version) in item.reason) == ("admin", True)
        head = browser("checker").get(f"/settlements/{payment}/").content.decode()
        assert f'id="screening-stop">{version} is of' in head
        assert (
            'id="screening-stop"'
            not in browser("checker").get(f"/settlements/{exchange}/").content.decode()
        )
        page = browser("checker").get(f"/settlements/{payment}/?tab=evidence").content.decode()
        assert f"{version} is of" in page
        assert "as it stands now" in page

        self.bounded(age - 1, **{version.list_code: age})
        assert tell_old_lists(today=firm_day(at), at=at) == 0
        assert not WorkItem.objects.filter(kind=OLD, closed_at=None).exists()
        assert len(release(payment).done) == 2
        page = browser("checker").get(f"/settlements/{payment}/?tab=evidence").content.decode()
        assert "as it was let go" in page
        assert f"{version} ({version.source_date})" in page

    def test_what_was_released_before_is_not_sent(self, payment: Settlement) -> None:
        assert len(release(payment).done) == 2
        self.bounded(self.age() - 1)
        (why,) = send_settlements(ids=[payment.pk], at=timezone.now()).refused.values()
        assert why.code == "sanctions-list-old"


@pytest.mark.parametrize(("days", "expected"), [(30, False), (31, True)])
def test_the_last_day_is_still_good(days: int, expected: bool) -> None:
    assert is_too_old(ListAge(days=30), Aged(list="UN", days=days)) is expected
    assert not is_too_old(ListAge(days=None), Aged(list="UN", days=days))
    assert is_too_old(ListAge(days=None, lists={"UN": 30}), Aged(list="UN", days=days)) is expected
