"""The tax on pay as the year goes on: rate by rate, in whole rubles, after what was withheld. Pure, by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.rounding import half_up_whole
from ledger.ndfl.brackets import Bracket, tax_on
from ledger.ndfl.budget import BudgetCodes, code_at
from ledger.ndfl.pay import due_by_rate, pay_scale

D = Decimal
SCALE = [
    Bracket(above, rate)
    for above, rate in (
        ("0", "0.13"), ("2400000", "0.15"), ("5000000", "0.18"), ("20000000", "0.20"), ("50000000", "0.22"),
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "before", "due"),
    [
        ("100000", {}, {"0.13": 13_000}),
        ("2400000", {}, {"0.13": 312_000}),
        ("2400001", {}, {"0.13": 312_000}),  # 15 kopecks are none
        ("2400010", {}, {"0.13": 312_000, "0.15": 2}),
        ("2500000.50", {"0.13": 299_000}, {"0.13": 13_000, "0.15": 15_000}),
        ("5000100", {"0.13": 312_000, "0.15": 390_000}, {"0.18": 18}),
        ("60000000", {}, {
            "0.13": 312_000, "0.15": 390_000, "0.18": 2_700_000, "0.20": 6_000_000, "0.22": 2_200_000}),
        ("100000", {"0.13": 13_000}, {}),
        ("100000", {"0.13": 14_000}, {"0.13": -1_000}),  # withheld too much before
        ("0", {"0.30": 15_000}, {"0.30": -15_000}),  # of a rate that the scale no longer has
    ],
)  # fmt: skip
def test_what_is_due_now(base: str, before: dict[str, int], due: dict[str, int]) -> None:
    found = due_by_rate(D(base), {D(rate): D(tax) for rate, tax in before.items()}, SCALE)
    assert found == {D(rate): D(tax) for rate, tax in due.items()}


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=12))
def test_however_a_year_is_paid_all_of_its_tax_is_withheld(kopecks: list[int]) -> None:
    base, withheld = D(0), dict[Decimal, Decimal]()
    for amount in kopecks:
        base += D(amount) * 10 / 100
        for rate, tax in due_by_rate(base, withheld, SCALE).items():
            withheld[rate] = withheld.get(rate, D(0)) + tax
    assert sum(withheld.values(), D(0)) == tax_on(base, SCALE)
    assert all(tax == half_up_whole(tax) for tax in withheld.values())


def test_scales_and_codes() -> None:
    assert (pay_scale(True), pay_scale(False)) == ("PAY", "PAY_NON_RESIDENT")
    rule = BudgetCodes({"0.20": "1" * 20})
    assert (code_at(rule, D("0.2")), code_at(rule, D("0.13"))) == ("1" * 20, "")
