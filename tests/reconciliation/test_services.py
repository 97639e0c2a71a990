"""Storing statements: every line a booking once, and what does not agree is said, not refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from reconciliation import selectors
from reconciliation.models import RepeatedLine, Statement, StatementLine
from reconciliation.services import store_statements
from reconciliation.terms import NewLine, NewStatement, Stored
from refdata.models import Entity
from tests.reconciliation.accounts import bank, nostro

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
MON, TUE, WED = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
NUMBER = "40702810200000000001"


def line(amount: str, position: int, reference: str = "B1", **more: Any) -> NewLine:
    given: dict[str, Any] = {
        "value_date": MON, "booking_date": MON, "currency": "RUB", "status": "BOOKED",
        "bank_reference": reference,
    }  # fmt: skip
    return NewLine(amount=Decimal(amount), position=position, **(given | more))


def statement(
    *amounts: str, opening: str = "0", closing: str | None = None, **more: Any
) -> NewStatement:
    lines = more.pop("lines", [line(each, n) for n, each in enumerate(amounts, 1)])
    moved = sum((each.amount for each in lines), Decimal(opening))
    given: dict[str, Any] = {
        "position": 1, "format": "MT940", "kind": "END_OF_DAY", "account": NUMBER, "currency": "RUB",
        "from_date": MON, "until_date": MON,
    }  # fmt: skip
    return NewStatement(
        lines=lines, opening=Decimal(opening), closing=Decimal(closing) if closing else moved,
        **(given | more),
    )  # fmt: skip


def store(*statements: NewStatement, source: str = "IF-1", **more: Any) -> list[Stored]:
    return store_statements(statements, source=source, at=AT, **more)


@pytest.fixture(autouse=True)
def account() -> Any:
    return nostro(NUMBER)


class TestStore:
    def test_a_statement_is_kept_with_its_lines_and_tells_what_follows(self) -> None:
        (found,) = store(statement("-40000.00", "25000.50", opening="100000.00"))

        assert (found.lines, found.added, found.duplicates, found.balanced) == (2, 2, 0, True)
        row = Statement.objects.get()
        assert (row.closing, row.difference) == (Decimal("85000.50"), Decimal(0))
        assert (row.credits, row.debits) == (Decimal("25000.50"), Decimal("40000.00"))
        told = row.entries.order_by("position").values_list("amount", flat=True)
        assert list(told) == [Decimal("-40000"), Decimal("25000.50")]
        event = Event.objects.get(kind="statement.store")
        assert (event.subject_id, event.facts["added"], event.entity_id) == (
            row.pk,
            2,
            row.entity_id,
        )

    def test_the_same_again_adds_nothing_and_names_what_it_repeats(self) -> None:
        store(statement("5.00", "5.00"))
        (again,) = store(statement("5.00", "5.00"), source="IF-2")

        assert (again.lines, again.added, again.duplicates) == (2, 0, 2)
        assert StatementLine.objects.count() == 2
        second = Statement.objects.get(source="IF-2")
        told = RepeatedLine.objects.filter(statement=second).values_list(
            "position", "line__occurrence"
        )
        assert sorted(told) == [(1, 1), (2, 2)]
        assert selectors.lines_of(second).count() == 2

    def test_two_that_look_the_same_are_two(self) -> None:
        (found,) = store(statement("5.00", "5.00", "5.00"))
        assert found.added == 3
        assert list(
            StatementLine.objects.order_by("occurrence").values_list("occurrence", flat=True)
        ) == [1, 2, 3]

    def test_files_that_overlap_add_what_is_new(self) -> None:
        store(statement("5.00", "5.00"))
        (found,) = store(statement("5.00", "5.00", "5.00", "7.00"), source="IF-2")
        assert (found.added, found.duplicates) == (2, 2)

    def test_one_file_may_tell_a_booking_in_two_statements(self) -> None:
        first, second = store(statement("5.00"), statement("5.00", position=2, until_date=TUE))
        assert (first.added, second.added, second.duplicates) == (1, 0, 1)

    def test_pages_of_one_statement_count_on(self) -> None:
        pages: dict[str, Any] = {"number": "228"}
        first, second = store(
            statement("5.00", sequence="1", **pages),
            statement("5.00", opening="5", sequence="2", position=2, **pages),
        )
        assert (first.added, second.added) == (1, 1)
        third, again = store(
            statement("5.00", opening="10", sequence="3", **pages),
            statement("5.00", opening="5", sequence="2", position=2, **pages), source="IF-2",
        )  # fmt: skip
        assert (third.added, again.added, again.duplicates) == (1, 0, 1)
        occurrences = StatementLine.objects.order_by("pk").values_list("occurrence", flat=True)
        assert list(occurrences) == [1, 2, 3]

    def test_a_booking_told_for_another_day_before_is_pointed_out(self) -> None:
        store(statement("5.00"))
        late = line("5.00", 1, booking_date=TUE)
        store(statement(lines=[late], opening="5", until_date=TUE), source="IF-2")
        (remark,) = Statement.objects.get(source="IF-2").remarks
        assert (remark["code"], remark["facts"]["count"]) == ("booked-on-another-day", "1")

    def test_what_is_not_booked_yet_is_another_thing(self) -> None:
        pending = line("5.00", 1, status="PENDING")
        store(statement(lines=[pending], kind="INTRADAY", closing="0"))
        (found,) = store(statement("5.00"), source="IF-2")
        assert found.added == 1

    def test_five_hundred_statements_ask_as_many_questions_as_five(self) -> None:
        asked: list[str] = []

        def note(execute: Any, sql: Any, *rest: Any) -> Any:
            asked.append(sql)
            return execute(sql, *rest)

        def many(count: int, source: str) -> int:
            asked.clear()
            with connection.execute_wrapper(note):
                store(*(statement("1.00", position=n) for n in range(1, count + 1)), source=source)
            return len(asked)

        assert many(5, "IF-5") >= many(500, "IF-6")


class TestAddUp:
    def test_a_cent_that_is_not_explained_is_said(self) -> None:
        (found,) = store(statement("5.00", opening="1.00", closing="6.01"))

        assert found.balanced is False
        row = Statement.objects.get()
        assert row.difference == Decimal("0.01")
        (remark,) = row.remarks
        assert remark["code"] == "does-not-balance"
        assert remark["text"] % remark["facts"]
        assert remark["facts"]["difference"] == "0.01"

    def test_it_opens_with_what_the_one_before_closed_with(self) -> None:
        store(statement("5.00"), statement("1.00", opening="5.00", until_date=TUE, position=2))
        first, second = Statement.objects.order_by("until_date")
        assert (second.follows_id, second.gap) == (first.pk, Decimal(0))
        assert second.remarks == []
        assert (first.follows_id, first.gap) == (None, None)

    def test_a_gap_is_said_until_what_was_missing_comes(self) -> None:
        store(statement("5.00"))
        store(statement("1.00", opening="9.00", until_date=WED), source="IF-2")
        late = Statement.objects.get(source="IF-2")
        assert (late.gap, late.remarks[0]["code"]) == (Decimal("4.00"), "does-not-follow")

        lines = [line("4.00", 1, "B2", value_date=TUE)]
        store(statement(lines=lines, opening="5.00", until_date=TUE), source="IF-3")

        now = selectors.statement(str(late), visible_to=User.objects.get(username="auditor"))
        missing = Statement.objects.get(source="IF-3")
        assert missing.gap == 0
        assert (now.before_id, now.gap_now) == (missing.pk, 0)

    def test_a_copy_of_a_statement_is_not_before_it(self) -> None:
        store(statement("5.00"))
        store(statement("5.00"), source="IF-2")
        copy = Statement.objects.get(source="IF-2")
        assert (copy.follows_id, copy.gap) == (None, None)
        assert list(selectors.told_again(copy)) == [Statement.objects.get(source="IF-1")]


class TestProblems:
    @pytest.mark.parametrize(
        ("given", "code"),
        [({"account": "0001"}, "unknown-account"), ({"currency": "USD"}, "other-currency")],
    )
    def test_a_statement_of_no_account_of_ours_does_not_keep_the_others(
        self, given: dict[str, Any], code: str
    ) -> None:
        wrong, right = store(statement("1.00", **given), statement("5.00", position=2))

        assert wrong.problem is not None
        assert (wrong.problem.code, wrong.added, wrong.lines) == (code, 0, 1)
        assert wrong.problem.detail % wrong.problem.facts
        assert wrong.problem.hint
        assert (right.added, Statement.objects.count()) == (1, 1)

    def test_an_account_is_found_as_it_is_written(self) -> None:
        nostro("DE89 3704 0044 0532 0130 00", "EUR")
        (found,) = store(statement("1.00", account="de89370400440532013000", currency="EUR"))
        assert found.added == 1

    def test_of_accounts_with_one_number_the_bank_decides(self) -> None:
        nostro("1", place=bank("ONE", bic="DEUTDEFFXXX"))
        nostro("1", place=bank("TWO", bic="COBADEFF"))
        (unclear,) = store(statement("1.00", account="1"))
        assert unclear.problem is not None
        assert unclear.problem.code == "several-accounts"
        (clear,) = store(statement("1.00", account="1", bank="COBADEFF123"), source="IF-2")
        assert clear.problem is None
        assert Statement.objects.get(source="IF-2").nostro.place.code == "TWO"

    def test_a_closed_account_moves_until_its_last_day(self, account: Any) -> None:
        account.closed_on = MON
        account.save()
        (until,) = store(statement("5.00"))
        assert until.problem is None
        (after,) = store(statement("5.00", until_date=TUE), source="IF-2")
        assert after.problem is not None
        assert after.problem.code == "closed-account"

    def test_a_line_without_any_day_is_named(self) -> None:
        undated = line("1.00", 1, value_date=None, booking_date=None)
        (found,) = store(statement(lines=[undated], from_date=None, until_date=None, kind="ADVICE"))
        assert found.problem is not None
        assert found.problem.code == "undated-line"

    def test_only_accounts_of_the_entities_that_may_be_written_for(self) -> None:
        other = Entity.objects.exclude(code="RUS").earliest("pk")
        (found,) = store(statement("1.00"), entities=[other.pk])
        assert found.problem is not None
        assert found.problem.code == "unknown-account"


class TestFacts:
    @pytest.mark.parametrize("table", ["statement", "statementline", "repeatedline"])
    def test_nothing_of_it_is_changed_or_deleted(self, table: str) -> None:
        store(statement("5.00"))
        store(statement("5.00"), source="IF-2")
        for change in ("UPDATE reconciliation_{} SET id = id", "DELETE FROM reconciliation_{}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change.format(table))

    def test_a_booking_is_kept_once_past_python(self) -> None:
        store(statement("5.00"))
        columns = "statement_id, entity_id, nostro_id, day, amount, currency, reference, occurrence, booked, status"
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO reconciliation_statementline ({columns}, position)"
                f" SELECT {columns}, 9 FROM reconciliation_statementline"
            )
