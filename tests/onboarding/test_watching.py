"""The calendar of files: reviews fall due, documents run out, somebody is told in time and once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from onboarding.calendars import (
    DocumentTypes,
    Held,
    ReviewLevel,
    ReviewLevels,
    best_day,
    expiries,
    lacking,
    review_of,
)
from onboarding.models import PartyFile
from onboarding.tasks import watch_files as task
from onboarding.watching import watch_files
from refdata.firm_days import firm_day
from refdata.models import PartyAdmission
from tests.following import follow_events
from tests.onboarding import filing

DAY = timedelta(days=1)


def now() -> tuple[date, datetime]:
    at = timezone.now()
    return firm_day(at), at


def waiting() -> list[tuple[str, str]]:
    rows = WorkItem.objects.filter(subject_type="partyfile", closed_at=None).order_by("pk")
    return list(rows.values_list("kind", "queue"))


class TestCalendars:
    def test_the_best_document_of_a_type_counts_and_for_ever_is_the_best(self) -> None:
        early, late = date(2026, 1, 31), date(2027, 1, 31)
        assert best_day("A", [Held("A", early), Held("A", late)]) == (True, late)
        assert best_day("A", [Held("A", early), Held("A")]) == (True, None)
        assert best_day("A", [Held("B")]) == (False, None)

    def test_only_what_is_needed_is_missed_or_runs_out(self) -> None:
        words = {"en": "x", "ru": "x"}
        rows = [
            {"code": "A", "name": words, "expires": True, "ask_days": 14},
            {"code": "B", "name": words, "required": False, "expires": True},
        ]
        types = msgspec.convert({"documents": rows}, DocumentTypes)
        held = [Held("A", date(2026, 11, 30)), Held("B", date(2020, 1, 1))]

        assert lacking(types, held, date(2026, 11, 30)) == []
        assert [lack.type.code for lack in lacking(types, held, date(2026, 12, 1))] == ["A"]
        (first,) = expiries(types, held)
        assert (first.last_day, first.ask_from) == (date(2026, 11, 30), date(2026, 11, 16))

    def test_a_risk_that_no_level_names_has_no_review(self) -> None:
        levels = ReviewLevels([ReviewLevel("HIGH", 12, 45, 10)])
        assert review_of(levels, "LOW", date(2026, 11, 23)) is None


@pytest.mark.usefixtures("own_database")
class TestWatchFiles:
    def test_a_review_falls_due_ahead_of_its_day_is_told_once_and_done_again(
        self, api: Any
    ) -> None:
        file = filing.approved(api)
        row = PartyFile.objects.get()
        assert row.review_on is not None
        _today, at = now()
        ahead = row.review_on - timedelta(days=30)

        assert watch_files(today=ahead - DAY, at=at) == 0
        assert watch_files(today=ahead, at=at) == 1
        assert watch_files(today=ahead, at=at) == 0
        follow_events()

        assert PartyFile.objects.get().state == "DUE"
        assert waiting() == [("party-file-review", "clerk")]
        item = WorkItem.objects.get(kind="party-file-review")
        assert item.due_at is not None
        assert firm_day(item.due_at) == row.review_on

        assert api("clerk").post(f"/party-files/{file}/submit/").status_code == 200
        follow_events()
        assert waiting() == [("party-file", "checker")]
        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200
        follow_events()
        assert waiting() == []

    def test_who_approved_the_last_time_may_fill_in_this_time(self, api: Any) -> None:
        file = filing.approved(api)
        api("clerk").post(f"/party-files/{file}/take-up/", {"reason": "new address"})
        assert PartyFile.objects.get().makers == [api("clerk").user.pk]

    def test_a_document_that_runs_out_is_asked_for_and_stops_dealing_the_day_after(
        self, api: Any
    ) -> None:
        today, at = now()
        last = today + timedelta(days=20)
        file = filing.complete(api, without=["REGISTER"])
        filing.document(api, file, "REGISTER", last.isoformat())
        api("clerk").post(f"/party-files/{file}/submit/")
        api("checker").post(f"/party-files/{file}/approve/")
        follow_events()

        watch_files(today=last - timedelta(days=15), at=at)
        assert waiting() == []
        watch_files(today=last - timedelta(days=14), at=at)
        watch_files(today=last, at=at)
        assert waiting() == [("party-file-document", "clerk")]
        assert "Выписка" in WorkItem.objects.get(kind="party-file-document").reason

        watch_files(today=last + DAY, at=at)
        assert waiting() == [("party-file-document", "clerk"), ("party-file-stopped", "manager")]
        assert PartyAdmission.objects.get().until == last + DAY

        api("risk").post(f"/party-files/{file}/close/", {"reason": "no answer"})
        follow_events()
        assert waiting() == []

    def test_sent_back_it_waits_for_the_clerk_with_the_reason(self, api: Any) -> None:
        file = filing.submitted(api)
        follow_events()
        assert waiting() == [("party-file", "checker")]

        api("checker").post(f"/party-files/{file}/send-back/", {"reason": "the stamp is missing"})
        follow_events()

        assert waiting() == [("party-file-sent-back", "clerk")]
        item = WorkItem.objects.get(closed_at=None, subject_type="partyfile")
        assert item.reason == "the stamp is missing"

    def test_the_task_looks_at_everything(self, api: Any) -> None:
        filing.approved(api)
        PartyAdmission.objects.update(until=None, ends="")
        task()
        assert PartyAdmission.objects.get().ends == "review-overdue"
