"""What owners elect: by a deadline, with evidence and other eyes, else by default; and what follows for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from settlements.actions.applying import entitle
from settlements.actions.electing import DeadlinePassed, choose, lapse_elections
from settlements.actions.models import Election, Entitlement
from settlements.models import RecordEvent
from tests.flows.corporate_actions import (
    ANNA,
    BORIS,
    FUND,
    SBER,
    announced,
    applied,
    brought,
    entitled,
    moved,
    paid,
)
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
GAZP, LKOH = "RU0007661625", "RU0009024277"


def soon() -> datetime:
    return timezone.now() + timedelta(hours=3)


@pytest.fixture
def tender(api: Any) -> RecordEvent:
    for owner, quantity in ((ANNA, 7), (BORIS, 11), (FUND, 101)):
        brought(owner, quantity)
    event = announced(
        api, action="TENDER", participation="VOLUNTARY", deadline_at=soon().isoformat(),
        options=[
            {"kind": "CASH", "takes": True, "rate": "330.00", "currency": "RUB"},
            {"kind": "LAPSE", "default": True},
        ],
    )  # fmt: skip
    applied(event)
    return event


def of(event: RecordEvent, owner: str, place: str = "NSD") -> Election:
    return Election.objects.get(event=event, owner__code=owner, place__code=place)


def chosen(api: Any, row: Election, quantities: dict[str, str]) -> Any:
    body = {"quantities": quantities, "evidence": "Letter of 26 November"}
    return api("clerk").post(f"/elections/{row}/choose/", body)


class TestElect:
    def test_whoever_held_may_choose_and_a_clerk_has_the_deadline(
        self, api: Any, tender: RecordEvent
    ) -> None:
        row = of(tender, BORIS)
        assert (row.state, row.quantity) == ("WAITING", D(11))
        item = WorkItem.objects.get(kind="election", subject_id=row.pk, closed_at=None)
        assert (item.queue, item.due_at) == ("clerk", tender.deadline_at)
        assert Entitlement.objects.filter(event=tender).count() == 0
        assert entitle(event_id=tender.pk, at=timezone.now()) == (0, 0)

    def test_chosen_by_one_instructed_by_another_paid_and_given(
        self, api: Any, tender: RecordEvent
    ) -> None:
        row = of(tender, BORIS)
        assert chosen(api, row, {"1": "12"}).json()["code"] == "chosen-wrongly"
        assert chosen(api, row, {"3": "1"}).json()["code"] == "chosen-wrongly"
        answer = chosen(api, row, {"1": "4"})
        assert (answer.status_code, answer.json()["chosen"]) == (200, {"1": "4"})
        follow_events()
        assert WorkItem.objects.filter(kind="election-instruct", closed_at=None).count() == 1
        assert not WorkItem.objects.filter(
            kind="election", subject_id=row.pk, closed_at=None
        ).exists()
        assert api("clerk").post(f"/elections/{row}/instruct/").status_code == 403
        assert api("checker").post(f"/elections/{row}/instruct/").status_code == 200
        follow_events()
        told = Event.objects.get(kind="election.instruct", subject_id=row.pk)
        assert told.facts["quantities"] == {"1": "4"}
        found = entitled(tender)
        assert set(found) == {BORIS}  # the rest of it lapses
        assert (found[BORIS].quantity, found[BORIS].gross, found[BORIS].taken) == (
            D(4),
            D(1320),
            D(4),
        )
        with moved((BORIS, "HOLDING", SBER, "NSD"), (BORIS, "CASH", "RUB", "NSD")) as change:
            paid(api, tender, "1320.00")
        assert change == [D(-4), D(1320)]

    def test_declined_it_waits_for_another_choice(self, api: Any, tender: RecordEvent) -> None:
        row = of(tender, ANNA)
        chosen(api, row, {"1": "7"})
        body = {"reason": "The letter is not signed"}
        assert api("checker").post(f"/elections/{row}/decline/", body).status_code == 200
        follow_events()
        assert WorkItem.objects.filter(
            kind="election", subject_id=row.pk, closed_at=None, queue="clerk"
        ).exists()
        assert chosen(api, row, {"1": "5"}).json()["chosen"] == {"1": "5"}

    def test_past_the_deadline_the_default_counts_whatever_was_chosen(
        self, api: Any, tender: RecordEvent
    ) -> None:
        assert tender.deadline_at is not None
        chosen(api, of(tender, ANNA), {"1": "7"})
        late = tender.deadline_at
        with pytest.raises(DeadlinePassed):
            choose(
                election_id=of(tender, BORIS).pk, quantities={1: D(1)}, evidence="call",
                actor=api("clerk").user, at=late,
            )  # fmt: skip
        assert lapse_elections(at=late - timedelta(seconds=1)) == 0
        assert lapse_elections(at=late) > 3
        assert lapse_elections(at=late) == 0
        follow_events()
        assert set(Election.objects.values_list("state", flat=True)) == {"DEFAULTED"}
        assert Entitlement.objects.filter(event=tender).count() == 0
        assert not WorkItem.objects.filter(kind__startswith="election", closed_at=None).exists()


class TestExercise:
    def test_rights_and_money_go_and_shares_come(self, api: Any) -> None:
        event = announced(
            api, action="EXERCISE", instrument=GAZP, participation="VOLUNTARY",
            deadline_at=soon().isoformat(),
            options=[
                {"kind": "SECURITIES", "takes": True, "outturn": LKOH, "new": "1", "old": "2",
                 "price": "100.00", "currency": "RUB"},
                {"kind": "LAPSE", "default": True},
            ],
        )  # fmt: skip
        applied(event)
        row = of(event, BORIS, "HOUSE")
        assert chosen(api, row, {"1": "1001"}).status_code == 200
        assert api("checker").post(f"/elections/{row}/instruct/").status_code == 200
        due = entitled(event, "HOUSE")[BORIS]
        assert (due.given, due.taken, due.price_paid, due.receipt) == (
            D(500), D(1001), D(50_000), D(-50_000),
        )  # fmt: skip
        asked = [(BORIS, "HOLDING", GAZP, "HOUSE"), (BORIS, "HOLDING", LKOH, "HOUSE"),
                 (BORIS, "CASH", "RUB", "HOUSE")]  # fmt: skip
        with moved(*asked) as change:
            paid(api, event, "-50000.00", place="HOUSE")
        assert change == [D(-1001), D(500), D(-50_000)]


class TestDividendWithAChoice:
    def test_money_by_default_and_shares_by_choice(self, api: Any) -> None:
        for owner, quantity in ((ANNA, 70), (BORIS, 110)):
            brought(owner, quantity)
        event = announced(
            api, action="DIVIDEND", rate="30", currency="RUB", participation="OPTIONS",
            deadline_at=soon().isoformat(),
            options=[
                {"kind": "CASH", "rate": "30", "currency": "RUB", "default": True},
                {"kind": "SECURITIES", "outturn": SBER, "new": "1", "old": "10"},
            ],
        )  # fmt: skip
        applied(event)
        row = of(event, BORIS)
        chosen(api, row, {"2": "60"})
        assert api("checker").post(f"/elections/{row}/instruct/").status_code == 200
        assert event.deadline_at is not None
        lapse_elections(at=event.deadline_at)
        rows = Entitlement.objects.filter(
            event=event, place__code="NSD", owner__code__in=(ANNA, BORIS)
        )
        assert [
            (r.owner.code, r.option and r.option.number, r.quantity, r.gross, r.withheld, r.given)
            for r in rows.order_by("owner__code", "option__number")
        ] == [
            (ANNA, 1, D(70), D(2100), D(273), D(0)),
            (BORIS, 1, D(50), D(1500), D(195), D(0)),
            (BORIS, 2, D(60), D(0), D(0), D(6)),
        ]  # fmt: skip
