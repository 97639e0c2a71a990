"""A copy of the database that the next test gets is as the one before found it, whatever that one did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from deals.models import Deal
from limits.models import Limit
from refdata.models import CalendarDay, Party
from tests.conftest import Api, forget_everything
from tests.databases import PutBack
from tests.following import follow_events


@pytest.fixture
def copy(django_db_setup: None) -> Iterator[PutBack]:
    own = PutBack(connection.settings_dict["NAME"])
    yield own
    own.drop()


def everything() -> dict[str, str]:
    """Every row of every table, and where every sequence stands."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'S') ORDER BY relname"
        )
        for name, kind in cursor.fetchall():
            columns = "t::text" if kind == "r" else "(last_value, is_called)::text"
            cursor.execute(f'SELECT {columns} FROM public."{name}" t ORDER BY 1')
            found[name] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def work(sample: dict[str, Any]) -> None:
    """Rows are added, changed and taken away, by services, by hand and by a worker."""
    forget_everything()
    answer = Api("dealer").post("/deals/", sample)
    assert answer.status_code == 201, answer.content
    Api("clerk").post(f"/deals/{answer.json()['reference']}/confirm/", {"how": "recorded-call"})
    follow_events()
    Limit.objects.update(cap=F("cap") + 1)
    Party.objects.filter(code="CL-ANNA").update(name="Another Anna")
    CalendarDay.objects.all()[0].delete()


def test_rows_and_numbers_are_as_they_were(
    copy: PutBack, django_db_blocker: Any, sample: dict[str, Any]
) -> None:
    with copy.taken(django_db_blocker):
        before, name = everything(), copy.name
        work(sample)
        assert len({name for name, rows in everything().items() if before[name] != rows}) > 15
    for _ in range(2):
        assert copy.name == name
        with copy.taken(django_db_blocker):
            assert everything() == before
            assert not Deal.objects.exists()
            work(sample)
            assert Deal.objects.get().pk == 1


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE refdata_price DISABLE TRIGGER price_is_a_fact",
        "ALTER TABLE refdata_price ADD COLUMN more text",
        "CREATE TABLE more (id int)",
        "TRUNCATE deals_deal CASCADE",
    ],
)
def test_after_a_change_of_the_schema_there_is_another_copy(
    copy: PutBack, django_db_blocker: Any, change: str
) -> None:
    with copy.taken(django_db_blocker), connection.cursor() as cursor:
        name = copy.name
        cursor.execute(change)
    assert copy.name == ""
    with copy.taken(django_db_blocker):
        assert copy.name not in ("", name)
