"""What a booking is known by, in which order statements stand, and whether one agrees with itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reconciliation import rules
from reconciliation.terms import NewLine, NewStatement

DAY = date(2026, 11, 23)


def line(amount: str = "10.00", **more: Any) -> NewLine:
    given: dict[str, Any] = {
        "position": 1, "value_date": DAY, "booking_date": DAY, "currency": "RUB", "status": "BOOKED",
        "bank_reference": "B778",
    }  # fmt: skip
    return NewLine(amount=Decimal(amount), **(given | more))


def statement(*lines: NewLine, **more: Any) -> NewStatement:
    given: dict[str, Any] = {
        "position": 1, "format": "MT940", "kind": "END_OF_DAY", "account": "A", "currency": "RUB",
        "until_date": DAY, "number": "228", "sequence": "1",
    }  # fmt: skip
    return NewStatement(lines=lines, **(given | more))


class TestIdentify:
    @pytest.mark.parametrize(
        "other",
        [{"amount": "10.01"}, {"amount": "-10"}, {"value_date": date(2026, 11, 24)}, {"currency": "USD"},
         {"bank_reference": "B779"}, {"status": "PENDING"}],
    )  # fmt: skip
    def test_another_line_is_another_booking(self, other: dict[str, Any]) -> None:
        assert rules.alike(line(), 1, None) != rules.alike(line(**other), 1, None)

    def test_the_same_line_is_the_same_booking_however_it_is_spelt(self) -> None:
        same = line(amount="10", bank_reference=" B778\x00", text="other words", position=9)
        assert rules.alike(line(), 1, None) == rules.alike(same, 1, None)

    def test_it_is_known_by_the_first_reference_that_is_told(self) -> None:
        told = {"bank_reference": "", "end_to_end_id": "E", "our_reference": "O"}
        assert line(**told).reference == "E"
        assert line(**told | {"end_to_end_id": ""}).reference == "O"

    def test_a_day_is_taken_from_the_booking_then_from_the_statement(self) -> None:
        undated = line(value_date=None, booking_date=None)
        booked = line(value_date=None)
        assert rules.alike(booked, 1, None) == rules.alike(line(), 1, None)
        assert rules.alike(undated, 1, DAY) == rules.alike(line(), 1, None)
        assert rules.alike(undated, 1, None) is None

    def test_twins_are_counted(self) -> None:
        key = rules.alike(line(), 1, None)
        assert key is not None
        assert [each.occurrence for each in rules.identities([key, key], {})] == [1, 2]
        assert [each.occurrence for each in rules.identities([key], {key: 2})] == [3]

    def test_long_references_differ_by_their_end(self) -> None:
        one, other = rules.shortened("x" * 200 + "1"), rules.shortened("x" * 200 + "2")
        assert one != other
        assert len(one) <= rules.LONGEST_REFERENCE


class TestOrder:
    def test_statements_stand_by_day_then_number_then_page(self) -> None:
        told = [
            statement(until_date=date(2026, 11, 22), number="999"), statement(number="9"),
            statement(number="10", sequence="2"), statement(number="10", sequence="10"),
        ]  # fmt: skip
        ranks = [rules.rank_of(each) for each in told]
        assert ranks == sorted(ranks)
        assert len(set(ranks)) == len(ranks)

    def test_what_proves_nothing_has_no_place(self) -> None:
        assert rules.rank_of(statement(kind="INTRADAY")) == ""
        assert rules.rank_of(statement(until_date=None)) == ""


class TestAddUp:
    def test_opening_and_booked_lines_make_the_closing(self) -> None:
        told = statement(
            line("-40000.00"), line("25000.50"), line("7", status="PENDING"),
            opening=Decimal("100000.00"), closing=Decimal("85000.50"),
        )  # fmt: skip
        assert rules.booked_sums(told) == (Decimal("25000.50"), Decimal("40000.00"))
        assert rules.difference_of(told) == 0
        assert rules.is_balanced(told, Decimal(0)) is True

    def test_a_cent_is_told(self) -> None:
        told = statement(line("1.00"), opening=Decimal(0), closing=Decimal("1.01"))
        assert rules.difference_of(told) == Decimal("0.01")
        assert rules.is_balanced(told, Decimal("0.01")) is False

    def test_no_digit_of_a_large_sum_is_lost(self) -> None:
        large = Decimal("999999999999999999")
        told = statement(
            *[line(str(large))] * 1_000, line("0.00000001"), opening=Decimal(0), closing=large * 1_000
        )  # fmt: skip
        assert rules.difference_of(told) == Decimal("-0.00000001")

    def test_what_cannot_be_told_is_not_said_to_be_right(self) -> None:
        assert rules.is_balanced(statement(), None) is None
        listed = statement(opening=Decimal(1), closing=Decimal(2), lists_lines=False)
        assert rules.difference_of(listed) is None
        told = statement(remarks=[rules.remark("turnover-differs", "x")], turnover={"count": 1})
        assert rules.is_balanced(told, None) is False

    def test_an_amount_too_fine_to_be_kept_is_a_problem(self) -> None:
        assert rules.problem_of_numbers(statement(line("0.00000001"))) is None
        assert rules.problem_of_numbers(statement(line("1E+20"))) is None
        found = rules.problem_of_numbers(statement(line("0.000000001")))
        assert found is not None
        assert found.code == "too-many-decimals"


class TestValuedLater:
    def test_only_a_booked_line_beyond_the_last_day_is_remarked(self) -> None:
        later = date(2026, 11, 24)
        lines = [
            line(), line(position=2, value_date=later),
            line(position=3, value_date=later, status="PENDING"),
        ]  # fmt: skip
        (remark,) = rules.valued_later(statement(*lines))
        facts = remark["facts"]
        assert (remark["code"], facts["line"], facts["value"]) == (
            "valued-later",
            "2",
            "2026-11-24",
        )
        assert remark["text"] % facts
        assert rules.valued_later(statement(*lines, kind="INTRADAY")) == []
        assert rules.valued_later(statement(*lines, until_date=None)) == []
