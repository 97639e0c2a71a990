"""My work: in order of what waiting costs, with its steps; the page of an item; the day's progress."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.access.models import User
from backoffice.desk.frame import forget_frames
from backoffice.workflow.handling import claim_items
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import close_items
from refdata.firm_days import FIRM_ZONE
from tests.work.working import an_item, worker, worth

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return worker("anna", "clerk")


def browser(person: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(person)
    return client


def shown(client: Client, address: str = "/") -> list[str]:
    return [str(line.item) for line in client.get(address).context["queue"].lines]


class TestHome:
    def test_what_costs_most_to_leave_comes_first(self, anna: User) -> None:
        soon = timezone.now() + timedelta(minutes=30)
        small, large = (
            worth(amount, due_at=soon, opened_at=timezone.now()) for amount in (1_000, 90_000_000)
        )
        assert shown(browser(anna)) == [str(large), str(small)]

    def test_what_others_took_is_the_team_s_and_not_mine(self, anna: User) -> None:
        boris = worker("boris", "clerk")
        mine, theirs, free = an_item(), an_item(), an_item()
        an_item(queue="risk")
        claim_items(ids=[mine.pk], actor=anna, at=timezone.now())
        claim_items(ids=[theirs.pk], actor=boris, at=timezone.now())

        client = browser(anna)

        assert sorted(shown(client)) == sorted([str(mine), str(free)])
        assert sorted(shown(client, "/?of=team")) == sorted([str(mine), str(theirs), str(free)])

    def test_claiming_brings_back_to_the_queue(self, anna: User) -> None:
        item = an_item()
        answer = browser(anna).post(f"/work/{item}/claim/", {"next": "/?of=team"})
        assert answer["Location"] == "/?of=team"
        assert WorkItem.objects.get(pk=item.pk).owner == anna

    def test_the_day_is_done_as_far_as_it_is(self, anna: User) -> None:
        now = timezone.now()
        items = [an_item(opened_at=now, due_at=now) for _ in range(4)]
        claim_items(ids=[items[0].pk], actor=anna, at=now)
        close_items(
            subject_type="settlement", subject_ids=[items[0].subject_id], kinds=["failing"], at=now
        )

        today = browser(anna).get("/").context["queue"].progress

        assert (today.done, today.left, today.percent) == (1, 3, 25)

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_it_asks_as_much_for_many_as_for_few(self, anna: User, language: str) -> None:
        client = browser(anna, language)
        counts = []
        for more in (2, 30):
            for _ in range(more):
                worth(5_000_000)
            client.get("/")
            forget_frames()
            with CaptureQueriesContext(connection) as asked:
                client.get("/")
            counts.append(sum("refdata_version" not in each["sql"] for each in asked))
        assert counts[0] == counts[1] < 60


class TestShowItem:
    def test_says_what_is_told_of_it_and_takes_its_steps(self, anna: User) -> None:
        boris = worker("boris", "clerk")
        item = an_item()
        client = browser(anna)
        client.post(f"/work/{item}/claim/")
        client.post(f"/work/{item}/comment/", {"text": "@boris do they answer?"})
        client.post(f"/work/{item}/hand_over/", {"to": "@boris", "reason": "my lunch"})

        page = client.get(f"/work/{item}/")

        assert [event.kind for event in page.context["events"]] == [
            "workitem.claim", "workitem.comment", "workitem.hand_over",
        ]  # fmt: skip
        assert b"do they answer?" in page.content
        assert page.context["steps"] == []  # it is boris's now
        assert [str(m.item) for m in browser(boris).get("/").context["mentions"]] == [str(item)]

    def test_put_aside_it_waits_below_the_queue(self, anna: User) -> None:
        item = an_item()
        client = browser(anna)
        client.post(f"/work/{item}/claim/")
        until = timezone.localtime(timezone=FIRM_ZONE) + timedelta(hours=3)
        client.post(f"/work/{item}/pause/", {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "asked"})

        queue = client.get("/").context["queue"]

        assert (queue.lines, [str(each) for each in queue.aside]) == ([], [str(item)])

    def test_a_refusal_is_told_on_its_page(self, anna: User) -> None:
        item = an_item(queue="risk")
        page = browser(anna).post(f"/work/{item}/claim/", follow=True)
        assert "waits for the role risk" in page.content.decode()

    def test_nobody_finds_one_that_is_not_there(self, anna: User) -> None:
        assert browser(anna).get("/work/WI-999999999/").status_code == 404


class TestBulk:
    def test_many_are_handed_over_after_a_preview(self, anna: User) -> None:
        worker("boris", "clerk")
        items = [worth(100), an_item(), an_item(queue="risk")]
        client = browser(anna)
        chosen = {"reference": [str(item) for item in items], "reason": "@boris", "next": "/"}

        page = client.post("/bulk/workitem/hand_over/", chosen)
        context = page.context
        client.post("/bulk/workitem/hand_over/", {
            **chosen, "count": context["taken"].count, "sums": context["sums"], "key": "k",
        })  # fmt: skip

        owners = [WorkItem.objects.get(pk=item.pk).owner for item in items]
        assert [str(owner) for owner in owners] == ["boris", "boris", "None"]
