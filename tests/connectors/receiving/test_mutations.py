"""No file can half-import: whatever a mutated file is taken as, its lines are facts, known, or behind a problem."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.db import connection, transaction

from backoffice.connectors.receiving.services import take_file
from reconciliation.models import RepeatedLine, Statement, StatementLine
from tests.connectors.formats.mutating import mutations
from tests.connectors.formats.samples import VECTOR_MT940, VECTOR_ONE_C
from tests.connectors.receiving.samples import AT, accounts_of
from tests.sizes import FILE_MUTATIONS, SOAK

pytestmark = pytest.mark.django_db
COUNT = FILE_MUTATIONS if SOAK else FILE_MUTATIONS // 2


def test_mutated_files_leave_all_of_their_rows_or_none(
    shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shared_data / "bank-statements"
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    files += [VECTOR_MT940.encode(), VECTOR_ONE_C.encode("cp1251"), VECTOR_ONE_C.encode("cp866")]
    for raw in files:
        accounts_of(raw)
    caplog.set_level(logging.ERROR)
    taken = refused = 0
    for raw in mutations(files, seed=20261124, count=COUNT):
        with transaction.atomic():
            file = take_file(raw, name="mutated", actor=None, at=AT)
            rows = Statement.objects.filter(source=str(file))
            kept = StatementLine.objects.filter(statement__in=rows).count()
            known = RepeatedLine.objects.filter(statement__in=rows).count()
            if not file.again:
                told = sum(problem["facts"].get("lines", 0) for problem in file.problems)
                assert (kept, file.lines) == (file.added, kept + known + told), raw[:200]
            for problem in file.problems:
                assert problem["detail"] % problem["facts"]
            connection.check_constraints()
            taken, refused = (
                taken + (file.outcome != "REFUSED"),
                refused + (file.outcome == "REFUSED"),
            )
            transaction.set_rollback(True)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert min(taken, refused) > COUNT * 0.05
