"""How likely the other side of an instruction delivers or pays today: per mille, exact. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

CERTAIN = 1_000
PRIOR_SENT, PRIOR_SETTLED = 5, 4  # who is not known is taken for one of whom four of five settled
LATER = 100  # of who lacks something now: that it comes in later today


class Owes(NamedTuple):
    """What the other side of an instruction has to give: of which asset, and how much of it."""

    counterparty: str
    asset: str
    amount: int


def chance_of(sent: int, settled: int) -> int:
    """Of one counterparty, by how many of those sent to it settled on the day they were to; never below zero.

    A few rows say little, so they are added to what is taken for true of one that is not known.
    """
    settled = min(max(settled, 0), max(sent, 0))
    return CERTAIN * (settled + PRIOR_SETTLED) // (max(sent, 0) + PRIOR_SENT)


def chances_today(
    owes: Mapping[int, Owes], history: Mapping[str, tuple[int, int]], lacked: Iterable[Owes] = ()
) -> dict[int, int]:
    """For each instruction, by how often who is on its other side gave before what it owed.

    `lacked` is what the place found wanting today. Whoever lacks so much has not more either; of less it
    is the likelier to have enough, the less it is.
    """
    short: dict[tuple[str, str], int] = {}
    for each in lacked:
        key = each.counterparty, each.asset
        short[key] = min(short.get(key, each.amount), each.amount)
    found = {}
    for id, each in owes.items():
        chance = chance_of(*history.get(each.counterparty, (0, 0)))
        most = short.get((each.counterparty, each.asset))
        if most is not None:
            share = CERTAIN - CERTAIN * min(each.amount, most) // max(most, 1)
            chance = chance * max(share, LATER) // CERTAIN
        found[id] = chance
    return found
