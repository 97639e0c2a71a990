"""Lots of deals over corporate actions: dates and costs stay, fractions are sold, bonds are paid back in part."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from ledger.folding import fold_postings
from ledger.lots.methods import Method
from ledger.lots.selectors import lots_of, prove_lots
from ledger.models import LotConversion, LotPool
from refdata.models import BondPayment
from settlements.actions.models import Election, Entitlement
from settlements.actions.scheduling import announce_scheduled
from settlements.models import RecordEvent
from settlements.transforming.services import apply_event
from tests.flows.corporate_actions import SBER, announced, applied, paid
from tests.flows.test_lots import captured, deal
from tests.flows.test_netting_sets import dealt
from tests.following import follow_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
GAZP, OFZ, LKOH = "RU0007661625", "RU000A1038V6", "RU0009024277"


def lots(asset: str = SBER, method: Method = Method.FIFO) -> list[tuple[Decimal, Decimal]]:
    pool = LotPool.objects.get(asset__code=asset, owner__roles__contains=["OWN"])
    return [(lot.quantity, lot.gross) for lot in lots_of(pool.pk, method=method).matched.lots]


class TestSplit:
    def test_four_for_one_keeps_costs_and_a_sale_after_it_is_in_new_units(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        captured(api, deal(sample, 0, "buy", 100, "10"), deal(sample, 1, "buy", 100, "12"))
        event = announced(api, action="SPLIT", new="4", old="1")
        applied(event)
        assert lots() == [(D(400), D(1000)), (D(400), D(1200))]
        assert lots(method=Method.AVERAGE) == [(D(800), D(2200))]
        later = deal(sample, 2, "sell", 500, "3") | {"traded_at": "2026-11-26T12:00:00+03:00"}
        captured(api, later)
        assert lots() == [(D(300), D(900))]
        assert prove_lots() == []

    def test_before_its_day_nothing_has_changed(self, api: Any, sample: dict[str, Any]) -> None:
        captured(api, deal(sample, 0, "buy", 100, "10"))
        applied(announced(api, action="SPLIT", new="4", old="1"))
        pool = LotPool.objects.get()
        (lot,) = lots_of(pool.pk, method=Method.FIFO, as_of=date(2026, 11, 24)).matched.lots
        assert lot.quantity == D(100)

    def test_ten_to_one_of_105_is_10_and_money_for_5_with_its_result(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        dealt(api, sample, quantity="105", price="10")
        follow_events()
        event = announced(api, action="REVERSE_SPLIT", new="1", old="10", rate="98", currency="RUB")
        applied(event)
        (pool,) = LotPool.objects.all()
        found = lots_of(pool.pk, method=Method.FIFO).matched
        assert [(lot.quantity, lot.gross) for lot in found.lots] == [(D(10), D(1000))]
        (closing,) = found.closings
        assert (closing.quantity, closing.cost, closing.proceeds) == (D("0.5"), D(50), D(49))

    def test_cancelled_lots_are_what_they_were(self, api: Any, sample: dict[str, Any]) -> None:
        captured(api, deal(sample, 0, "buy", 100, "10", book="EQ-RU"))
        event = announced(api, action="SPIN_OFF", outturn=GAZP, new="1", old="5", cost_share="0.15")
        applied(event)
        assert (lots(), lots(GAZP)) == ([(D(100), D(850))], [(D(20), D(150))])
        answer = api("checker").post(f"/record-events/{event}/cancel/", {"reason": "void"})
        assert answer.status_code == 200, answer.content
        assert lots() == [(D(100), D(1000))]
        assert LotConversion.objects.count() == 2  # one, and its reversal


class TestBonds:
    def test_a_coupon_announces_itself_in_time_and_once(self, api: Any) -> None:
        fold_postings()
        until_known()
        fold_postings()
        coupon = BondPayment.objects.filter(instrument__asset__code=OFZ, kind="COUPON").order_by(
            "end_date"
        )[5]
        day = coupon.payment_date - timedelta(days=10)
        found = announce_scheduled(business_date=day, at=timezone.now())
        assert found >= 1
        assert announce_scheduled(business_date=day, at=timezone.now()) == 0
        event = RecordEvent.objects.get(instrument__code=OFZ)
        assert (event.action, event.rate, event.payment_date, event.state) == (
            "COUPON", coupon.amount, coupon.payment_date, "PROPOSED",
        )  # fmt: skip
        assert api("checker").post(f"/record-events/{event}/approve/").status_code == 200

    def test_a_partial_redemption_of_a_fifth_leaves_the_bonds_at_four_fifths_of_their_cost(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        bond = {
            "product": "bond", "instrument": OFZ, "price_kind": "clean", "currency": "RUB",
        }  # fmt: skip
        captured(api, deal(sample, 0, "buy", 10, "95", **bond))
        before = lots(OFZ)
        event = announced(
            api, action="AMORTISATION", instrument=OFZ, rate="200", currency="RUB", cost_share="0.2"
        )
        applied(event)
        ((quantity, cost),) = before
        assert lots(OFZ) == [(quantity, cost * D("0.8"))]
        due = Entitlement.objects.get(event=event, owner__roles__contains=["OWN"])
        assert (due.gross, due.taken, due.withheld) == (due.quantity * 200, D(0), D(0))

    def test_redeemed_the_bonds_go_and_the_money_comes(self, api: Any) -> None:
        event = announced(api, action="REDEMPTION", instrument=OFZ, rate="1000", currency="RUB")
        apply_event(event_id=event.pk, business_date=date(2026, 11, 26), at=timezone.now())
        follow_events()
        rows = Entitlement.objects.filter(event=event)
        amount = sum(row.gross for row in rows)
        assert all(row.taken == row.quantity for row in rows)
        paid(api, event, f"{amount:f}", place="HOUSE")
        assert set(rows.values_list("state", flat=True)) == {"PAID"}


class TestExercise:
    """Rights that were bought and exercised, with lots as in rules, section 6."""

    def test_new_lots_cost_what_the_rights_cost_and_what_is_paid(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        captured(
            api,
            deal(sample, 0, "buy", 100, "10", instrument=GAZP),
            deal(sample, 1, "buy", 100, "12", instrument=GAZP),
        )
        event = announced(
            api, action="EXERCISE", instrument=GAZP, participation="VOLUNTARY",
            deadline_at=(timezone.now() + timedelta(hours=3)).isoformat(),
            options=[
                {"kind": "SECURITIES", "takes": True, "outturn": LKOH, "new": "1", "old": "2",
                 "price": "100.00", "currency": "RUB"},
                {"kind": "LAPSE", "default": True},
            ],
        )  # fmt: skip
        applied(event)
        row = Election.objects.get(event=event, owner__roles__contains=["OWN"], place__code="HOUSE")
        body = {"quantities": {"1": "150"}, "evidence": "Order 4"}
        assert api("clerk").post(f"/elections/{row}/choose/", body).status_code == 200
        assert api("checker").post(f"/elections/{row}/instruct/").status_code == 200
        paid(api, event, "-7500.00", place="HOUSE")
        assert lots(LKOH) == [(D(75), D(7500) + D(1600))]
        assert lots(LKOH, Method.LIFO) == [(D(75), D(7500) + D(1700))]
        assert lots(GAZP) == [(D(50), D(600))]
        pool = LotPool.objects.get(asset__code=GAZP, owner__roles__contains=["OWN"])
        found = lots_of(pool.pk, method=Method.FIFO).matched
        assert [each.result for each in found.closings] == [0, 0]
        assert prove_lots() == []
