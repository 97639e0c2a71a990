"""A day that is over gets one root, in the chain of roots, and keeps it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice.celery import app
from backoffice.events.models import DailyRoot, SequencedEvent, Watermark
from backoffice.events.roots import LOCK, seal_ended_days
from backoffice.events.tasks import seal_days
from backoffice.kernel.sealing import SEED
from tests.events.history import make_history, mark_day, record
from tests.following import number_events
from tests.guards.test_horizon import second_connection
from tests.guards.test_rivals import at_once

pytestmark = pytest.mark.usefixtures("own_database")


class TestSealDays:
    def test_every_day_that_is_over_has_its_root(self) -> None:
        make_history()

        rows = list(DailyRoot.objects.order_by("day"))

        today = timezone.now().date()
        assert [row.day for row in rows] == [today - timedelta(days=n) for n in (3, 2, 1)]
        assert [(row.number, row.count) for row in rows] == [(4, 4), (9, 5), (9, 0)]
        hashes = dict(SequencedEvent.objects.values_list("number", "hash"))
        assert [row.hash for row in rows] == [hashes[4], hashes[9], hashes[9]]

    def test_roots_are_computed_as_the_rules_say(self) -> None:
        make_history()

        before = SEED
        for row in DailyRoot.objects.order_by("day"):
            text = f'{{"day":"{row.day}","hash":"{row.hash}","number":{row.number}}}'
            before = hashlib.sha256((before + text).encode()).hexdigest()
            assert row.root == before

    def test_a_second_look_writes_nothing(self) -> None:
        make_history()
        before = list(DailyRoot.objects.order_by("day").values())

        seal_days()

        assert list(DailyRoot.objects.order_by("day").values()) == before

    def test_today_has_none_yet(self) -> None:
        record("test.happen", {})
        number_events()
        assert seal_ended_days() == 0

    def test_a_day_is_not_over_before_a_watermark_lies_beyond_it(self) -> None:
        """An event committed at midnight may still be numbered with the time of the day before."""
        assert not Watermark.objects.exists()
        mark_day(2, 0)
        assert seal_ended_days() == 0
        mark_day(1, 0)
        assert seal_ended_days() == 1

    def test_a_day_before_any_event_is_sealed_over_nothing(self) -> None:
        mark_day(1, 0)
        number_events()
        assert seal_ended_days() == 1
        root = DailyRoot.objects.get()
        assert (root.number, root.count, root.hash) == (0, 0, SEED)

    def test_many_days_are_sealed_in_steps(self) -> None:
        mark_day(400, 0)
        number_events()
        assert [seal_ended_days(), seal_ended_days(), seal_ended_days()] == [366, 34, 0]

    def test_two_at_once_write_one_row(self) -> None:
        mark_day(1, 3)
        number_events()
        assert sorted(at_once(lambda _: seal_ended_days(), 8)) == [0] * 7 + [1]
        assert DailyRoot.objects.count() == 1

    def test_whoever_comes_second_leaves_it_to_the_first(self) -> None:
        mark_day(1, 3)
        number_events()
        other = second_connection()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            assert seal_ended_days() == 0
            other.commit()
        other.close()
        assert seal_ended_days() == 1

    @pytest.mark.parametrize(
        "change", ["UPDATE events_dailyroot SET root = root", "DELETE FROM events_dailyroot"]
    )
    def test_a_root_is_a_fact(self, change: str) -> None:
        make_history()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_the_clock_makes_somebody_look(self) -> None:
        tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
        assert seal_days.name in tasks
