"""Register of profit tax over corporate actions: splits, repayments in part and in full, coupons that issuers paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from ledger.lots.conversions import NewConversion, keep_conversions
from ledger.lots.keeping import NewChange, keep_changes
from refdata.models import Instrument
from reporting.services import verify_run
from settlements.actions.models import Entitlement
from settlements.actions.selectors import by_place
from settlements.models import RecordEvent
from tests.flows.corporate_actions import announced, applied, paid
from tests.reporting.profit_tax_firm import OFZ, OWN, Firm, cells, ranged, register
from tests.reporting.running import run_of

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
MARCH, APRIL, JUNE = date(2026, 3, 2), date(2026, 4, 1), date(2026, 6, 1)
_numbers = count(700_001)


def converted(firm: Firm, **more: Any) -> None:
    of_nothing: dict[str, Any] = {
        "outturn_id": None, "new": None, "old": None, "keeps": False, "cost_share": D(0), "rate": None,
        "currency": "",
    }  # fmt: skip
    row = NewConversion(
        entity_id=firm.pool.entity_id, asset_id=firm.pool.asset_id, day=APRIL, source_type="recordevent",
        source_id=next(_numbers), **of_nothing | more,
    )  # fmt: skip
    keep_conversions([row], at=timezone.now())


def of_company() -> Firm:
    Instrument.objects.filter(isin=OFZ).update(registration_number="4B02-01-00124-A")
    return Firm(OFZ)


class TestDisposals:
    def test_after_a_split_the_price_of_the_purchase_is_still_that_of_its_deal(self) -> None:
        """10 bought at 300, 10 above the highest; each became 2, and 5 of 20 were sold: a quarter of 100 less."""
        ranged(MARCH, "280", "290")
        firm = Firm()
        firm.buy(MARCH, 10, "300")
        converted(firm, outturn_id=firm.pool.asset_id, new=D(2), old=D(1))
        firm.sell(JUNE, 5, "160")
        (row,) = register()["disposals"]
        names = ("quantity", "cost", "cost_test", "cost_adjustment", "sale_test", "result")
        assert cells(row, *names) == ("5", "750.00", "ABOVE", "25.00", "NO_RANGE", "75.00")

    def test_what_is_repaid_in_part_takes_its_share_of_cost_and_coupon(self) -> None:
        """10 bonds at 950 with 100.03 of coupon; 200 of each are repaid, a fifth of the cost: 1,900 and 20.01."""
        firm = of_company()
        firm.buy(MARCH, 10, "950", accrued="100.03")
        converted(firm, cost_share=D("0.2"), rate=D(200), currency="RUB")
        firm.sell(JUNE, 10, "780")
        found = register()
        names = ("way", "proceeds", "sale_test", "cost", "paid", "result")
        assert [cells(row, *names) for row in found["disposals"]] == [
            ("SALE", "7800.00", "NO_RANGE", "7600.00", "80.02", "119.98"),
            ("AMORTISATION", "2000.00", "BY_TERMS", "1900.00", "20.01", "79.99"),
        ]
        assert {row["holds"] for row in found["ratios"]} == {"true"}

    def test_what_is_redeemed_is_not_tested(self) -> None:
        firm = of_company()
        firm.buy(MARCH, 10, "950")
        ranged(JUNE, "1100", "1200", asset=OFZ)
        change = NewChange(
            firm.pool, None, False, D(10), D(10_000), D(0), "RUB", JUNE, timezone.now(), next(_numbers),
            "entitlement", next(_numbers),
        )  # fmt: skip
        keep_changes([change], at=timezone.now())
        (row,) = register()["disposals"]
        names = ("way", "realised_date", "sale_test", "sale_adjustment", "result")
        assert cells(row, *names) == ("REDEMPTION", "2026-06-01", "BY_TERMS", "0.00", "500.00")


class TestCoupons:
    def test_what_the_issuer_paid_stands_beside_and_in_no_base(self, api: Any) -> None:
        event = announced(api, action="COUPON", instrument=OFZ, rate="35.40", currency="RUB")
        applied(event)
        received(api, event)
        run = run_of(
            "profit-tax-register",
            parameters={"realised_from": "2026-01-01", "realised_until": "2026-12-31"},
        )
        due = Entitlement.objects.filter(event=event, owner__code=OWN)
        assert sum(row.gross for row in due) > 0

        found = register()

        assert [cells(row, "isin", "received", "by_issuer") for row in found["coupons"]] == [
            (OFZ, "0.00", f"{sum(row.gross for row in due):.2f}")
        ]
        assert found["bases"] == found["disposals"] == []
        body = {"reason": "The issuer took it back"}
        assert api("checker").post(f"/record-events/{event}/cancel/", body).status_code == 200
        assert register()["coupons"] == []
        assert verify_run(run).equal


def received(api: Any, event: RecordEvent) -> None:
    """Every place pays all that is expected of it."""
    for row in by_place(event, entity_ids=None):
        paid(api, event, str(row.expected), place=row.place)
