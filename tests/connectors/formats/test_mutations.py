"""No input can crash a reader: of a mutated file comes a result or a refusal, and nothing else, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.one_c.orders import read_orders
from backoffice.connectors.formats.payments.model import Profile
from backoffice.connectors.formats.payments.pacs import write_pacs
from backoffice.connectors.formats.payments.pacs_reading import read_pacs
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.payments.reading import read_pain001
from backoffice.connectors.formats.recognising import FORMATS, read_cash
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.camt.test_reading import document, entry, statement
from tests.connectors.formats.mutating import mutations
from tests.connectors.formats.one_c.test_orders import ORDER, TAX, written
from tests.connectors.formats.payments.test_pacs import OF_BANKS, OF_CUSTOMERS
from tests.connectors.formats.payments.test_pain001 import FILE
from tests.connectors.formats.samples import VECTOR_MT940, VECTOR_ONE_C
from tests.sizes import FILE_MUTATIONS, SOAK

CAMT = document(statement(entry())).decode()
LONGEST_SECONDS = 5.0  # of one file of some kilobytes, on a machine that does other things too


def outcome(raw: bytes) -> list[CashStatement] | Refused:
    """What comes of a file: statements, or a refusal that says something."""
    found: list[CashStatement] | Refused
    try:
        found = read_cash(raw)
    except Refused as refused:
        found = refused
    assert not isinstance(found, Refused) or told(found)
    return found


@contextmanager
def told_refusals() -> Iterator[None]:
    """Lets refusals pass that say something."""
    found: Refused | None = None
    try:
        yield
    except Refused as refused:
        found = refused
    assert found is None or told(found)


def told(refused: Refused) -> bool:
    """Whether it says something, and has every fact that its words name."""
    for problem in refused.problems:
        assert problem.pointer
        assert problem.detail % problem.facts
        assert problem.hint % problem.facts
    return bool(refused.problems and str(refused))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 20261123])
def test_mutations_of_the_sample_files(seed: int, shared_data: Path) -> None:
    folder = shared_data / "bank-statements"
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    files += [VECTOR_MT940.encode(), VECTOR_ONE_C.encode("cp1251"), VECTOR_ONE_C.encode("cp866")]
    read = 0
    for raw in mutations(files, seed=seed, count=FILE_MUTATIONS // 2):
        began = time.monotonic()
        found = outcome(raw)
        assert time.monotonic() - began < LONGEST_SECONDS, raw[:200]
        read += isinstance(found, list)
    # Mutations that only broke things would prove nothing of what is read after them.
    assert FILE_MUTATIONS // 2 * 0.1 < read < FILE_MUTATIONS // 2 * 0.95


@pytest.mark.slow
def test_mutations_of_what_we_write() -> None:
    """Payments of ours that come back changed: read as they were meant, or refused."""
    read = 0
    count = FILE_MUTATIONS // 4
    paid, ordered = write_pain001(FILE, Profile()), written(ORDER, TAX)
    for raw in mutations([paid], seed=11, count=count):
        with told_refusals():
            read += read_pain001(raw).message_id != ""
    for file in (OF_CUSTOMERS, OF_BANKS):
        for raw in mutations([write_pacs(file, Profile("08"))], seed=13, count=count // 2):
            with told_refusals():
                read += read_pacs(raw).message_id != ""
    for raw in mutations([ordered], seed=12, count=count):
        with told_refusals():
            read += len(read_orders(raw)) > 0
    assert count * 0.02 < read < count * 2.9


MANY = 60_000 if SOAK else 12_000
ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(MANY))
HOSTILE = {
    "blank lines in a text": VECTOR_MT940.replace(":62F:", "\n" * MANY * 4 + ":62F:"),
    "fields that repeat": VECTOR_MT940 + ":65:C261124RUB1,00\n" * MANY,
    "lines that are wrong": VECTOR_MT940 + ":61:x\n" * MANY,
    "blocks without an end": "{4:" * MANY,
    "blocks that are empty": "{1:}{4:\n-}" * MANY,
    "accounts in a header": VECTOR_ONE_C.replace(
        "РасчСчет=", "РасчСчет=1\n" * MANY + "РасчСчет=", 1
    ),
    "sections that do not end": VECTOR_ONE_C.replace(
        "Секция", "СекцияРасчСчет\n" * MANY + "Секция", 1
    ),
    "elements in elements": CAMT.replace("<Bal>", "<Bal>" * MANY, 1),
    "entries that are wrong": CAMT.replace("</Stmt>", "<Ntry/>" * MANY + "</Stmt>", 1),
    "a long text": CAMT.replace("<Id>S-1", "<Id>" + "x" * MANY * 200, 1),
    "attributes": CAMT.replace("<Bal>", f"<Bal {ATTRIBUTES}>", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_long_on_purpose_is_told_in_bounded_time(name: str) -> None:
    """Each takes a part of a second where the work grows with the size, and minutes where it grows with its square."""
    began = time.process_time()
    outcome(HOSTILE[name].encode())
    assert time.process_time() - began < LONGEST_SECONDS


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_every_reader_takes_any_bytes(each: object) -> None:
    """A reader may be asked for what recognising would not have given it."""
    names = ("read", "securities", "treasury", "payments")
    count = 2_000 if SOAK else 100
    for read in filter(None, (getattr(each, name) for name in names)):
        for raw in mutations([b"", b"\x00" * 50, bytes(range(256)), b"<a/>"], seed=3, count=count):
            with told_refusals():
                read(raw)
