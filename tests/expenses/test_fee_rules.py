"""What a schedule makes of a measure: tiers at their borders, bounds, rounding, rebates, VAT. Pure, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.fees.kinds import (
    DUE,
    RECOVERY,
    VAT,
    Billed,
    Days,
    Ended,
    ServiceVat,
    days_after,
    in_parts,
)
from expenses.fees.rules import difference_of, payable
from expenses.fees.state import Difference
from refdata.base.loading_rules import FILE
from refdata.fees import by_tiers, fee_of, parted, rebate_share, wrong_steps

D = Decimal
USUAL, NONE = D("0.0005"), D(0)


@dataclass(frozen=True)
class Schedule:
    """What a schedule says: a rate of 0.05 % unless it is said."""

    rate: Decimal = USUAL
    tier_from: Sequence[Decimal] = ()
    tier_rates: Sequence[Decimal] = ()
    whole_tiers: bool = False
    minimum: Decimal = NONE
    maximum: Decimal | None = None
    rounding: str = "HALF_UP"


def tiered(*, whole: bool, **more: Any) -> Schedule:
    """0.1 % up to a million, 0.05 % up to ten, 0.02 % above."""
    return Schedule(
        rate=D("0.001"), tier_from=(D(1_000_000), D(10_000_000)), tier_rates=(D("0.0005"), D("0.0002")),
        whole_tiers=whole, **more,
    )  # fmt: skip


def test_the_sample_deal_costs_what_it_always_did() -> None:
    """0.05 % of 312,450.00 is 156.225, half up 156.23."""
    assert fee_of(Schedule(), D(312_450), 2) == D("156.23")


@pytest.mark.parametrize(
    ("measure", "marginal", "whole"),
    [
        ("999999.99", "999.99999", "999.99999"),
        ("1000000", "1000", "500"),
        ("1000000.01", "1000.000005", "500.000005"),
        ("9999999.99", "5499.999995", "4999.999995"),
        ("10000000", "5500", "2000"),
        ("10000001", "5500.0002", "2000.0002"),
        ("0", "0", "0"),
    ],
)
def test_tiers_at_their_borders(measure: str, marginal: str, whole: str) -> None:
    assert by_tiers(tiered(whole=False), D(measure)) == D(marginal)
    assert by_tiers(tiered(whole=True), D(measure)) == D(whole)


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_marginal_tiers_never_cost_less_for_more(one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))
    schedule = tiered(whole=False)
    assert by_tiers(schedule, less) <= by_tiers(schedule, more)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("99999.99", "50.00"), ("100000", "50.00"), ("100020", "50.01"), ("1999980", "999.99"),
     ("2000000", "1000.00"), ("2000020", "1000.00"), ("0", "0")],
)  # fmt: skip
def test_a_fee_stays_within_its_bounds_and_nothing_costs_nothing(
    measure: str, expected: str
) -> None:
    schedule = Schedule(minimum=D(50), maximum=D(1000))
    assert fee_of(schedule, D(measure), 2) == D(expected)


@pytest.mark.parametrize(
    ("unit", "rounding", "expected"),
    [
        (0, "HALF_UP", "156"),
        (2, "HALF_UP", "156.23"),
        (3, "HALF_UP", "156.225"),
        (2, "WHOLE", "156"),
    ],
)
def test_it_is_rounded_as_the_schedule_names(unit: int, rounding: str, expected: str) -> None:
    assert fee_of(Schedule(rounding=rounding), D(312_450), unit) == D(expected)


def test_a_yearly_rate_is_shared_out_by_days() -> None:
    """0.1 % a year of 3,650,000 is 10.00 a day, and 30.00 over a weekend."""
    schedule = Schedule(rate=D("0.001"))
    for days, expected in ((1, "10.00"), (3, "30.00")):
        assert fee_of(schedule, D(3_650_000), 2, share=D(days) / 365) == D(expected)


@pytest.mark.parametrize(
    ("volume", "share"), [("99", "0"), ("100", "0.1"), ("199.99", "0.1"), ("200", "0.25")]
)
def test_a_rebate_is_that_of_the_last_border_reached(volume: str, share: str) -> None:
    assert rebate_share((D(100), D(200)), (D("0.1"), D("0.25")), D(volume)) == D(share)


@pytest.mark.parametrize(
    ("begins", "values", "wrong"),
    [((), (), False), ((1, 2), (1, 1), False), ((1,), (), True), ((2, 1), (1, 1), True),
     ((1, 1), (1, 1), True), ((0,), (1,), True), ((1,), (-1,), True)],
)  # fmt: skip
def test_steps_ascend_and_each_has_its_value(begins: Any, values: Any, wrong: bool) -> None:
    assert wrong_steps(begins, values) is wrong


class TestVat:
    """Domain-decision 26."""

    @pytest.mark.parametrize(
        ("rate", "amount", "net", "vat"),
        [("0.22", "122.00", "100.00", "22.00"), ("0.20", "120.00", "100.00", "20.00")],
    )
    def test_a_data_invoice_contains_the_vat_of_its_day(
        self, rate: str, amount: str, net: str, vat: str
    ) -> None:
        assert in_parts(ServiceVat(rate=rate), Billed(amount)) == msgspec.convert(
            {"net": net, "vat": vat}, type(in_parts(ServiceVat(rate=rate), Billed(amount)))
        )
        on_top = in_parts(ServiceVat(rate=rate), Billed(net, on_top=True))
        assert (on_top.net, on_top.vat) == (net, vat)

    def test_an_exchange_fee_has_none(self) -> None:
        found = in_parts(ServiceVat(exempt="art. 149"), Billed("100.00"))
        assert (found.net, found.vat) == ("100.00", "0.00")

    def test_either_a_rate_or_the_article_of_the_exemption(self) -> None:
        for wrong in ({}, {"rate": "0.2", "exempt": "art. 149"}, {"rate": "-0.2"}):
            with pytest.raises(ValueError, match="either a rate"):
                ServiceVat(**wrong)

    @given(
        st.decimals(-(10**6), 10**6, places=2),
        st.sampled_from(["0.20", "0.22", "0.10"]),
        st.booleans(),
    )
    def test_the_parts_sum_to_the_whole(self, amount: Decimal, rate: str, on_top: bool) -> None:
        found = parted(amount, D(rate), on_top=on_top, minor_unit=2)
        assert found.net + found.vat == found.total
        assert (found.net if on_top else found.total) == amount

    def test_the_rates_change_with_the_year_and_no_day_is_without_one(self) -> None:
        rows = [row for row in msgspec.json.decode(FILE.read_bytes()) if row["kind"] == VAT.name]
        data = sorted((row["valid_from"], row.get("valid_until"), row["value"]["rate"])
                      for row in rows if row["key"] == "DATA")  # fmt: skip
        assert data == [("2019-01-01", "2026-01-01", "0.20"), ("2026-01-01", None, "0.22")]
        assert {row["key"] for row in rows if "exempt" in row["value"]} >= {"EXCHANGE", "BROKERAGE"}


def test_what_a_difference_is() -> None:
    for about, ours, theirs, expected in (
        ("D-1", D(1), D(2), Difference.AMOUNT), ("D-1", None, D(2), Difference.NOT_OURS),
        ("D-1", D(1), None, Difference.NOT_THEIRS), ("?X", None, D(2), Difference.NOT_KNOWN),
    ):  # fmt: skip
        assert difference_of(about, ours, theirs) == expected


def test_what_they_took_back_is_not_paid() -> None:
    assert payable(D(100), []) == 100
    assert payable(D(100), [(D(5), D(8)), (D(3), D(1))]) == 99


def test_a_month_is_paid_so_many_days_after_its_end() -> None:
    assert days_after(Days(10), Ended(date(2026, 11, 30))) == date(2026, 12, 10)
    assert DUE.takes("")
    assert DUE.takes("999900DEMOBANKONE097")
    assert RECOVERY.takes("RU/BROKER")
    assert not RECOVERY.takes("RU")
