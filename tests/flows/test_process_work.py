"""A step of a process as work: it waits in the queue of its role, by its deadline, until it is taken from the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.workflow.models import WorkItem
from tests.flows.test_processes import BIG, SECOND_LOOK, confirmed, in_force
from tests.flows.test_processes import deal_of as deal_of
from tests.following import follow_events
from tests.pages.test_processes import browser

pytestmark = pytest.mark.usefixtures("own_database")


class TestDealWithSteps:
    def test_the_step_waits_for_its_role_and_is_taken_from_the_page(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force({**SECOND_LOOK, "minutes_before": 30})
        deal = deal_of(BIG)
        confirmed(api, deal)
        api("checker").post(f"/deals/{deal}/approve/")
        follow_events()

        item = WorkItem.objects.get(kind="process-step", closed_at=None)
        assert (item.queue, f"D-{item.subject_id}") == ("manager", deal)
        approve_by = api("clerk").get(f"/deals/{deal}/").json()["next_steps"][1]["by"]
        assert item.due_at is not None
        assert api("clerk").get(f"/deals/{deal}/").json()["next_steps"][0]["by"] < approve_by
        home = browser("manager", "ru").get("/").content.decode()
        assert "Второй взгляд" in home
        page = browser("manager").get(f"/deals/{deal}/").content.decode()
        assert 'id="step-take_step"' in page
        assert (
            'id="step-take_step"' not in browser("checker").get(f"/deals/{deal}/").content.decode()
        )

        browser("manager").post(f"/deals/{deal}/take_step/", {"reason": "memo 7"})
        follow_events()
        item.refresh_from_db()
        assert item.closed_at is not None
        shown = browser("auditor").get(f"/deals/{deal}/").content.decode()
        panel = shown[shown.index('id="process"') :]
        assert [panel.index(who) for who in (">clerk<", ">checker<", ">manager<", "memo 7")]
