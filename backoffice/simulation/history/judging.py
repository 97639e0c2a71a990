"""A forecast judged by a simulated market: made anew each morning from what was known, held against what came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from backoffice.events.selectors import known_at, known_now
from backoffice.simulation.history.drawing import Day, draw
from backoffice.simulation.history.worlds import World
from backoffice.simulation.history.writing import write
from backoffice.work.workload import read_known, working_day
from backoffice.workflow.workload.forecasting import DAYS_AHEAD, Stream
from backoffice.workflow.workload.measuring import Counts, Said, said_on
from backoffice.workflow.workload.reading import HISTORY_DAYS
from refdata.firm_days import FIRM_ZONE

BEGINS = date(2026, 1, 12)  # the first day of every market; each is over long before it is judged
FORECAST_AT = time(7)  # by the firm's clock
JUDGED_DAYS = 60  # mornings on which a forecast is made
AFTER = 20  # business days on which what is left falls due


def judge(
    world: World, *, seed: int, judged: int = JUDGED_DAYS, learnt: int = HISTORY_DAYS
) -> list[Said]:
    """All that `judged` mornings said, after `learnt` days to learn from; in a database that is the market's own."""
    dates = _dates(learnt + judged + DAYS_AHEAD + AFTER)
    over = len(dates) - AFTER
    days = draw(world, seed=seed, dates=dates[:over])
    write(days, name=f"{world.name}-{seed}", zone=FIRM_ZONE, after=dates[over:])
    came = counts_of(days)
    said: list[Said] = []
    for day in dates[learnt : learnt + judged]:
        at = datetime.combine(day, FORECAST_AT, tzinfo=FIRM_ZONE)
        said += said_on(read_known(known_at(at), at=at), came)
    return said


def counts_of(days: Sequence[Day]) -> Counts:
    """How many of each kind were drawn, by day: what came, without asking the database."""
    streams = {Stream(item.queue, item.kind) for day in days for item in day.items}
    found = {stream: {day.date: 0 for day in days} for stream in streams}
    for day in days:
        for item in day.items:
            found[Stream(item.queue, item.kind)][day.date] += 1
    return found


def _dates(count: int) -> list[date]:
    """So many days on which the firm works, by the calendars as they are."""
    following = working_day(known_now())
    found = [following(BEGINS)]
    while len(found) < count:
        found.append(following(found[-1] + timedelta(1)))
    return found
