"""How a backlog flows, who is needed for it, and what comes too late. Pure (rules.md section 13).

Back-office work can wait: what counts is how old it gets, not who is free at the moment it comes. Work is
measured in seconds of handling, because kinds of items differ; an item may be done in part by an evening.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

NOTHING = Decimal(0)
SECONDS_AN_HOUR = 3600
AGES = (1, 2, 5, 10)  # days: below the first, below the next…, and whatever is older


def backlog_after(*, start: Decimal, arrivals: Decimal, processed: Decimal) -> Decimal:
    """What is left in the evening; nobody works on what is not there."""
    return max(start + arrivals - processed, NOTHING)


def needed_a_day(*, backlog: Decimal, target_days: Decimal, inflow: Decimal) -> Decimal:
    """How much a day has to be done for a backlog to be gone in so many days, while as much comes in."""
    return backlog / target_days + inflow


def agents_needed(*, needed: Decimal, productive_hours: Decimal, handling_seconds: Decimal) -> int:
    """How many people do so many items a day: whole ones, rounded up."""
    return math.ceil(needed * handling_seconds / (productive_hours * SECONDS_AN_HOUR))


def age_profile(opened: Iterable[datetime], *, at: datetime) -> list[int]:
    """How many have waited less than each of `AGES`, from one to the next, and how many longer than all."""
    found = [0] * (len(AGES) + 1)
    for moment in opened:
        found[sum(at - moment >= timedelta(days=age) for age in AGES)] += 1
    return found


def share_inside(due: Iterable[datetime | None], *, at: datetime) -> Decimal | None:
    """The share of what waits that is not late yet; what has no deadline is never late. None: nothing waits."""
    late = [moment is not None and moment <= at for moment in due]
    return 1 - Decimal(sum(late)) / len(late) if late else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Items of one kind that are late from the evening of one day on, counted from today; below zero: late already."""

    kind: str
    items: Decimal
    seconds: Decimal  # of one item
    due: int

    @property
    def work(self) -> Decimal:
        return self.items * self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """How a day of a queue ends. `late`: items that become late that evening, with `short` seconds of work in them.

    `spare` is what people could have done besides.
    """

    start: Decimal
    arrivals: Decimal
    processed: Decimal
    end: Decimal
    late: Decimal
    short: Decimal
    spare: Decimal
    backlog: Decimal  # seconds of work in the morning
    inflow: Decimal  # seconds of work that come in


def flow(
    waiting: Sequence[Load], coming: Sequence[Sequence[Load]], capacity: Sequence[Decimal]
) -> list[Evening]:
    """Day by day what comes, what is done of it and what is left; what is due first is done first.

    No other order of work has fewer seconds too late on the first evening that has any.
    """
    before, evenings = list(waiting), []
    for day, (new, seconds) in enumerate(zip(coming, capacity, strict=True)):
        there = sorted([*before, *new], key=lambda load: load.due)
        left, spare = _worked_off(there, seconds)
        late = [load for load in left if load.due == day]
        start, arrivals, end = (_items(loads) for loads in (before, new, left))
        evenings.append(
            Evening(
                start=start, arrivals=arrivals, processed=start + arrivals - end, end=end,
                late=_items(late), short=_work(late), spare=spare, backlog=_work(before), inflow=_work(new),
            )
        )  # fmt: skip
        before = left
    return evenings


def _worked_off(loads: Sequence[Load], seconds: Decimal) -> tuple[list[Load], Decimal]:
    """What so many seconds leave of loads that are done in this order, and what they leave of the seconds."""
    left = []
    for load in loads:
        done = min(load.work, seconds)
        seconds -= done
        if done < load.work:
            left.append(replace(load, items=load.items - done / load.seconds))
    return left, seconds


def _items(loads: Iterable[Load]) -> Decimal:
    return sum((load.items for load in loads), NOTHING)


def _work(loads: Iterable[Load]) -> Decimal:
    return sum((load.work for load in loads), NOTHING)
