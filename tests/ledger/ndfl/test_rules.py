"""What is withheld of a year's results and when, by the vectors of rules 7, with the rows in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.business_days import BusinessDays
from ledger.ndfl.bases import SET_OFFS, SetOff, SetOffs, TaxBase, lowered, taxable
from ledger.ndfl.brackets import (
    BRACKETS,
    NON_RESIDENT_DIVIDEND,
    RESIDENT,
    Bracket,
    Brackets,
    tax_on,
)
from ledger.ndfl.long_term import LONG_TERM, Held, coefficient, most_exempt
from ledger.ndfl.transfer import TRANSFER_DAYS, transfer_by
from ledger.ndfl.withholding import AtEnd, base_bearing, due_at_end, withheld_at_payment
from refdata.dated_rules.selectors import rule_in_force
from refdata.selectors import reference_data

D = Decimal
TODAY = date(2026, 11, 24)
SCALE = [Bracket("0", "0.13"), Bracket("2400000", "0.15")]


@pytest.fixture
def scale(db: None) -> list[Bracket]:
    brackets: Brackets = rule_in_force(BRACKETS, TODAY, RESIDENT)
    return brackets.brackets


@pytest.fixture
def set_offs(db: None) -> SetOffs:
    return rule_in_force(SET_OFFS, TODAY)


class TestPayments:
    def test_n8_what_was_withheld_before_is_taken_from_the_tax_of_the_year(
        self, scale: list[Bracket]
    ) -> None:
        first = withheld_at_payment(tax_on(D(2_300_000), scale), D(0), D(2_300_000), scale)
        assert first == 299_000
        tax = tax_on(D(2_500_000), scale)
        assert tax == 327_000
        assert withheld_at_payment(tax, first, D(200_000), scale) == 28_000

    def test_n9_a_payment_below_the_tax_is_taxed_itself(self, scale: list[Bracket]) -> None:
        tax = tax_on(D(1_000_000), scale)
        assert tax == 130_000
        assert withheld_at_payment(tax, D(0), D(50_000), scale) == 6_500

    def test_n10_a_payment_above_the_tax_bears_all_of_it(self, scale: list[Bracket]) -> None:
        """Cumulative 1,000,000 and a withdrawal of 200,000."""
        tax = tax_on(D(1_000_000), scale)
        assert withheld_at_payment(tax, D(0), D(200_000), scale) == 130_000

    def test_payment_after_payment_comes_to_the_tax_of_the_year(self, scale: list[Bracket]) -> None:
        tax = tax_on(D(3_000_000), scale)
        first = withheld_at_payment(tax, D(0), D(300_000), scale)
        assert first == 39_000  # 402,000 is more than is paid
        assert withheld_at_payment(tax, first, D(363_000), scale) == 363_000

    def test_above_the_threshold_a_small_payment_bears_the_higher_rate(
        self, scale: list[Bracket]
    ) -> None:
        tax = tax_on(D(5_000_000), scale)
        assert base_bearing(D(327_000), scale) == 2_500_000
        assert withheld_at_payment(tax, D(327_000), D(10_000), scale) == 1_500
        assert (
            withheld_at_payment(tax, D(311_870), D(2_000), scale) == 280
        )  # 130 of 1,000, 150 of 1,000

    def test_a_loss_later_takes_nothing_back_until_the_year_ends(
        self, scale: list[Bracket]
    ) -> None:
        tax = tax_on(D(40_000), scale)
        assert withheld_at_payment(tax, D(13_000), D(1_000), scale) == 0
        assert due_at_end(tax, D(13_000), D(0)) == AtEnd(D(0), D(0), D(7_800))

    def test_what_is_not_at_hand_at_the_end_is_told_not_withheld(self) -> None:
        assert due_at_end(D(13_000), D(0), D(9_000)) == AtEnd(D(9_000), D(4_000), D(0))
        assert due_at_end(D(13_000), D(0), D(-5)) == AtEnd(D(0), D(13_000), D(0))

    @given(
        st.lists(
            st.tuples(st.integers(-3_000_000_00, 6_000_000_00), st.integers(0, 900_000_00)),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    def test_no_more_is_withheld_than_is_paid_or_than_the_most_that_was_owed(
        self, steps: list[tuple[int, int]]
    ) -> None:
        before, most, tax = D(0), D(0), D(0)
        for kopecks, paid in steps:
            tax, payment = tax_on(D(kopecks) / 100, SCALE), D(paid) / 100
            most = max(most, tax)
            now = withheld_at_payment(tax, before, payment, SCALE)
            assert 0 <= now <= payment
            before += now
            assert before <= most
        end = due_at_end(tax, before, most)
        assert before + end.withheld + end.unwithheld - end.excess == tax

    @given(st.integers(0, 900_000))
    def test_a_tax_is_that_of_the_base_that_bears_it(self, tax: int) -> None:
        assert tax_on(base_bearing(D(tax), SCALE), SCALE) == tax


class TestBases:
    def test_n15_a_loss_in_traded_securities_does_not_lower_untraded_ones(
        self, set_offs: SetOffs, scale: list[Bracket]
    ) -> None:
        results = {TaxBase.TRADED: D(-100_000), TaxBase.UNTRADED: D(100_000)}
        bases = taxable(set_offs, results)
        assert bases == {TaxBase.TRADED: 0, TaxBase.UNTRADED: 100_000}
        assert tax_on(sum(bases.values(), D(0)), scale) == 13_000

    def test_n17_an_investment_account_is_not_taxed_by_withdrawals_from_the_other(
        self, set_offs: SetOffs, scale: list[Bracket]
    ) -> None:
        """IIS +50,000, the general result 0, a withdrawal of 50,000 from the general account."""
        results = {TaxBase.IIS: D(50_000), TaxBase.TRADED: D(0)}
        general = {TaxBase(base): n for base, n in results.items() if base != TaxBase.IIS}
        base = sum(taxable(set_offs, general).values(), D(0))
        assert withheld_at_payment(tax_on(base, scale), D(0), D(50_000), scale) == 0

    def test_traded_securities_and_derivatives_lower_each_other_once(
        self, set_offs: SetOffs
    ) -> None:
        results = {TaxBase.TRADED: D(100), TaxBase.DERIV_TRADED: D(-130), TaxBase.UNTRADED: D(50)}
        assert lowered(set_offs, results)[TaxBase.TRADED] == 100
        assert sum(taxable(set_offs, results).values()) == 50

    @given(st.dictionaries(st.sampled_from(list(TaxBase)), st.integers(-1_000, 1_000), min_size=1))
    def test_what_is_lowered_is_never_more_than_was_gained_or_lost(
        self, numbers: dict[TaxBase, int]
    ) -> None:
        rule = SetOffs(every_set_off())
        results = {base: D(n) for base, n in numbers.items()}
        taken = lowered(rule, results)
        gains = sum((max(n, D(0)) for n in results.values()), D(0))
        losses = sum((max(-n, D(0)) for n in results.values()), D(0))
        set_off = sum(taken.values(), D(0))
        assert 0 <= set_off <= gains
        assert set_off <= losses
        assert all(0 <= taken[base] <= max(n, D(0)) for base, n in results.items())
        assert sum(taxable(rule, results).values()) == gains - set_off


def every_set_off() -> list[Any]:
    every = list(TaxBase)
    return [SetOff(loss, [b for b in every if b != loss]) for loss in every]


class TestLongTerm:
    def test_n12_the_coefficient_is_weighted_by_income(self, db: None) -> None:
        """Held 3 years with an income of 6 m, 4 years with 3 m: K = 3.33…, at most 10,000,000 is free."""
        held = [Held(3, "6000000"), Held(4, "3000000")]
        assert coefficient(held, 3) * 3 == 10
        assert most_exempt(rule_in_force(LONG_TERM, TODAY), held) == 10_000_000

    def test_whose_securities_count_changed_in_2025(self, db: None) -> None:
        issuers = [
            rule_in_force(LONG_TERM, day).issuers for day in (date(2024, 12, 31), date(2025, 1, 1))
        ]
        assert list(map(list, issuers)) == [[], ["RU", "AM", "BY", "KG", "KZ"]]


class TestTransfer:
    @pytest.mark.parametrize(
        ("withheld_on", "by"),
        [
            ("2026-01-22", "2026-01-28"), ("2026-01-23", "2026-02-05"),
            ("2026-02-03", "2026-03-02"),  # the 28th is a Saturday
            ("2026-08-24", "2026-09-07"),  # the 5th is a Saturday
            ("2026-12-22", "2026-12-28"),
            ("2026-12-23", "2026-12-30"),  # the 31st is a day off in 2026
        ],
    )  # fmt: skip
    def test_a_day_off_moves_it_on_and_at_the_end_of_the_year_back(
        self, db: None, withheld_on: str, by: str
    ) -> None:
        calendar = reference_data().calendars["RU"]
        rule = rule_in_force(TRANSFER_DAYS, TODAY)
        found = transfer_by(rule, date.fromisoformat(withheld_on), calendar)
        assert found == date.fromisoformat(by)

    def test_without_listed_days_weekends_count(self, db: None) -> None:
        plain = BusinessDays("X", {})
        rule = rule_in_force(TRANSFER_DAYS, TODAY)
        assert transfer_by(rule, date(2027, 12, 31), plain) == date(2027, 12, 31)


def test_dividends_of_who_is_no_resident_have_a_rate_of_their_own(db: None) -> None:
    brackets = rule_in_force(BRACKETS, TODAY, NON_RESIDENT_DIVIDEND).brackets
    assert tax_on(D(100_000), brackets) == 15_000
