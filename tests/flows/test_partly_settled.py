"""What is partly settled is netted, replaced and claimed for by its rest only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from deals.models import Deal
from refdata.models import Asset, DatedRule
from refdata.selectors import forget_reference_data
from settlements.models import MarketClaim, Settlement, SettlementPart
from settlements.services import Proof, settle_settlements
from tests.flows.test_netting_sets import DUE, dealt, moved
from tests.flows.test_record_events import SBER, announced, applied
from tests.following import follow_events
from tests.instructing import new_ssi, revoke
from tests.settlements.test_standing import INSIDE

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def partly(api: Any, sample: dict[str, Any]) -> Settlement:
    """1,000 bought, of which 400 are settled on their date."""
    dealt(api, sample)
    follow_events()
    row = Settlement.objects.get()
    Settlement.objects.filter(pk=row.pk).update(partial_allowed=True)
    assert api("checker").post(f"/settlements/{row}/release/").status_code == 200
    settle_part(row, "400")
    row.refresh_from_db()
    assert (row.settlement, row.quantity - row.settled_quantity) == ("PARTIAL", Decimal(600))
    return row


def settle_part(row: Settlement, quantity: str | None = None) -> None:
    proof = Proof(kind="test", reference=f"{row} {quantity}", settled_at=timezone.now())
    parts = {row.pk: Decimal(quantity)} if quantity else {}
    outcome = settle_settlements(
        proofs={row.pk: proof}, parts=parts, settled_date=DUE, at=timezone.now()
    )
    assert not outcome.refused, outcome.refused
    follow_events()


class TestPairOff:
    def test_the_rest_is_paired_off_and_what_was_settled_stays(
        self, api: Any, partly: Settlement, sample: dict[str, Any]
    ) -> None:
        dealt(api, sample, external_ref="FO-2", side="sell", quantity="1000", price="320")
        follow_events()
        sold = Settlement.objects.exclude(pk=partly.pk).get()
        body = {"settlements": [str(partly), str(sold)]}
        answer = api("clerk").post("/netting-sets/", body)
        assert answer.status_code == 201, answer.content
        reference = answer.json()["reference"]
        assert (answer.json()["quantity"], answer.json()["gross_quantity"]) == ("-400", "1600")
        api("clerk").post(f"/netting-sets/{reference}/agree/", {"evidence": "MSG-9"})
        (net,) = Settlement.objects.filter(source_type="set")
        rest = partly.amount - partly.settled_amount
        assert (net.method, net.delivers, net.quantity, net.amount) == (
            "DVP", True, Decimal(400), sold.amount - rest,
        )  # fmt: skip
        assert api("checker").post(f"/settlements/{net}/release/").status_code == 200
        settle_part(net)
        partly.refresh_from_db()
        assert (partly.settlement, partly.settled_amount) == ("SETTLED", partly.amount)
        parts = SettlementPart.objects.filter(settlement=partly).order_by("number")
        assert [row.quantity for row in parts] == [Decimal(400), Decimal(600)]
        assert sum(row.amount for row in parts) == partly.amount


class TestRecordDate:
    def test_only_the_rest_becomes_another_security(self, api: Any, partly: Settlement) -> None:
        other = Asset.objects.filter(kind="SECURITY").exclude(code=SBER).order_by("id")[0]
        assert applied(announced(api, kind="EXCHANGE", outturn=other.code, new="3", old="2")) == 1
        (new,) = Settlement.objects.filter(source_type="set")
        assert (new.quantity, new.amount) == (
            Decimal(900), partly.amount - partly.settled_amount,
        )  # fmt: skip

    def test_only_the_rest_is_claimed_of_a_dividend(self, api: Any, partly: Settlement) -> None:
        assert applied(announced(api, kind="CASH", rate="2", currency="RUB")) == 1
        claim = MarketClaim.objects.get()
        assert (claim.kind, claim.counted, claim.amount) == ("MARKET", Decimal(600), Decimal(1200))


class TestShapes:
    def test_the_rest_that_goes_by_another_instruction_is_shaped_as_its_place_says(
        self, api: Any, partly: Settlement
    ) -> None:
        DatedRule.objects.create(
            kind="settlement.shapes", key="HOUSE", value={"most": "250"}, state="IN_FORCE",
            born_state="IN_FORCE", valid_from=date(2026, 1, 1), source="test", vectors=[],
        )  # fmt: skip
        forget_reference_data()
        revoke(partly.ssi_id)
        new_ssi(INSIDE, "HOUSE")
        assert api("clerk").post(f"/settlements/{partly}/enrich/").status_code == 200
        follow_events()
        shapes = list(Settlement.objects.filter(source_type="set").order_by("shape"))
        assert [row.quantity for row in shapes] == [Decimal(250), Decimal(250), Decimal(100)]
        assert sum(row.amount for row in shapes) == partly.amount - partly.settled_amount
        for row in shapes:
            assert api("checker").post(f"/settlements/{row}/release/").status_code == 200
            settle_part(row)
        partly.refresh_from_db()
        assert (partly.settlement, partly.settled_quantity, partly.settled_amount) == (
            "SETTLED", partly.quantity, partly.amount,
        )  # fmt: skip
        parts = SettlementPart.objects.filter(settlement=partly).order_by("number")
        assert [row.quantity for row in parts] == [Decimal(400), Decimal(600)]
        assert Deal.objects.get().state == "SETTLED"
        assert {key for key in moved() if key.startswith("NETTING")} == set()
