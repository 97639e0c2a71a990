"""Which deal a confirmation without a name is about: the one that differs in a single respect. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from deals.confirming.causes import likely_causes
from deals.confirming.rules import (
    Document,
    Finding,
    Tolerated,
    Verdict,
    Weight,
    compare,
    verdict_of,
)

NEAR = Decimal("0.10")  # by so much a quantity, price or amount may be off and still be meant
ON_THE_SPOT = -99  # the distance of numbers that are right, or wrong in a way that is known
NUMBERS = frozenset({"quantity", "price", "amount"})  # one slip moves several of them


Rank = tuple[int, bool, int]  # fields that differ, whether any, how far off: the least is the best


class Pair(NamedTuple):
    """A confirmation and a deal that may be what it is about."""

    confirmation: int
    deal: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the two came to."""

    findings: Sequence[Finding]
    verdict: Verdict
    causes: Sequence[str]

    @property
    def off(self) -> frozenset[str]:
        return frozenset(f.field for f in self.findings if f.weight is Weight.DIFFERENT)

    @property
    def distance(self) -> int:
        """How far off the numbers are: the power of ten of the largest share; least for a known slip."""
        if self.causes and self.causes[0] != "unexplained":
            return ON_THE_SPOT
        shares = [
            abs(f.theirs - f.ours) / abs(f.ours)
            for f in self.findings
            if f.weight is Weight.DIFFERENT and f.field in NUMBERS and f.ours
        ]
        return max((share.adjusted() for share in shares), default=ON_THE_SPOT)


def compared(ours: Document, theirs: Document, steps: Sequence[Tolerated]) -> Compared:
    findings = compare(ours, theirs, steps)
    return Compared(findings, verdict_of(findings), likely_causes(ours, theirs, findings))


def is_near(found: Compared) -> bool:
    """Whether all that differs is one respect, and numbers by little or by a slip that is known."""
    off = found.off
    if not off:
        return True
    if off <= NUMBERS:
        return found.causes[0] != "unexplained" or all(map(_is_small, found.findings))
    return len(off) == 1 or found.causes[0] in ("dates-swapped", "pair-inverted")


def _is_small(finding: Finding) -> bool:
    if finding.field not in NUMBERS or finding.weight is not Weight.DIFFERENT:
        return True
    return bool(abs(finding.theirs - finding.ours) <= NEAR * abs(finding.ours))


class Choice(NamedTuple):
    """The deal that is meant; None with rivals where several are meant as well as each other."""

    deal: int | None
    rivals: tuple[int, ...] = ()


def choose(candidates: Mapping[Pair, Compared]) -> dict[int, Choice]:
    """For each confirmation with a near deal: that deal, or its rivals.

    The best of a confirmation differs in the fewest fields, and of those its numbers are nearest, by
    powers of ten: among many deals one of another quantity has by chance the price that was meant. It
    is chosen only where no other deal is as good for it, and no other confirmation as good for the
    deal: those go to a person.
    """
    near = {
        pair: (len(each.off), each.verdict != Verdict.EXACT, each.distance)
        for pair, each in candidates.items()
        if is_near(each)
    }
    best_of = _best(near, key=lambda pair: pair.confirmation)
    best_for = _best(near, key=lambda pair: pair.deal)
    chosen: dict[int, Choice] = {}
    for confirmation, pairs in best_of.items():
        deals = sorted(pair.deal for pair in pairs)
        if len(deals) > 1:
            chosen[confirmation] = Choice(None, tuple(deals))
            continue
        wanting = best_for[deals[0]]
        if pairs[0] in wanting:
            alone = len(wanting) == 1
            chosen[confirmation] = Choice(deals[0]) if alone else Choice(None, (deals[0],))
    return chosen


def _best(near: Mapping[Pair, Rank], key: Callable[[Pair], int]) -> dict[int, list[Pair]]:
    grouped: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair in near:
        grouped[key(pair)].append(pair)
    return {id: _least(pairs, near) for id, pairs in grouped.items()}


def _least(pairs: Sequence[Pair], near: Mapping[Pair, Rank]) -> list[Pair]:
    least = min(near[pair] for pair in pairs)
    return [pair for pair in pairs if near[pair] == least]
