"""No event is numbered while an earlier transaction is open, and what was known stays as it was."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from backoffice.events.models import Event, SequencedEvent, Watermark
from backoffice.events.selectors import known_at
from backoffice.events.sequencer import sequence_events
from backoffice.kernel.sealing import SEED, canonical
from backoffice.tasks import follow_events as follow_once
from ledger.selectors import balances
from tests.flows.test_story import settled_sample
from tests.following import follow_events, number_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")
PUT = (
    "INSERT INTO events_event (kind, subject_type, subject_id) VALUES (%s, 'test', 1) RETURNING id"
)


def second_connection() -> Any:
    return psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})


def test_an_open_transaction_holds_back_what_came_after_it() -> None:
    number_events()
    slow = second_connection()
    with slow.cursor() as early:
        early.execute(PUT, ["test.early"])
        (early_id,) = early.fetchone()
        with connection.cursor() as cursor:
            cursor.execute(PUT, ["test.late"])
            (late_id,) = cursor.fetchone()
        assert sequence_events() == 0, "numbered before an earlier transaction ended"
        slow.commit()
    slow.close()
    assert number_events() == 2
    order = SequencedEvent.objects.order_by("-number").values_list("event_id", flat=True)[:2]
    assert list(order) == [late_id, early_id]


def test_the_chain_can_be_computed_again(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    number_events()
    last = SEED
    for row in SequencedEvent.objects.select_related("event").order_by("number"):
        e: Event = row.event
        content = {
            "id": e.pk, "kind": e.kind, "subject_type": e.subject_type, "subject_id": e.subject_id,
            "entity_id": e.entity_id, "actor_id": e.actor_id,
            "recorded_us": round(e.recorded_at.timestamp() * 1_000_000),
            "source": e.source, "target": e.target, "reason": e.reason, "facts": e.facts,
        }  # fmt: skip
        last = hashlib.sha256(last.encode() + canonical(content)).hexdigest()
        assert row.hash == last, f"event {row.number}"
    numbers = list(SequencedEvent.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_was_known_at_a_moment_never_changes(api: Any, sample: dict[str, Any]) -> None:
    """A posting written before the moment and committed after it was not known then."""
    settled_sample(api, sample)
    slow = second_connection()
    with slow.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id, debit_account_id, credit_account_id, asset_id FROM ledger_posting LIMIT 1"
        )
        row = cursor.fetchone()
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id,"
            " quantity, effective_date) VALUES (%s, %s, %s, %s, 77, '2026-01-01')", row,
        )  # fmt: skip
        cursor.execute(PUT, ["test.slow"])
        sequence_events()
        moment = timezone.now()
        before = balances(known=known_at(moment))
        slow.commit()
    slow.close()
    number_events()
    assert Watermark.objects.filter(at__gt=moment).exists()
    assert balances(known=known_at(moment)) == before
    assert balances(known=known_at(timezone.now())) != before


def test_an_idle_house_leaves_no_watermarks(api: Any, sample: dict[str, Any]) -> None:
    settled_sample(api, sample)
    follow_events()
    assert any(marks_of_an_idle_second() == 0 for _ in range(50)), "a mark though nothing happened"
    before = Watermark.objects.latest("id")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tx_now()")  # a transaction without an event
        (written,) = cursor.fetchone()
    until_known()
    after = Watermark.objects.latest("id")
    assert before.horizon <= written < after.horizon


def marks_of_an_idle_second() -> int:
    """What one look of the workers writes. Tests beside this one may end a transaction meanwhile."""
    before = Watermark.objects.count()
    follow_once()
    follow_once()
    return Watermark.objects.count() - before
