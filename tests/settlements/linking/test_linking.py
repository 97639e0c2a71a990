"""Links with an order and an end, priorities, the terms of parts and parts of held ones: by REST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.services import queue_instructions
from backoffice.events.models import Event
from refdata.firm_days import firm_day
from settlements.linking.selectors import linked_with, partners_of, waiting_for
from settlements.models import LinkEnd, Settlement, SettlementLink
from settlements.services import Proof, settle_settlements
from settlements.settling import WaitsForLinked
from tests.flows.test_changing import (
    INSIDE,
    OUTSIDE,
    captured,
    confirmed,
    own_folder,
    released,
    settlements,
)
from tests.flows.test_fx import fx, prepared

__all__ = ["fx", "own_folder"]  # fixtures
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


def three(api: Any, sample: dict[str, Any]) -> list[str]:
    """Purchases inside our own books, released and matched."""
    return [
        released(api, confirmed(api, captured(api, sample, external_ref=f"L-{n}", quantity="10")))
        for n in range(3)
    ]


def link(api: Any, one: str, kind: str, other: str, who: str = "clerk") -> Any:
    return api(who).post(f"/settlements/{one}/links/", {"kind": kind, "other": other})


def key(reference: str) -> int:
    return int(reference[2:])


def settle(*references: str) -> Any:
    at = timezone.now()
    proof = Proof(kind="run", reference="R-1", settled_at=at)
    return settle_settlements(
        proofs={key(each): proof for each in references}, settled_date=firm_day(at), at=at
    )


class TestLinkSettlement:
    def test_what_settles_after_another_waits_for_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, two, _ = three(api, sample)
        answer = link(api, two, "AFTER", one)
        assert answer.status_code == 201, answer.content
        assert answer.json()["linked"] == [{"settlement": one, "kind": "AFTER"}]
        stored = SettlementLink.objects.get()
        assert (f"S-{stored.first_id}", f"S-{stored.second_id}", stored.kind) == (
            one,
            two,
            "BEFORE",
        )
        assert linked_with([key(one)]) == {key(one): [(key(two), "BEFORE")]}
        assert waiting_for([key(one), key(two)]) == {key(two): [key(one)]}
        events = Event.objects.filter(kind="settlement.link").values_list("subject_id", flat=True)
        assert sorted(events) == sorted([key(one), key(two)])

        assert isinstance(settle(two).refused[key(two)], WaitsForLinked)
        assert settle(one, two).done == [key(one), key(two)]
        assert waiting_for([key(two)]) == {}

    def test_one_that_settles_only_in_part_does_not_let_the_next_go(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, two, _ = three(api, sample)
        link(api, one, "BEFORE", two)
        Settlement.objects.filter(pk=key(one)).update(partial_allowed=True)
        at = timezone.now()
        proof = Proof(kind="run", reference="R-1", settled_at=at)
        outcome = settle_settlements(
            proofs=dict.fromkeys([key(one), key(two)], proof), parts={key(one): Decimal(5)},
            settled_date=firm_day(at), at=at,
        )  # fmt: skip
        assert outcome.done == [key(one)]
        assert isinstance(outcome.refused[key(two)], WaitsForLinked)

    def test_a_circle_is_refused(self, api: Any, sample: dict[str, Any]) -> None:
        one, two, three_ = three(api, sample)
        assert link(api, one, "BEFORE", two).status_code == 201
        assert link(api, two, "BEFORE", three_).status_code == 201
        refused = link(api, three_, "BEFORE", one)
        assert (refused.status_code, refused.json()["code"]) == (409, "linked-in-circle")
        assert link(api, one, "AFTER", three_).json()["code"] == "linked-in-circle"
        assert link(api, one, "BEFORE", two).json()["code"] == "linked-already"
        assert link(api, one, "WITH", one).json()["code"] == "linked-to-itself"

    def test_of_two_halves_of_a_circle_at_once_one_is_refused(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, two, _ = three(api, sample)

        def take(pair: tuple[str, str]) -> int:
            try:
                return int(link(api, pair[0], "BEFORE", pair[1]).status_code)
            finally:
                connections.close_all()

        api("clerk")
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, [(one, two), (two, one)])) == [201, 409]

    def test_it_holds_until_it_is_ended_and_may_be_given_again(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, two, _ = three(api, sample)
        link(api, one, "BEFORE", two)
        body = {"kind": "AFTER", "other": one, "reason": "Not needed."}
        ended = api("clerk").post(f"/settlements/{two}/end-link/", body)
        assert (ended.status_code, ended.json()["linked"]) == (200, [])
        assert LinkEnd.objects.get().reason == "Not needed."
        assert api("clerk").post(f"/settlements/{two}/end-link/", body).status_code == 404
        assert link(api, one, "BEFORE", two).status_code == 201
        assert list(SettlementLink.objects.values_list("number", flat=True)) == [1, 2]

    def test_what_settles_before_another_is_released_by_itself(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rows = []
        for n in range(2):
            deal = confirmed(api, captured(api, sample, external_ref=f"L-{n}"))
            rows += [row["reference"] for row in settlements(api, deal)]
        link(api, rows[0], "BEFORE", rows[1])
        assert partners_of([key(rows[0])]) == {key(rows[0]): []}
        assert api("checker").post(f"/settlements/{rows[1]}/release/").status_code == 200
        assert Settlement.objects.get(pk=key(rows[0])).approval == "PREPARED"

    def test_its_instruction_names_what_it_is_linked_with_as_its_place_sees_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, two, inside = (
            released(
                api, confirmed(api, captured(api, sample, external_ref=f"O-{n}", counterparty=who))
            )
            for n, who in enumerate((OUTSIDE, OUTSIDE, INSIDE))
        )
        link(api, two, "AFTER", one)
        link(api, one, "WITH", inside)  # not at that place: it means nothing there
        queue_instructions(settlement_ids=[key(one), key(two)], at=timezone.now())
        bodies = dict(OutboundMessage.objects.values_list("settlement_id", "body"))
        assert bodies[key(one)]["links"] == [{"kind": "BEFORE", "reference": two}]
        assert bodies[key(two)]["links"] == [{"kind": "AFTER", "reference": one}]

    def test_two_halves_of_a_deal_stay_together(self, api: Any, fx: Any) -> None:
        _, out, into = prepared(api, fx)
        body = {"kind": "WITH", "other": into["reference"]}
        refused = api("clerk").post(f"/settlements/{out['reference']}/end-link/", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "link-of-rule")


class TestStepsWithoutState:
    def test_a_priority_is_given_with_its_reason(self, api: Any, sample: dict[str, Any]) -> None:
        one, two, _ = three(api, sample)
        body = {"priority": 0, "reason": "The client waits."}
        answer = api("clerk").post(f"/settlements/{two}/prioritise/", body)
        assert (answer.status_code, answer.json()["priority"]) == (200, 0)
        event = Event.objects.get(kind="settlement.prioritise")
        assert (event.facts, event.reason) == ({"before": 5, "priority": 0}, "The client waits.")
        assert (
            api("clerk").post(f"/settlements/{two}/prioritise/", {"priority": 10}).status_code
            == 400
        )
        assert settle(one).done == [key(one)]
        over = api("clerk").post(f"/settlements/{one}/prioritise/", body)
        assert (over.status_code, over.json()["code"]) == (409, "over-already")

    def test_parts_are_allowed_with_their_terms(self, api: Any, sample: dict[str, Any]) -> None:
        one, *_ = three(api, sample)
        path = f"/settlements/{one}/allow-parts/"
        answer = api("clerk").post(path, {"allowed": True, "minimum": "5", "lot": "5"})
        assert answer.json()["partial"] == {"allowed": True, "minimum": "5", "lot": "5"}
        wrong = api("clerk").post(path, {"allowed": True, "minimum": "11"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "part-terms-wrong")
        facts = Event.objects.get(kind="settlement.allow_parts").facts
        assert facts["before"] == {"allowed": False, "minimum": "", "lot": "1"}

    def test_of_a_held_one_other_eyes_release_a_part(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        one, *_ = three(api, sample)
        assert (
            api("clerk").post(f"/settlements/{one}/hold/", {"reason": "Look."}).status_code == 200
        )
        path = f"/settlements/{one}/release-part/"
        assert api("clerk").post(path, {"quantity": "4"}).status_code == 403
        whole = api("checker").post(path, {"quantity": "10"})
        assert (whole.status_code, whole.json()["code"]) == (422, "not-less-than-whole")
        assert api("checker").post(path, {"quantity": "4"}).status_code == 200
        assert settle(one).done == [key(one)]
        row = Settlement.objects.get(pk=key(one))
        assert (row.settled_quantity, row.hold, row.settlement) == (Decimal(4), "OURS", "PARTIAL")
