"""Realised result by lot: vectors of rules 7, and a plain loop that knows nothing of the product."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Watermark
from backoffice.events.selectors import NO_HORIZON
from ledger import rule_kinds as rules
from ledger.lots.keeping import PoolKey, keep_changes, reverse_changes
from ledger.services import NewEntry, post_entries
from refdata.dated_rules.selectors import rule_in_force
from refdata.dated_rules.services import repeal_rules
from refdata.models import (
    Asset,
    Currency,
    DatedRule,
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
from tests.guards.test_horizon import second_connection
from tests.ledger.lots.market import Deal, plain_fifo
from tests.refdata.test_firm_profiles import approved, proposed
from tests.sizes import PLAIN_DEALS

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


def pool(asset: str = "RU0009029540", owner: str = "CL-ANNA") -> PoolKey:
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=owner)
    return PoolKey(entity.pk, party.pk, Asset.objects.get(code=asset).pk)


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
    return rules.tax_on(
        base, rule_in_force(rules.BRACKETS, date(2026, 6, 1), rules.RESIDENT).brackets
    )


@dataclass
class Bought:
    """Deals of one client in rubles, paid a day after they were dealt."""

    asset: str = "RU0009029540"
    currency: str = "RUB"
    number: int = 0

    def deal(self, incoming: bool, quantity: int, price: str, fee: str = "0") -> Deal:
        self.number += 1
        day = FROM + timedelta(days=10 * self.number)
        kopecks = int(quantity * D(price) * 100)
        deal = Deal(
            self.number, pool(self.asset), incoming, D(quantity), kopecks, int(D(fee) * 100), day, 0,
            self.currency,
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


RATES = {
    "USD": {
        date(2026, 1, 1) + timedelta(days=n): D("91.2345") + D(n) / 100 for n in range(0, 300, 3)
    },
    "JPY": {
        date(2026, 1, 1) + timedelta(days=n): D("0.601234") + D(n) / 10_000
        for n in range(0, 300, 2)
    },
}
UNITS = {"RUB": 2, "USD": 2, "JPY": 0, "KWD": 3}


def rate_of(currency: str, day: date) -> Decimal | None:
    if currency == "RUB":
        return D(1)
    days = [known for known in RATES.get(currency, {}) if known <= day]
    return RATES[currency][max(days)] if days else None


def half_up(amount: Decimal) -> int:
    return int((amount + D("0.5")).to_integral_value("ROUND_FLOOR"))


def generated(count: int, *, pools: int, seed: int) -> tuple[list[Deal], dict[int, date]]:
    """Deals in four currencies and many pools, nine of ten paid one to three days later."""
    chance = random.Random(seed)
    entity = Entity.objects.get(code="RUS")
    owners = list(Party.objects.order_by("id").values_list("id", flat=True))
    assets = list(Instrument.objects.order_by("pk").values_list("pk", flat=True))
    keys = [PoolKey(entity.pk, o, a, x) for x in ("GENERAL", "IIS") for o in owners for a in assets]
    deals, paid = [], {}
    for number in range(1, count + 1):
        key = chance.choice(keys[:pools])
        currency = "RUB" if key.asset_id % 3 else chance.choice(["USD", "JPY", "KWD", "RUB"])
        day = FROM + timedelta(days=chance.randint(0, 250))
        deals.append(Deal(
            number, key, chance.random() < 0.52, D(chance.randint(1, 1000)), chance.randint(1, 10**8),
            chance.randint(0, 10**4), day, chance.randint(0, 40_000), currency, UNITS[currency],
        ))  # fmt: skip
        if chance.random() < 0.9:
            paid[number] = day + timedelta(days=chance.randint(1, 3))
    return deals, paid


def expected(
    deals: Sequence[Deal], paid: dict[int, date], start: date, until: date
) -> list[tuple[Any, ...]]:
    """What the report must say, by a plain loop over the deals themselves."""
    by_number = {deal.number: deal for deal in deals}
    rates = {n: rate_of(by_number[n].currency, day) for n, day in paid.items() if n in by_number}
    in_base = []
    for deal in deals:
        rate = rates.get(deal.number) or D(0)
        factor = rate.scaleb(2 - deal.unit)
        in_base.append(replace(
            deal, kopecks=half_up(deal.kopecks * factor), fee=half_up(deal.fee * factor)))  # fmt: skip
    rows = []
    for own, base in zip(plain_fifo(deals), plain_fifo(in_base), strict=True):
        opening, closing, quantity = own[:3]
        realised = paid.get(closing)
        if realised is None or not start <= realised <= until:
            continue
        amounts = list(base[3:])
        if not by_number[opening].incoming:  # a short sale that a purchase closed
            amounts = amounts[2:] + amounts[:2]
        cost, purchase_fee, proceeds, sale_fee = amounts
        state = "OK"
        if opening not in paid:
            state = "NOT_PAID"
        elif rates[opening] is None or rates[closing] is None:
            state = "NO_RATE"
        figures = (
            proceeds,
            sale_fee,
            cost,
            purchase_fee,
            proceeds - sale_fee - cost - purchase_fee,
        )
        rows.append((f"D-{opening}", f"D-{closing}", str(quantity), realised.isoformat(), state,
                     *(f"{D(x).scaleb(-2)}" if state == "OK" else None for x in figures)))  # fmt: skip
    return sorted(rows)


def said(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("opening", "closing", "quantity", "realised_date", "counted", "proceeds_base",
             "sale_fee_base", "cost_base", "purchase_fee_base", "result")  # fmt: skip
    return sorted(tuple(row[name] for name in names) for row in rows)


def the_market(count: int, *, pools: int, seed: int) -> tuple[list[Deal], dict[int, date]]:
    deals, paid = generated(count, pools=pools, seed=seed)
    FxRate.objects.bulk_create(
        FxRate(base=currency, quote="RUB", rate_date=day, source="CBR", value=value)
        for currency, days in RATES.items()
        for day, value in days.items()
    )
    for start in range(0, count, 5_000):
        part = deals[start : start + 5_000]
        keep(part)
        settle((deal, paid[deal.number]) for deal in part if deal.number in paid)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the database does so by itself, in tables that are committed
    return deals, paid


class TestIndependentRecomputation:
    @pytest.mark.slow
    def test_every_row_equals_a_plain_loop_to_the_unit(self) -> None:
        deals, paid = the_market(PLAIN_DEALS, pools=100, seed=11)
        for start, until in (
            (FROM, UNTIL),
            (date(2026, 3, 1), date(2026, 3, 31)),
            (date(2026, 5, 6), date(2026, 5, 6)),
        ):
            rows = report_rows(start, until)
            assert said(rows) == expected(deals, paid, start, until)
        states = {row["counted"] for row in report_rows()}
        assert states == {"OK", "NOT_PAID", "NO_RATE"}

    def test_a_back_dated_correction_changes_nothing_that_was_known(self) -> None:
        deals, paid = the_market(400, pools=5, seed=12)
        horizon, before = watermark(), report_rows()
        late = replace(deals[0], number=9001, second=1)
        keep([late])
        settle([(late, paid.get(1, late.trade_date))])
        reverse_changes(source_type="deal", source_ids=[deals[3].number], at=timezone.now())
        official("USD", date(2026, 2, 2), "50")

        assert report_rows(horizon=horizon) == before
        assert said(before) == expected(deals, paid, FROM, UNTIL)
        assert report_rows() != before

    def test_another_law_changes_nothing_that_was_known(self) -> None:
        the_market(100, pools=2, seed=14)
        horizon, before = watermark(), report_rows()
        assert {row["counted"] for row in before} >= {"OK"}
        law = DatedRule.objects.get(kind="ndfl.fx_date", key="SECURITY")
        repeal_rules(
            ids=[law.pk], reason="", actor=User.objects.get(username="manager"), at=timezone.now()
        ).raise_single()

        assert report_rows(horizon=horizon) == before
        assert {row["counted"] for row in report_rows()} == {"NO_RULE", "NOT_PAID"}

    def test_an_entity_that_withholds_no_tax_names_no_base_and_pays_at_the_day_s_rate(self) -> None:
        the_market(100, pools=2, seed=15)
        below, before = watermark(), report_rows()
        assert "TRADED" in {row["tax_base"] for row in before}
        approved(proposed(valid_from=date(2025, 1, 1), licence="BROKER", swift="BANK_CLIENT"))

        now = report_rows()
        assert {row["tax_base"] for row in now} == {None}
        assert said(now) == said(before)
        assert report_rows(horizon=below) == before

    def test_a_transaction_open_across_the_watermark_changes_nothing(self) -> None:
        deals, paid = the_market(100, pools=2, seed=13)
        watermark()
        slow = second_connection()
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_lotchange (entity_id, pool_id, incoming, quantity, gross, fee, currency,"
                " trade_date, executed_at, sequence, source_type, source_id)"
                " SELECT entity_id, pool_id, true, 1, 1, 0, 'RUB', '2026-01-01', executed_at, 0, 'slow', 1"
                " FROM ledger_lotchange LIMIT 1"
            )
            official("USD", date(2026, 12, 30), "77")  # recorded after it, known no earlier
            horizon = int(Watermark.objects.order_by("-horizon")[0].horizon)
            before = report_rows(horizon=horizon)
            slow.commit()
        slow.close()
        assert report_rows(horizon=horizon) == before
        assert said(before) == expected(deals, paid, FROM, UNTIL)
        assert report_rows(horizon=watermark()) != before
