"""Two at once: the same bytes are taken once, and what two files both tell is one booking."""

from __future__ import annotations

import pytest

from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from reconciliation.models import StatementLine
from tests.connectors.receiving.samples import AT, MT940, NUMBER, mt940
from tests.guards.test_rivals import at_once
from tests.reconciliation.accounts import nostro

pytestmark = pytest.mark.usefixtures("own_database")


def take(raw: bytes, name: str) -> InboundFile:
    return take_file(raw, name=name, actor=None, at=AT)


def test_the_same_file_from_many_at_once_is_taken_once() -> None:
    nostro(NUMBER)
    files = at_once(lambda n: take(MT940, f"{n}.sta"), count=6)
    assert len({file.pk for file in files}) == 1
    assert sorted(file.again for file in files) == [False] + [True] * 5
    assert (InboundFile.objects.count(), StatementLine.objects.count()) == (1, 2)


def test_files_that_overlap_at_once_add_each_line_once() -> None:
    nostro(NUMBER)
    entry = ":61:2611231123C1,00NTRFNONREF"
    raws = [mt940([entry] * n, closing=f"{n},00", number=f"{n}") for n in range(1, 7)]
    files = at_once(lambda n: take(raws[n], "overlapping"), count=6)
    assert sum(file.added for file in files) == StatementLine.objects.count() == 6
    assert all(file.added + file.duplicates == file.lines for file in files)
