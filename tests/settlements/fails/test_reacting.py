"""What happens by itself about fails: chased and raised at their borders, once each, until they are over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.work.processes import tell_of_processes
from backoffice.workflow.models import WorkItem
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.models import CaseReaction, DatedRule
from refdata.processes.trying import tried
from refdata.processes.versions import versions_of
from settlements.fails.processing.kinds import CHASE_FAIL
from settlements.fails.processing.reacting import past_fails, react_to_fails
from settlements.models import Settlement
from tests.settlements.fails.stage import FRI, MON, NIGHT, THU, TUE, WED, failing, instrument

pytestmark = pytest.mark.django_db
AFTER = FRI + timedelta(days=3)


def fail(amount: str = "1000000.01", **more: Any) -> Settlement:
    return failing(instrument(f"R{Settlement.objects.count()}", "SHARE", "LIQUID_SHARE"), "100",
                   amount=Decimal(amount), **more)  # fmt: skip


def called(row: Settlement) -> list[str]:
    rows = WorkItem.objects.filter(subject_type="settlement", subject_id=row.pk, closed_at=None)
    return sorted(rows.filter(kind__startswith="process-").values_list("queue", flat=True))


def react(day: date) -> int:
    return react_to_fails(on=day, at=NIGHT)


def test_a_fail_is_chased_after_a_day_and_raised_after_two() -> None:
    row = fail()

    found = []
    for day in (TUE, WED, THU):
        react(day)
        found.append(called(row))
    assert found == [[], ["clerk"], ["clerk", "manager"]]


@pytest.mark.parametrize(
    ("amount", "queues"), [("1000000", ["clerk"]), ("1000000.01", ["clerk", "manager"])]
)
def test_only_what_is_above_the_border_is_raised(amount: str, queues: list[str]) -> None:
    row = fail(amount)

    react(FRI)
    assert called(row) == queues


def test_free_of_payment_its_worth_is_not_known_and_it_is_raised() -> None:
    row = fail("0", method="FOP")

    react(FRI)
    assert called(row) == ["clerk", "manager"]


def test_each_happens_once_however_often_it_is_looked_at() -> None:
    row = fail()

    assert [react(FRI), react(FRI), react(AFTER)] == [2, 0, 0]
    WorkItem.objects.filter(subject_id=row.pk).update(closed_at=NIGHT)
    react(AFTER)
    assert called(row) == []
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE refdata_casereaction SET key = 'other'")


def test_days_are_business_days_of_the_place() -> None:
    row = fail(due_date=FRI, matched_date=FRI)

    react(AFTER)  # a Monday: one day later, where Saturday and Sunday do not count
    assert called(row) == []
    react(AFTER + timedelta(days=1))
    assert called(row) == ["clerk"]


def test_what_is_settled_waits_for_nobody_and_is_not_looked_at() -> None:
    row = fail()
    react(FRI)
    settled = type("Settled", (), {"kind": "settlement.settle", "subject_type": "settlement",
                                   "subject_id": row.pk, "facts": {}})()  # fmt: skip
    tell_of_processes([settled], at=NIGHT)
    assert called(row) == []

    other = fail(settlement="SETTLED", settled_date=TUE)
    assert react(FRI) == 0
    assert called(other) == []


def put_in_force(at: datetime, days: int) -> DatedRule:
    """A version that raises after other days, from Wednesday on."""
    (before,) = DatedRule.objects.filter(kind=CHASE_FAIL.name)
    value = {**before.value, "reactions": [{**before.value["reactions"][1], "after_days": days}]}
    vectors = [{"name": "late", "given": {"days": days + 1}, "expected": ["raise"]}]
    terms = RuleTerms(
        kind=CHASE_FAIL.name, value=value, vectors=vectors, valid_from=WED, source="Own"
    )
    admin, manager = (User.objects.get(username=name) for name in ("admin", "manager"))
    row = propose_rule(terms=terms, actor=admin, at=at)
    activate_rules(ids=[row.pk], actor=manager, at=at).raise_single()
    return row


def test_a_fail_stays_on_the_version_of_its_day() -> None:
    put_in_force(datetime.combine(TUE, datetime.min.time(), tzinfo=NIGHT.tzinfo), days=0)
    old, new = fail(), fail(due_date=WED, matched_date=WED)

    react(THU)
    assert [called(old), called(new)] == [["clerk", "manager"], ["manager"]]


def test_a_version_is_tried_on_the_fails_of_the_past() -> None:
    old, late = fail(), fail("7", settlement="SETTLED", settled_date=TUE)
    since = NIGHT - timedelta(days=31)
    (version,) = versions_of(CHASE_FAIL)

    past = past_fails(visible_to=User.objects.get(username="admin"), since=since, until=NIGHT)
    found = tried(version.process, past)
    assert {each.subject_id for each in past} >= {old.pk, late.pk}
    assert [(each.keys, each.was) for each in found.stopped if each.subject_id == old.pk] == [
        (["chase", "raise"], True)
    ]
    assert late.pk not in {each.subject_id for each in found.stopped}


def test_what_happened_is_told_in_the_history_of_the_settlement() -> None:
    row = fail()
    react(FRI)
    told = Event.objects.filter(subject_type="settlement", subject_id=row.pk)
    assert [(e.kind, e.facts["role"], e.facts["days"]) for e in told.order_by("pk")] == [
        ("settlement.react", "clerk", 4), ("settlement.react", "manager", 4),
    ]  # fmt: skip
    reaction = CaseReaction.objects.get(subject_id=row.pk, key="raise")
    assert (reaction.begun_on, reaction.process) == (MON, CHASE_FAIL.name)
