"""Which days of a fail count, by which scheme, and that counting again changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from settlements.fails.computing import Computed
from settlements.fails.models import Penalty
from settlements.fails.selectors import days_to_count_again
from settlements.models import Settlement
from tests.settlements.fails.stage import (
    BANK_FIVE,
    FRI,
    MON,
    PLACE,
    THU,
    TUE,
    WED,
    amounts,
    failing,
    happened,
    instrument,
    price,
    put_in_force,
    versions,
)
from tests.settlements.fails.test_computing import count, settle

pytestmark = pytest.mark.django_db


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
