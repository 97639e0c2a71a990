"""A part of a deal is settled and the rest was cancelled at its place: told, and two ways out of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from deals.booking.posting import Moved
from deals.booking.rest import book_cancelled
from deals.models import Deal
from ledger.lots.models import LotChange
from ledger.lots.selectors import prove_lots
from limits.models import Limit, Reservation
from refdata.models import Asset, Book
from refdata.selectors import forget_reference_data
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.flows.test_fx import balances, fx, prepared, prove
from tests.flows.test_products import post
from tests.following import follow_events

__all__ = ["fx"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database")
WHEN = "2026-11-24T12:00:00+03:00"


def sent(api: Any, document: dict[str, Any]) -> tuple[str, str, str]:
    """Both payments of an FX deal with their places, which are asked to cancel them."""
    deal, out, into = prepared(api, document)
    assert api("checker").post(f"/settlements/{out['reference']}/release/").status_code == 200
    api("clerk").post("/settlement-runs/", {"business_date": out["due_date"]})
    continue_runs()
    follow_events()
    assert api("clerk").post(f"/settlements/{out['reference']}/cancel/").status_code == 202
    return deal, out["reference"], into["reference"]


def agree(api: Any, settlement: str) -> None:
    """Its place agrees to cancel it, as two people say by a document."""
    claim = api("clerk").post(
        f"/settlements/{settlement}/evidence/",
        {"document": f"C-{settlement}", "says": "CANCEL_AGREED", "settled_at": WHEN},
    )
    assert claim.status_code == 201, claim.content
    accepted = api("checker").post(f"/evidence/{claim.json()['reference']}/accept/")
    assert accepted.status_code == 200, accepted.content
    follow_events()


def broken(api: Any, document: dict[str, Any]) -> tuple[str, str, str]:
    """Our dollars are paid, and the euros that were to come are cancelled."""
    deal, out, into = sent(api, document)
    prove(api, out, "MT900-1")
    agree(api, into)
    return deal, out, into


def items() -> list[tuple[str, str]]:
    rows = WorkItem.objects.filter(kind="rest-cancelled", closed_at=None)
    return list(rows.values_list("queue", "reason"))


def status(api: Any, deal: str) -> str:
    return str(api("clerk").get(f"/deals/{deal}/").json()["status"])


class TestTell:
    @pytest.mark.parametrize("settled_first", [True, False])
    def test_a_clerk_is_told_what_is_settled_and_what_is_not(
        self, api: Any, fx: dict[str, Any], settled_first: bool
    ) -> None:
        deal, out, into = sent(api, fx)
        if settled_first:
            prove(api, out, "MT900-1")
        agree(api, into)
        assert items() == [] or settled_first
        if not settled_first:
            prove(api, out, "MT900-1")

        assert status(api, deal) == "SETTLING"  # half of it is settled, and no more
        first, second = sorted([out, into])
        states = {out: "SETTLED", into: "CANCELLED"}
        assert items() == [("clerk", f"{first} {states[first]}, {second} {states[second]}")]


class TestReinstructRest:
    def test_only_what_was_cancelled_is_prepared_anew(self, api: Any, fx: dict[str, Any]) -> None:
        deal, out, into = broken(api, fx)
        again = api("clerk").post(f"/deals/{deal}/reinstruct/", {"reason": "New account."})
        assert (again.status_code, again.json()["status"]) == (200, "CONFIRMED")
        follow_events()
        assert (status(api, deal), items()) == ("SETTLING", [])
        rows = {str(s): s for s in Settlement.objects.exclude(status="CANCELLED")}
        (new,) = rows.keys() - {out}
        assert (rows[new].money_asset.code, rows[new].amount) == ("EUR", Decimal(100_000))
        assert new != into
        late = api("clerk").post(f"/deals/{deal}/reinstruct/")
        assert (late.status_code, late.json()["code"]) == (409, "nothing-left")
        assert api("checker").post(f"/settlements/{new}/release/").status_code == 200
        api("clerk").post("/settlement-runs/", {"business_date": "2026-11-24"})
        continue_runs()
        follow_events()
        prove(api, new, "MT910-2")
        assert status(api, deal) == "SETTLED"
        assert balances("settlement.settle") == {
            "CASH EUR": 100_000, "SETTLEMENT EUR": -100_000,
            "CASH USD": -115_700, "SETTLEMENT USD": 115_700,
        }  # fmt: skip

    def test_of_two_at_once_one_does_it(self, api: Any, fx: dict[str, Any]) -> None:
        deal, _, _ = broken(api, fx)

        def take(_: int) -> int:
            try:
                return int(api("clerk").post(f"/deals/{deal}/reinstruct/").status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, range(2))) == [200, 409]
        follow_events()
        assert Settlement.objects.exclude(status="CANCELLED").count() == 2

    def test_a_deal_that_goes_on_by_itself_has_nothing_to_be_instructed(
        self, api: Any, fx: dict[str, Any]
    ) -> None:
        deal, out, _ = sent(api, fx)
        prove(api, out, "MT900-1")  # the other place has not answered yet
        refused = api("clerk").post(f"/deals/{deal}/reinstruct/")
        assert refused.json()["code"] == "nothing-left"
        assert api("checker").post(f"/deals/{deal}/reinstruct/").status_code == 403


class TestCancelRest:
    def test_by_document_and_other_eyes_what_is_not_settled_leaves_the_books(
        self, api: Any, fx: dict[str, Any]
    ) -> None:
        entity, at = Book.objects.get(code=fx["book"]).entity, timezone.now()
        dollars, euros = (
            Limit.objects.create(
                entity=entity, kind="OPEN_CURRENCY_POSITION", name=code, nostro_currency=code,
                currency=code, cap=10**9, defined_at=at - timedelta(days=9),
            )
            for code in ("USD", "EUR")
        )  # fmt: skip
        forget_reference_data()
        deal, _, _ = broken(api, fx)
        asked = api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Netted elsewhere."})
        assert (asked.status_code, asked.json()["cancellation"]) == (202, "REQUESTED")
        follow_events()  # the settlement before it does not end the request
        assert (items(), status(api, deal)) == ([], "SETTLING")
        early = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert early.json()["code"] == "agreement-missing"
        api("clerk").post(f"/deals/{deal}/agree-cancel/", {"evidence": "LETTER-9"})
        assert api("clerk").post(f"/deals/{deal}/reinstruct/").json()["code"] == "nothing-left"

        done = api("checker").post(f"/deals/{deal}/approve-cancel/")

        assert (done.status_code, done.json()["status"]) == (200, "SETTLED")
        follow_events()
        assert balances("deal.cancel_rest") == {
            "SETTLEMENT EUR": -100_000, "POSITION EUR": 100_000,
        }  # fmt: skip
        live = Reservation.objects.filter(state="COMMITTED").exclude(amount=0)
        assert list(live.values_list("limit", "amount")) == [(dollars.pk, Decimal(-115_700))]
        euros.refresh_from_db()
        assert euros.net == 0  # what was cancelled is given back, what was paid is gone
        (rest,) = Event.objects.get(kind="deal.cancel_rest").facts["rest"]
        assert (rest["kind"], rest["quantity"]) == ("PRINCIPAL", "100000")
        again = api("checker").post(f"/deals/{deal}/approve-cancel/")
        assert again.status_code == 409

    def test_a_request_taken_back_waits_for_the_clerk_again(
        self, api: Any, fx: dict[str, Any]
    ) -> None:
        deal, _, _ = broken(api, fx)
        api("clerk").post(f"/deals/{deal}/cancel/", {"evidence": "MAIL-1"})
        follow_events()
        assert items() == []
        api("clerk").post(f"/deals/{deal}/withdraw-cancel/", {"reason": "Mistaken."})
        follow_events()
        assert len(items()) == 1


def test_securities_that_do_not_come_back_have_changed_hands(api: Any) -> None:
    """A repo of 1,000 for 265,582.50 whose second leg is cancelled: sold for that, once."""
    reference = post(
        api, product="repo", side="sell", instrument="RU0009029540", quantity="1000",
        price="312.45", haircut="0.15", rate="0.16", day_count="ACT/365F", tenor="1W",
    )["reference"]  # fmt: skip
    deal = Deal.objects.get(pk=reference[2:])
    ids = dict(Asset.objects.filter(code__in=("RU0009029540", "RUB")).values_list("code", "pk"))
    rest = [
        Moved("PRINCIPAL", ids["RU0009029540"], Decimal(1000)),
        Moved("PRINCIPAL", ids["RUB"], Decimal("-265582.50")),
        Moved("INTEREST", ids["RUB"], Decimal("-814.94")),
    ]
    for _ in range(2):  # twice is once
        book_cancelled(rests={deal.pk: rest}, at=timezone.now())
    (lot,) = LotChange.objects.all()
    assert (lot.incoming, lot.quantity, lot.gross) == (False, Decimal(1000), Decimal("265582.50"))
    assert balances("deal.cancel_rest") == {
        "POSITION RU0009029540": 1000, "SETTLEMENT RU0009029540": -1000,
        "POSITION RUB": Decimal("-265582.50"), "SETTLEMENT RUB": Decimal("265582.50"),
    }  # fmt: skip
    assert prove_lots() == []


def test_the_page_offers_both_ways_and_says_what_follows(api: Any, fx: dict[str, Any]) -> None:
    deal, _, _ = broken(api, fx)
    clerk = Client(headers={"Accept-Language": "en"})
    clerk.force_login(User.objects.get(username="clerk"))
    page = clerk.get(f"/deals/{deal}/")
    assert page.context["next_step"].step.action == "reinstruct"
    assert "cancel" in [str(each.action) for each in page.context["others"]]
    cancel = clerk.get(f"/deals/{deal}/cancel/")
    assert b"leaves the books" in cancel.content
    assert {each.name for each in cancel.context["inputs"]} == {"reason", "evidence"}
    done = clerk.post(
        f"/deals/{deal}/reinstruct/", {"reason": "x", "seen": page.context["deal"].etag}
    )
    assert done.status_code == 302
    follow_events()
    assert Settlement.objects.exclude(status="CANCELLED").count() == 2
