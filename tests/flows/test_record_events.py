"""Record dates: pending settlements become what the security became, and distributions are claimed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from deals.models import Deal
from refdata.models import Asset, Restriction
from settlements.models import MarketClaim, NettingSet, RecordEvent, Settlement, Transformation
from settlements.services import Proof, settle_settlements
from settlements.transforming.services import RecordDateNotOver, apply_event
from tests.flows.test_netting_sets import dealt, moved
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
AFTER = date(2026, 11, 26)
AT = datetime.fromisoformat("2026-11-26T09:00:00+03:00")
SBER = "RU0009029540"


@pytest.fixture
def pending(api: Any, sample: dict[str, Any]) -> Settlement:
    """1,000 bought on Monday the 23rd, due on the 24th, and not settled."""
    dealt(api, sample)
    follow_events()
    return Settlement.objects.get()


def announced(api: Any, **more: Any) -> RecordEvent:
    body = {
        "instrument": SBER, "record_date": "2026-11-25", "payment_date": "2026-12-01",
        "document": "NSD 17",
    } | more  # fmt: skip
    answer = api("clerk").post("/record-events/", body)
    assert answer.status_code == 201, answer.content
    reference = answer.json()["reference"]
    assert api("clerk").post(f"/record-events/{reference}/approve/").status_code == 403
    assert api("checker").post(f"/record-events/{reference}/approve/").status_code == 200
    follow_events()
    return RecordEvent.objects.get(pk=int(reference.removeprefix("CA-")))


def applied(event: RecordEvent) -> int:
    found = apply_event(event_id=event.pk, business_date=AFTER, at=AT)
    follow_events()
    return found


def settled(*rows: Settlement, on: date = AFTER) -> None:
    proof = Proof(kind="run", reference="R-1", settled_at=timezone.now())
    outcome = settle_settlements(
        proofs={row.pk: proof for row in rows}, settled_date=on, at=timezone.now()
    )
    assert not outcome.refused, outcome.refused
    follow_events()


class TestMarketClaim:
    def test_pending_on_the_record_date_the_buyer_is_owed_the_dividend(
        self, api: Any, pending: Settlement
    ) -> None:
        event = announced(api, kind="CASH", rate="33.335", currency="RUB")
        assert event.ex_date == date(2026, 11, 25)  # T+1: the record date
        with pytest.raises(RecordDateNotOver):
            apply_event(event_id=event.pk, business_date=event.record_date, at=AT)
        assert (applied(event), applied(event)) == (1, 0)
        claim = MarketClaim.objects.get()
        assert (claim.kind, claim.receives, claim.amount) == ("MARKET", True, Decimal("33335.00"))
        settlement = Settlement.objects.get(source_type="claim")
        assert (settlement.method, settlement.delivers, settlement.due_date) == (
            "PFOD", True, date(2026, 12, 1),
        )  # fmt: skip
        (told,) = api("clerk").get(f"/record-events/{event}/claims/").json()["results"]
        assert (told["settlement"], told["amount"]["amount"]) == (str(settlement), "33335.00")
        event.refresh_from_db()
        assert event.state == "APPLIED"

    @pytest.mark.parametrize(
        ("until", "expected"), [(None, "S-1"), ("2026-12-01", "HOUSE-RUS-CASH")]
    )
    def test_income_of_what_is_restricted_goes_to_the_account_that_is_named(
        self, api: Any, pending: Settlement, until: str | None, expected: str
    ) -> None:
        Restriction.objects.create(
            act="INCOME_TO", asset=pending.asset, income_account="S-1", document="Decree 665",
            valid_from=date(2026, 1, 1), valid_until=until and date.fromisoformat(until),
        )  # fmt: skip
        applied(announced(api, kind="CASH", rate="1", currency="RUB"))
        claim = Settlement.objects.get(source_type="claim")
        assert claim.ssi_snapshot["nostro"] == expected
        assert ("income_by" in claim.ssi_snapshot) is (expected == "S-1")

    def test_bought_without_the_right_and_settled_before_it_is_owed_back(
        self, api: Any, pending: Settlement
    ) -> None:
        api("checker").post(f"/settlements/{pending}/release/")
        settled(pending, on=date(2026, 11, 24))
        event = announced(api, kind="CASH", rate="1", currency="RUB", ex_date="2026-11-23")
        assert applied(event) == 1
        claim = MarketClaim.objects.get()
        assert (claim.kind, claim.receives, claim.amount) == ("REVERSE", False, Decimal(1000))

    def test_a_claim_of_what_is_cancelled_is_withdrawn(self, api: Any, pending: Settlement) -> None:
        applied(announced(api, kind="CASH", rate="1", currency="RUB"))
        api("clerk").post(f"/settlements/{pending}/cancel/", {"reason": "wrong"})
        follow_events()
        assert Settlement.objects.get(source_type="claim").cancellation == "AGREED"


class TestTransformation:
    def test_a_split_replaces_the_pending_one_and_the_money_stays(
        self, api: Any, pending: Settlement
    ) -> None:
        other = Asset.objects.filter(kind="SECURITY").exclude(code=SBER).order_by("id")[0]
        event = announced(api, kind="EXCHANGE", outturn=other.code, new="3", old="2")
        assert (applied(event), applied(event)) == (1, 0)
        row = Transformation.objects.get()
        (new,) = Settlement.objects.filter(source_type="set")
        assert (row.settlement_id, row.netting_set_id) == (pending.pk, new.source_id)
        assert (new.asset.code, new.quantity, new.amount) == (
            other.code, Decimal(1500), pending.amount,
        )  # fmt: skip
        assert (new.method, new.delivers, new.due_date) == ("DVP", False, date(2026, 12, 1))
        answer = api("checker").post(f"/settlements/{pending}/release/")
        assert (answer.status_code, answer.json()["code"]) == (409, "netted-already")

    def test_a_redemption_leaves_the_difference_in_money(
        self, api: Any, pending: Settlement
    ) -> None:
        event = announced(api, kind="REDEMPTION", rate="320", currency="RUB")
        assert applied(event) == 1
        (new,) = Settlement.objects.filter(source_type="set")
        assert (new.method, new.delivers) == ("PFOD", True)
        assert new.amount == Decimal(320_000) - pending.amount
        assert api("checker").post(f"/settlements/{new}/release/").status_code == 200
        settled(new)
        assert Deal.objects.get().state == "SETTLED"
        pending.refresh_from_db()
        assert pending.settlement == "SETTLED"
        assert {key for key in moved() if key.startswith("HOLDING")} == set()
        assert NettingSet.objects.get().state == "SETTLED"

    def test_fractions_are_paid_by_the_price_that_was_announced(
        self, api: Any, pending: Settlement
    ) -> None:
        other = Asset.objects.filter(kind="SECURITY").exclude(code=SBER).order_by("id")[0]
        event = announced(
            api, kind="EXCHANGE", outturn=other.code, new="1", old="3", rate="100", currency="RUB"
        )
        assert applied(event) == 1
        (new,) = Settlement.objects.filter(source_type="set")
        assert (new.quantity, new.amount) == (Decimal(333), pending.amount - Decimal("33.33"))
        (told,) = api("clerk").get(f"/record-events/{event}/transformations/").json()["results"]
        assert told["fraction_paid"] == {"amount": "33.33", "currency": "RUB"}
        assert told["fraction"].startswith("0.333333")

    def test_redeemed_in_another_currency_price_and_proceeds_are_paid_each_and_a_clerk_is_told(
        self, api: Any, pending: Settlement
    ) -> None:
        event = announced(api, kind="REDEMPTION", rate="3.5", currency="USD")
        assert (applied(event), applied(event)) == (1, 0)
        rubles, dollars = Settlement.objects.filter(source_type="set").order_by("money_asset__code")
        assert (rubles.method, rubles.delivers, rubles.amount) == ("PFOD", False, pending.amount)
        assert (dollars.method, dollars.delivers, dollars.amount) == ("PFOD", True, Decimal(3500))
        assert dollars.money_asset.code == "USD"
        told = api("clerk").get(f"/settlements/{rubles}/").json()
        assert told["linked"] == [{"settlement": str(dollars), "kind": "WITH"}]
        item = WorkItem.objects.get(kind="outturn-currency", closed_at=None)
        assert (item.subject_id, item.amount, item.currency, item.reason) == (
            dollars.pk, Decimal(3500), "USD", str(event),
        )  # fmt: skip
        answer = api("checker").post(f"/settlements/{dollars}/release/")
        assert answer.status_code == 200, answer.content
        follow_events()
        assert not WorkItem.objects.filter(kind="outturn-currency", closed_at=None).exists()
        proof = Proof(kind="camt.054", reference="M-1", settled_at=timezone.now())
        for row in (rubles, dollars):
            settle_settlements(proofs={row.pk: proof}, settled_date=AFTER, at=timezone.now())
        follow_events()
        pending.refresh_from_db()
        assert (pending.settlement, Deal.objects.get().state) == ("SETTLED", "SETTLED")
        assert moved()["CASH USD"] == 3500
