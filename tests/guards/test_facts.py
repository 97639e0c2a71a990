"""What the database refuses whoever asks: changed facts, over-used limits, unknown states."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from limits.models import Limit
from tests.flows.test_story import settled_sample
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
FACTS = (
    "ledger_lotpool", "ledger_lotchange",
    "events_event", "events_sequence", "deals_dealversion", "deals_flow", "ledger_journalentry",
    "ledger_posting", "settlements_evidence", "settlements_obligation", "settlements_rundecision",
    "settlements_runbudget",
)  # fmt: skip


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_fact_is_changed_or_deleted(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    follow_events()
    for table in FACTS:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0, table
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
            )
            column = cursor.fetchone()[0]
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError):
                execute(change)


def test_no_limit_is_overused_past_python(sample: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Limit.objects.filter(name="Demo Bank One").update(used=10**12)


def test_no_state_is_invented(api: Any, sample: dict[str, Any]) -> None:
    api("dealer").post("/deals/", sample)
    with pytest.raises(IntegrityError):
        execute("UPDATE deals_deal SET state = 'FORGOTTEN'")


def test_a_deal_is_settled_once_only(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    columns = "entity_id, kind, source_type, source_id, part, effective_date"
    with pytest.raises(IntegrityError):
        execute(
            f"INSERT INTO ledger_journalentry ({columns})"
            f" SELECT {columns} FROM ledger_journalentry WHERE kind = 'settlement.settle'"
        )
