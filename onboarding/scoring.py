"""A grade from named answers: points by answer, weighted, added, and looked up in a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec import Struct

from backoffice.workflow.processes.definition import Words
from refdata.dated_rules.kinds import Number

CENT = Decimal("0.01")


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    name: Words
    points: Number


class Factor(Struct, frozen=True, forbid_unknown_fields=True):
    """One question, what may be answered, and its share in the score."""

    code: str
    name: Words
    weight: Number
    answers: list[Answer]


class Grade(Struct, frozen=True, forbid_unknown_fields=True):
    """A grade, and from which score on."""

    code: str
    at_least: Number


class Scorecard(Struct, frozen=True, forbid_unknown_fields=True):
    factors: list[Factor]
    grades: list[Grade]

    def __post_init__(self) -> None:
        if sum(Decimal(factor.weight) for factor in self.factors) != 1:
            raise ValueError("the weights come to one")
        if not self.grades or min(Decimal(grade.at_least) for grade in self.grades) > 0:
            raise ValueError("one grade begins with no points at all")
        for factor in self.factors:
            if len({answer.code for answer in factor.answers}) < len(factor.answers):
                raise ValueError(f"{factor.code}: an answer stands there twice")


class Part(NamedTuple):
    """What one factor adds: the answer, its points, and what they count for."""

    factor: Factor
    answer: Answer
    counts: Decimal


class Score(NamedTuple):
    """The sum of the parts, to the hundredth; no grade while an answer is missing."""

    points: Decimal
    grade: str
    parts: Sequence[Part]
    missing: Sequence[Factor]


def score_of(card: Scorecard, answers: Mapping[str, str]) -> Score:
    parts, missing = [], []
    for factor in card.factors:
        answer = next((a for a in factor.answers if a.code == answers.get(factor.code)), None)
        if answer is None:
            missing.append(factor)
        else:
            counts = Decimal(factor.weight) * Decimal(answer.points)
            parts.append(Part(factor, answer, counts.quantize(CENT, ROUND_HALF_UP)))
    exact = sum(
        (Decimal(p.factor.weight) * Decimal(p.answer.points) for p in parts), start=Decimal(0)
    )
    points = exact.quantize(CENT, ROUND_HALF_UP)
    grade = "" if missing else _grade(card.grades, points)
    return Score(points, grade, parts, missing)


def _grade(grades: Sequence[Grade], points: Decimal) -> str:
    reached = [grade for grade in grades if Decimal(grade.at_least) <= points]
    return max(reached, key=lambda grade: Decimal(grade.at_least)).code
