"""When a step is needed: comparisons of named measures of a case, joined by and and or. Pure.

A condition is a list of groups: it holds where every test of one group holds, and without any group
always. What is not known of a case fulfils every test about it, so that nobody is spared a step because
a rate is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from backoffice.kernel.decimals import parse

Facts = Mapping[str, str]  # measures by name; a number as text, empty where it is not known


class Op(StrEnum):
    ABOVE = "above"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    BELOW = "below"
    ONE_OF = "one-of"
    NONE_OF = "none-of"


NUMBERS = (Op.ABOVE, Op.AT_LEAST, Op.AT_MOST, Op.BELOW)
WORDS = (Op.ONE_OF, Op.NONE_OF)


@dataclass(frozen=True, slots=True)
class Measure:
    """What conditions may ask about a case: a number, or one of `choices`; free words without any."""

    name: str
    title: Any
    number: bool = False
    choices: tuple[tuple[str, Any], ...] = ()

    @property
    def ops(self) -> tuple[Op, ...]:
        return NUMBERS if self.number else WORDS


class Comparison(Struct, frozen=True, forbid_unknown_fields=True):
    """One comparison; a number is compared with the one value, a word with any number of them."""

    measure: str
    op: Op
    values: list[str]


Condition = list[list[Comparison]]


def holds(condition: Sequence[Sequence[Comparison]], facts: Facts) -> bool:
    return not condition or any(
        all(_passes(test, facts.get(test.measure, "")) for test in group) for group in condition
    )


def _passes(test: Comparison, found: str) -> bool:
    if not found:
        return True
    if test.op in WORDS:
        return (found in test.values) == (test.op is Op.ONE_OF)
    number, bound = Decimal(found), Decimal(test.values[0])
    return {
        Op.ABOVE: number > bound, Op.AT_LEAST: number >= bound,
        Op.AT_MOST: number <= bound, Op.BELOW: number < bound,
    }[test.op]  # fmt: skip


def require_readable(
    condition: Sequence[Sequence[Comparison]], measures: Sequence[Measure]
) -> None:
    """Raises ValueError for a condition that asks what its cases do not tell."""
    known = {measure.name: measure for measure in measures}
    for group in condition:
        if not group:
            raise ValueError("a group of conditions is empty")
        for test in group:
            _require_readable(test, known.get(test.measure))


def _require_readable(test: Comparison, measure: Measure | None) -> None:
    if measure is None:
        raise ValueError(f"{test.measure} is no measure of this process")
    if test.op not in measure.ops:
        raise ValueError(f"{test.measure} is not compared by {test.op.value}")
    if not test.values or (measure.number and len(test.values) > 1):
        raise ValueError(f"{test.measure} is compared with {len(test.values)} values")
    if measure.number:
        parse(test.values[0])
    elif measure.choices and not {*test.values} <= {code for code, _ in measure.choices}:
        raise ValueError(f"{test.measure} is never {', '.join(test.values)}")
