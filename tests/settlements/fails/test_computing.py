"""The vectors of rules, section 1, through the computation of a day over stored settlements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from refdata.models import DatedRule, Entity
from settlements.fails.computing import Computed, compute_penalties
from settlements.fails.models import Penalty
from settlements.models import Evidence, Settlement, SettlementPart
from tests.settlements.fails.stage import (
    MON,
    NIGHT,
    THU,
    TUE,
    WED,
    amounts,
    central_bank,
    failing,
    happened,
    instrument,
    price,
    put_in_force,
)

pytestmark = pytest.mark.django_db


def count(*days: date, again: bool = False) -> Computed:
    entity_id = Entity.objects.get(code="EUR").pk
    found = Computed()
    for day in days:
        found.add(compute_penalties(entity_id=entity_id, day=day, at=NIGHT, again=again))
    return found


def settle(row: Settlement, day: date) -> None:
    Settlement.objects.filter(pk=row.pk).update(settlement="SETTLED", settled_date=day)


def settle_part(row: Settlement, quantity: str, day: date, number: int = 1) -> None:
    evidence = Evidence.objects.create(
        settlement=row, kind="test", reference=f"part {number}", settled_at=NIGHT, place=row.place
    )
    amount = row.amount * Decimal(quantity) / row.quantity
    SettlementPart.objects.create(
        settlement=row, number=number, quantity=Decimal(quantity), amount=amount, settled_date=day,
        evidence=evidence,
    )  # fmt: skip
    Settlement.objects.filter(pk=row.pk).update(
        settled_quantity=Decimal(quantity), settled_amount=amount, settlement="PARTIAL"
    )


def test_p1_one_day_of_liquid_shares() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    row = failing(share, "10000")
    assert count(MON) == Computed(1, 1, 0)
    assert amounts(row) == {MON: Decimal("52.30")}
    penalty = Penalty.objects.get()
    assert (penalty.scheme, penalty.lack, penalty.cause) == ("CSDR", "SECURITIES", "INVENTORY")
    assert (penalty.base, penalty.rate, penalty.currency) == (
        Decimal(523_000),
        Decimal("0.0001"),
        "EUR",
    )
    assert (penalty.status, penalty.version, penalty.price_id is not None) == ("ACTV", 1, True)
    assert str(penalty.rule_id) in str(DatedRule.objects.get(key="LIQUID_SHARE").pk)


def test_p2_three_days_each_at_its_own_price_and_the_settling_day_free() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    for day, value in ((MON, "52.30"), (TUE, "51.80"), (WED, "53.05"), (THU, "60")):
        price(share, day, value)
    row = failing(share, "10000")
    count(MON, TUE, WED)
    settle(row, THU)
    count(THU)
    assert amounts(row) == {MON: Decimal("52.30"), TUE: Decimal("51.80"), WED: Decimal("53.05")}
    assert sum(filter(None, amounts(row).values())) == Decimal("157.15")


def test_p3_of_a_partly_settled_one_only_what_is_left_fails() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    price(share, TUE, "51.80")
    row = failing(share, "10000")
    count(MON)
    settle_part(row, "6000", TUE)
    count(TUE)
    assert amounts(row) == {MON: Decimal("52.30"), TUE: Decimal("20.72")}
    assert Penalty.objects.get(day=TUE).quantity == 4000


def test_p3_from_the_day_of_its_part_on_the_rest_fails() -> None:
    """As the rules have it: 6,000 settle on the first day itself, and on the second 4,000 fail at 51.80."""
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    price(share, TUE, "51.80")
    row = failing(share, "10000")
    settle_part(row, "6000", MON)
    count(MON, TUE)
    assert amounts(row) == {MON: Decimal("20.92"), TUE: Decimal("20.72")}


def test_p4_public_debt_half_a_cent_up() -> None:
    bond = instrument("GOV", "BOND", "PUBLIC_DEBT", nominal="1000")
    price(bond, MON, "987.50")  # 98.75 % of a nominal of 1,000
    row = failing(bond, "5000")
    count(MON)
    assert amounts(row) == {MON: Decimal("49.38")}


def test_p5_other_debt() -> None:
    bond = instrument("CORP", "BOND", "OTHER_DEBT", nominal="1000")
    price(bond, MON, "1012.50")
    row = failing(bond, "2000")
    count(MON)
    assert amounts(row) == {MON: Decimal("40.50")}


def test_p6_an_etf_by_the_rate_in_force_and_not_by_the_draft() -> None:
    fund = instrument("ETF", "FUND", "OTHER")
    price(fund, MON, "118.40")
    row = failing(fund, "3000")
    count(MON)
    assert amounts(row) == {MON: Decimal("17.76")}
    DatedRule.objects.filter(key="OTHER", state="IN_FORCE").update(state="WITHDRAWN")
    put_in_force("csdr.penalty_rate", "OTHER", {"basis_points": "0.75"}, TUE)
    count(TUE)
    assert amounts(row) == {MON: Decimal("17.76"), TUE: Decimal("26.64")}


def test_p7_matched_late_pays_from_the_intended_date_to_the_day_before_the_matching() -> None:
    share = instrument("ILL", "SHARE", "ILLIQUID_SHARE")
    price(share, MON, "14.20")
    price(share, TUE, "14.35")
    row = failing(
        share, "20000", matched_date=WED, settlement="SETTLED", settled_date=WED, reason=""
    )
    happened(row, "send", WED)
    count(MON, TUE)
    assert amounts(row, "LMFP") == {}
    count(WED)
    assert amounts(row, "LMFP") == {MON: Decimal("14.20"), TUE: Decimal("14.35")}
    assert sum(filter(None, amounts(row, "LMFP").values())) == Decimal("28.55")
    assert amounts(row, "SEFP") == {}
    assert set(Penalty.objects.values_list("counted_on", "cause")) == {(WED, "LATE_INSTRUCTION")}


def test_p7_the_other_side_pays_when_it_came_last() -> None:
    share = instrument("ILL", "SHARE", "ILLIQUID_SHARE")
    price(share, MON, "14.20")
    row = failing(share, "20000", matched_date=WED, settlement="SETTLED", settled_date=WED)
    happened(row, "send", MON)
    count(WED)
    assert amounts(row, "LMFP", "THEIRS") == {MON: Decimal("14.20"), TUE: Decimal("14.20")}
    assert amounts(row, "LMFP", "OURS") == {}


def test_p8_a_free_delivery_on_hold_is_penalised_like_any_other() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    held = failing(share, "10000", method="FOP", amount=Decimal(0), hold="OURS", reason="PREA")
    count(MON)
    assert amounts(held) == {MON: Decimal("52.30")}
    assert Penalty.objects.get().cause == "HELD"


def test_p8_where_both_hold_both_pay() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    row = failing(share, "10000", hold="OURS", reason="PREA", reasons=["PREA", "PRCY"])
    count(MON)
    assert amounts(row, payer="OURS") == amounts(row, payer="THEIRS") == {MON: Decimal("52.30")}


class TestCash:
    """Row 8: the central bank's overnight rate, never below zero."""

    def test_of_a_delivery_the_base_is_the_value_of_the_securities(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "50")
        central_bank("0.0265", MON)
        row = failing(share, "10000", delivers=False, reason="MONY")
        count(MON)
        assert amounts(row) == {MON: Decimal("36.81")}  # 500,000 x 2.65 % / 360

    def test_of_a_payment_the_base_is_the_money(self) -> None:
        central_bank("0.0265", MON)
        row = failing(None, "0", method="PFOD", amount=Decimal(10_000_000), reason="MONY")
        count(MON)
        assert amounts(row) == {MON: Decimal("736.11")}
        assert Penalty.objects.get().lack == "CASH"

    def test_a_rate_below_zero_costs_nothing(self) -> None:
        central_bank("-0.005", MON)
        row = failing(None, "0", method="PFOD", amount=Decimal(10_000_000), reason="CMON")
        count(MON)
        assert amounts(row, payer="THEIRS") == {MON: Decimal("0")}
