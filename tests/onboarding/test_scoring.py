"""A grade from answers: the worked example of the rule, its borders, and what cannot be a scorecard."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from onboarding.scoring import Scorecard, score_of

CARD: dict[str, Any] = {
    "factors": [
        {"code": "capital", "name": {"en": "Capital", "ru": "Капитал"}, "weight": "0.7", "answers": [
            {"code": "large", "name": {"en": "large", "ru": "большой"}, "points": "100"},
            {"code": "small", "name": {"en": "small", "ru": "малый"}, "points": "25.715"},
        ]},
        {"code": "years", "name": {"en": "Years", "ru": "Годы"}, "weight": "0.3", "answers": [
            {"code": "ten", "name": {"en": "ten", "ru": "десять"}, "points": "100"},
            {"code": "new", "name": {"en": "new", "ru": "новая"}, "points": "40"},
        ]},
    ],
    "grades": [{"code": "A", "at_least": "80"}, {"code": "B", "at_least": "48"}, {"code": "C", "at_least": "0"}],
}  # fmt: skip


def card(**more: Any) -> Scorecard:
    return msgspec.convert(CARD | more, Scorecard)


class TestScoreOf:
    def test_worked_example_seventy_and_twelve_are_eighty_two(self) -> None:
        found = score_of(card(), {"capital": "large", "years": "new"})

        assert (found.points, found.grade) == (Decimal("82.00"), "A")
        assert [part.counts for part in found.parts] == [Decimal("70.00"), Decimal("12.00")]

    def test_the_border_belongs_to_the_better_grade_after_rounding(self) -> None:
        """0.7 × 25.715 is 18.0005, with 30 it is 48.0005."""
        assert score_of(card(), {"capital": "small", "years": "ten"}).grade == "B"
        grades = [{"code": "B", "at_least": "48.01"}, {"code": "C", "at_least": "0"}]
        assert score_of(card(grades=grades), {"capital": "small", "years": "ten"}).grade == "C"

    @pytest.mark.parametrize(
        "answers", [{}, {"capital": "large"}, {"capital": "large", "years": "?"}]
    )
    def test_without_every_answer_there_is_no_grade(self, answers: dict[str, str]) -> None:
        found = score_of(card(), answers)
        assert found.grade == ""
        assert "years" in [factor.code for factor in found.missing]


class TestScorecard:
    @pytest.mark.parametrize(
        "more",
        [
            {"grades": [{"code": "A", "at_least": "1"}]},
            {"factors": [CARD["factors"][0]]},
            {"factors": [{**CARD["factors"][0], "weight": "1", "answers": CARD["factors"][0]["answers"][:1] * 2}]},
        ],
    )  # fmt: skip
    def test_what_leaves_somebody_without_a_grade_is_none(self, more: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            card(**more)
