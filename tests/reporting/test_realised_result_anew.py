"""The report against a computation of its own that shares nothing with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Watermark
from ledger.lots.keeping import PoolKey, reverse_changes
from refdata.dated_rules.services import repeal_rules
from refdata.models import (
    DatedRule,
    Entity,
    FxRate,
    Instrument,
    Party,
)
from tests.guards.test_horizon import second_connection
from tests.ledger.lots.market import Deal, plain_fifo
from tests.refdata.test_firm_profiles import approved, proposed
from tests.reporting.test_realised_result import (
    FROM,
    UNTIL,
    D,
    keep,
    official,
    report_rows,
    settle,
    watermark,
)
from tests.sizes import PLAIN_DEALS

pytestmark = pytest.mark.usefixtures("own_database")


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
