"""What a deal takes of which limits: the one table, at the borders of its rules. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from deals.exposing.needs import LATER, TABLE, AddOnRow, DealFacts, Parameters, Wanted, paid_by
from deals.terms import FlowTerms
from limits.add_ons import WHOLE, AssetClass, Step, asset_class_of, rate_of, tenor_of
from limits.models import Limit
from limits.state import LimitKind, Tenor

DAY = date(2026, 11, 23)
RUB, USD, JPY, XAU, SHARE = 1, 2, 3, 4, 9
STEPS = (Step(12, Decimal("0.06")), Step(60, Decimal("0.08")), Step(None, Decimal("0.10")))
KNOWN = Parameters(
    {"EQUITY": [AddOnRow(date(2020, 1, 1), date(2027, 1, 1), STEPS)]},
    {RUB: "RUB", USD: "USD", JPY: "JPY", XAU: "XAU"}, {"RUB": 2, "USD": 2, "JPY": 0},
)  # fmt: skip
BOUGHT = (
    FlowTerms("PRINCIPAL", "RECEIVE", SHARE, Decimal(1_000), date(2026, 11, 24)),
    FlowTerms("PRINCIPAL", "PAY", RUB, Decimal("312450.00"), date(2026, 11, 24)),
    FlowTerms("FEE", "PAY", RUB, Decimal("156.23"), date(2026, 11, 24)),
)


def facts(**more: Any) -> DealFacts:
    given: dict[str, Any] = {
        "entity_id": 1, "book_id": 10, "trader": "ivanov", "counterparty_id": 20,
        "counterparty_group_id": None, "instrument_id": SHARE, "issuer_id": 30,
        "issuer_group_id": None, "asset_class": "EQUITY", "method": "DVP", "own": True, "on": DAY,
        "matures_on": date(2026, 11, 24), "currency": "RUB", "gross": Decimal("312450.00"),
        "flows": BOUGHT,
    }  # fmt: skip
    return DealFacts(**given | more)


def wanted(kind: LimitKind, deal: DealFacts) -> list[Wanted]:
    return list(TABLE[kind.value].wants(deal, KNOWN))


def amounts(kind: LimitKind, deal: DealFacts) -> dict[Any, Decimal]:
    return {want.key: want.amount for want in wanted(kind, deal)}


def test_every_kind_that_deals_use_has_its_line_and_its_columns() -> None:
    columns = {column for line in TABLE.values() for column in line.columns}
    assert columns <= {field.attname for field in Limit._meta.concrete_fields}
    assert set(LimitKind.values) - set(TABLE) == set(LATER) == {"COUNTERPARTY_SETTLEMENT"}


def test_the_notional_counts_for_book_trader_instrument_issuer_and_tenor() -> None:
    gross = Decimal("312450.00")
    assert amounts(LimitKind.DEALER, facts()) == {
        (10, ""): gross, (None, "ivanov"): gross, (10, "ivanov"): gross,
    }  # fmt: skip
    assert amounts(LimitKind.BOOK, facts()) == {(10,): gross}
    assert amounts(LimitKind.INSTRUMENT, facts()) == {(SHARE,): gross}
    assert amounts(LimitKind.ISSUER, facts()) == {(30, None): gross}
    assert amounts(LimitKind.TENOR, facts()) == {(Tenor.UP_TO_1M.value,): gross}


def test_a_deal_moves_the_total_by_one_of_its_sides_at_most() -> None:
    dollars, rubles = Decimal(1_000), Decimal(80_000)

    def takes(
        *flows: FlowTerms, home: str | None = "RUB", **more: Any
    ) -> list[tuple[Decimal, str]]:
        known = replace(KNOWN, home_of={1: home} if home else {})
        line = TABLE[LimitKind.OPEN_CURRENCY_TOTAL.value]
        return [
            (each.amount, each.currency) for each in line.wants(facts(flows=flows, **more), known)
        ]

    bought = FlowTerms("PRINCIPAL", "RECEIVE", USD, dollars, DAY)
    paid = FlowTerms("PRINCIPAL", "PAY", RUB, rubles, DAY)
    assert takes(bought, paid) == [(dollars, "USD")]
    assert takes(bought, paid, home=None) == takes(bought, paid, own=False) == []
    sold = bought._replace(direction="PAY"), paid._replace(direction="RECEIVE")
    assert takes(*sold) == [(dollars, "USD")]
    yen = FlowTerms("PRINCIPAL", "PAY", JPY, Decimal(150_000), DAY)
    assert takes(bought, yen) == [(dollars, "USD")]  # what comes in; both sides are worth the same
    gold = FlowTerms("PRINCIPAL", "RECEIVE", XAU, Decimal(10), DAY)
    assert takes(gold, paid) == [(Decimal(10), "XAU")]
    # Gold counts whichever way: dollars paid for it make the total larger a second time.
    assert takes(gold, bought._replace(direction="PAY")) == [(Decimal(20), "XAU")]
    assert takes(gold._replace(direction="PAY"), bought) == [(2 * dollars, "USD")]
    assert takes(*BOUGHT) == []  # a share for rubles opens nothing in another currency


def test_money_has_neither_instrument_nor_issuer() -> None:
    money = facts(instrument_id=None, issuer_id=None)
    assert wanted(LimitKind.INSTRUMENT, money) == wanted(LimitKind.ISSUER, money) == []


def test_a_deal_with_a_member_uses_the_limit_of_its_group_too() -> None:
    of_group = facts(counterparty_group_id=5, issuer_group_id=6)
    share = Decimal("18747.00")
    assert amounts(LimitKind.COUNTERPARTY_PRESETTLEMENT, of_group) == {
        (20, None): share, (None, 5): share,
    }  # fmt: skip
    assert set(amounts(LimitKind.ISSUER, of_group)) == {(30, None), (None, 6)}
    # An issuer that is not known may still have a known group only through itself.
    assert wanted(LimitKind.ISSUER, facts(issuer_id=None)) == []


def test_what_is_held_has_a_sign_and_is_our_own() -> None:
    sold = tuple(
        flow._replace(direction={"PAY": "RECEIVE", "RECEIVE": "DELIVER"}[flow.direction])
        for flow in BOUGHT
    )
    for kind in (LimitKind.INSTRUMENT, LimitKind.ISSUER):
        (bought,) = wanted(kind, facts())
        assert (bought.amount, bought.quantity) == (Decimal("312450.00"), Decimal(1_000))
        (gone,) = wanted(kind, facts(flows=sold))
        assert (gone.amount, gone.quantity) == (Decimal("-312450.00"), Decimal(-1_000))
        assert wanted(kind, facts(own=False)) == []


def test_the_add_on_is_that_of_how_long_it_still_runs() -> None:
    def share(until: date, **more: Any) -> tuple[Decimal, str, bool]:
        (want,) = wanted(LimitKind.COUNTERPARTY_PRESETTLEMENT, facts(matures_on=until, **more))
        return want.amount, want.basis, want.moves

    assert share(date(2027, 11, 23)) == (Decimal("18747.00"), "6 % add-on, DVP", True)
    assert share(date(2027, 11, 24)) == (Decimal("24996.00"), "8 % add-on, DVP", True)
    assert share(date(2031, 11, 23))[0] == Decimal("24996.00")
    assert share(date(2031, 11, 24)) == (Decimal("31245.00"), "10 % add-on, DVP", True)
    whole = (Decimal("312450.00"), "100 % add-on, FOP", False)
    assert share(date(2026, 11, 24), method="FOP") == whole
    # Without a rule in force, and for what no rule speaks of, all of it counts.
    assert share(date(2027, 1, 4), on=date(2027, 1, 1))[0] == Decimal("312450.00")
    assert share(date(2026, 11, 24), asset_class="COMMODITIES")[0] == Decimal("312450.00")


def test_shares_are_rounded_half_up_to_the_minor_unit_of_the_currency() -> None:
    def share(amount: str, currency: str) -> Decimal:
        deal = facts(gross=Decimal(amount), currency=currency)
        (want,) = wanted(LimitKind.COUNTERPARTY_PRESETTLEMENT, deal)
        return want.amount

    assert share("0.75", "USD") == Decimal("0.05")
    assert share("0.74", "USD") == Decimal("0.04")
    assert share("75", "JPY") == 5
    assert share("74", "JPY") == 4


def test_a_nostro_counts_what_leaves_it_by_day() -> None:
    assert amounts(LimitKind.NOSTRO, facts()) == {("RUB",): Decimal("312606.23")}
    assert wanted(LimitKind.NOSTRO, facts(own=False)) == []
    sold = (
        FlowTerms("PRINCIPAL", "DELIVER", SHARE, Decimal(1), DAY),
        FlowTerms("PRINCIPAL", "RECEIVE", RUB, Decimal(100), DAY),
        FlowTerms("FEE", "PAY", RUB, Decimal(1), DAY),
    )
    assert paid_by(sold, KNOWN.currency_of) == {}
    lent = (
        FlowTerms("PRINCIPAL", "PAY", USD, Decimal(100), DAY),
        FlowTerms("PRINCIPAL", "RECEIVE", USD, Decimal(103), date(2027, 2, 23)),
    )
    assert paid_by(lent, KNOWN.currency_of) == {"USD": Decimal(100)}
    swapped = (
        FlowTerms("PRINCIPAL", "PAY", USD, Decimal(100), DAY),
        FlowTerms("PRINCIPAL", "RECEIVE", RUB, Decimal(8_000), DAY),
        FlowTerms("PRINCIPAL", "RECEIVE", USD, Decimal(100), date(2027, 2, 23)),
        FlowTerms("PRINCIPAL", "PAY", RUB, Decimal(8_200), date(2027, 2, 23)),
    )
    assert paid_by(swapped, KNOWN.currency_of) == {"USD": Decimal(100), "RUB": Decimal(8_200)}


@pytest.mark.parametrize(
    ("until", "bucket"),
    [
        (DAY, Tenor.UP_TO_1M), (date(2026, 12, 23), Tenor.UP_TO_1M),
        (date(2026, 12, 24), Tenor.UP_TO_1Y), (date(2027, 11, 23), Tenor.UP_TO_1Y),
        (date(2027, 11, 24), Tenor.UP_TO_5Y), (date(2031, 11, 24), Tenor.UP_TO_10Y),
        (date(2036, 11, 23), Tenor.UP_TO_10Y), (date(2036, 11, 24), Tenor.OVER_10Y),
    ],
)  # fmt: skip
def test_a_bucket_ends_where_the_next_begins(until: date, bucket: Tenor) -> None:
    assert tenor_of(DAY, until) == bucket.value


def test_the_class_is_what_moves_the_worth() -> None:
    def of(kind: str | None, traded: str, currency: str) -> AssetClass:
        return asset_class_of(instrument_kind=kind, traded=traded, currency=currency)

    assert of("BOND", "RU000A0JXQ85", "RUB") is AssetClass.RATES
    assert of("SHARE", "RU0009029540", "RUB") is AssetClass.EQUITY
    assert of(None, "EUR", "USD") is AssetClass.FX_AND_GOLD
    assert of(None, "XAU", "USD") is AssetClass.FX_AND_GOLD
    assert of(None, "XAG", "USD") is AssetClass.PRECIOUS_METALS
    assert of(None, "RUB", "RUB") is AssetClass.RATES


def test_a_rule_without_an_open_step_counts_all_beyond_it() -> None:
    steps = (Step(12, Decimal("0.06")),)
    assert rate_of(steps, on=DAY, matures_on=date(2027, 11, 24)) == WHOLE
    leap = date(2028, 2, 29)
    assert rate_of(steps, on=leap, matures_on=date(2029, 2, 28)) == Decimal("0.06")


def test_money_lent_is_at_risk_in_full_and_money_borrowed_is_not() -> None:
    out = FlowTerms("PRINCIPAL", "PAY", RUB, Decimal(1_000), DAY)
    back = FlowTerms("PRINCIPAL", "RECEIVE", RUB, Decimal(1_000), date(2027, 11, 23))
    money: dict[str, Any] = {
        "instrument_id": None, "issuer_id": None, "asset_class": "RATES", "method": "PFOD",
        "gross": Decimal(1_000),
    }  # fmt: skip
    kind = LimitKind.COUNTERPARTY_PRESETTLEMENT
    lent = wanted(kind, facts(flows=(out, back), **money))
    assert [(each.amount, each.basis, each.moves) for each in lent] == [
        (Decimal(1_000), "lent", False)
    ]
    borrowed = facts(
        flows=(out._replace(direction="RECEIVE"), back._replace(direction="PAY")), **money
    )
    assert wanted(kind, borrowed) == []


def test_a_repo_s_securities_count_under_no_limit_and_a_rise_is_against_who_gave_them() -> None:
    given = FlowTerms("PRINCIPAL", "DELIVER", SHARE, Decimal(1_000), DAY)
    back = FlowTerms("PRINCIPAL", "RECEIVE", SHARE, Decimal(1_000), date(2026, 11, 30))
    repo, reverse = (
        facts(flows=(given, back)),
        facts(flows=(given._replace(direction="RECEIVE"), back._replace(direction="DELIVER"))),
    )
    assert wanted(LimitKind.INSTRUMENT, repo) == wanted(LimitKind.ISSUER, repo) == []
    kind = LimitKind.COUNTERPARTY_PRESETTLEMENT
    assert [each.buys for each in wanted(kind, repo)] == [True]
    assert [each.buys for each in wanted(kind, reverse)] == [False]
    assert [each.buys for each in wanted(kind, facts())] == [True]
