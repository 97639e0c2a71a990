"""Turnover sheet and general journal: worked by hand, equal on both sides, the same as known then."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db.models import Sum
from django.utils import timezone, translation

from backoffice.access.models import User
from ledger.models import JournalEntry, Posting
from ledger.selectors import trial_balance
from ledger.services import reverse_entries
from refdata.firm_days import firm_day
from reporting.formats import open_file
from reporting.models import ReportRun
from reporting.services import verify_run
from tests.following import until_known
from tests.ledger.test_guarding import ANNA, BORIS, MONDAY, TUESDAY, WEDNESDAY, books_now
from tests.reporting.running import run_of, told

pytestmark = pytest.mark.usefixtures("own_database")


def sheet(start: date, until: date, **more: Any) -> ReportRun:
    asked = {"moved_from": start.isoformat(), "moved_until": until.isoformat()}
    return run_of("turnover-sheet", parameters=asked | more)


def journal(start: date, until: date, **more: Any) -> ReportRun:
    asked = {"effective_from": start.isoformat(), "effective_until": until.isoformat()}
    return run_of("general-journal", parameters=asked | more)


class TestTurnoverSheet:
    def test_of_each_account_what_stood_what_moved_and_what_stands(self) -> None:
        """100 come in on Monday; on Tuesday 30 go from Anna to Boris, and 10 back. Wednesday is another sheet."""
        books = books_now()
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        books.post(books.gives(ANNA, BORIS, 30), on=TUESDAY)
        books.post(books.gives(BORIS, ANNA, 10), on=TUESDAY)
        books.post(books.gives(ANNA, BORIS, 5), on=WEDNESDAY)
        run = sheet(TUESDAY, TUESDAY)
        columns = (
            "opening_debit",
            "opening_credit",
            "debit",
            "credit",
            "closing_debit",
            "closing_credit",
        )
        assert [
            (row["kind"], row["owner"], *(row[c] for c in columns)) for row in told(run, asset="GUARDED")
        ] == [
            ("HOLDING", ANNA, "100", None, "10", "30", "80", None),
            ("HOLDING", BORIS, None, None, "30", "10", "20", None),
            ("OPENING", ANNA, None, "100", None, None, None, "100"),
        ]  # fmt: skip
        sums = run.contents["totals"][""]
        assert [sums[c]["GUARDED"] for c in columns] == ["100", "100", "40", "40", "100", "100"]

    @pytest.mark.usefixtures("day_at_work")
    def test_both_sides_are_equal_in_each_asset_and_closings_are_the_balances(self) -> None:
        today = firm_day(timezone.now())
        run = sheet(today - timedelta(days=30), today)
        sums = run.contents["totals"][""]
        assert len(sums["debit"]) > 3
        for debit, credit in (
            ("opening_debit", "opening_credit"),
            ("debit", "credit"),
            ("closing_debit", "closing_credit"),
        ):
            assert sums.get(debit) == sums.get(credit)
        closing: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in told(run):
            amount = Decimal(row["closing_debit"] or 0) - Decimal(row["closing_credit"] or 0)
            if amount:
                closing[row["entity"], row["account"]] += amount
        expected: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for line in trial_balance(as_of=today):
            expected[line.entity, f"{line.kind}-{line.account_id}"] += line.amount
        assert closing == expected

    @pytest.mark.usefixtures("day_at_work")
    def test_as_known_then_it_stays_the_same_whatever_is_booked_since(self) -> None:
        today = firm_day(timezone.now())
        before = sheet(today - timedelta(days=30), today)
        entry = JournalEntry.objects.filter(kind="settlement.settle").latest("id")
        reverse_entries(reasons={entry.pk: "booked twice"}, actor_id=None, at=timezone.now())
        until_known()
        assert before.known_at is not None
        again = sheet(today - timedelta(days=30), today, known_at=before.known_at.isoformat())
        assert again.sha256 == before.sha256 != sheet(today - timedelta(days=30), today).sha256
        assert verify_run(before).equal


class TestGeneralJournal:
    @pytest.mark.usefixtures("day_at_work")
    def test_every_posting_once_with_its_entry_and_both_accounts(self) -> None:
        run = journal(date(2000, 1, 1), date(2100, 1, 1))
        rows = told(run)
        assert len(rows) == Posting.objects.count() > 20
        assert {row["entry"] for row in rows} == {
            str(entry) for entry in JournalEntry.objects.all()
        }
        assert (
            sum(Decimal(row["amount"]) for row in rows)
            == Posting.objects.aggregate(all=Sum("quantity"))["all"]
        )
        settled = [row for row in rows if row["kind"] == "settlement.settle"]
        assert settled
        assert all(row["source"].startswith("S-") for row in settled)
        assert all(row["debit_account"].startswith(f"{row['debit']}-") for row in rows)

    def test_a_reversal_says_what_it_reverses_and_why(self) -> None:
        books = books_now()
        entry = books.post(books.brings_in(ANNA, 100), on=TUESDAY)
        reverse_entries(reasons={entry: "of another client"}, actor_id=None, at=timezone.now())
        first, second = told(journal(TUESDAY, TUESDAY), asset="GUARDED")
        assert (first["debit"], first["credit"], first["amount"], first["reverses"]) == (
            "HOLDING",
            "OPENING",
            "100",
            None,
        )
        assert (second["debit"], second["credit"], second["amount"]) == (
            "OPENING",
            "HOLDING",
            "100",
        )
        assert (second["reverses"], second["reason"]) == (f"E-{entry}", "of another client")


@pytest.mark.usefixtures("day_at_work")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_workbook_writes_money_in_its_minor_unit_and_securities_as_they_are(
    language: str,
) -> None:
    today = firm_day(timezone.now())
    run = sheet(today - timedelta(days=30), today)
    accountant = User.objects.get(username="accountant")
    with translation.override(language):
        file = b"".join(open_file(run, "xlsx", actor=accountant, at=timezone.now()).pieces)
    book = openpyxl.load_workbook(io.BytesIO(file))
    rows = list(book.worksheets[0].iter_rows())
    header = next(
        n
        for n, row in enumerate(rows)
        if row[0].font and row[0].font.bold and len([c for c in row if c.value]) > 8
    )
    assets = next(n for n, cell in enumerate(rows[header]) if cell.value in ("Asset", "Актив"))
    formats = defaultdict(set)
    for row in rows[header + 1 :]:
        for cell in row[assets + 1 :]:
            if isinstance(cell.value, int | float):
                formats["RUB" if row[assets].value == "RUB" else "other"].add(cell.number_format)
    assert formats["RUB"] == {"#,##0.00"}
    assert "#,##0.########" in formats["other"]
