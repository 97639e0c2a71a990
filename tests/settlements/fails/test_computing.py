"""The vectors of rules, section 1, through the computation of a day over stored settlements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from refdata.models import DatedRule, Entity
from settlements.fails.computing import Computed, compute_penalties
from settlements.fails.models import Penalty
from settlements.fails.selectors import days_to_count_again
from settlements.models import Evidence, Settlement, SettlementPart
from tests.settlements.fails.stage import (
    BANK_FIVE,
    FRI,
    MON,
    NIGHT,
    PLACE,
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
    versions,
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


class TestDaysThatCount:
    def test_a_closed_day_of_the_place_costs_nothing(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000")
        assert count(FRI, date(2026, 11, 28), date(2026, 11, 29)).counted == 1
        assert list(amounts(row)) == [FRI]

    def test_from_the_matching_where_that_is_later_and_never_before_the_intended_date(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        early, late = (
            failing(share, "10000", due_date=TUE),
            failing(share, "10000", matched_date=TUE),
        )
        happened(late, "send", MON)
        count(MON, TUE)
        assert list(amounts(early)) == [TUE]
        assert list(amounts(late)) == [TUE]
        assert list(amounts(late, "LMFP", "THEIRS")) == [MON]

    def test_l1_unmatched_at_the_end_of_its_day_costs_nothing_until_it_matches(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(
            share,
            "10000",
            matching="UNMATCHED",
            matched_date=None,
            settlement="PENDING",
            reason="CMIS",
        )
        happened(row, "send", MON)
        assert count(MON, TUE).counted == 0
        Settlement.objects.filter(pk=row.pk).update(
            matching="MATCHED", matched_date=WED, reason="LACK"
        )
        count(WED)
        assert list(amounts(row, "LMFP", "THEIRS")) == [MON, TUE]
        assert list(amounts(row)) == [WED]

    def test_a_matching_that_is_told_later_is_counted_for_the_days_between(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000", matching="UNMATCHED", matched_date=None, reason="CMIS")
        happened(row, "send", MON)
        assert count(MON, TUE, WED, THU).counted == 0
        Settlement.objects.filter(pk=row.pk).update(
            matching="MATCHED", matched_date=WED, reason="LACK"
        )
        happened(row, "match", FRI)  # of Wednesday, as the place says on Friday
        count(FRI)
        again = days_to_count_again(row.entity_id, FRI)
        assert again == [WED, THU]
        count(*again, again=True)
        assert list(amounts(row, "LMFP", "THEIRS")) == [MON, TUE]
        assert sorted(amounts(row)) == [WED, THU, FRI]
        assert days_to_count_again(row.entity_id, FRI) == []

    def test_instructed_anew_it_counts_from_the_original_date_and_no_day_twice(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        first = failing(share, "10000")
        count(MON)
        Settlement.objects.filter(pk=first.pk).update(cancellation="AGREED")
        happened(first, "agree_cancel", TUE)
        anew = failing(
            share, "10000", source_id=first.source_id, due_date=WED, original_due_date=MON,
            matched_date=WED,
        )  # fmt: skip
        happened(anew, "send", WED)
        count(TUE, WED)
        assert amounts(first) == {MON: Decimal("52.30")}
        assert list(amounts(anew, "LMFP")) == [TUE]
        assert list(amounts(anew)) == [WED]

    def test_matched_more_than_forty_business_days_late_takes_the_oldest_price(self) -> None:
        share = instrument("ILL", "SHARE", "ILLIQUID_SHARE")
        price(share, date(2026, 9, 1), "99")
        price(share, date(2026, 10, 5), "14.20")
        price(share, date(2026, 11, 2), "15.00")
        due = date(2026, 9, 21)
        row = failing(
            share, "20000", due_date=due, matched_date=FRI, settled_date=FRI, settlement="SETTLED"
        )
        happened(row, "send", FRI)
        count(FRI)
        found = amounts(row, "LMFP")
        assert found[due] == Decimal(
            "14.20"
        )  # not that of 1 September: it is older than the window
        assert found[date(2026, 11, 3)] == Decimal("15.00")


class TestSchemes:
    def test_a_place_without_a_scheme_penalises_nobody(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        failing(share, "10000", place="CORR")
        assert count(MON).counted == 0

    def test_a_rule_for_a_kind_stands_before_that_of_the_place(self) -> None:
        put_in_force("fails.scheme", f"{PLACE}/FUND", {"scheme": "NONE"})
        fund, share = instrument("ETF", "FUND", "OTHER"), instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(fund, MON, "1")
        price(share, MON, "52.30")
        failing(fund, "3000")
        row = failing(share, "10000")
        assert count(MON).counted == 1
        assert amounts(row) == {MON: Decimal("52.30")}

    def test_a_contract_counts_calendar_days_after_the_free_ones_up_to_its_cap(self) -> None:
        put_in_force("fails.scheme", f"{PLACE}/SHARE", {"scheme": "CONTRACT"})
        put_in_force("fails.terms", f"CONTRACT/{BANK_FIVE}", {
            "basis_points": "10", "cap": "0.002", "free_days": 2, "days": "CALENDAR",
        })  # fmt: skip
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        row = failing(
            share, "10000", amount=Decimal(1_000_000), reason="CLAC", due_date=THU, matched_date=THU
        )
        monday = date(2026, 11, 30)
        count(THU, FRI, monday)
        # two free days, then a Monday that stands for three: 3,000 by the rate, 2,000 by the cap
        assert amounts(row, payer="THEIRS") == {
            THU: Decimal(0),
            FRI: Decimal(0),
            monday: Decimal(2_000),
        }
        assert Penalty.objects.get(day=monday).days == 3

    def test_a_clearing_house_has_its_own_terms(self) -> None:
        put_in_force("fails.terms", f"CCP/{BANK_FIVE}", {"basis_points": "5"})
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        row = failing(share, "10000", source_type="net", amount=Decimal(100_000))
        count(MON)
        assert amounts(row) == {MON: Decimal(50)}
        assert Penalty.objects.get().scheme == "CCP"


class TestCounting:
    """It may run twice, and once more when something came late."""

    def test_twice_writes_once(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        failing(share, "10000")
        assert count(MON) == Computed(1, 1, 0)
        assert count(MON) == Computed(1, 0, 0)
        assert Penalty.objects.count() == 1
        with pytest.raises(DatabaseError), transaction.atomic():
            Penalty.objects.update(amount=0)

    def test_without_a_price_it_is_not_computed_until_the_price_comes(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        row = failing(share, "10000")
        assert count(MON) == Computed(1, 1, 1)
        assert versions(row) == [(MON, "OURS", 1, "NCOM", None)]
        entity_id = row.entity_id
        settle(row, TUE)
        price(share, MON, "52.30")
        assert count(MON, again=True).changed == 1
        assert versions(row)[-1] == (MON, "OURS", 2, "ACTV", Decimal("52.30"))
        assert days_to_count_again(entity_id, WED) == []

    def test_a_day_that_was_final_after_all_is_removed_and_counted_again(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000")
        count(MON)
        settle(row, MON)
        assert days_to_count_again(row.entity_id, TUE) == [MON]
        count(MON, again=True)
        assert versions(row)[-1] == (MON, "OURS", 2, "REMO", Decimal(0))
        Settlement.objects.filter(pk=row.pk).update(settlement="FAILING", settled_date=None)
        count(MON, again=True)
        assert versions(row)[-1] == (MON, "OURS", 3, "REIC", Decimal("52.30"))

    def test_when_the_other_side_is_told_to_fail_it_is_switched(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000")
        count(MON)
        Settlement.objects.filter(pk=row.pk).update(reason="CLAC")
        count(MON)
        assert versions(row) == [
            (MON, "OURS", 1, "ACTV", Decimal("52.30")), (MON, "OURS", 2, "REMO", Decimal(0)),
            (MON, "THEIRS", 1, "SWIC", Decimal("52.30")),
        ]  # fmt: skip

    def test_of_a_past_day_those_pay_who_failed_then(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000")
        count(MON)
        Settlement.objects.filter(pk=row.pk).update(reason="CLAC")
        count(TUE)
        price(share, MON, "53.00")
        count(MON, again=True)
        assert amounts(row) == {MON: Decimal("53.00")}
        assert amounts(row, payer="THEIRS") == {TUE: Decimal("52.30")}

    def test_what_nobody_explained_is_not_computed(self) -> None:
        share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
        price(share, MON, "52.30")
        row = failing(share, "10000", reason="")
        count(MON)
        assert versions(row) == [(MON, "UNKNOWN", 1, "NCOM", None)]


def test_three_currencies_round_to_their_own_units() -> None:
    """A share in euro that settles in yen costs whole yen."""
    from refdata.models import Asset, FxRate

    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    FxRate.objects.create(
        base="EUR", quote="JPY", rate_date=MON, source="TEST", value=Decimal("171.237")
    )
    row = failing(share, "10000", money_asset=Asset.objects.get(code="JPY"))
    count(MON)
    assert amounts(row) == {MON: Decimal(8956)}  # 52.30 x 171.237 = 8,955.6951
    assert Penalty.objects.get().valued_with.count(" ") == 1
