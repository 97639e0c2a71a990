"""How items like one were solved: by the last step of what they were about, with the same counterparty first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.work.solved import solved_like, usually
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import close_items
from deals.models import Deal
from tests.work.working import NOW, an_item


def solve(item: WorkItem, step: str, minutes: int, by: str = "clerk") -> None:
    """A step of what an item is about, and with it the item is done."""
    at = item.opened_at + timedelta(minutes=minutes)
    event = NewEvent(kind=step, subject_type=item.subject_type, subject_id=item.subject_id)
    record_events([event], actor_id=User.objects.get(username=by).pk, at=at)
    close_items(
        subject_type=item.subject_type, subject_ids=[item.subject_id], kinds=[item.kind], at=at
    )


@pytest.mark.django_db
class TestUsually:
    def test_is_what_most_of_them_came_to(self) -> None:
        for step, minutes in (
            ("settlement.settle", 10),
            ("settlement.settle", 30),
            ("settlement.cancel", 5),
        ):
            solve(an_item(), step, minutes)
        found = usually(["failing", "repair"])
        assert list(found) == ["failing"]
        assert found["failing"] == ("settlement.settle", 2, 3, 20.0)

    def test_what_came_after_it_was_done_did_not_solve_it(self) -> None:
        item = an_item()
        solve(item, "settlement.settle", 10)
        late = NewEvent(
            kind="settlement.hold", subject_type="settlement", subject_id=item.subject_id
        )
        record_events([late], actor_id=None, at=NOW + timedelta(minutes=11))
        assert usually(["failing"])["failing"].step == "settlement.settle"


@pytest.mark.django_db
class TestSolvedLike:
    def test_says_by_what_by_whom_and_how_long_it_took(self) -> None:
        done, item = an_item(), an_item()
        solve(done, "settlement.settle", 25, by="checker")
        (found,), same = solved_like(item)
        assert not same
        assert (found.id, found.step, found.who, found.took) == (
            done.pk, "settlement.settle", "checker", timedelta(minutes=25),
        )  # fmt: skip


@pytest.mark.usefixtures("own_database")
def test_those_with_the_same_counterparty_come_first(api: Any, sample: dict[str, Any]) -> None:
    def of_deal(ref: str, **changes: str) -> WorkItem:
        answer = api("dealer").post("/deals/", {**sample, "external_ref": ref, **changes})
        deal = Deal.objects.get(pk=int(answer.json()["reference"][2:]))
        now = timezone.now()
        return an_item("ssi-missing", subject_type="deal", subject_id=deal.pk, opened_at=now)

    same, other = of_deal("A"), of_deal("B", counterparty="999900DEMOBANKTWO062")
    for item in (same, other):
        solve(item, "deal.prepare", 5)
    found, is_same = solved_like(of_deal("C"))
    assert is_same
    assert [each.id for each in found] == [same.pk]
