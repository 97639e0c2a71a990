"""Which of several deals a confirmation that names none is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from deals.confirming.nearest import Choice, Compared, Pair, choose, compared
from deals.confirming.rules import Document

OURS = Document(
    side="buy", instrument="RU0009024277", quantity=Decimal(591_416), currency="RUB",
    trade_date=date(2026, 11, 23), settlement_date=date(2026, 11, 24), price=Decimal("862.90"),
    amount=Decimal("510588032.83"), place="", uti="", gross=Decimal("510332866.40"),
    fee=Decimal("255166.43"),
)  # fmt: skip
TOLD = replace(
    OURS, price=Decimal("863.90"), amount=Decimal("510924282.40"), gross=None, fee=Decimal(0)
)


def against(**terms: Any) -> Compared:
    return compared(replace(OURS, **terms), TOLD, ())


class TestChoose:
    def test_of_two_that_differ_in_as_many_fields_the_nearer_by_far_is_meant(self) -> None:
        """A price that is a ruble off, beside a deal of another quantity at the very price they tell."""
        near, other = against(), against(
            quantity=Decimal(560_000), price=Decimal("863.90"), amount=Decimal("484025892.00"),
            gross=Decimal("483784000.00"), fee=Decimal("241892.00"),
        )  # fmt: skip
        assert near.off == {"price", "amount"}
        assert other.off == {"quantity", "amount"}
        assert choose({Pair(1, 10): near, Pair(1, 11): other}) == {1: Choice(10)}

    def test_two_that_are_about_as_near_go_to_a_person(self) -> None:
        near, other = against(), against(price=Decimal("864.90"), amount=Decimal("511771490.29"))
        assert near.off == other.off
        assert choose({Pair(1, 10): near, Pair(1, 11): other}) == {1: Choice(None, (10, 11))}
