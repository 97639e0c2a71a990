"""Whether a seller's tax is withheld, and how much; terms to flows (rules, section 7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from deals.products.withholding import TaxAgentMode, tax_withheld

AGENT, BUYER = TaxAgentMode(agent=True), TaxAgentMode(agent=False)


@pytest.mark.parametrize(
    ("name", "income", "cost", "resident", "tax"),
    [
        ("N4", "2400000", "0", True, "312000"),
        ("N5 below the edge", "2400003", "0", True, "312000"),
        ("N5 on the edge", "2400004", "0", True, "312001"),
        ("N6", "3000000", "0", True, "402000"),
        ("N7", "1234567.89", "0", True, "160494"),
        ("N14", "100000", "0", False, "30000"),
        ("what the seller paid is taken off", "312450", "300000", True, "1619"),
        ("a loss is taxed with nothing", "100", "200", True, "0"),
    ],
)
def test_the_agent_withholds_in_whole_rubles(
    name: str, income: str, cost: str, resident: bool, tax: str
) -> None:
    found = tax_withheld(AGENT, Decimal(income), Decimal(cost), resident=resident)
    assert found == Decimal(tax), name


def test_a_buyer_on_own_account_withholds_nothing() -> None:
    assert tax_withheld(BUYER, Decimal(10**9), Decimal(0), resident=False) == 0


def test_the_rule_asks_for_legal_review_until_somebody_says_otherwise() -> None:
    assert AGENT.legal_review
