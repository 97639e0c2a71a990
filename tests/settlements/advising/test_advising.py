"""The market's own four axes, kept as they are told and moving ours: L1 and L4 (rules, section 2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from refdata.models import Place
from settlements.models import Evidence, Settlement, StatusAdvice
from settlements.services import fail_overdue_settlements
from tests.flows.test_changing import (
    OUTSIDE,
    answer,
    captured,
    confirmed,
    last_problems,
    own_folder,
    sent,
)
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


def out(api: Any, sample: dict[str, Any], *answers: str) -> str:
    return sent(api, confirmed(api, captured(api, sample, counterparty=OUTSIDE)), *answers)


def row_of(reference: str) -> Settlement:
    return Settlement.objects.get(pk=reference[2:])


def shown(api: Any, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = api("clerk").get(f"/settlements/{reference}/").json()
    return found


def told(reference: str, message: str, **said: Any) -> None:
    answer(reference, "status", message=message, **said)


class TestSettledAtOnce:
    def test_what_settles_untold_was_matched_on_that_day(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """Nothing settles that was not matched: its place need not say so first."""
        reference = out(api, sample)
        answer(reference, "settled")
        row = row_of(reference)
        assert (row.settlement, row.matching) == ("SETTLED", "MATCHED")
        assert row.matched_date == row.settled_date
        kinds = Event.objects.filter(subject_type="settlement", subject_id=row.pk).order_by("id")
        told_of = [each for each in kinds if each.kind in ("settlement.match", "settlement.settle")]
        assert [each.kind for each in told_of] == ["settlement.match", "settlement.settle"]
        assert told_of[0].facts["inferred_from"] == told_of[1].facts["evidence"]

    @pytest.mark.parametrize("quantity", ["40000", "0"])
    def test_a_word_that_is_refused_leaves_nothing_behind(
        self, api: Any, sample: dict[str, Any], quantity: str
    ) -> None:
        """It was taken to be matched since it settled; more than is left does not settle, and so it was not."""
        reference = out(api, sample)
        before = row_of(reference)
        answer(reference, "settled", quantity=quantity)
        row = row_of(reference)
        assert len(last_problems()) == 1
        assert (row.settlement, row.matching) == (before.settlement, before.matching)
        assert row.matched_date is None
        assert not Event.objects.filter(kind="settlement.match", subject_id=row.pk).exists()


class TestTakeAdvice:
    def test_l1_unmatched_at_the_end_of_its_day_has_no_settlement_status(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        """Penalties for late matching are counted from the day on which it matches."""
        reference = out(api, sample)
        first = "2026-11-24T18:00:00+03:00"
        told(reference, "m-1", matching="NMAT", reasons=["CMIS", "DQUA"], at=first)
        row = row_of(reference)
        at = timezone.now()

        failed = fail_overdue_settlements(
            entity_id=row.entity_id, day=row.due_date + timedelta(days=1), at=at, limit=100
        )

        row = row_of(reference)
        assert failed == 0
        assert (row.matching, row.settlement, row.matched_date) == ("UNMATCHED", "PENDING", None)
        seen = shown(api, reference)
        assert (seen["market"]["matching"], seen["market"]["settlement"]) == ("NMAT", "")
        assert [(r["code"], r["who"]) for r in seen["reasons"]] == [
            ("CMIS", "CONFIRMATIONS"), ("DQUA", "CONFIRMATIONS"),
        ]  # fmt: skip

        zone = Place.objects.get(pk=row.place_id).calendar.timezone
        late = datetime.fromisoformat("2026-11-26T23:30:00+00:00")
        told(reference, "m-2", matching="MACH", settling="PEND", at=late.isoformat())

        row = row_of(reference)
        assert (row.matching, row.reason, row.reasons) == ("MATCHED", "", [])
        assert row.matched_date == (date(2026, 11, 27) if zone == "Europe/Moscow" else late.date())

    def test_l4_cancelled_by_one_side_it_settles_unless_the_other_agrees(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        theirs = out(api, sample | {"external_ref": "FO-2"}, "matched")
        ours = out(api, sample, "matched")
        assert api("clerk").post(f"/settlements/{ours}/cancel/").status_code == 202
        told(ours, "m-1", processing="CANP")
        told(theirs, "m-2", processing="CPRC")
        told(theirs, "m-3", processing="CPRC")  # said again it is one question
        follow_events()
        item = WorkItem.objects.get(kind="cancel-asked", closed_at=None)
        assert (f"S-{item.subject_id}", item.queue) == (theirs, "clerk")
        for reference, said in ((ours, "CANP"), (theirs, "CPRC")):
            assert shown(api, reference)["market"]["processing"] == said
        assert (row_of(ours).cancellation, row_of(theirs).cancellation) == ("REQUESTED", "NONE")

        answer(ours, "settled")
        answer(theirs, "settled")

        assert last_problems() == []
        follow_events()
        assert not WorkItem.objects.filter(kind="cancel-asked", closed_at=None).exists()
        for reference in (ours, theirs):
            row = row_of(reference)
            assert row.status == "SETTLED"
            assert Evidence.objects.get(settlement=row).kind == "place-message"

    def test_l4_with_the_agreement_of_both_it_is_cancelled(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = out(api, sample, "matched")
        api("clerk").post(f"/settlements/{reference}/cancel/")
        told(reference, "m-1", processing="CANP")
        told(reference, "m-2", processing="CAND")
        follow_events()
        assert row_of(reference).status == "CANCELLED"

    def test_several_reasons_stand_at_once_and_holds_follow_them(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = out(api, sample, "matched")
        told(reference, "m-1", settling="PEND", reasons=["PRCY", "CLAC", "ZZZZ"])
        row = row_of(reference)
        assert (row.hold, row.reason, row.reasons) == ("THEIRS", "PRCY", ["PRCY", "CLAC", "ZZZZ"])
        assert shown(api, reference)["reasons"][2] == {
            "code": "ZZZZ", "meaning": None, "who": None,
        }  # fmt: skip
        told(reference, "m-2", settling="PENF", reasons=["CLAC"])
        row = row_of(reference)
        assert (row.hold, row.settlement, row.reasons) == ("NONE", "FAILING", ["CLAC"])
        event = Event.objects.get(kind="settlement.fail", subject_id=row.pk)
        assert event.facts == {"message": "m-2", "reasons": ["CLAC"]}

    def test_the_same_message_twice_and_an_older_one_move_nothing(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = out(api, sample, "matched")
        told(reference, "m-1", settling="PEND", reasons=["CLAC"])
        answer(reference, "status", message="m-1", settling="PENF", reasons=["LACK"], text="again")
        told(reference, "m-0", settling="PENF", at="2026-11-20T10:00:00+03:00")
        row = row_of(reference)
        assert (row.settlement, row.reasons) == ("PENDING", ["CLAC"])
        assert StatusAdvice.objects.count() == 2

    def test_what_is_no_code_of_the_market_is_a_problem_of_its_line(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = out(api, sample)
        told(reference, "m-1", matching="PERHAPS")
        assert [problem["code"] for problem in last_problems()] == ["unreadable"]
        told(reference, "m-2", reasons=["TOO LONG"])
        assert [problem["code"] for problem in last_problems()] == ["unreadable"]

    def test_what_was_said_is_a_fact(self, api: Any, sample: dict[str, Any]) -> None:
        told(out(api, sample), "m-1", processing="PACK")
        with pytest.raises(Exception, match="are facts"), transaction.atomic():
            StatusAdvice.objects.update(processing="REJT")
