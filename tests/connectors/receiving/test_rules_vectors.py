"""The vectors of rules.md sections 9 and 10 as they are taken in and stored: accounts, ids used again, overlaps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from reconciliation.models import Statement, StatementLine
from tests.connectors.formats.camt.test_reading import document, entry, statement
from tests.connectors.formats.samples import VECTOR_ONE_C
from tests.connectors.receiving.samples import AT, NUMBER, accounts_of
from tests.reconciliation.accounts import nostro

pytestmark = pytest.mark.django_db


def take(raw: bytes) -> InboundFile:
    return take_file(raw, name="x", actor=None, at=AT)


def booked(reference: str, amount: str = "40.00") -> str:
    return entry(amount=amount).replace("B-1", reference)


def test_rules_9_the_vector_is_stored_with_its_warning() -> None:
    """One payment of 40,000.00 out, and credits of 25,000.50 that have no document."""
    raw = VECTOR_ONE_C.encode("cp1251")
    accounts_of(raw)
    file = take(raw)
    assert (file.outcome, file.lines, file.added) == ("TAKEN", 1, 1)
    row, line = Statement.objects.get(), StatementLine.objects.get()
    assert (row.opening, row.closing) == (Decimal("100000.00"), Decimal("85000.50"))
    assert line.amount == Decimal("-40000.00")
    (remark,) = row.remarks
    assert (remark["code"], remark["facts"]["amount"]) == ("credits-without-documents", "25000.50")


def test_rules_10_one_file_of_two_accounts() -> None:
    nostro(NUMBER)
    nostro("DE89370400440532013000")
    file = take(document(
        statement(booked("B-1"), account="40702810200000000001"),
        statement(booked("B-1"), id="S-2", account="DE89370400440532013000"),
    ))  # fmt: skip
    assert (file.outcome, file.statements, file.lines, file.added) == ("TAKEN", 2, 2, 2)
    rows = Statement.objects.order_by("position").values_list("nostro__number", "entries__amount")
    assert list(rows) == [(NUMBER, Decimal(40)), ("DE89370400440532013000", Decimal(40))]


def test_rules_10_a_statement_id_that_is_used_again_next_year() -> None:
    nostro(NUMBER)
    this_year = document(statement(booked("B-1")))
    next_year = document(statement(booked("B-1"), opening="140.00", closing="180.00"))
    assert take(this_year).added == 1
    later = take(next_year.replace(b"2026", b"2027"))
    assert (later.outcome, later.added, later.duplicates) == ("TAKEN", 1, 0)
    assert list(Statement.objects.values_list("number", flat=True)) == ["7", "7"]
    assert StatementLine.objects.count() == 2


def test_rules_10_statements_that_overlap() -> None:
    nostro(NUMBER)
    first = statement(booked("B-1") + booked("B-2"), closing="180.00")
    second = statement(booked("B-2") + booked("B-3"), id="S-2", opening="140.00", closing="220.00")
    assert take(document(first)).added == 2
    file = take(document(second))
    assert (file.lines, file.added, file.duplicates) == (2, 1, 1)
    assert StatementLine.objects.count() == 3


def test_rules_10_an_empty_statement_opens_as_it_closes() -> None:
    nostro(NUMBER)
    file = take(document(statement("", opening="100.00", closing="100.00")))
    assert (file.outcome, file.statements, file.lines, file.balanced) == ("TAKEN", 1, 0, True)
    assert Statement.objects.get().difference == 0
