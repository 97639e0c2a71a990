"""A block shared out to books and clients, and fills made one block: nothing is lost on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from deals.exposing.recomputing import recompute_exposures
from deals.models import Deal, DealVersion
from ledger.lots.selectors import prove_lots
from ledger.models import JournalEntry
from limits.models import Limit
from refdata.firm_days import firm_day
from settlements.models import Settlement
from tests.flows.test_changing import captured, confirmed, released
from tests.following import follow_events
from tests.guards.test_rivals import at_once

pytestmark = pytest.mark.usefixtures("own_database")
ANNA = {"book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA", "account": "1"}
BORIS = {"book": "EQ-CL", "capacity": "CLIENT", "client": "CL-BORIS", "account": "2"}
HOUSE = {"book": "EQ-RU"}


def allocate(api: Any, deal: str, *shares: dict[str, str]) -> Any:
    return api("clerk").post(
        f"/deals/{deal}/allocate/", {"shares": shares, "reason": "As ordered."}
    )


def used() -> dict[str, Decimal]:
    return {row.name: row.used for row in Limit.objects.filter(entity__code="RUS")}


def alarms() -> int:
    at = timezone.now()
    return recompute_exposures(business_date=firm_day(at), at=at).alarms


class TestAllocate:
    def test_the_parts_sum_to_the_block_and_take_its_room(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        Limit.objects.filter(name="Demo Bank One").update(cap="18747.00")  # the block alone fits
        deal = captured(api, sample)
        shares = (
            {**ANNA, "percent": "33.33"},
            {**BORIS, "percent": "33.33"},
            {**HOUSE, "percent": "33.34"},
        )
        answer = allocate(api, deal, *shares)
        assert answer.status_code == 200, answer.content
        block = answer.json()
        assert (block["status"], len(block["parts"])) == ("REPLACED", 3)
        parts = [api("clerk").get(f"/deals/{each}/").json() for each in block["parts"]]
        assert [p["quantity"] for p in parts] == ["333", "333", "334"]
        assert {p["block"] for p in parts} == {deal}
        assert {p["status"] for p in parts} == {"CAPTURED"}
        assert [p.get("client") for p in parts] == ["CL-ANNA", "CL-BORIS", None]
        for amount in ("gross_amount", "net_amount"):
            total = sum(Decimal(p[amount]["amount"]) for p in parts)
            assert total == Decimal(block[amount]["amount"])
        assert used()["Demo Bank One"] == Decimal("18747.00")
        follow_events()
        assert alarms() == 0

    def test_an_executed_block_is_reversed_and_its_parts_are_booked(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample, stage="executed")
        follow_events()
        allocate(api, deal, {**ANNA, "quantity": "400"}, {**HOUSE, "quantity": "600"})
        follow_events()
        rows = JournalEntry.objects.filter(source_type="deal")
        assert sorted(rows.values_list("kind", flat=True)) == ["deal.trade"] * 3 + [
            "deal.trade.reverse"
        ]
        assert prove_lots() == []

    def test_of_a_confirmed_block_the_parts_are_approved_by_other_eyes(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        parts = allocate(api, deal, {**ANNA, "quantity": "1"}, {**HOUSE, "quantity": "999"}).json()[
            "parts"
        ]
        assert set(Deal.objects.values_list("state", flat=True)) == {"REPLACED", "PENDING_APPROVAL"}
        assert set(Settlement.objects.values_list("status", flat=True)) == {"CANCELLED"}
        own = api("clerk").post(f"/deals/{parts[0]}/approve/")
        assert own.status_code == 403
        for part in parts:
            assert api("checker").post(f"/deals/{part}/approve/").status_code == 200
        follow_events()
        live = Settlement.objects.exclude(status="CANCELLED")
        assert live.aggregate(all=Sum("quantity"))["all"] == 1_000
        assert (
            live.aggregate(all=Sum("amount"))["all"]
            == DealVersion.objects.earliest("id").net_amount
        )

    def test_what_does_not_sum_or_comes_too_late_is_refused(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample)
        short = allocate(api, deal, {**HOUSE, "quantity": "999"})
        assert (short.status_code, short.json()["code"]) == (422, "shares-differ")
        unknown = allocate(api, deal, {"book": "NONE", "percent": "100"})
        assert unknown.status_code == 422
        confirmed(api, deal)
        released(api, deal)
        late = allocate(api, deal, {**HOUSE, "percent": "100"})
        assert (late.status_code, late.json()["code"]) == (409, "transition-not-allowed")
        assert Deal.objects.count() == 1

    def test_nobody_gets_in_between_the_block_and_its_parts(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """The limit is full: what wants its room all the time is refused all the time."""
        Limit.objects.filter(name="Demo Bank One").update(cap="18747.00")
        deal = captured(api, sample)
        clerk, dealer = api("clerk"), api("dealer")

        def one(number: int) -> int:
            if number == 0:
                shares = [{**HOUSE, "percent": "50"}, {**ANNA, "percent": "50"}]
                answer = clerk.post(f"/deals/{deal}/allocate/", {"shares": shares})
            else:
                small = sample | {"external_ref": f"X-{number}", "quantity": "500"}
                answer = dealer.post("/deals/", small)
            return int(answer.status_code)

        assert at_once(one, 12) == [200] + [409] * 11
        assert used()["Demo Bank One"] == Decimal("18747.00")


class TestGroup:
    def test_fills_become_one_block_at_their_average_price(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        prices = {"F-1": ("100", "312.45"), "F-2": ("300", "312.51"), "F-3": ("7", "312.49")}
        fills = [
            captured(api, sample, external_ref=ref, quantity=quantity, price=price)
            for ref, (quantity, price) in prices.items()
        ]
        before = used()
        answer = group(api, *fills)
        assert answer.status_code == 201, answer.content
        block = answer.json()
        assert (block["quantity"], block["price"]) == ("407", "312.494914")
        assert block["gross_amount"]["amount"] == "127185.43"
        assert block["parts"] == fills
        assert used() == before
        follow_events()
        assert alarms() == 0
        again = group(api, *fills[:2])
        assert (again.status_code, again.json()["code"]) == (409, "too-late-to-group")

    def test_deals_on_other_terms_are_no_fills_of_one_block(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        fills = captured(api, sample), captured(api, sample, external_ref="F-2", side="sell")
        answer = group(api, *fills)
        assert (answer.status_code, answer.json()["code"]) == (422, "fills-differ")
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/side"]


def group(api: Any, *references: str) -> Any:
    return api("clerk").post(
        "/deal-groups/",
        {"references": references, "external_ref": "BLOCK-1", "reason": "One order."},
    )
