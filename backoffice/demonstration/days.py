"""When the days of the demonstration's entities end, and the first of them."""

from __future__ import annotations

from datetime import date, time, timedelta

from ledger.days import open_day
from ledger.models import BusinessDay, DaySchedule
from refdata.models import Calendar, Entity


def load_days(today: date) -> None:
    """When the days end, and the first of them: the books of each entity begin with it."""
    for code, calendar, zone, cut_off in (
        ("RUS", "RU", "Europe/Moscow", time(19)), ("EUR", "TARGET", "Europe/Berlin", time(18)),
    ):  # fmt: skip
        entity = Entity.objects.get(code=code)
        DaySchedule.objects.get_or_create(
            entity=entity, valid_from=date(2020, 1, 1),
            defaults={
                "calendar": Calendar.objects.get(code=calendar), "timezone": zone,
                "cut_off": cut_off, "final_after": timedelta(minutes=30),
            },
        )  # fmt: skip
        if not BusinessDay.objects.filter(entity=entity).exists():
            open_day(entity_id=entity.pk, day=today)
