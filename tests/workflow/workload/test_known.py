"""A forecast is made from what was known at its moment: whatever is recorded later changes nothing of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Watermark
from backoffice.events.selectors import KnownAt, NothingKnownThen, known_at, known_now
from backoffice.events.services import NewEvent, record_events
from backoffice.simulation.history.drawing import draw
from backoffice.simulation.history.worlds import DEVELOPMENT
from backoffice.simulation.history.writing import write
from backoffice.work import pipeline_known
from backoffice.work.workload import firm_mornings, read_known, working_day
from backoffice.workflow.handling import claim_items
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.workload import handled, reading
from backoffice.workflow.workload.forecasting import Stream, forecast, together
from backoffice.workflow.workload.handled import handled_by_kind
from backoffice.workflow.workload.reading import usual_lags
from refdata.firm_days import FIRM_ZONE
from tests.following import until_known

DAYS, SEED = 60, 11


def business_days(count: int) -> list[date]:
    following = working_day(known_now())
    found = [following(date(2026, 1, 12))]
    while len(found) < count:
        found.append(following(found[-1] + timedelta(1)))
    return found


def market() -> list[date]:
    """The days of a small market, written; on the last of them its forecasts are made."""
    dates = business_days(DAYS + 30)
    days = draw(DEVELOPMENT, seed=SEED, dates=dates[: DAYS + 15])
    write(days[:DAYS], name="known", zone=FIRM_ZONE, after=dates[DAYS:])
    return dates


def seven(day: date) -> datetime:
    return datetime.combine(day, time(7), tzinfo=FIRM_ZONE)


def said(at: datetime) -> dict[Stream, list[tuple[float, ...]]]:
    found = forecast(read_known(known_at(at), at=at))
    return {stream: [tuple(together([fit])) for fit in fits] for stream, fits in found.items()}


@pytest.mark.usefixtures("own_database")
class TestAsKnownAt:
    def test_what_is_recorded_later_changes_no_forecast(self) -> None:
        dates = market()
        at = seven(dates[DAYS])
        before, known = said(at), read_known(known_at(at), at=at)
        assert known.mornings == DAYS - 1  # the first had no watermark yet
        assert sum(map(sum, known.arrivals.values())) > 1_000

        late = [
            NewItem(kind="failing", queue="clerk", subject_type="late", subject_id=n)
            for n in range(200)
        ]
        open_items(late, at=seven(dates[DAYS - 3]))  # told to have been opened before
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM settlements_settlement WHERE due_date > %s", [dates[DAYS]]
            )
            coming = [id for (id,) in cursor.fetchall()]
        gone = [
            NewEvent(kind="settlement.agree_cancel", subject_type="settlement", subject_id=id)
            for id in coming
        ]
        record_events(gone, actor_id=None, at=at)
        assert len(coming) > 20
        until_known()

        assert said(at) == before
        again = read_known(known_at(at), at=at)
        assert again.arrivals == known.arrivals
        assert all(
            np.array_equal(again.drivers[name], rows) for name, rows in known.drivers.items()
        )
        now = read_known(known_now(), at=at)
        assert now.arrivals != known.arrivals, "the present knows of them"
        assert now.drivers["due"][-1].sum() < known.drivers["due"][-1].sum()

    def test_each_morning_has_the_pipeline_of_its_own(self) -> None:
        """What a morning is learnt from is exactly what a forecast of that morning reads for itself."""
        dates = market()
        later = seven(dates[DAYS])
        whole = read_known(known_at(later), at=later)
        for back in (1, 7, 20):
            at = seven(dates[DAYS - back])
            own = read_known(known_at(at), at=at)
            for name, rows in whole.drivers.items():
                assert np.array_equal(rows[-1 - back], own.drivers[name][-1]), (name, back)
            for stream, counts in own.arrivals.items():
                assert list(whole.arrivals[stream][: own.mornings]) == list(counts)

    def test_before_anything_was_recorded_nothing_can_be_said(self) -> None:
        at = datetime(2001, 1, 1, tzinfo=UTC)
        with pytest.raises(NothingKnownThen):
            known_at(at)


@pytest.mark.usefixtures("own_database")
class TestMeasured:
    def claimed(self, count: int, *, minutes: int, at: datetime) -> None:
        items = [
            NewItem(kind="failing", queue="clerk", subject_type="settlement", subject_id=n)
            for n in range(1, count + 1)
        ]
        open_items(items, at=at)
        ids = list(WorkItem.objects.order_by("pk").values_list("pk", flat=True))
        clerk = User.objects.get(username="clerk")
        claim_items(ids=ids, actor=clerk, at=at + timedelta(hours=1))
        close_items(
            subject_type="settlement", subject_ids=list(range(1, count + 1)), kinds=["failing"],
            at=at + timedelta(hours=1, minutes=minutes),
        )  # fmt: skip

    def test_handling_is_from_being_claimed_to_being_done_as_it_was_known(self) -> None:
        noon = datetime.combine(
            working_day(known_now())(date(2026, 11, 2)), time(12), tzinfo=FIRM_ZONE
        )
        until_known()
        before = Watermark.objects.latest("id")
        self.claimed(20, minutes=7, at=noon)
        until_known()
        known, since = known_at(timezone.now()), noon - timedelta(days=1)
        measured = handled_by_kind(since, known=known, zone=FIRM_ZONE.key)
        assert list(measured) == ["failing"]
        assert measured["failing"] == pytest.approx((20, 420, 0))
        then = KnownAt(at=before.at, number=before.number, horizon=before.horizon)
        assert handled_by_kind(since, known=then, zone=FIRM_ZONE.key) == {}
        later = noon + timedelta(hours=1, minutes=7)
        assert handled_by_kind(later, known=known, zone=FIRM_ZONE.key) == {}

    def test_a_kind_is_late_as_many_days_after_it_comes_as_usual(self) -> None:
        dates = market()
        at = seven(dates[DAYS])
        known = known_at(at)
        lags = usual_lags(firm_mornings(known, at=at), known=known)
        assert lags[Stream("clerk", "election")] == 3
        assert lags[Stream("clerk", "repair")] == 0

    def test_the_transaction_that_closed_it_is_kept_whoever_closed_it(self) -> None:
        open_items(
            [NewItem(kind="k", queue="clerk", subject_type="s", subject_id=1)], at=timezone.now()
        )
        with transaction.atomic(), connection.cursor() as cursor:
            WorkItem.objects.update(closed_at=timezone.now())
            cursor.execute("SELECT tx_now()")
            (tx,) = cursor.fetchone()
        assert WorkItem.objects.get(kind="k").closed_tx == tx


@pytest.mark.parametrize(
    "module", [reading, handled, pipeline_known], ids=lambda each: each.__name__
)
def test_nothing_is_read_without_saying_as_known_when(module: ModuleType) -> None:
    """Every function that is called from outside is told what is known, without a default."""
    found: list[Callable[..., Any]] = [
        each for name, each in inspect.getmembers(module, inspect.isfunction)
        if each.__module__ == module.__name__ and not name.startswith("_")
    ]  # fmt: skip
    assert found
    for function in found:
        parameter = inspect.signature(function).parameters.get("known")
        assert parameter is not None, function.__name__
        assert parameter.annotation == "KnownAt", function.__name__
        assert parameter.default is inspect.Parameter.empty, function.__name__
