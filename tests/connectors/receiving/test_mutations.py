"""No file can break taking in, or half-import: whatever a mutated file is taken as, its lines are facts, known, or
behind a problem; and nothing else has changed.

Over every format of both tiers, each kind by those who bring it: 100,000 of them with `make soak`.
"""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.access.problems import translated
from backoffice.connectors.confirmations import take_confirmations
from backoffice.connectors.fix_import import import_fix
from backoffice.connectors.models import InboundFile
from backoffice.connectors.penalties import rows_in_file
from backoffice.connectors.receiving.services import retake_file, set_aside_file, take_file
from backoffice.kernel.errors import Refusal
from reconciliation.models import RepeatedLine, Statement, StatementLine
from tests.conftest import SHARED
from tests.connectors.formats.mutating import mutations
from tests.connectors.receiving import sources
from tests.connectors.receiving.books import CONTENT, EVENT, FACTS, FILE, changed, look
from tests.sizes import FILE_MUTATIONS, SOAK

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]
PARTS = 6 if SOAK else 1  # each with a seed of its own, for as many processes
LONGEST_SECONDS = 5.0  # of one file of some kilobytes, on a machine that does other things too
MOST_MEGABYTES = 300  # that the process may grow by, once it has seen a tenth
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def take(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Callable[..., InboundFile]:
    settings.VAR_DIR = tmp_path
    caplog.set_level(logging.ERROR)
    return partial(take_file, name="mutated", actor=None, at=timezone.now())


@pytest.mark.parametrize("part", range(PARTS))
class TestTaking:
    def test_statements_of_banks(self, part: int, take: Any, caplog: Any) -> None:
        run(
            sources.of_banks(SHARED / "data"),
            take,
            caplog,
            share=0.4,
            part=part,
            check=statements_add_up,
        )

    def test_what_a_place_says(
        self, part: int, take: Any, caplog: Any, api: Any, sample: Any
    ) -> None:
        files = sources.of_a_place(sources.instructed(api, sample))
        take = partial(take, channel=sources.PLACE)
        run(files, take, caplog, share=0.3, part=part, check=messages_add_up)

    def test_answers(self, part: int, take: Any, caplog: Any, api: Any, sample: Any) -> None:
        files = sources.answers(sources.instructed(api, sample))
        run(
            files,
            partial(take, channel=sources.PLACE),
            caplog,
            share=0.1,
            part=part,
            check=lines_add_up,
        )

    def test_everything_else(self, part: int, take: Any, caplog: Any) -> None:
        """None of it is taken here: it is kept, and its problem says where it belongs."""
        files = sources.of_others(SHARED / "data") + sources.samples_of_securities()
        run(files, take, caplog, share=0.2, part=part, check=nothing_is_added, least=0)


def run(
    files: list[bytes], take: Callable[..., InboundFile], caplog: Any, *, share: float, part: int,
    check: Callable[[InboundFile, dict[str, int]], None], least: float = 0.03,
) -> None:  # fmt: skip
    """So many mutations, each taken, looked at and undone."""
    count = max(int(FILE_MUTATIONS * share) // PARTS, 20)
    clerk, outcomes, memory = User.objects.get(username="clerk"), dict[str, int](), 0
    before = look()
    for number, raw in enumerate(mutations(files, seed=20261124 + part, count=count)):
        began = time.monotonic()
        with transaction.atomic():
            file = take(raw)
            assert time.monotonic() - began < LONGEST_SECONDS, raw[:200]
            after = look()
            found = changed(before, after)
            outcomes[file.outcome] = outcomes.get(file.outcome, 0) + 1
            assert (found.pop(FILE), found.pop(CONTENT)) == (1, 1)
            assert found[EVENT] >= 1
            told(file)
            check(file, found)
            if file.outcome == "REFUSED":
                assert set(found) == {EVENT}, (found, raw[:300])
            if number % 4 == 0:
                assert take(raw).again
                assert look() == after
            connection.check_constraints()
            if file.problems and number % 5 == 0:
                put_right_or_aside(file, clerk)
            transaction.set_rollback(True)
        if number == count // 10:
            memory = megabytes()
    assert [
        record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR
    ] == []
    assert megabytes() - memory < MOST_MEGABYTES
    # What is only refused, or never, would prove nothing.
    assert outcomes.get("REFUSED", 0) > count * 0.03, outcomes
    assert count - outcomes.get("REFUSED", 0) >= count * least, outcomes


def told(file: InboundFile) -> None:
    """Every problem says where, what and what to do; and a file that is not taken whole has one."""
    assert bool(file.problems) == (file.outcome != "TAKEN")
    for problem in file.problems:
        assert problem["code"] != "reader-broke"
        assert problem["position"]
        assert problem["hint"]
        assert translated(problem["detail"] or "-", problem["facts"])
    assert file.lines >= file.added + file.duplicates >= 0


def put_right_or_aside(file: InboundFile, clerk: User) -> None:
    """A person may take it in again, which brings no more than persons may bring, and set aside what is left."""
    again = retake_file(file_id=file.pk, actor=clerk, at=timezone.now())
    assert again.added >= file.added
    told(again)
    if not again.problems:
        return
    before = look()
    assert (
        set_aside_file(file_id=file.pk, reason="x", actor=clerk, at=timezone.now()).outcome
        == "SET_ASIDE"
    )
    assert set(changed(before, look())) <= {EVENT}


def statements_add_up(file: InboundFile, found: dict[str, int]) -> None:
    """Each line is a row, known, or told of by the problem of its statement."""
    rows = Statement.objects.filter(source=str(file))
    kept = StatementLine.objects.filter(statement__in=rows).count()
    known = RepeatedLine.objects.filter(statement__in=rows).count()
    behind = sum(problem["facts"].get("lines", 0) for problem in file.problems)
    assert (kept, file.lines) == (file.added, kept + known + behind)


def messages_add_up(file: InboundFile, found: dict[str, int]) -> None:
    """Each message is a fact, known, or has a problem; of a statement in pages its first page has it."""
    bad = {problem["position"].partition(",")[0] for problem in file.problems}
    whole = {position for position in bad if not position.startswith("message ")}
    refused = file.lines - file.added - file.duplicates
    if whole:
        assert file.lines == 0
    else:
        assert (len(bad) <= refused, bool(bad)) == (True, refused > 0)
    facts = {name: count for name, count in found.items() if name in FACTS}
    assert all(count > 0 for count in facts.values())
    assert facts.get("settlements_statusadvice", 0) <= file.added
    assert facts.get("settlements_evidence", 0) <= file.added


def lines_add_up(file: InboundFile, found: dict[str, int]) -> None:
    bad = {problem["position"] for problem in file.problems}
    whole = {position for position in bad if not position.startswith("line ")}
    assert file.lines == (0 if whole or not file.lines else file.added + file.duplicates + len(bad))
    assert found.get("settlements_evidence", 0) <= file.added


def nothing_is_added(file: InboundFile, found: dict[str, int]) -> None:
    assert (file.added, set(found)) == (0, {EVENT})


def megabytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


WAYS: dict[str, Callable[[bytes, User], Any]] = {
    "FIX": lambda raw, clerk: import_fix(raw, name="x", actor=clerk, at=NOW),
    "confirmations": lambda raw, clerk: take_confirmations(raw, source="test", actor=clerk, at=NOW),
    "penalties": lambda raw, clerk: rows_in_file(raw, month=date(2026, 11, 1)),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_has_a_way_of_its_own_is_taken_or_refused(way: str, take: Any, caplog: Any) -> None:
    """Logs of trades, confirmations and lists of penalties: where they are brought, changed at random."""
    files = sources.OF_A_WAY[way](SHARED / "data")
    clerk = User.objects.get(username="clerk")
    before, count, refused = look(), FILE_MUTATIONS // (20 if SOAK else 5), 0
    for raw in mutations(files, seed=17, count=count):
        with transaction.atomic():
            if refusal(WAYS[way], raw, clerk):
                refused += 1
                assert look() == before, raw[:200]
            connection.check_constraints()
            transaction.set_rollback(True)
    assert [
        record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR
    ] == []
    assert 0 < refused < count


def refusal(way: Callable[[bytes, User], Any], raw: bytes, clerk: User) -> bool:
    try:
        with transaction.atomic():
            way(raw, clerk)
    except Refusal:
        return True
    return False
