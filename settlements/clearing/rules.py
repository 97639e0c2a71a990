"""What a difference with the clearing house likely comes from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class CauseKind(StrEnum):
    """Why two figures differ, the most certain first."""

    SIGN = "sign"
    REVERSED = "reversed"
    WRONG_SIDE = "wrong-side"
    NOT_THEIRS = "not-theirs"
    WAITING = "waiting"
    ELSEWHERE = "elsewhere"
    NOT_OURS = "not-ours"


class Candidate(NamedTuple):
    """A cleared deal with the house: what it brings of the asset (below zero: gives), and where it stands.

    `reversed`: it was within, until its venue reported it void.
    """

    deal_id: int
    amount: Decimal
    within: bool | None
    waiting: bool = False
    reversed: bool = False


class Cause(NamedTuple):
    """The likely cause of a difference, and the deals that show it."""

    kind: CauseKind
    deals: tuple[int, ...] = ()


def likely_cause(ours: Decimal, theirs: Decimal, candidates: Sequence[Candidate]) -> Cause:
    """The first that fits, of two figures that differ; every deal is named whose amount explains it."""
    gap = theirs - ours

    def named(amount: Decimal, *, within: bool, waiting: bool | None = None) -> tuple[int, ...]:
        return tuple(
            each.deal_id
            for each in candidates
            if each.amount == amount
            and not each.reversed
            and bool(each.within) is within
            and waiting in (None, each.waiting)
        )

    if theirs == -ours:
        return Cause(CauseKind.SIGN)
    void = tuple(each.deal_id for each in candidates if each.reversed and each.amount == gap)
    for kind, deals in (
        (CauseKind.REVERSED, void),
        (CauseKind.NOT_THEIRS, named(-gap, within=True)),
        (CauseKind.WAITING, named(gap, within=False, waiting=True)),
        (CauseKind.ELSEWHERE, named(gap, within=False, waiting=False)),
        (CauseKind.WRONG_SIDE, named(-gap / 2, within=True)),
    ):
        if deals:
            return Cause(kind, deals)
    return Cause(CauseKind.NOT_OURS)
