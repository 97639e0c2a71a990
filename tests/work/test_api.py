"""Work items over REST: the queue in order, and the steps of people, once per key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.tasks import steer_work
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import close_items
from tests.work.working import an_item, worker, worth

pytestmark = pytest.mark.usefixtures("own_database")


class TestShowQueue:
    def test_is_in_the_order_of_what_waiting_costs(self, api: Any) -> None:
        now = timezone.now()
        soon = {"due_at": now + timedelta(minutes=20), "opened_at": now}
        small, large = worth(1_000, **soon), worth(90_000_000, **soon)

        rows = api("clerk").get("/work-queue/").json()["results"]

        assert [row["reference"] for row in rows] == [str(large), str(small)]
        assert rows[0]["costs_a_cut_off"] == {"amount": "9000.00", "currency": "RUB"}
        assert rows[0]["about"] == {"type": "settlement", "reference": f"S-{large.subject_id}"}


class TestSteps:
    def test_are_taken_one_after_the_other(self, api: Any) -> None:
        worker("boris", "clerk")
        item, clerk = an_item(), api("clerk")
        until = timezone.now() + timedelta(hours=1)
        path = f"/work-items/{item}"

        claimed = clerk.post(f"{path}/claim/", {}).json()
        again = clerk.post(f"{path}/claim/", {})
        paused = clerk.post(
            f"{path}/pause/", {"reason": "asked", "until": until.isoformat()}
        ).json()
        clerk.post(f"{path}/resume/", {})
        clerk.post(f"{path}/comment/", {"text": "@boris is next"})
        given = clerk.post(f"{path}/hand-over/", {"to": "@boris"}).json()

        assert (claimed["status"], claimed["owner"]) == ("CLAIMED", "clerk")
        assert (again.status_code, again.json()["type"]) == (409, "/problems/item-taken")
        assert (paused["status"], paused["paused_until"][:16]) == (
            "PAUSED",
            f"{until:%Y-%m-%dT%H:%M}",
        )
        assert given["owner"] == "boris"
        history = clerk.get(f"{path}/history/").json()["results"]
        assert [each["event"].partition(".")[2] for each in history] == [
            "claim", "pause", "resume", "comment", "hand_over",
        ]  # fmt: skip

    def test_on_what_was_seen_only(self, api: Any) -> None:
        item, clerk = an_item(), api("clerk")
        tag = clerk.get(f"/work-items/{item}/")["ETag"]
        close_items(
            subject_type="settlement", subject_ids=[item.subject_id], kinds=["failing"],
            at=timezone.now(),
        )  # fmt: skip
        answer = clerk.post(f"/work-items/{item}/claim/", {}, if_match=tag)
        assert answer.status_code == 412

    def test_what_is_missing_is_said(self, api: Any) -> None:
        item, clerk = an_item(), api("clerk")
        clerk.post(f"/work-items/{item}/claim/", {})
        assert clerk.post(f"/work-items/{item}/pause/", {"reason": "why"}).status_code == 400
        late = {"reason": "why", "until": "2020-01-01T00:00:00Z"}
        assert clerk.post(f"/work-items/{item}/pause/", late).status_code == 422
        assert clerk.post(f"/work-items/{item}/hand-over/", {"to": "@x"}).status_code == 422
        assert clerk.post(f"/work-items/{item}/comment/", {"text": "@x"}).status_code == 422


class TestListWorkItems:
    def test_is_narrowed(self, api: Any) -> None:
        mine, other = an_item(), an_item(queue="risk")
        clerk = api("clerk")
        clerk.post(f"/work-items/{mine}/claim/", {})

        def found(query: str) -> list[str]:
            return [
                row["reference"] for row in clerk.get(f"/work-items/?{query}").json()["results"]
            ]

        assert found("owner=clerk") == found("status=CLAIMED") == [str(mine)]
        assert found("queue=risk&kind=failing") == [str(other)]
        assert found("open=false") == []


def test_steering_gives_out_what_is_due_and_brings_back_what_was_put_aside(api: Any) -> None:
    now = timezone.now()
    due, aside = an_item(due_at=now), an_item()
    WorkItem.objects.filter(pk=aside.pk).update(
        state="PAUSED", owner=User.objects.get(username="clerk"), paused_until=now
    )
    steer_work()
    steer_work()
    assert WorkItem.objects.get(pk=due.pk).owner is not None
    assert WorkItem.objects.get(pk=aside.pk).state == "CLAIMED"
