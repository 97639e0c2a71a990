"""The shared bank statements as they are taken in: what was written down of each is what is stored of it, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Q, Sum

from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from reconciliation.models import RepeatedLine, Statement, StatementLine
from reconciliation.rules import DISAGREES
from tests.connectors.formats.samples import Expected, expected_files
from tests.connectors.receiving.samples import AT, accounts_of

pytestmark = pytest.mark.django_db

FOLDERS = ("bank-statements/mt940/", "bank-statements/1c/", "bank-statements/camt/")
FILES = [each for folder in FOLDERS for each in expected_files(folder)]


def take(raw: bytes, name: str) -> InboundFile:
    return take_file(raw, name=name, actor=None, at=AT)


def sums_of(row: Statement) -> dict[str, Decimal | None]:
    """What every line of it brings and takes, also those that another statement told first."""
    repeated = RepeatedLine.objects.filter(statement=row).values("line")
    told = StatementLine.objects.filter(Q(statement=row) | Q(pk__in=repeated))
    came = told.filter(amount__gt=0).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    went = told.filter(amount__lt=0).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {"credit": came, "debit": -went, "opening": row.opening, "closing": row.closing}


@pytest.mark.parametrize("expected", FILES, ids=lambda each: each.file.rpartition("/")[2])
def test_every_file_is_taken_as_it_was_written_down(expected: Expected, shared_data: Path) -> None:
    raw = (shared_data / expected.file).read_bytes()
    accounts_of(raw)

    file = take(raw, expected.file)

    if expected.outcome != "ACCEPTED":
        assert (file.outcome, StatementLine.objects.count()) == ("REFUSED", 0)
        assert f"REFUSED({file.problems[0]['code']})" == expected.outcome
        return
    assert (file.outcome, file.problems) == ("TAKEN", [])
    assert (file.statements, file.lines) == (len(expected.statements), expected.lines)
    assert file.added + file.duplicates == file.lines == file.added + RepeatedLine.objects.count()
    for row in Statement.objects.all():
        outcome, lines, sums = expected.statements[row.position]
        assert row.lines == lines
        found = sums_of(row)
        for name in ("credit", "debit"):
            assert found[name] == sums[name], name
        for name in ("opening", "closing"):
            # A balance in another currency than its statement's is not kept as one of it.
            assert found[name] == sums.get(name) or "currencies-differ" in outcome, name
        disagrees = any(code in outcome for code in DISAGREES)
        assert (row.balanced is False) == disagrees

    lines = StatementLine.objects.count()
    assert take(raw, "again").pk == file.pk
    other = take(raw + b"\n", "other bytes")
    assert (other.added, other.duplicates, other.problems) == (0, file.lines, [])
    assert StatementLine.objects.count() == lines
