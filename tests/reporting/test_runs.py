"""Runs of reports: what is asked, what is known, the same for ever, and whoever changes it is found out."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.access.models import User
from ledger.models import JournalEntry
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    post_entries,
    reverse_entries,
)
from refdata.firm_days import firm_day
from refdata.models import Asset, BookScope, Entity, Party, Place
from refdata.selectors import forget_reference_data
from reporting import services
from reporting.models import ReportRun
from reporting.parameters import InvalidParameters, checked_parameters
from reporting.reports import REPORTS
from reporting.reports.base import Known, Parameter, Query, Report
from reporting.services import RowsChanged, request_report, stored_path, verify_run
from reporting.storing import path_of, write_rows
from reporting.tasks import compute_reports
from tests.following import until_known
from tests.reporting.running import ALWAYS, computed, read_bytes, rows_of, run_of

pytestmark = pytest.mark.usefixtures("own_database")

BOTH = ("settled-deals", "settlement-and-positions")


def asked(name: str) -> dict[str, str]:
    today = firm_day(timezone.now()).isoformat()
    return ALWAYS if name == "settled-deals" else {"business_date": today}


def both(**more: Any) -> list[ReportRun]:
    return [run_of(name, parameters=asked(name) | more) for name in BOTH]


def correct_yesterday() -> None:
    """A back-dated correction: one settlement is undone, and securities come in on a day long past."""
    entry = JournalEntry.objects.filter(kind="settlement.settle").latest("id")
    reverse_entries(reasons={entry.pk: "booked twice"}, actor_id=None, at=timezone.now())
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code="CL-ANNA")
    keys = [
        AccountKey(entity.pk, "HOLDING", party.pk, place_id=Place.objects.get(code="HOUSE").pk),
        AccountKey(entity.pk, "OPENING", party.pk),
    ]
    ids = account_ids(keys)
    share = Asset.objects.get(instrument__isin="RU0009029540")
    late = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="test", source_id=99,
        effective_date=date(2026, 1, 5),
        postings=[NewPosting(ids[keys[0]], ids[keys[1]], share.pk, Decimal(7))],
    )  # fmt: skip
    post_entries([late], at=timezone.now())


class TestKnowledge:
    def test_the_same_as_known_then_after_a_back_dated_correction(self, day_at_work: None) -> None:
        before = both()
        known_at = before[-1].known_at
        assert known_at is not None
        correct_yesterday()
        for run, later in zip(before, both(), strict=True):
            assert verify_run(run).equal
            assert later.sha256 != run.sha256
            again = run_of(
                run.report, parameters=asked(run.report) | {"known_at": known_at.isoformat()}
            )
            assert (again.watermark, again.horizon) == (before[-1].watermark, before[-1].horizon)
            assert again.sha256 == run.sha256

    def test_a_transaction_held_open_across_the_watermark_changes_nothing(
        self, day_at_work: None
    ) -> None:
        slow = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.account_id, l.asset_id FROM ledger_line l JOIN ledger_ledgeraccount a"
                " ON a.id = l.account_id AND a.kind = 'HOLDING' WHERE l.amount > 0 LIMIT 1"
            )
            account, asset = cursor.fetchone()
        with slow.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            until = timezone.now()
            cursor.execute(
                "WITH e AS (INSERT INTO ledger_journalentry (entity_id, kind, source_type, source_id,"
                " effective_date) SELECT entity_id, 'opening', 'slow', 1, '2026-01-05'"
                "  FROM ledger_ledgeraccount WHERE id = %(a)s RETURNING id)"
                " INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id,"
                " quantity, effective_date) SELECT e.id, %(a)s, o.id, %(s)s, 5, '2026-01-05'"
                "  FROM e, ledger_ledgeraccount o WHERE o.kind = 'OPENING' ORDER BY o.id LIMIT 1",
                {"a": account, "s": asset},
            )
        runs = [
            request_report(
                name=name, parameters=asked(name) | {"known_at": until.isoformat()},
                actor=None, at=timezone.now(),
            )
            for name in BOTH
        ]  # fmt: skip
        compute_reports()
        before = [ReportRun.objects.get(pk=run.pk) for run in runs]
        assert [run.state for run in before] == ["COMPLETED"] * 2
        slow.commit()
        slow.close()
        assert all(verify_run(run).equal for run in before)
        (_, after) = both()
        assert after.sha256 != before[1].sha256

    def test_a_run_that_was_killed_is_computed_again_from_the_same_horizon(
        self, day_at_work: None
    ) -> None:
        reference = both()
        runs = [
            request_report(name=name, parameters=asked(name), actor=None, at=timezone.now())
            for name in BOTH
        ]
        until_known()
        for run in runs:
            assert services._started(run, timezone.now()).state == "RUNNING"
            left = path_of(run.pk).with_suffix(".dead.part")
            left.write_text("half a row")
        correct_yesterday()
        for run, same in zip(runs, reference, strict=True):
            assert computed(run).sha256 == same.sha256
            assert not list(path_of(run.pk).parent.glob(f"RR-{run.pk}.*part"))

    def test_nothing_was_known_before_the_first_watermark(self) -> None:
        early = (timezone.now() - timedelta(days=400)).isoformat()
        with pytest.raises(Exception, match="nothing-known-then"):
            run_of("settled-deals", parameters=ALWAYS | {"known_at": early})


class TestAsking:
    def test_every_problem_is_named_by_its_pointer(self, api: Any) -> None:
        given = {
            "business_date": "24.11.2026",
            "entity": "NONE",
            "known_at": "2026-11-24",
            "x": "1",
        }
        answer = api("accountant").post(
            "/reports/settlement-and-positions/runs/", {"parameters": given}
        )
        assert answer.status_code == 422
        assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
            ("/parameters/business_date", "not-a-date"), ("/parameters/entity", "unknown-entity"),
            ("/parameters/known_at", "not-a-moment"), ("/parameters/x", "unknown-member"),
        }  # fmt: skip
        assert all(e["hint"] for e in answer.json()["errors"])

    def test_a_choice_is_one_of_its_values_and_may_be_left_out(self) -> None:
        report = Report(
            name="x", title="X", purpose="", columns=(), rows=lambda parameters, known: (),
            parameters=(Parameter("basis", "Basis", "choice", {"TAX": "Tax", "MGMT": "Books"}, required=False),),
        )  # fmt: skip
        assert checked_parameters(report, {"basis": " TAX "}, entity_ids=None) == {"basis": "TAX"}
        assert checked_parameters(report, {}, entity_ids=None) == {}
        with pytest.raises(InvalidParameters) as refused:
            checked_parameters(report, {"basis": "tax"}, entity_ids=None)
        (problem,) = refused.value.problems
        assert (problem.pointer, problem.code) == ("/parameters/basis", "not-a-choice")
        assert problem.facts == {"choices": "TAX, MGMT"}

    def test_an_entity_narrows_the_books_and_a_scope_narrows_the_entities(
        self, api: Any, day_at_work: None
    ) -> None:
        whole = run_of("settlement-and-positions", parameters=asked(BOTH[1]))
        part = run_of("settlement-and-positions", parameters=asked(BOTH[1]) | {"entity": "EUR"})
        assert {row[1] for row in rows_of(whole)} == {"EUR", "RUS"}
        assert rows_of(part) == [row for row in rows_of(whole) if row[1] == "EUR"]
        manager, europe = User.objects.get(username="manager"), Entity.objects.get(code="EUR")
        BookScope.objects.create(user=manager, entity=europe)
        forget_reference_data()
        with pytest.raises(InvalidParameters):
            run_of(BOTH[1], by="manager", parameters=asked(BOTH[1]) | {"entity": "RUS"})
        own = run_of(BOTH[1], by="manager", parameters=asked(BOTH[1]))
        assert rows_of(own) == rows_of(part)
        assert own.entity_ids == [europe.pk]
        assert api("manager").get(f"/report-runs/{part}/").status_code == 200
        assert api("manager").get(f"/report-runs/{whole}/").status_code == 404
        assert api("manager").get(f"/report-runs/{whole}/file.csv").status_code == 404
        seen = api("manager").get("/report-runs/").json()["results"]
        assert {row["reference"] for row in seen} == {str(own), str(part)}

    def test_an_occasion_asks_once_however_often_and_whoever_at_once(self) -> None:
        def ask() -> ReportRun:
            return request_report(
                name="settled-deals", parameters=ALWAYS, actor=None, at=timezone.now(),
                stage="FLASH", occasion="night 7, reports",
            )  # fmt: skip

        found: list[int] = []

        def in_thread() -> None:
            try:
                found.append(ask().pk)
            finally:
                connection.close()

        threads = [threading.Thread(target=in_thread) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(found)) == 1
        run = computed(ask())
        assert (run.pk, run.stage, run.requested_by) == (found[0], "FLASH", None)
        assert ask().pk == run.pk

    def test_after_a_failure_the_occasion_asks_anew(self) -> None:
        def ask() -> ReportRun:
            return request_report(
                name="settled-deals", parameters=ALWAYS, actor=None, at=timezone.now(), occasion="n"
            )

        first = ask()
        services.break_off_report(first.pk, error="no disk", at=timezone.now())
        second = ask()
        assert second.pk != first.pk
        assert ReportRun.objects.get(pk=first.pk).error == "no disk"
        assert computed(second).pk == ask().pk


class TestVerify:
    def test_a_changed_byte_of_the_file_is_found_and_nothing_is_given_out(
        self, api: Any, day_at_work: None
    ) -> None:
        run, _ = both()
        path = stored_path(run)
        whole = path.read_bytes()
        changed = bytearray(whole)
        at = whole.index(b".", len(whole) // 2) + 1
        changed[at] = ord("9") if changed[at] != ord("9") else ord("8")
        path.write_bytes(changed)
        found = api("auditor").post(f"/report-runs/{run}/verify/").json()
        assert found["equal"] is False
        assert found["stored_sha256"] == found["recomputed_sha256"] == found["sealed_sha256"]
        assert found["file_sha256"] != found["stored_sha256"]
        (difference,) = found["differences"]
        assert difference["row"] == whole[:at].count(b"\n") + 1
        assert difference["stored"] != difference["recomputed"]
        refused = api("auditor").get(f"/report-runs/{run}/file.csv")
        assert (refused.status_code, refused.json()["code"]) == (409, "report-rows-changed")
        path.unlink()
        assert read_bytes(api("auditor").get(f"/report-runs/{run}/file.csv"))
        assert path.read_bytes() == whole

    def test_a_completed_run_cannot_be_changed_and_an_owners_change_is_found(
        self, day_at_work: None
    ) -> None:
        run, _ = both()
        for change in ({"sha256": "0" * 64}, {"row_count": 1}, {"state": "FAILED"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                ReportRun.objects.filter(pk=run.pk).update(**change)
        rows = [list(row) for row in rows_of(run)][:-1]
        path = stored_path(run)
        with path.open("wb") as file:
            written = write_rows(REPORTS[run.report], rows, file)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE reporting_reportrun DISABLE TRIGGER reportrun_is_a_fact")
        ReportRun.objects.filter(pk=run.pk).update(
            sha256=written.sha256, byte_count=written.bytes, row_count=written.rows
        )
        found = verify_run(ReportRun.objects.get(pk=run.pk))
        assert not found.equal
        assert found.sealed_sha256 == found.recomputed_sha256 == run.sha256
        assert found.differences[0].stored is None

    def test_a_changed_row_of_the_books_is_found_and_shown(self, day_at_work: None) -> None:
        _, run = both()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE refdata_price DISABLE TRIGGER price_is_a_fact")
            cursor.execute(
                "UPDATE refdata_price SET value = value + 1 WHERE instrument_id ="
                " (SELECT asset_id FROM refdata_instrument WHERE isin = 'RU0009029540')"
            )
        found = verify_run(run)
        assert not found.equal
        assert found.stored_sha256 == found.file_sha256 == run.sha256
        assert {(d.stored or [])[4] for d in found.differences} == {"RU0009029540"}

    def test_a_file_that_cannot_be_computed_again_is_not_given_out(self, day_at_work: None) -> None:
        run, _ = both()
        path_of(run.pk).write_bytes(b'["x"]\n')
        with pytest.raises(RowsChanged):
            stored_path(run)

    def test_the_page_shows_the_proof_side_by_side(self, day_at_work: None) -> None:
        _, run = both()
        browser = Client()
        browser.force_login(User.objects.get(username="accountant"))
        answer = browser.post(reverse("report-verify", args=[run]))
        assert b"note success" in answer.content
        whole = stored_path(run).read_bytes()
        stored_path(run).write_bytes(whole.replace(b"RU0009029540", b"RU0009029541", 1))
        answer = browser.post(reverse("report-verify", args=[run]))
        assert b"note error" in answer.content
        assert b"RU0009029541" in answer.content


def test_the_database_spells_rows_as_the_canonical_cells_do(tmp_path: Path) -> None:
    """Quotes, control characters, both scripts, no value, every type: to the byte the same."""
    query = Query(
        "SELECT *, true, NULL::text, 1.50::numeric(9, 4), DATE '2026-11-24', 12::bigint"
        "  FROM (VALUES (%(a)s), (%(b)s), ('')) AS g(text) ORDER BY 1",
        {"a": 'one "two" \\ three\tfour\nfive\x01\x1f\x7f/€', "b": "Ёлка «и» 漢字 \u2028 <&>"},
    )
    with (tmp_path / "rows").open("wb") as file:
        query.write_to(file, width=6)
    expected = [msgspec.json.encode(row) for row in query]
    assert (tmp_path / "rows").read_bytes().splitlines() == [
        line for row in expected for line in row.splitlines()
    ]
    assert Known(7, None).facts == {"horizon": 7, "entities": None}
