"""Past its warning time nothing is nobody's: who is given it, and who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.work.assigning import assign_due_items
from backoffice.workflow.handling import claim_items
from backoffice.workflow.models import WorkItem
from refdata.models import BookScope, Entity
from refdata.selectors import forget_reference_data
from tests.work.working import NOW, an_item, worker

pytestmark = pytest.mark.django_db
SOON, LATER = (
    NOW + timedelta(minutes=59),
    NOW + timedelta(minutes=61),
)  # a fail is warned of an hour before


@pytest.fixture(autouse=True)
def alone() -> None:
    """Nobody of the demonstration works here."""
    User.objects.update(is_active=False)


def owner(item: WorkItem) -> str | None:
    row = WorkItem.objects.select_related("owner").get(pk=item.pk)
    return row.owner.username if row.owner else None


def test_an_hour_before_it_is_due_somebody_has_it_and_not_before() -> None:
    worker("anna", "clerk")
    soon, later = an_item(due_at=SOON), an_item(due_at=LATER)
    assert assign_due_items(at=NOW) == 1
    assert (owner(soon), owner(later)) == ("anna", None)
    assert assign_due_items(at=NOW) == 0


def test_what_says_no_deadline_has_that_of_its_kind() -> None:
    worker("anna", "clerk")
    item = an_item(opened_at=NOW)
    assert assign_due_items(at=NOW + timedelta(hours=28)) == 0  # until the end of the next day
    assert assign_due_items(at=NOW + timedelta(hours=29)) == 1
    assert owner(item) == "anna"


def test_whoever_has_the_least_open_is_given_it() -> None:
    anna, _ = worker("anna", "clerk"), worker("boris", "clerk")
    claim_items(ids=[an_item().pk, an_item().pk], actor=anna, at=NOW)
    items = [an_item(due_at=SOON) for _ in range(4)]
    assert assign_due_items(at=NOW) == 4
    assert sorted(str(owner(item)) for item in items) == ["anna", "boris", "boris", "boris"]


def test_whoever_had_a_part_in_it_is_not_other_eyes() -> None:
    worker("anna", "checker"), worker("boris", "checker")
    anna = User.objects.get(username="anna")
    item = an_item("evidence", queue="checker", subject_type="evidence", due_at=SOON)
    event = NewEvent(kind="evidence.propose", subject_type="evidence", subject_id=item.subject_id)
    record_events([event], actor_id=anna.pk, at=NOW)
    assign_due_items(at=NOW)
    assert owner(item) == "boris"


def test_whoever_may_not_see_it_is_not_given_it() -> None:
    anna = worker("anna", "clerk")
    BookScope.objects.create(user=anna, entity=Entity.objects.get(code="EUR"))
    forget_reference_data()
    item = an_item(due_at=SOON, entity_id=Entity.objects.get(code="RUS").pk)
    assert assign_due_items(at=NOW) == 0
    worker("boris", "clerk")
    assign_due_items(at=NOW)
    assert owner(item) == "boris"


def test_who_leads_is_given_it_where_there_is_nobody_else() -> None:
    worker("lead", "manager")
    item = an_item(due_at=SOON)
    assign_due_items(at=NOW)
    assert owner(item) == "lead"


def test_with_nobody_there_it_stays() -> None:
    item = an_item(due_at=SOON)
    assert assign_due_items(at=NOW) == 0
    assert owner(item) is None


def test_many_are_given_out_with_as_few_questions_as_one(
    django_assert_max_num_queries: pytest.FixtureRequest,
) -> None:
    worker("anna", "clerk"), worker("boris", "clerk")
    for _ in range(60):
        an_item(due_at=SOON)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert assign_due_items(at=NOW) == 60
