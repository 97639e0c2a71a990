"""An allocation taken back: parts cancelled, the block restored as a new version; and grouping in a list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from deals.models import Deal, DealVersion
from ledger.lots.selectors import prove_lots
from ledger.models import JournalEntry
from limits.models import Limit
from settlements.models import Settlement
from tests.flows.test_allocating import ANNA, HOUSE, alarms, allocate, used
from tests.flows.test_changing import captured, confirmed, released
from tests.following import follow_events
from tests.guards.test_rivals import at_once

pytestmark = pytest.mark.usefixtures("own_database")
HALVES = ({**ANNA, "quantity": "400"}, {**HOUSE, "quantity": "600"})


def undo(api: Any, deal: str, who: str = "clerk") -> Any:
    return api(who).post(f"/deals/{deal}/undo-allocation/", {"reason": "Wrong client."})


def states() -> list[str]:
    return list(Deal.objects.order_by("pk").values_list("state", flat=True))


def browser(name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


class TestUndoAllocation:
    def test_the_block_stands_in_the_place_of_its_parts_with_their_room(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        Limit.objects.filter(name="Demo Bank One").update(cap="18747.00")  # the block alone fits
        deal = captured(api, sample)
        before = used()
        allocate(api, deal, *HALVES)
        done = undo(api, deal)
        assert (done.status_code, done.json()["status"]) == (200, "CAPTURED"), done.content
        assert states() == ["CAPTURED", "CANCELLED", "CANCELLED"]
        assert used() == before
        first, second = DealVersion.objects.filter(deal_id=deal[2:]).order_by("number")
        for name in ("quantity", "price", "gross_amount", "net_amount", "traded_at", "details"):
            assert getattr(second, name) == getattr(first, name)
        follow_events()
        assert alarms() == 0
        again = undo(api, deal)
        assert (again.status_code, again.json()["code"]) == (409, "transition-not-allowed")

    def test_it_is_shared_out_again_afterwards(self, api: Any, sample: dict[str, Any]) -> None:
        deal = captured(api, sample)
        allocate(api, deal, *HALVES)
        undo(api, deal)
        again = allocate(api, deal, {**HOUSE, "percent": "100"})
        assert again.status_code == 200, again.content
        assert again.json()["parts"][-1] not in again.json()["parts"][:2]
        assert undo(api, deal).status_code == 200
        assert states() == ["CAPTURED", *["CANCELLED"] * 3]

    def test_of_an_executed_block_entries_and_lots_are_reversed_and_booked_anew(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample, stage="executed")
        follow_events()
        allocate(api, deal, *HALVES)
        follow_events()
        undo(api, deal)
        follow_events()
        live = JournalEntry.objects.filter(kind="deal.trade", reversed_by__isnull=True)
        assert list(live.values_list("source_id", "part")) == [(int(deal[2:]), 1)]
        assert prove_lots() == []

    def test_a_confirmed_block_is_approved_by_other_eyes_again(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        parts = allocate(api, deal, *HALVES).json()["parts"]
        for part in parts:
            assert api("checker").post(f"/deals/{part}/approve/").status_code == 200
        follow_events()
        released_one = Settlement.objects.get(source_id=parts[0][2:], cancellation="NONE")
        # In our own books a release matches at once: what is matched has left.
        Settlement.objects.filter(pk=released_one.pk).update(approval="APPROVED")
        done = undo(api, deal)
        assert (done.status_code, done.json()["status"]) == (200, "PENDING_APPROVAL"), done.content
        assert set(Settlement.objects.values_list("status", flat=True)) == {"CANCELLED"}
        assert api("clerk").post(f"/deals/{deal}/approve/").status_code == 403
        assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
        follow_events()
        (live,) = Settlement.objects.exclude(status="CANCELLED")
        assert (live.source_id, live.quantity) == (int(deal[2:]), Decimal(1000))
        assert prove_lots() == []

    def test_what_has_left_or_was_changed_stays(self, api: Any, sample: dict[str, Any]) -> None:
        deal = confirmed(api, captured(api, sample))
        parts = allocate(api, deal, *HALVES).json()["parts"]
        for part in parts:
            api("checker").post(f"/deals/{part}/approve/")
        follow_events()
        released(api, parts[0])  # matched in our own books
        late = undo(api, deal)
        assert (late.status_code, late.json()["code"]) == (409, "transition-not-allowed")
        assert "one by one" in late.json()["instead"]

        other = captured(api, sample, external_ref="B-2")
        parts = allocate(api, other, *HALVES).json()["parts"]
        api("clerk").post(f"/deals/{parts[1]}/amend/", {"price": "313.00"})
        changed = undo(api, other)
        assert (changed.status_code, changed.json()["code"]) == (409, "parts-changed")
        assert parts[1] in changed.json()["parts"]
        never = undo(api, captured(api, sample, external_ref="B-3"))
        assert (never.status_code, never.json()["code"]) == (409, "transition-not-allowed")
        assert undo(api, other, who="checker").status_code == 403

    def test_of_many_at_once_one_does_it_and_the_full_limit_is_no_obstacle(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        Limit.objects.filter(name="Demo Bank One").update(cap="18747.00")
        deal = captured(api, sample)
        allocate(api, deal, *HALVES)
        clerk, dealer = api("clerk"), api("dealer")

        def one(number: int) -> int:
            if number < 2:
                return int(clerk.post(f"/deals/{deal}/undo-allocation/", {}).status_code)
            small = sample | {"external_ref": f"X-{number}", "quantity": "400"}
            return int(dealer.post("/deals/", small).status_code)

        found = at_once(one, 8)
        assert sorted(found[:2]) == [200, 409]
        assert found[2:] == [409] * 6
        assert used()["Demo Bank One"] == Decimal("18747.00")

    def test_the_page_offers_it_where_the_table_does(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = captured(api, sample)
        clerk = browser("clerk")
        allocate(api, deal, *HALVES)
        page = clerk.get(f"/deals/{deal}/")
        assert [each.action for each in page.context["others"]] == ["undo_allocation"]
        typed = {"reason": "Wrong client.", "seen": page.context["deal"].etag}
        assert clerk.post(f"/deals/{deal}/undo_allocation/", typed).status_code == 302
        after = [each.action for each in clerk.get(f"/deals/{deal}/").context["others"]]
        assert "undo_allocation" not in after


class TestGroupInAList:
    def fills(self, api: Any, sample: dict[str, Any]) -> list[str]:
        prices = {"F-1": ("100", "312.45"), "F-2": ("300", "312.51"), "F-3": ("7", "312.49")}
        return [
            captured(api, sample, external_ref=ref, quantity=quantity, price=price)
            for ref, (quantity, price) in prices.items()
        ]

    def test_the_preview_tells_the_average_and_keeps_nothing(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        fills = self.fills(api, sample)
        asked = {"action": "group", "references": fills}
        preview = api("clerk").post("/bulk-steps/", asked)
        assert preview.status_code == 200, preview.content
        assert preview.json()["made"] == {
            "external_ref": "F-1/block", "quantity": "407", "price": "312.494914",
            "net_amount": "127249.02", "currency": "RUB",
        }  # fmt: skip
        assert (Deal.objects.count(), set(states())) == (3, {"CAPTURED"})
        expect = {"count": 3, "sum": preview.json()["sum"]}
        run = api("clerk").post("/bulk-steps/", asked | {"expect": expect, "reason": "BLOCK-9"})
        assert run.json()["made"]["external_ref"] == "BLOCK-9", run.content
        assert states() == ["REPLACED"] * 3 + ["CAPTURED"]

    def test_on_the_page_the_reference_of_the_block_is_typed(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        fills = self.fills(api, sample)
        clerk = browser("clerk")
        assert b"/bulk/deal/group/" in clerk.get("/deals/").content
        form = {"reference": fills, "next": "/deals/"}
        page = clerk.post("/bulk/deal/group/", form)
        assert b"312.494914" in page.content
        assert b"External reference of the block" in page.content
        sent = form | {
            "count": "3", "sums": page.context["sums"], "key": page.context["key"], "reason": "BLK",
        }  # fmt: skip
        for _ in range(2):  # twice is once
            assert clerk.post("/bulk/deal/group/", sent).status_code == 302
        assert Deal.objects.get(state="CAPTURED").external_ref == "BLK"
        late = clerk.post("/bulk/deal/group/", form, follow=True)
        assert f"{fills[0]} is REPLACED.".encode() in late.content

    def test_deals_that_differ_are_refused_as_a_whole(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        fills = [captured(api, sample), captured(api, sample, external_ref="F-2", side="sell")]
        answer = api("clerk").post("/bulk-steps/", {"action": "group", "references": fills})
        assert (answer.status_code, answer.json()["code"]) == (422, "fills-differ")
