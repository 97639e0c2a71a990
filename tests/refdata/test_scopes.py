"""Who sees one entity or one book sees the rows of no other: in lists, sums, counts, files and steps."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.access.models import User
from backoffice.desk.frame import forget_frames, frame_of
from backoffice.events.models import Event
from backoffice.seen import OF_BOOKS
from backoffice.workflow.models import WorkItem
from deals.models import Deal, Inbound
from ledger.models import JournalEntry, LedgerAccount, LotPool
from limits.models import Breach, Limit
from refdata.models import Book
from refdata.scopes import EVERYTHING, Scope, scope_of
from refdata.selectors import forget_reference_data
from settlements.models import Settlement, SettlementRun
from tests.conftest import Api
from tests.flows.scoped import ABROAD, BESIDE, ENTITY, OTHER, OWN, see

pytestmark = pytest.mark.xdist_group("scopes")


@pytest.fixture(autouse=True)
def undone(scoped_day: None) -> Iterator[None]:
    """Whatever a test does to the day is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def speaks(name: str) -> Api:
    return Api(name.lower())


def books_in(name: str, path: str = "/deals/", **query: Any) -> set[str]:
    rows = speaks(name).get(path, page_size=500, **query).json()["results"]
    return {row["book"] for row in rows}


def references(name: str, path: str, **query: Any) -> set[str]:
    answer = speaks(name).get(path, page_size=500, **query)
    assert answer.status_code == 200, answer.content
    return {row["reference"] for row in answer.json()["results"]}


def subjects_of(name: str) -> Iterator[str]:
    """Whom the events are about that somebody sees, to the last of them."""
    after: int | None = 0
    while after is not None:
        page = speaks(name).get("/events/", page_size=500, after=after).json()
        yield from (row["subject"] for row in page["results"])
        after = page["next_after"] if page["results"] else None


def of(rows: Any, prefix: str) -> set[str]:
    return {f"{prefix}-{pk}" for pk in rows.values_list("pk", flat=True)}


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name.lower()))
    return client


class TestScope:
    def test_without_a_row_everything_is_seen(self) -> None:
        assert scope_of(User.objects.get(username="clerk")) is EVERYTHING

    def test_a_whole_entity_swallows_its_books_and_single_books_stand_beside(self) -> None:
        user = User.objects.get(username="manager")
        russian, abroad = Book.objects.get(code=OWN), Book.objects.get(code=ABROAD)
        see(user, book=OWN)
        see(user, entity=ENTITY)
        see(user, book=ABROAD)
        assert scope_of(user) == Scope(
            entities=(russian.entity_id,), books=(abroad.pk,),
            reached=tuple(sorted((russian.entity_id, abroad.entity_id))),
        )  # fmt: skip
        scope = scope_of(user)
        assert scope.covers(entity_id=russian.entity_id)
        assert scope.covers(entity_id=abroad.entity_id, book_id=abroad.pk)
        assert not scope.covers(entity_id=abroad.entity_id)
        assert books_in("manager") == {OWN, BESIDE, "FX-RU", ABROAD}

    def test_a_scope_that_is_taken_counts_no_more(self) -> None:
        user = User.objects.get(username="auditor-eq-ru")
        assert books_in("auditor-EQ-RU") == {OWN}
        user.book_scopes.all().delete()  # nothing is told to forget: the counter moves
        time.sleep(0.25)
        assert books_in("auditor-EQ-RU") == {OWN, BESIDE, "FX-RU", ABROAD}


def asked_by(client: Client, address: str) -> int:
    """How many statements a page takes of a process that remembers nothing.

    Not counted: the look whether reference data has changed, which a page asks
    for again when it takes longer than a process trusts what it has.
    """
    client.get(address)
    forget_reference_data()
    forget_frames()
    with CaptureQueriesContext(connection) as found:
        client.get(address)
    return sum("refdata_version" not in query["sql"] for query in found.captured_queries)


