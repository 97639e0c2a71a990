"""Steps of people on work items: who may take them, who has them, and what is told of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import NotFound
from backoffice.workflow.handling import (
    ItemClosed,
    ItemTaken,
    NobodyThere,
    NotYourItem,
    NotYourQueue,
    PauseUnclear,
    UnknownMention,
    assign_items,
    claim_items,
    comment_on_item,
    hand_over_items,
    pause_items,
    resume_due_items,
    resume_items,
)
from backoffice.workflow.models import Mention, WorkItem
from backoffice.workflow.services import close_items
from tests.guards.test_rivals import at_once
from tests.work.working import NOW, an_item, worker

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def anna(db: None) -> User:
    return worker("anna", "clerk")


@pytest.fixture
def boris(db: None) -> User:
    return worker("boris", "clerk")


@pytest.fixture
def lead(db: None) -> User:
    return worker("lead", "manager")


def everything(person: User, ids: Collection[int]) -> set[int]:
    return set(ids)


def nothing(person: User, ids: Collection[int]) -> set[int]:
    return set()


def told(item: WorkItem) -> list[tuple[str, str | None, Any]]:
    rows = Event.objects.filter(subject_type="workitem", subject_id=item.pk).order_by("id")
    return [(e.kind, e.actor.username if e.actor else None, e.facts) for e in rows]


def now(item: WorkItem) -> tuple[str, str | None, str]:
    row = WorkItem.objects.select_related("owner").get(pk=item.pk)
    return row.state, row.owner.username if row.owner else None, row.queue


def code_of(outcome: Any, item: WorkItem) -> str:
    return str(outcome.refused[item.pk].code)


class TestClaimItems:
    def test_takes_what_is_nobody_s_and_says_so_once(self, anna: User) -> None:
        item = an_item()

        outcome = claim_items(ids=[item.pk], actor=anna, at=LATER)

        assert outcome.done == [item.pk]
        assert now(item) == ("CLAIMED", "anna", "clerk")
        assert told(item) == [("workitem.claim", "anna", {})]
        assert WorkItem.objects.get(pk=item.pk).claimed_at == LATER

    def test_refuses_each_for_its_own_reason_and_takes_the_rest(
        self, anna: User, boris: User
    ) -> None:
        good, taken, other, closed = an_item(), an_item(), an_item(queue="risk"), an_item()
        claim_items(ids=[taken.pk], actor=boris, at=NOW)
        close_items(
            subject_type="settlement", subject_ids=[closed.subject_id], kinds=["failing"], at=NOW
        )

        outcome = claim_items(
            ids=[good.pk, taken.pk, other.pk, closed.pk, 10**9], actor=anna, at=LATER
        )

        assert outcome.done == [good.pk]
        assert code_of(outcome, taken) == ItemTaken.code
        assert outcome.refused[taken.pk].facts["owner"] == "boris"
        assert code_of(outcome, other) == NotYourQueue.code
        assert code_of(outcome, closed) == ItemClosed.code
        assert outcome.refused[10**9].code == NotFound.code


class TestHandOverItems:
    def test_gives_to_somebody_of_its_queue(self, anna: User, boris: User) -> None:
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)

        hand_over_items(ids=[item.pk], to="@boris", actor=anna, at=LATER, sees=everything)

        assert now(item) == ("CLAIMED", "boris", "clerk")
        assert told(item)[-1] == ("workitem.hand_over", "anna", {"to": "boris"})
        assert WorkItem.objects.get(pk=item.pk).claimed_at is None  # boris has not begun

    def test_gives_to_another_queue_where_it_is_nobody_s(self, anna: User) -> None:
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)

        hand_over_items(ids=[item.pk], to="risk", actor=anna, at=LATER, sees=everything)

        assert now(item) == ("WAITING", None, "risk")
        assert told(item)[-1] == ("workitem.requeue", "anna", {"to": "risk"})

    @pytest.mark.parametrize("to", ["@nobody", "@lead", "@gone", "nowhere", ""])
    def test_refuses_where_nobody_would_take_it(self, anna: User, lead: User, to: str) -> None:
        User.objects.create_user("gone", is_active=False).groups.set(anna.groups.all())
        item = an_item()

        outcome = hand_over_items(ids=[item.pk], to=to, actor=anna, at=LATER, sees=everything)

        assert code_of(outcome, item) == NobodyThere.code
        assert now(item) == ("WAITING", None, "clerk")

    def test_refuses_whoever_may_not_see_what_it_is_about(self, anna: User, boris: User) -> None:
        item = an_item()
        outcome = hand_over_items(ids=[item.pk], to="@boris", actor=anna, at=LATER, sees=nothing)
        assert code_of(outcome, item) == NobodyThere.code

    def test_takes_from_another_only_for_those_who_lead(
        self, anna: User, boris: User, lead: User
    ) -> None:
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)

        refused = hand_over_items(
            ids=[item.pk], to="@boris", actor=boris, at=LATER, sees=everything
        )
        moved = hand_over_items(ids=[item.pk], to="@boris", actor=lead, at=LATER, sees=everything)

        assert code_of(refused, item) == NotYourItem.code
        assert moved.done == [item.pk]


class TestPauseItems:
    @pytest.fixture
    def item(self, anna: User) -> WorkItem:
        item = an_item()
        claim_items(ids=[item.pk], actor=anna, at=NOW)
        return item

    def test_puts_aside_and_takes_up_again(self, anna: User, item: WorkItem) -> None:
        until = LATER + timedelta(days=1)

        pause_items(ids=[item.pk], reason="They call back", until=until, actor=anna, at=LATER)
        aside = now(item)
        resume_items(ids=[item.pk], actor=anna, at=until)

        assert aside == ("PAUSED", "anna", "clerk")
        assert now(item) == ("CLAIMED", "anna", "clerk")
        assert [kind for kind, *_ in told(item)][1:] == ["workitem.pause", "workitem.resume"]
        assert WorkItem.objects.get(pk=item.pk).claimed_at == until

    @pytest.mark.parametrize(
        ("reason", "minutes"), [("", 5), ("  ", 5), ("why", 0), ("why", -1), ("why", 31 * 1440 + 1)]
    )
    def test_wants_a_reason_and_a_moment_to_come(
        self, anna: User, item: WorkItem, reason: str, minutes: int
    ) -> None:
        until = LATER + timedelta(minutes=minutes)
        with pytest.raises(PauseUnclear):
            pause_items(ids=[item.pk], reason=reason, until=until, actor=anna, at=LATER)

    def test_is_for_its_owner(self, boris: User, item: WorkItem) -> None:
        until = LATER + timedelta(days=1)
        outcome = pause_items(ids=[item.pk], reason="why", until=until, actor=boris, at=LATER)
        assert code_of(outcome, item) == NotYourItem.code

    def test_is_over_by_itself_at_its_moment_and_not_before(
        self, anna: User, item: WorkItem
    ) -> None:
        until = LATER + timedelta(days=1)
        pause_items(ids=[item.pk], reason="why", until=until, actor=anna, at=LATER)

        assert resume_due_items(at=until - timedelta(seconds=1)) == []
        assert resume_due_items(at=until) == [item.pk]
        assert told(item)[-1] == ("workitem.resume", None, {})


class TestCommentOnItem:
    def test_tells_whoever_is_named_until_they_look_into_it(self, anna: User, boris: User) -> None:
        item = an_item()

        names = comment_on_item(
            id=item.pk, text="@boris, is it theirs? anna@x.org asks", actor=anna, at=LATER,
            sees=everything,
        )  # fmt: skip
        asked = Mention.objects.filter(person=boris, answered_at=None).count()
        comment_on_item(id=item.pk, text="It is", actor=boris, at=LATER, sees=everything)

        assert (names, asked) == (["boris"], 1)
        assert not Mention.objects.filter(answered_at=None).exists()
        assert told(item)[0] == ("workitem.comment", "anna", {"mentions": ["boris"]})

    def test_refuses_a_name_nobody_has_or_may_see_it_by(self, anna: User, boris: User) -> None:
        item = an_item()
        for text, sees in (("@nobody", everything), ("@boris", nothing)):
            with pytest.raises(UnknownMention):
                comment_on_item(id=item.pk, text=text, actor=anna, at=LATER, sees=sees)
        assert told(item) == []


class TestAssignItems:
    def test_gives_what_is_nobody_s_and_leaves_what_somebody_took(
        self, anna: User, boris: User
    ) -> None:
        free, taken = an_item(), an_item()
        claim_items(ids=[taken.pk], actor=anna, at=NOW)

        outcome = assign_items(owners={free.pk: boris, taken.pk: boris}, at=LATER)

        assert outcome.done == [free.pk]
        assert (now(free)[1], now(taken)[1]) == ("boris", "anna")
        assert told(free) == [("workitem.assign", None, {"to": "boris"})]


@pytest.mark.usefixtures("own_database")
def test_of_many_who_claim_one_at_once_exactly_one_gets_it() -> None:
    people = [worker(f"rival{n}", "clerk") for n in range(12)]
    items = [an_item() for _ in range(5)]
    ids = [item.pk for item in items]

    outcomes = at_once(
        lambda n: claim_items(ids=ids, actor=people[n], at=timezone.now()), count=len(people)
    )

    assert sorted(id for outcome in outcomes for id in outcome.done) == ids
    claims = Event.objects.filter(kind="workitem.claim")
    assert sorted(claims.values_list("subject_id", flat=True)) == ids
    winner = next(n for n, outcome in enumerate(outcomes) if outcome.done)
    assert {WorkItem.objects.get(pk=id).owner_id for id in ids} == {people[winner].pk}
