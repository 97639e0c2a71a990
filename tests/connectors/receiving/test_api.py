"""Bringing statements over REST, reading them, their lines, and the files they came in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from backoffice.connectors.models import InboundFile
from backoffice.events.consumers import Happened
from backoffice.events.models import Event
from backoffice.work.files import tell_of_files
from backoffice.workflow.models import WorkItem
from reconciliation.models import StatementLine
from tests.connectors.receiving.samples import AT, LATER, MT940, NUMBER
from tests.reconciliation.accounts import nostro

pytestmark = pytest.mark.django_db


def bring(api: Any, raw: bytes, *, key: str | None = None) -> Any:
    file = BytesIO(raw)
    file.name = "statement.sta"
    return api("clerk").post_file("/statements/", file, key=key)


def happened(id: int) -> Happened:
    return Happened(1, 1, "inboundfile.receive", "inboundfile", id, None, None, AT, "", "", "", {})


def waiting(file: InboundFile) -> list[str]:
    items = WorkItem.objects.filter(subject_type="inboundfile", subject_id=file.pk, closed_at=None)
    return list(items.values_list("kind", flat=True))


class TestBringStatements:
    def test_what_the_interface_promises(self, api: Any) -> None:
        nostro(NUMBER)
        answer = bring(api, MT940)

        assert answer.status_code == 201
        told = answer.json()
        assert answer.headers["Location"] == f"/api/v1/inbound-files/{told['reference']}/"
        assert told == {
            "reference": told["reference"], "format": "MT940", "statements": 1, "lines": 2,
            "lines_added": 2, "duplicates": 0, "balanced": True, "problems": [], "outcome": "TAKEN",
            "known": False,
        }  # fmt: skip

    def test_the_same_file_again_adds_nothing(self, api: Any) -> None:
        nostro(NUMBER)
        first = bring(api, MT940).json()
        again = bring(api, MT940)

        assert again.status_code == 200
        told = again.json()
        assert (told["reference"], told["known"]) == (first["reference"], True)
        assert (told["lines"], told["lines_added"], told["duplicates"]) == (2, 0, 2)
        assert StatementLine.objects.count() == 2

    def test_the_same_request_again_is_answered_the_same(self, api: Any) -> None:
        nostro(NUMBER)
        first, again = bring(api, MT940, key="k"), bring(api, MT940, key="k")
        assert again.content == first.content
        assert again.headers["Idempotency-Replayed"] == "true"
        assert bring(api, LATER, key="k").json()["code"] == "idempotency-key-reused"

    def test_an_unknown_account_is_a_problem_with_a_remedy_and_taken_again_later(
        self, api: Any
    ) -> None:
        told = bring(api, MT940).json()
        (problem,) = told["problems"]
        assert (problem["position"], problem["code"]) == ("statement 1", "unknown-account")
        assert NUMBER in problem["detail"]
        assert "take the file again" in problem["hint"]
        assert (told["outcome"], told["lines"], told["lines_added"]) == ("REFUSED", 2, 0)

        nostro(NUMBER)
        retake = f"/inbound-files/{told['reference']}/retake/"
        assert api("auditor").post(retake).status_code == 403
        taken = api("clerk").post(retake).json()
        assert (taken["outcome"], taken["lines_added"], taken["problems"]) == ("TAKEN", 2, [])
        assert api("clerk").post(retake).json()["code"] == "nothing-to-retake"

    def test_a_file_that_cannot_be_taken_waits_for_a_clerk_until_it_is_set_aside(
        self, api: Any
    ) -> None:
        reference = bring(api, b"<html/>").json()["reference"]
        file = InboundFile.objects.get()
        tell_of_files([happened(file.pk)], at=AT)
        assert waiting(file) == ["file-problems"]

        path = f"/inbound-files/{reference}/set-aside/"
        assert api("clerk").post(path).status_code == 400
        told = api("clerk").post(path, {"reason": "An invitation."}).json()
        tell_of_files([happened(file.pk)], at=AT)

        assert (told["outcome"], waiting(file)) == ("SET_ASIDE", [])
        event = Event.objects.get(kind="inboundfile.set_aside")
        assert (event.reason, event.source, event.target) == (
            "An invitation.", "REFUSED", "SET_ASIDE",
        )  # fmt: skip

    def test_a_file_that_is_nothing_is_kept_and_said_so(self, api: Any) -> None:
        answer = bring(api, b"<html/>")
        assert answer.status_code == 201
        assert answer.json()["problems"][0]["code"] == "unknown-format"

    def test_who_may_and_who_may_not(self, api: Any) -> None:
        file = BytesIO(MT940)
        assert api("dealer").post_file("/statements/", file).status_code == 403
        assert api("checker").post_file("/statements/", file).status_code == 403
        assert api("clerk").post("/statements/").status_code in (400, 415)
        assert api("dealer").get("/statements/").status_code == 403

    def test_no_person_brings_what_a_place_answers(self, api: Any) -> None:
        forged = b'{"reference": "S-1", "event": "settled", "message": "m", "at": "2026-11-24T10:00:00Z"}\n'
        told = bring(api, forged).json()
        assert (told["outcome"], told["problems"][0]["code"]) == ("REFUSED", "not-by-hand")


class TestReadStatements:
    def test_a_statement_and_its_lines(self, api: Any) -> None:
        nostro(NUMBER)
        bring(api, MT940 + LATER.replace(b"85000,50", b"85001,50", 1))
        second, first = api("auditor").get("/statements/", account=NUMBER).json()["results"]

        assert first["opening"] == {"amount": "100000.00", "currency": "RUB"}
        assert (first["balanced"], first["follows"], first["gap"]) == (True, None, None)
        assert second["follows"] == first["reference"]
        assert second["gap"] == {"amount": "1.00", "currency": "RUB"}
        assert (second["balanced"], second["difference"]["amount"]) == (False, "-1.00")
        assert {each["code"] for each in second["remarks"]} == {
            "does-not-balance",
            "does-not-follow",
        }
        shown = api("auditor").get(f"/statements/{first['reference']}/").json()
        assert shown == first
        lines = api("auditor").get(f"/statements/{first['reference']}/lines/").json()["results"]
        assert [each["position"] for each in lines] == [2, 1]
        assert lines[1]["amount"] == {"amount": "-40000.00", "currency": "RUB"}
        assert lines[1]["bank_reference"] == "B778"
        assert lines[1]["our_reference"] == "20261123000017"

    def test_a_copy_shows_the_lines_that_it_repeats(self, api: Any) -> None:
        nostro(NUMBER)
        bring(api, MT940)
        bring(api, MT940 + b"\n")
        copy, first = api("auditor").get("/statements/").json()["results"]
        assert (copy["lines"], copy["lines_added"], copy["duplicates"]) == (2, 0, 2)
        lines = api("auditor").get(f"/statements/{copy['reference']}/lines/").json()["results"]
        assert {(each["position"], each["repeated"], each["told_by"]) for each in lines} == {
            (1, True, first["reference"]), (2, True, first["reference"]),
        }  # fmt: skip

    def test_filters(self, api: Any) -> None:
        nostro(NUMBER)
        bring(api, MT940)
        for query, count in (
            ({"balanced": "true"}, 1), ({"balanced": "false"}, 0), ({"day_after": "2026-11-24"}, 0),
            ({"kind": "END_OF_DAY", "currency": "RUB"}, 1), ({"place": "NOWHERE"}, 0),
        ):  # fmt: skip
            assert len(api("auditor").get("/statements/", **query).json()["results"]) == count, (
                query
            )
        assert api("auditor").get("/statements/", day_after="x").status_code == 400
        assert api("auditor").get("/statements/ST-999999/").status_code == 404

    def test_a_list_asks_as_many_questions_for_ten_as_for_one(
        self, api: Any, django_assert_max_num_queries: Any
    ) -> None:
        nostro(NUMBER)
        for n in range(10):
            bring(api, MT940.replace(b"228/1", b"%d/1" % n))
        api("auditor").get("/statements/")
        with django_assert_max_num_queries(4):
            assert len(api("auditor").get("/statements/").json()["results"]) == 10


class TestReadFiles:
    def test_a_file_its_bytes_and_the_list(self, api: Any) -> None:
        nostro(NUMBER)
        reference = bring(api, MT940).json()["reference"]
        (row,) = api("auditor").get("/inbound-files/", read_as="MT").json()["results"]
        assert (row["reference"], row["name"], row["received_by"]) == (
            reference, "statement.sta", "clerk",
        )  # fmt: skip
        assert (row["entity"], row["size"], row["channel"]) == ("RUS", len(MT940), "REST")
        content = api("auditor").get(f"/inbound-files/{reference}/content/")
        assert content.content == MT940
        assert content.headers["Content-Disposition"].startswith("attachment")
        assert api("auditor").get(f"/inbound-files/{reference}/").json() == row
        assert api("auditor").get("/inbound-files/", outcome="REFUSED").json()["results"] == []
        assert api("dealer").get(f"/inbound-files/{reference}/content/").status_code == 403
