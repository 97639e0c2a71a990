"""When a payment can be stopped at the latest, and whom to leave so that nobody is below zero. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from backoffice.kernel.business_days import ONE_DAY, BusinessDays


def last_stop(
    due_date: date, *, stop_by: time, days_before: int, calendar: BusinessDays, zone: ZoneInfo
) -> datetime:
    """The last moment at which a payment due on a day can be stopped, in the time of its place."""
    day = due_date
    for _ in range(days_before):
        day = calendar.preceding(day - ONE_DAY)
    return datetime.combine(day, stop_by, tzinfo=zone)


Moves = Mapping[tuple[int, int], Decimal]  # (ledger account, asset) -> what is added, or taken


def without_cover(
    moves: Mapping[int, Moves], least: Moves
) -> dict[int, tuple[tuple[int, int], Decimal]]:
    """Which of these settlements to leave so that nobody is below zero, the last of them first.

    All together are judged, so that what goes round stays. `least` is what stands on each account that
    is watched. Of each that is left: which account lacks what, and how much with all that were there
    still. Leaving one may take from others what it would have brought; those are left as well.
    """
    after = dict(least)
    takers: dict[tuple[int, int], list[int]] = {key: [] for key in least}
    for id, changes in moves.items():
        for key, change in changes.items():
            if key in after:
                after[key] += change
                if change < 0:
                    takers[key].append(id)
    left: dict[int, tuple[tuple[int, int], Decimal]] = {}
    short = sorted(key for key, balance in after.items() if balance < 0)
    while short:
        key = short.pop()
        while after[key] < 0 and takers[key]:
            id = takers[key].pop()
            if id in left:
                continue
            left[id] = key, -after[key]
            for other, change in moves[id].items():
                if other in after:
                    after[other] -= change
                    if after[other] < 0 and other != key:
                        short.append(other)
    return left
