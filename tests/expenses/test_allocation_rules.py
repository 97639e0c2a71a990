"""Sharing out centres: the step-down example of cost accounting textbooks, worked by hand, and its borders.

Horngren, Cost Accounting, support departments: plant maintenance costs 6,300,000 and works 8,000 hours for others
(1,600 for information systems, 2,400 for machining, 4,000 for assembly); information systems cost 1,452,150 and give
1,600 hours to machining, 200 to assembly (200 to maintenance do not count, which is closed by then).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from expenses.allocating.rules import Key, per_deal, step_down

D = Decimal
MAINTENANCE, SYSTEMS = ("centre", 1), ("centre", 2)
MACHINING, ASSEMBLY = ("book", 1), ("book", 2)
COSTS = {
    MAINTENANCE: D(6_300_000), SYSTEMS: D(1_452_150), MACHINING: D(4_000_000), ASSEMBLY: D(2_000_000),
}  # fmt: skip
KEYS = [
    Key(MAINTENANCE, {SYSTEMS: D(1_600), MACHINING: D(2_400), ASSEMBLY: D(4_000)}),
    Key(SYSTEMS, {MAINTENANCE: D(200), MACHINING: D(1_600), ASSEMBLY: D(200)}),
]


class TestStepDown:
    def test_the_textbook_example(self) -> None:
        found = step_down(COSTS, KEYS, 2)
        assert [(move.target, move.amount) for move in found.moves] == [
            (MACHINING, D(1_890_000)), (ASSEMBLY, D(3_150_000)), (SYSTEMS, D(1_260_000)),
            (MACHINING, D(2_410_800)), (ASSEMBLY, D(301_350)),
        ]  # fmt: skip
        assert found.at == {MACHINING: D(8_300_800), ASSEMBLY: D(5_451_350)}

    def test_the_order_of_the_keys_counts(self) -> None:
        """Systems first: a tenth of 1,452,150 goes to maintenance, of which 3/8 and 5/8 go on."""
        found = step_down(COSTS, [KEYS[1], KEYS[0]], 2)
        # 4,000,000 + 1,161,720 + 3/8 of 6,445,215; 2,000,000 + 145,215 + 5/8 of 6,445,215.
        assert found.at == {MACHINING: D("7578675.63"), ASSEMBLY: D("6173474.37")}

    @pytest.mark.parametrize(("total", "unit"), [("0.01", 2), ("100", 2), ("100", 0), ("0.005", 3)])
    def test_the_parts_come_to_the_whole(self, total: str, unit: int) -> None:
        thirds = {("book", number): D(1) for number in range(3)}
        found = step_down({MAINTENANCE: D(total)}, [Key(MAINTENANCE, thirds)], unit)
        assert sum(found.at.values()) == D(total)
        assert max(found.at.values()) - min(found.at.values(), default=D(0)) <= D(1).scaleb(-unit)

    def test_what_nobody_counts_for_stays_where_it_is(self) -> None:
        found = step_down({MAINTENANCE: D(5)}, [Key(MAINTENANCE, {MACHINING: D(0)})], 2)
        assert (found.at, found.moves) == ({MAINTENANCE: D(5)}, [])

    def test_a_credit_is_shared_out_as_well(self) -> None:
        found = step_down(
            {MAINTENANCE: D("-0.05")}, [Key(MAINTENANCE, {MACHINING: D(1), ASSEMBLY: D(1)})], 2
        )
        assert sum(found.at.values()) == D("-0.05")


class TestPerDeal:
    def test_to_a_kopeck_half_up_and_of_no_deals_none(self) -> None:
        assert per_deal(D("100.00"), 8) == D("12.50")
        assert per_deal(D("0.05"), 2) == D("0.03")
        assert per_deal(D(1), 0) is None
