"""Deals become lots when they are booked, and leave them when they are cancelled; pages and API show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Watermark
from backoffice.following import book_trades
from ledger.lots.matching import CurrenciesDoNotCompare
from ledger.lots.methods import Method
from ledger.lots.selectors import lots_of, prove_lots
from ledger.models import LotChange, LotPool
from refdata.models import DepositoryAccount, Entity, Party, Place
from tests.following import follow_events, until_known
from tests.questions import questions

pytestmark = pytest.mark.usefixtures("own_database")


def deal(
    sample: dict[str, Any], number: int, side: str, quantity: int, price: str, **more: Any
) -> dict[str, Any]:
    """An executed deal, so that it is booked when it is captured; later numbers trade later."""
    return sample | {
        "external_ref": f"LOT-{number}", "stage": "executed", "side": side, "quantity": str(quantity),
        "price": price, "traded_at": f"2026-11-23T1{number}:00:00+03:00",
    } | more  # fmt: skip


def captured(api: Any, *documents: dict[str, Any]) -> list[str]:
    answers = [api("dealer").post("/deals/", document) for document in documents]
    assert [answer.status_code for answer in answers] == [201] * len(documents), answers[0].content
    follow_events()
    return [answer.json()["reference"] for answer in answers]


class TestLotsOfDeals:
    def test_rules_six_table_through_the_books(self, api: Any, sample: dict[str, Any]) -> None:
        names = captured(
            api, deal(sample, 0, "buy", 100, "10"), deal(sample, 1, "buy", 100, "12"),
            deal(sample, 2, "buy", 100, "9"), deal(sample, 3, "sell", 150, "11.50"),
        )  # fmt: skip
        (pool,) = LotPool.objects.all()
        answer = api("accountant").get(f"/lots/{pool}/").json()
        assert [(c["opening"]["source"], c["quantity"], c["cost"]) for c in answer["closings"]] == [
            (names[0], "100", "1000.00"), (names[1], "50", "600.00"),
        ]  # fmt: skip
        assert sum(Decimal(c["proceeds"]) for c in answer["closings"]) == 1725
        assert [(x["opening"]["source"], x["quantity"]) for x in answer["lots"]] == [
            (names[1], "50"), (names[2], "100"),
        ]  # fmt: skip
        costs = {
            method: sum(Decimal(c["cost"]) for c in
                        api("accountant").get(f"/lots/{pool}/", method=method).json()["closings"])
            for method in ("LIFO", "HIFO", "LOFO", "AVERAGE")
        }  # fmt: skip
        assert costs == {"LIFO": 1500, "HIFO": 1700, "LOFO": 1400, "AVERAGE": 1550}
        assert prove_lots() == []
        refused = api("accountant").get(f"/lots/{pool}/", method="LIFO", purpose="NDFL")
        assert (refused.status_code, refused.json()["code"]) == (
            422,
            "method-not-allowed-for-purpose",
        )
        assert "FIFO" in refused.json()["detail"]
        assert api("accountant").get(f"/lots/{pool}/", purpose="NDFL").status_code == 200

    def test_a_cancelled_deal_leaves_the_lots_but_not_what_was_known(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        first, _ = captured(
            api, deal(sample, 0, "buy", 100, "10"), deal(sample, 1, "sell", 60, "12")
        )
        until_known()
        moment = Watermark.objects.order_by("-horizon")[0].at
        pool = str(LotPool.objects.get())
        before = api("accountant").get(f"/lots/{pool}/", known_at=moment.isoformat()).json()
        answer = api("checker").post(f"/deals/{first}/cancel/", {"reason": "a slip"})
        assert answer.status_code == 200, answer.content
        follow_events()

        now = api("accountant").get(f"/lots/{pool}/").json()
        assert (now["closings"], now["lots"][0]["side"], now["lots"][0]["quantity"]) == (
            [],
            "short",
            "60",
        )
        then = api("accountant").get(f"/lots/{pool}/", known_at=moment.isoformat()).json()
        assert then == before
        assert then["closings"][0]["opening"]["source"] == first
        assert prove_lots() == []

    def test_events_read_twice_keep_nothing_twice(self, api: Any, sample: dict[str, Any]) -> None:
        captured(api, deal(sample, 0, "buy", 100, "10"))
        from backoffice.events.consumers import Happened
        from backoffice.events.models import Event

        event = Event.objects.get(kind="deal.capture")
        again = Happened(
            1, event.pk, event.kind, "deal", event.subject_id, event.entity_id, None, timezone.now(),
            "", "", "", {"executed": True},
        )  # fmt: skip
        book_trades([again], at=timezone.now())
        assert LotChange.objects.count() == 1

    def test_an_investment_account_is_a_pool_of_its_own(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """Lots of an IIS and of the general account of one client never close each other (rule of N17)."""
        DepositoryAccount.objects.create(
            entity=Entity.objects.get(code="RUS"), place=Place.objects.get(code="HOUSE"),
            owner=Party.objects.get(code="CL-ANNA"), kind="IIS", number="IIS-1",
        )  # fmt: skip
        client = {"book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA"}
        captured(
            api, deal(sample, 0, "buy", 100, "10", **client, account="IIS-1"),
            deal(sample, 1, "sell", 100, "12", **client, account="A-1"),
        )  # fmt: skip
        pools = LotPool.objects.order_by("account")
        assert [pool.account for pool in pools] == ["GENERAL", "IIS"]
        assert all(not lots_of(pool.pk, method=Method.FIFO).matched.closings for pool in pools)

    def test_n16_contracts_with_one_agent_are_one_pool(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """N16: contract A buys 10 at 100, B buys 10 at 200, B sells 10 at 300: base 2,000."""
        client = {"book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA"}
        captured(
            api, deal(sample, 0, "buy", 10, "100", **client, account="A"),
            deal(sample, 1, "buy", 10, "200", **client, account="B"),
            deal(sample, 2, "sell", 10, "300", **client, account="B"),
        )  # fmt: skip
        (closing,) = lots_of(LotPool.objects.get().pk, method=Method.FIFO).matched.closings
        assert closing.proceeds - closing.cost == 2000

    def test_costs_in_two_currencies_are_refused_with_the_remedy(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        captured(api, deal(sample, 0, "buy", 1, "10"), deal(sample, 1, "sell", 2, "12"))
        pool = LotPool.objects.get()
        row = LotChange.objects.latest("id")
        row.pk, row.source_id, row.currency = None, 0, "USD"
        row.save()
        with pytest.raises(CurrenciesDoNotCompare):
            lots_of(pool.pk, method=Method.AVERAGE)
        answer = api("accountant").get(f"/lots/{pool}/", method="AVERAGE")
        assert (answer.status_code, answer.json()["code"]) == (422, "currencies-do-not-compare")


class TestPages:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_every_figure_opens_into_its_deals(
        self, api: Any, sample: dict[str, Any], language: str
    ) -> None:
        names = captured(
            api, deal(sample, 0, "buy", 100, "10"), deal(sample, 1, "sell", 150, "11.50")
        )
        client = Client(headers={"Accept-Language": language})
        client.force_login(User.objects.get(username="accountant"))
        (pool,) = LotPool.objects.all()
        assert reverse("lot-pool", args=[pool]) in client.get(reverse("lots")).content.decode()
        for method in ("FIFO", "AVERAGE", "SPECIFIC", "nonsense"):
            with questions() as queries:
                page = client.get(reverse("lot-pool", args=[pool]), {"method": method})
            assert page.status_code == 200
            assert len(queries) < 25
            text = page.content.decode()
            assert reverse("deal", args=[names[1]]) in text
            assert (reverse("deal", args=[names[0]]) in text) == (method != "AVERAGE")
        assert client.get(reverse("lot-pool", args=["LP-999"])).status_code == 404
