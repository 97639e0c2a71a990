"""Sign-offs that a firm adds to the close of a day: after its books are sealed, before it is signed off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.work.people import tell_closers
from backoffice.work.processes import tell_of_processes
from backoffice.workflow.models import WorkItem
from backoffice.workflow.processes.deciding import AnotherStepFirst
from ledger.day_processing import CLOSE_DAY
from ledger.day_steps import due_of, take_step_days
from ledger.day_trying import past_days
from ledger.days import cut_off_day, open_day, seal_day, sign_off_days
from ledger.models import BusinessDay
from ledger.nights import begin_night
from ledger.reopening import approve_reopening, ask_to_reopen
from refdata.dated_rules.vectors import value_of
from refdata.models import CaseStep, DatedRule, Entity, ProcessCase
from refdata.processes.trying import tried
from tests.pages.test_close import AT, browser
from tests.processes import put_in_force, with_steps

pytestmark = pytest.mark.django_db
LOOKED = {
    "key": "breaches-looked-at", "role": "risk", "minutes_before": 60,
    "name": {"en": "Limit breaches looked at", "ru": "Нарушения лимитов просмотрены"},
}  # fmt: skip


def in_force(*added: dict[str, Any], at: datetime = AT - timedelta(days=2)) -> DatedRule:
    return put_in_force(CLOSE_DAY, with_steps(CLOSE_DAY, {"explain": added}), at=at)


def user(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def closing() -> BusinessDay:
    """A day whose night has begun."""
    BusinessDay.objects.all().delete()
    day = open_day(entity_id=Entity.objects.get(code="RUS").pk, day=date(2026, 11, 20))
    cut_off_day(day_id=day.pk, at=AT)
    begin_night(day=day, stage="FLASH", steps=["valuation"], at=AT)
    return day


def sealed(day: BusinessDay) -> BusinessDay:
    return seal_day(day_id=day.pk, at=AT + timedelta(hours=2))


def sign_off(day: BusinessDay, who: str = "manager") -> None:
    sign_off_days(ids=[day.pk], reason="", actor=user(who), at=AT).raise_single()


def take(day: BusinessDay, who: str = "risk") -> None:
    take_step_days(ids=[day.pk], actor=user(who), at=AT, evidence="B-4").raise_single()


def state_of(day: BusinessDay) -> str:
    return BusinessDay.objects.get(pk=day.pk).state


def test_the_sign_off_waits_for_what_was_added(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)
    with pytest.raises(AnotherStepFirst):
        sign_off(closing)

    take(closing)
    sign_off(closing)

    assert state_of(closing) == "SIGNED_OFF"
    taken = CaseStep.objects.order_by("position").values_list("key", "actor__username")
    assert list(taken) == [
        ("explain", None), ("breaches-looked-at", "risk"), ("sign-off", "manager"),
    ]  # fmt: skip


def test_nobody_signs_off_who_took_what_was_added(closing: BusinessDay) -> None:
    in_force({**LOOKED, "role": "manager"})
    sealed(closing)
    take(closing, "manager")

    with pytest.raises(OtherEyesRequired):
        sign_off(closing)


def test_a_refused_sign_off_leaves_its_case_as_it_was(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)
    take(closing)
    BusinessDay.objects.filter(pk=closing.pk).update(makers=[user("manager").pk])

    with pytest.raises(OtherEyesRequired):
        sign_off(closing)
    assert ProcessCase.objects.get().state == "OPEN"
    assert CaseStep.objects.count() == 2


def test_a_night_that_had_begun_stays_on_its_version(closing: BusinessDay) -> None:
    in_force(LOOKED, at=AT + timedelta(hours=1))
    sealed(closing)

    sign_off(closing)
    assert not ProcessCase.objects.exists()


def test_the_database_refuses_a_sign_off_before_it(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)

    with pytest.raises(IntegrityError, match="steps of its process"), transaction.atomic():
        run(f"UPDATE ledger_businessday SET state = 'SIGNED_OFF' WHERE id = {closing.pk}")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_opened_again_it_is_asked_for_again(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)
    take(closing)
    sign_off(closing)
    ask_to_reopen(ids=[closing.pk], reason="A late invoice.", actor=user("accountant"), at=AT)
    approve_reopening(ids=[closing.pk], reason="", actor=user("manager"), at=AT).raise_single()
    sealed(closing)

    assert list(ProcessCase.objects.order_by("pk").values_list("state", flat=True)) == [
        "DONE", "OPEN",
    ]  # fmt: skip
    with pytest.raises(AnotherStepFirst):
        sign_off(closing)


def test_a_condition_may_ask_how_much_was_open(closing: BusinessDay) -> None:
    many = {"measure": "points", "op": "above", "values": ["0"]}
    in_force({**LOOKED, "when": [[many]]})
    sealed(closing)

    sign_off(closing)
    assert state_of(closing) == "SIGNED_OFF"


def happened(kind: str, day: BusinessDay, **facts: Any) -> Any:
    said = {"kind": kind, "subject_type": "businessday", "subject_id": day.pk, "facts": facts,
            "entity_id": day.entity_id, "reason": ""}  # fmt: skip
    return type("Happened", (), said)()


def waiting(day: BusinessDay) -> dict[str, tuple[str, datetime | None]]:
    rows = WorkItem.objects.filter(subject_type="businessday", closed_at=None)
    return {row.kind: (row.queue, row.due_at) for row in rows}


def test_the_step_and_then_the_sign_off_wait_for_their_roles(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)
    seal = happened("businessday.seal", closing)
    tell_closers([seal], at=AT)
    tell_of_processes([seal], at=AT)
    cut_off = due_of(closing)
    assert cut_off is not None
    assert waiting(closing) == {"process-step": ("risk", cut_off - timedelta(minutes=60))}

    take(closing)
    taken = happened("businessday.take_step", closing, step="breaches-looked-at")
    tell_closers([taken], at=AT)
    tell_of_processes([taken], at=AT)
    assert waiting(closing) == {"sign-off": ("manager", None)}


def test_it_is_taken_from_the_page_by_its_role(closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)
    page = f"/close/{closing}/"

    assert 'id="step-sign_off"' not in browser("manager").get(page).content.decode()
    assert 'id="take-step"' not in browser("manager").get(page).content.decode()
    assert 'id="take-step"' in browser("risk").get(page).content.decode()
    typed = {"step": "breaches-looked-at", "reason": "B-4"}
    browser("manager").post(f"{page}take_step/", typed)
    assert CaseStep.objects.count() == 1
    browser("risk").post(f"{page}take_step/", typed)
    shown = browser("manager").get(page).content.decode()
    assert 'id="step-sign_off"' in shown
    assert "B-4" in shown


def test_over_the_api_it_says_what_waits(api: Any, closing: BusinessDay) -> None:
    in_force(LOOKED)
    sealed(closing)

    found = api("risk").get(f"/business-days/{closing}/").json()["process"]
    assert (found["next"]["step"], found["next"]["who"]) == ("breaches-looked-at", "risk")
    refused = api("clerk").post(f"/business-days/{closing}/take-step/")
    assert refused.json()["code"] == "step-of-another-role"
    answer = api("risk").post(f"/business-days/{closing}/take-step/", {"evidence": "B-4"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["process"]["next"]["step"] == "sign-off"


def test_a_version_is_tried_on_days_that_were_closed(closing: BusinessDay) -> None:
    sealed(closing)
    sign_off(closing)
    row = in_force(LOOKED)
    past = past_days(
        visible_to=user("manager"), since=AT - timedelta(days=9), until=AT + timedelta(days=9)
    )

    assert [(each.subject_id, each.case.facts) for each in past] == [
        (closing.pk, {"entity": "RUS", "points": "0"})
    ]
    found = tried(value_of(CLOSE_DAY, row.value), past)
    assert [each.keys for each in found.stopped] == [["breaches-looked-at"]]
