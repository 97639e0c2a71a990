"""Realised result by lot: vectors of rules 7, and a plain loop that knows nothing of the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.models import Watermark
from backoffice.events.selectors import NO_HORIZON
from ledger.lots.keeping import PoolKey, keep_changes
from ledger.ndfl import brackets
from ledger.services import NewEntry, post_entries
from refdata.dated_rules.selectors import rule_in_force
from refdata.models import (
    Asset,
    Currency,
    Entity,
    FxRate,
    Instrument,
    Party,
    StandingInstruction,
)
from reporting.reports import REPORTS
from reporting.reports.base import Known
from settlements.models import Settlement
from tests.following import until_known
from tests.ledger.lots.market import Deal

pytestmark = pytest.mark.usefixtures("own_database")
REPORT = REPORTS["realised-result"]
FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
D = Decimal


def report_rows(
    start: date = FROM, until: date = UNTIL, horizon: int = NO_HORIZON
) -> list[dict[str, Any]]:
    names = [column.name for column in REPORT.columns]
    parameters = {"realised_from": start, "realised_until": until}
    found = REPORT.rows(parameters, Known(horizon, None))
    return [dict(zip(names, row, strict=True)) for row in found]


def pool(asset: str = "RU0009029540", owner: str = "CL-ANNA", account: str = "GENERAL") -> PoolKey:
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=owner)
    return PoolKey(entity.pk, party.pk, Asset.objects.get(code=asset).pk, account)


def settle(paid: Iterable[tuple[Deal, date]]) -> None:
    """Final settlements of these deals, each with its entry on the day its money moved."""
    ssi = StandingInstruction.objects.select_related("place").first()
    money = dict(Currency.objects.values_list("code", "asset_id"))
    assert ssi is not None
    days = list(paid)
    rows = Settlement.objects.bulk_create(
        Settlement(
            entity_id=d.pool.entity_id, owner_id=d.pool.owner_id, counterparty_id=ssi.party_id,
            source_type="deal", source_id=d.number, place=ssi.place, ssi=ssi, method="DVP",
            delivers=not d.incoming, asset_id=d.pool.asset_id, quantity=d.quantity,
            money_asset_id=money[d.currency], amount=D(d.kopecks).scaleb(-d.unit) or 1, due_date=day,
        )
        for d, day in days
    )  # fmt: skip
    entries = [
        NewEntry(
            entity_id=row.entity_id, kind="settlement.settle", source_type="settlement",
            source_id=row.pk, effective_date=day, postings=[],
        )
        for row, (_, day) in zip(rows, days, strict=True)
    ]  # fmt: skip
    post_entries(entries, at=timezone.now())


def keep(deals: Sequence[Deal]) -> None:
    keep_changes([deal.change(source_type="deal") for deal in deals], at=timezone.now())


def watermark() -> int:
    until_known()
    return int(Watermark.objects.order_by("-horizon")[0].horizon)


def official(currency: str, day: date, value: str) -> None:
    FxRate.objects.create(base=currency, quote="RUB", rate_date=day, source="CBR", value=D(value))


def tax_on(base: Decimal) -> Decimal:
    """By the brackets of residents in force then."""
    rule = rule_in_force(brackets.BRACKETS, date(2026, 6, 1), brackets.RESIDENT)
    return brackets.tax_on(base, rule.brackets)


@dataclass
class Bought:
    """Deals of one client in rubles, paid a day after they were dealt."""

    asset: str = "RU0009029540"
    currency: str = "RUB"
    number: int = 0
    account: str = "GENERAL"
    owner: str = "CL-ANNA"

    def deal(self, incoming: bool, quantity: int, price: str, fee: str = "0") -> Deal:
        self.number += 1
        day = FROM + timedelta(days=10 * self.number)
        kopecks = int(quantity * D(price) * 100)
        deal = Deal(
            self.number, pool(self.asset, self.owner, self.account), incoming, D(quantity), kopecks,
            int(D(fee) * 100), day, 0, self.currency,
        )  # fmt: skip
        keep([deal])
        settle([(deal, day + timedelta(days=1))])
        return deal

    def buy(self, quantity: int, price: str, fee: str = "0") -> Deal:
        return self.deal(True, quantity, price, fee)

    def sell(self, quantity: int, price: str, fee: str = "0") -> Deal:
        return self.deal(False, quantity, price, fee)

    def base(self) -> Decimal:
        rows = report_rows()
        assert {row["counted"] for row in rows} == {"OK"}
        return sum((D(row["result"]) for row in rows), D(0))


class TestVectorsOfRulesSeven:
    def test_n1(self) -> None:
        client = Bought()
        client.buy(70, "300"), client.buy(80, "320"), client.sell(80, "315")
        assert (client.base(), tax_on(client.base())) == (D(1_000), D(130))

    def test_n2(self) -> None:
        client = Bought()
        client.buy(50, "6700"), client.buy(50, "6500"), client.sell(60, "6600")
        assert (client.base(), tax_on(client.base())) == (D(-4_000), D(0))

    def test_n3(self) -> None:
        client = Bought()
        client.buy(500, "105"), client.buy(500, "140"), client.sell(600, "310")
        assert (client.base(), tax_on(client.base())) == (D(119_500), D(15_535))

    def test_n13_commissions_of_both_sides(self) -> None:
        client = Bought()
        client.buy(100, "10", "0.50"), client.buy(100, "12", "0.60")
        client.sell(150, "11.50", "0.86")
        assert (client.base(), tax_on(client.base())) == (D("123.34"), D(16))
        fees = [(row["purchase_fee_base"], row["sale_fee_base"]) for row in report_rows()]
        assert fees == [("0.50", "0.57"), ("0.30", "0.29")]

    @pytest.mark.parametrize(
        ("vector", "rates", "base", "tax"),
        [("N11", ("90", "100"), 5_000, 650), ("N11a", ("91", "99"), 3_050, 397)],
    )
    def test_n11_and_n11a_rates_of_the_days_money_moved(
        self, vector: str, rates: tuple[str, str], base: int, tax: int
    ) -> None:
        """A loss of 50 dollars; the rates of the trade dates, one day earlier, do not count."""
        client = Bought(currency="USD")
        bought, sold = client.buy(10, "100"), client.sell(10, "95")
        for deal, rate in ((bought, rates[0]), (sold, rates[1])):
            official("USD", deal.trade_date, "1")
            official("USD", deal.trade_date + timedelta(days=1), rate)
        assert (client.base(), tax_on(client.base())) == (D(base), D(tax))
        (row,) = report_rows()
        assert (row["cost_rate"], row["income_rate"]) == rates
        assert (row["cost"], row["proceeds"], row["tax_base"]) == ("1000.00", "950.00", "TRADED")

    def test_n11b_a_sovereign_external_bond_is_counted_at_the_rate_of_income(self) -> None:
        Instrument.objects.filter(isin="RU0009029540").update(
            kind="BOND", registration_number="RSFM-EURO-42"
        )
        client = Bought(currency="USD")
        bought, sold = client.buy(1, "1000"), client.sell(1, "1100")
        official("USD", bought.trade_date, "80")
        official("USD", sold.trade_date, "90")
        assert (client.base(), tax_on(client.base())) == (D(9_000), D(1_170))
        assert report_rows()[0]["cost_base"] == "90000.00"


class TestWhatIsMissingIsSaid:
    def test_no_rate_and_a_stale_rate(self) -> None:
        client = Bought(currency="USD")
        bought, _ = client.buy(10, "100"), client.sell(5, "95")
        (row,) = report_rows()
        assert (row["counted"], row["result"], row["cost_rate"]) == ("NO_RATE", None, None)
        official("USD", bought.trade_date - timedelta(days=30), "90")
        (row,) = report_rows()
        assert (row["counted"], row["result"]) == ("OLD_RATE", "-2250.00")
        assert row["income_rate_date"] == (bought.trade_date - timedelta(days=30)).isoformat()

    def test_what_is_not_paid_has_no_cost_and_no_income(self) -> None:
        key = pool()
        bought = Deal(1, key, True, D(10), 1000, 0, date(2026, 2, 1), 0)
        sold = Deal(2, key, False, D(10), 1200, 0, date(2026, 2, 2), 0)
        keep([bought, sold])
        assert report_rows() == []
        settle([(sold, date(2026, 2, 3))])
        (row,) = report_rows()
        assert (row["counted"], row["result"]) == ("NOT_PAID", None)
        settle([(bought, date(2026, 2, 10))])
        (row,) = report_rows()
        assert (row["counted"], row["result"], row["realised_date"]) == ("OK", "2.00", "2026-02-03")

    def test_a_result_belongs_to_the_day_money_was_credited(self) -> None:
        """Sold on 31 December, paid in January: income of the next year."""
        key = pool()
        deals = [
            Deal(1, key, True, D(10), 1000, 0, date(2023, 1, 9), 0),
            Deal(2, key, False, D(10), 1200, 0, date(2025, 12, 31), 0),
        ]
        keep(deals)
        settle([(deals[0], date(2023, 1, 10)), (deals[1], date(2026, 1, 9))])
        assert report_rows(date(2025, 1, 1), date(2025, 12, 31)) == []
        (row,) = report_rows()
        assert (row["held_days"], row["full_years"]) == ("1095", "2")
