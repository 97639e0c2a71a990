"""Why a hit is one: the words that were taken for the same, by the rule by which it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from refdata.dated_rules.vectors import value_of
from refdata.models import DatedRule, ScreeningHit
from refdata.rule_kinds import NAME_LIKENESS
from refdata.screening.matching import ALL, Pair, figures_of, paired


@dataclass(frozen=True, slots=True)
class Why:
    """The pairs of words, what each side has beside them, and from which score on it is a hit."""

    pairs: Sequence[Pair]
    ours_left: Sequence[str]
    listed_left: Sequence[str]
    threshold: int


def share(thousandths: int) -> Decimal:
    return Decimal(thousandths) / ALL


def explained(hit: ScreeningHit) -> Why:
    """Why a hit is one; one by an identifier has no words."""
    row = DatedRule.objects.get(pk=int(hit.screening.run.rule.removeprefix("RL-")))
    figures = figures_of(value_of(NAME_LIKENESS, row.value))
    if hit.scheme:
        return Why((), (), (), figures.threshold)
    ours, listed = figures.words(hit.ours), figures.words(hit.listed)
    pairs = paired(ours, listed, figures)
    return Why(
        pairs, _left(ours, [pair.ours for pair in pairs]),
        _left(listed, [pair.listed for pair in pairs]), figures.threshold,
    )  # fmt: skip


def _left(words: Sequence[str], taken: Sequence[str]) -> list[str]:
    left = list(words)
    for word in taken:
        left.remove(word)
    return left
