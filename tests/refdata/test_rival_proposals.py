"""Two at once: one change is written once, one row has one change that waits."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from refdata.models import FeeSchedule, Place
from refdata.proposals import AlreadyProposed, approve_proposals
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.instructing import person
from tests.refdata.test_proposals import approve, propose

pytestmark = pytest.mark.usefixtures("own_database")


class TestRivals:
    def test_two_approvers_at_once_write_it_once(self) -> None:
        fee = FeeSchedule.objects.get(currency="RUB")
        made = propose(fee, rate="0.0007", valid_from=date(2027, 1, 1))
        people = [person("checker"), person("manager")]
        found = at_once(
            lambda n: approve_proposals(
                ids=[made.pk], actor=people[n % 2], at=timezone.now()
            ).refused.get(made.pk),
            8,
        )
        assert sorted(type(each).__name__ for each in found) == (
            ["NoneType"] + ["TransitionNotAllowed"] * 7
        )
        assert FeeSchedule.objects.filter(currency="RUB").count() == 2
        assert Event.objects.filter(kind="refdata.change").count() == 2

    def test_two_who_propose_at_once_file_one(self) -> None:
        place = Place.objects.get(code="NSD")

        def work(number: int) -> str:
            try:
                propose(place, name=f"N{number}")
            except AlreadyProposed:
                return "refused"
            return "filed"

        assert sorted(at_once(work, 6)) == ["filed"] + ["refused"] * 5

    def test_it_waits_for_a_checker_until_it_is_decided(self) -> None:
        made = propose(Place.objects.get(code="NSD"), name="Other")
        follow_events()
        item = WorkItem.objects.get(kind="proposal", closed_at__isnull=True)
        assert (item.queue, item.subject_id, item.reason) == ("checker", made.pk, "NSD")
        approve(made)
        follow_events()
        assert not WorkItem.objects.filter(kind="proposal", closed_at__isnull=True).exists()