class TestRows:
    def test_deals_and_settlements_of_the_book_alone(self) -> None:
        assert books_in("auditor-EQ-RU") == {OWN}
        assert books_in("auditor-RUS") == {OWN, BESIDE, "FX-RU"}
        seen = references("auditor-EQ-RU", "/settlements/")
        mine = Deal.objects.filter(book__code=OWN).values("pk")
        of_deals = Settlement.objects.filter(source_type="deal")
        others = Settlement.objects.exclude(source_type="deal").filter(book__code=OWN)
        told = of(of_deals.filter(source_id__in=mine), "S")
        assert told != set()
        assert seen == told | of(others, "S")
        assert Settlement.objects.filter(book=None).count() == 0

    def test_what_came_in_with_an_unknown_book_is_everybodys(self) -> None:
        known = of(Inbound.objects.filter(book__code=OWN), "I")
        assert known
        assert references("auditor-EQ-RU", "/inbound/") == known
        abroad = of(Inbound.objects.filter(book__code=ABROAD), "I")
        assert references("clerk-EUR", "/inbound/") == abroad
        Inbound.objects.filter(book__code=OWN).update(entity=None, book=None)
        assert references("clerk-EUR", "/inbound/") == known | abroad

    def test_limits_of_the_book_and_breaches_under_them(self) -> None:
        assert references("risk-EQ-RU", "/limits/") == of(Limit.objects.filter(book__code=OWN), "L")
        assert references("risk-EUR", "/limits/") == of(
            Limit.objects.filter(entity__code=OTHER), "L"
        )
        assert Breach.objects.exclude(limit__book__code=OWN).exists()
        assert references("risk-EUR", "/limits/breaches/") == of(
            Breach.objects.filter(entity__code=OTHER), "BR"
        )

    def test_the_books_of_account(self) -> None:
        accounts = LedgerAccount.objects.filter(book__code=OWN)
        lines = speaks("accountant-EQ-RU").get("/ledger/trial-balance/").json()["results"]
        assert {line["book"] for line in lines} == {OWN}
        entries = references("accountant-EQ-RU", "/ledger/entries/")
        moved = JournalEntry.objects.filter(postings__debit_account__in=accounts) | (
            JournalEntry.objects.filter(postings__credit_account__in=accounts)
        )
        assert entries == of(moved.distinct(), "E") != set()
        pools = references("accountant-EQ-RU", "/lots/")
        assert pools == of(LotPool.objects.filter(changes__book__code=OWN).distinct(), "LP")
        seen = references("auditor-EQ-RU", "/deals/")
        for pool in pools:
            lots = speaks("accountant-EQ-RU").get(f"/lots/{pool}/").json()["lots"]
            deals = {lot["opening"]["source"].replace("deal:", "D-") for lot in lots}
            assert deals <= seen
        assert speaks("accountant-EQ-RU").get("/business-days/").json()["results"] == []
        days = speaks("accountant-EUR").get("/business-days/").json()["results"]
        assert {row["entity"] for row in days} == {OTHER}

    def test_runs_of_all_entities_are_seen_by_those_who_see_all(self) -> None:
        run = SettlementRun.objects.filter(entity=None).latest("pk")
        assert speaks("clerk").get(f"/settlement-runs/{run}/").status_code == 200
        assert speaks("clerk-EUR").get(f"/settlement-runs/{run}/").status_code == 404
        assert browser("clerk-eur").get(f"/runs/{run}/").status_code == 404

    def test_events_and_work_of_the_subjects_that_are_seen(self) -> None:
        told = set(subjects_of("auditor-EQ-RU"))
        seen = references("auditor-EQ-RU", "/deals/")
        assert {s for s in told if s.startswith("deal:")} == {f"deal:{d[2:]}" for d in seen}
        kinds = {subject.partition(":")[0] for subject in told}
        assert kinds <= OF_BOOKS.keys()
        page = browser("auditor-eq-ru").get("/work/", {"export": "csv"})
        text = b"".join(page.streaming_content).decode()  # type: ignore[attr-defined]
        others = WorkItem.objects.filter(
            subject_type="deal", subject_id__in=Deal.objects.exclude(book__code=OWN).values("pk")
        )
        for item in others:
            assert f"D-{item.subject_id}" not in text

    def test_counts_and_sums_count_no_others(self) -> None:
        forget_frames()
        frame = frame_of(User.objects.get(username="clerk-eq-ru"))
        mine = Deal.objects.filter(book__code=OWN)
        assert frame.counts["deals"] == min(mine.filter(state="CAPTURED").count(), 100)
        assert frame_of(User.objects.get(username="clerk-eur")).counts["inbounds"] == (
            Inbound.objects.filter(book__code=ABROAD).count()
        )
        home = browser("checker-eq-ru").get("/").content.decode()
        waiting = mine.filter(state="PENDING_APPROVAL").count()
        assert f"{waiting}" in home
        shown: Any = browser("clerk-eq-ru").get("/deals/").context
        assert shown["list"].count == str(mine.count())
        assert {sum[0] for sum in shown["list"].sums} == {"RUB"}

    def test_search_and_administration_find_no_others(self) -> None:
        own, other = (Deal.objects.filter(book__code=code).latest("pk") for code in (OWN, BESIDE))
        client = browser("auditor-eq-ru")
        assert f"/deals/{own}/" in client.get("/search/", {"q": str(own)}).content.decode()
        assert f"/deals/{other}/" not in client.get("/search/", {"q": str(other)}).content.decode()
        found = client.get("/search/", {"q": other.external_ref}).content.decode()
        assert f"/deals/{other}/" not in found
        shown = client.get("/admin/deals/deal/").content.decode()
        assert own.external_ref in shown
        assert other.external_ref not in shown
        assert client.get(f"/admin/deals/deal/{own.pk}/change/").status_code == 200
        assert client.get(f"/admin/deals/deal/{other.pk}/change/").status_code == 404
        assert client.get("/admin/events/consumercursor/").content.decode().count("row1") == 0

    def test_a_list_asks_no_more_of_who_sees_one_book(self) -> None:
        counts = []
        for name in ("auditor", "auditor-eq-ru"):
            counts.append(asked_by(browser(name), "/deals/"))
        assert counts[1] <= counts[0]


