"""Rows of laws at their borders, and the tax of rules 7 by them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.lots.dated import MethodNotAllowed, require_method
from ledger.lots.methods import Method, Purpose
from ledger.ndfl.brackets import BRACKETS, NON_RESIDENT, RESIDENT, tax_on
from ledger.ndfl.fx_date import FX_DATE, SECURITY, SOVEREIGN_EXTERNAL_BOND, CostDay
from refdata.dated_rules.rows import NoRuleInForce
from refdata.dated_rules.selectors import rule_in_force
from refdata.selectors import reference_data

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("vector", "base", "tax"),
    [
        ("N4", "2400000", 312_000), ("N5 under 50 kopecks", "2400003", 312_000),
        ("N5 from 50 kopecks", "2400004", 312_001), ("N6", "3000000", 402_000),
        ("N7", "1234567.89", 160_494), ("N8 before", "2300000", 299_000),
        ("N8 after", "2500000", 327_000), ("N2 a loss", "-4000", 0),
    ],
)  # fmt: skip
def test_n4_to_n8_brackets_and_whole_rubles(vector: str, base: str, tax: int) -> None:
    """N4, N5 on both sides of 50 kopecks, N6, N7, N8."""
    brackets = rule_in_force(BRACKETS, TODAY, RESIDENT).brackets
    assert tax_on(Decimal(base), brackets) == tax


def test_n14_non_resident() -> None:
    assert tax_on(Decimal(100_000), rule_in_force(BRACKETS, TODAY, NON_RESIDENT).brackets) == 30_000


def test_the_threshold_moved_on_the_first_of_january_2025() -> None:
    thresholds = [
        rule_in_force(BRACKETS, day, RESIDENT).brackets[1].above
        for day in (date(2024, 12, 31), date(2025, 1, 1))
    ]
    assert thresholds == ["5000000", "2400000"]
    assert reference_data().rules.find(BRACKETS, date(2020, 12, 31), RESIDENT) is None


def test_the_cost_of_sovereign_external_bonds_goes_by_the_day_of_income() -> None:
    assert rule_in_force(FX_DATE, TODAY, SECURITY).cost == CostDay.DEBITED
    assert rule_in_force(FX_DATE, TODAY, SOVEREIGN_EXTERNAL_BOND).cost == CostDay.INCOME_DAY


def test_each_purpose_admits_its_methods_and_refuses_the_others() -> None:
    """Domain-decisions 24: profit tax FIFO or the unit's cost, NDFL FIFO, management all."""
    admitted = {
        Purpose.MANAGEMENT: set(Method), Purpose.NDFL: {Method.FIFO},
        Purpose.RU_PROFIT_TAX: {Method.FIFO, Method.SPECIFIC},
    }  # fmt: skip
    assert set(admitted) == set(Purpose)
    for purpose, methods in admitted.items():
        for method in Method:
            if method in methods:
                require_method(method, purpose, on=TODAY)
            else:
                with pytest.raises(MethodNotAllowed):
                    require_method(method, purpose, on=TODAY)


def test_before_any_rule_nothing_is_admitted_and_the_remedy_is_told() -> None:
    with pytest.raises(NoRuleInForce) as refused:
        require_method(Method.FIFO, Purpose.NDFL, on=date(1999, 12, 31))
    assert "lots.methods NDFL" in str(refused.value)
    assert "Dated rules" in refused.value.hint