class TestWriting:
    def test_a_deal_goes_into_no_other_book(self, sample: dict[str, Any]) -> None:
        dealer = speaks("dealer-EQ-RU")
        assert dealer.post("/deals/", sample | {"external_ref": "A"}).status_code == 201
        for stage in ("proposed", "executed"):
            beside = sample | {"book": BESIDE, "external_ref": f"B-{stage}", "stage": stage}
            answer = dealer.post("/deals/", beside)
            assert (answer.status_code, answer.json()["code"]) == (403, "out-of-scope")
        # Unknown to everybody, it is an executed deal that waits; out of scope, it is refused.
        unknown = sample | {"counterparty": "NOBODY", "book": BESIDE, "stage": "executed"}
        assert dealer.post("/deals/", unknown).status_code == 403
        assert dealer.post("/limits/check/", sample | {"book": BESIDE}).status_code == 403
        assert dealer.post("/limits/reservations/", sample | {"book": BESIDE}).status_code == 403
        assert dealer.post("/limits/check/", sample).status_code == 200

    def test_many_deals_are_refused_row_by_row(self, sample: dict[str, Any]) -> None:
        rows = [sample | {"book": book, "external_ref": book} for book in (OWN, BESIDE, ABROAD)]
        raw = "\n".join(json.dumps(row) for row in rows).encode()
        answer = speaks("dealer-EQ-RU").post(
            "/deals/bulk/", raw, content_type="application/x-ndjson"
        )
        assert [row["status"] for row in answer.json()["rows"]] == [
            "accepted", "refused", "refused",
        ]  # fmt: skip
        assert answer.json()["rows"][1]["problem"]["code"] == "out-of-scope"

    def test_the_page_offers_and_takes_no_other_book(self) -> None:
        client = browser("dealer-eq-ru")
        page: Any = client.get("/deals/new/")
        assert page.context["lists"]["books"] == [(OWN, "")]

    def test_a_step_for_many_takes_what_is_seen(self) -> None:
        clerk = speaks("clerk-EQ-RU")
        mine = Deal.objects.filter(book__code=OWN, state="CAPTURED")
        everything = clerk.post(
            "/bulk-steps/", {"action": "confirm", "filter": {"status": "CAPTURED"}}
        )
        found = everything.json()
        assert found["count"] + found["refused_count"] == mine.count() > 0
        other = Deal.objects.filter(book__code=ABROAD).latest("pk")
        named = clerk.post("/bulk-steps/", {"action": "confirm", "references": [str(other)]}).json()
        assert (named["count"], named["refused"][0]["problem"]["code"]) == (0, "not-found")

    def test_a_repaired_deal_goes_into_no_other_book_and_then_belongs_to_it(self) -> None:
        row = Inbound.objects.filter(book__code=OWN, state="REPAIR").latest("pk")
        clerk = speaks("clerk-EQ-RU")
        mended = {"counterparty": "999900DEMOBANKONE097"}
        away = clerk.post(f"/inbound/{row}/repair/", {"changes": mended | {"book": BESIDE}})
        assert (away.status_code, away.json()["code"]) == (403, "out-of-scope")
        assert clerk.post(f"/inbound/{row}/repair/", {"changes": mended}).status_code == 200
        row.refresh_from_db()
        assert row.book is not None
        assert row.book.code == OWN
        event = Event.objects.get(kind="inbound.replay", subject_id=row.pk)
        assert event.entity_id == row.entity_id

    def test_a_run_is_of_the_entities_that_are_seen(self) -> None:
        body = {"business_date": "2026-11-24"}
        answer = speaks("clerk-EUR").post("/settlement-runs/", body)
        assert answer.status_code == 202
        run = SettlementRun.objects.latest("pk")
        assert run.entity is not None
        assert run.entity.code == OTHER
        assert speaks("clerk-EUR").get(f"/settlement-runs/{run}/").status_code == 200
        away = speaks("clerk-EUR").post("/settlement-runs/", body | {"entity": ENTITY})
        assert (away.status_code, away.json()["code"]) == (404, "not-found")
        book = speaks("clerk-EQ-RU").post("/settlement-runs/", body)
        assert (book.status_code, book.json()["code"]) == (403, "out-of-scope")
        see(User.objects.get(username="clerk-eur"), entity=ENTITY)
        several = speaks("clerk-EUR").post("/settlement-runs/", body)
        assert (several.status_code, several.json()["code"]) == (422, "entity-missing")
        assert (
            speaks("clerk-EUR").post("/settlement-runs/", body | {"entity": ENTITY}).status_code
            == 202
        )

    def test_a_report_reads_whole_entities(self) -> None:
        asked = {"parameters": {"settled_from": "2026-11-01", "settled_until": "2027-01-31"}}
        path = "/reports/settled-deals/runs/"
        refused = speaks("accountant-EQ-RU").post(path, asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
        run = speaks("accountant").post(path, asked).json()["reference"]
        mine = speaks("accountant-EUR").post(path, asked).json()["reference"]
        assert speaks("accountant-EUR").get(f"/report-runs/{run}/").status_code == 404
        assert speaks("accountant-EUR").get(f"/report-runs/{mine}/").status_code == 200
        assert speaks("accountant-EQ-RU").get(f"/report-runs/{mine}/").status_code == 404
