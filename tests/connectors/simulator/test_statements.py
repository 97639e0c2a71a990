"""What a played place states is what its books have, to the cent, in every format; our readers read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.holdings import Holdings
from backoffice.connectors.formats.recognising import read_cash, read_securities
from backoffice.connectors.simulator import stored
from backoffice.connectors.simulator.terms import Account
from tests.connectors.simulator.market import (
    CLIENTS,
    DAY,
    EVENING_BEFORE,
    FORMATS,
    SHARES,
    account,
    instructions,
    open_place,
    play_a_day,
)

OPENING = Decimal(100_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    play_a_day(tmp_path)
    return tmp_path


def books_of(folder: Path, code: str) -> stored.Kept:
    kept = stored.read(folder / "places" / f"{code}.json")
    assert kept is not None
    return kept


def stated(folder: Path, code: str, kind: str) -> CashStatement:
    (path,) = (folder / "day").glob(f"{code}-{account(code, kind)}-RUB-20261127.*")
    (statement,) = read_cash(path.read_bytes())
    return statement


@pytest.mark.parametrize("code", FORMATS)
@pytest.mark.parametrize(("kind", "parties"), [("OWN", ("US",)), ("CLIENTS", CLIENTS)])
class TestStateMoney:
    def test_it_closes_with_what_the_books_have(
        self, folder: Path, code: str, kind: str, parties: tuple[str, ...]
    ) -> None:
        statement = stated(folder, code, kind)
        assert statement.opening is not None
        assert statement.closing is not None
        balances = books_of(folder, code).books.balances
        assert statement.closing.amount == sum(balances[Account(p, "RUB")] for p in parties)
        assert statement.opening.amount == OPENING * len(parties)
        assert statement.difference == 0
        assert statement.remarks == ()

    def test_every_instruction_is_one_line(
        self, folder: Path, code: str, kind: str, parties: tuple[str, ...]
    ) -> None:
        told = {
            line.text.split()[0]: (line.amount, line.value_date)
            for line in stated(folder, code, kind).lines
        }
        wanted = {
            each["reference"]: (Decimal(each["amount"]) * (1 if each["delivers"] else -1), date(2026, 11, 27))
            for each in instructions(code, 60, 3)
            if each["owner"] in parties
        }  # fmt: skip
        assert told == wanted

    def test_the_bank_names_each_line_once(
        self, folder: Path, code: str, kind: str, parties: tuple[str, ...]
    ) -> None:
        lines = stated(folder, code, kind).lines
        names = {line.bank_reference or line.our_reference for line in lines}
        assert len(names) == len(lines) > 5


@pytest.mark.parametrize("code", FORMATS)
def test_what_is_held_is_stated_by_whose_it_is(folder: Path, code: str) -> None:
    balances = books_of(folder, code).books.balances
    for kind, sections in (("OWN", {"US": ""}), ("CLIENTS", dict(zip(CLIENTS, "12", strict=True)))):
        path = folder / "day" / f"{code}-{code}-{kind}-20261127.fin"
        (statement,) = read_securities(path.read_bytes())
        assert isinstance(statement, Holdings)
        assert {(line.account, line.isin): line.quantity.amount for line in statement.lines} == {
            (f"{code}-{kind}" + (f"/{section}" if section else ""), share): balances[Account(party, share)]
            for party, section in sections.items() for share in SHARES
        }  # fmt: skip


def test_each_day_continues_the_one_before(tmp_path: Path) -> None:
    play_a_day(tmp_path)
    (before,) = read_cash(
        next((tmp_path / "in").glob(f"PB-{account('PB', 'OWN')}-RUB-20261126.*")).read_bytes()
    )
    today = stated(tmp_path, "PB", "OWN")
    assert before.closing is not None
    assert today.opening is not None
    assert (before.closing.amount, before.lines) == (today.opening.amount, ())
    assert (before.number, today.number) == ("330", "331")  # of the year


def test_broken_off_before_its_statements_stand_there_it_writes_the_same(folder: Path) -> None:
    path = next((folder / "day").glob(f"PB-{account('PB', 'OWN')}-RUB-20261127.*"))
    again = folder / "again"
    open_place(again, "PB").work(at=EVENING_BEFORE, is_last=True)
    mail = (folder / "answered" / "PB-000001.jsonl").read_bytes()
    (again / "out" / "PB-000001.jsonl").write_bytes(mail)
    place = open_place(again, "PB")
    (again / "in").rename(again / "away")
    (again / "in").write_text("no folder")
    with pytest.raises((FileExistsError, NotADirectoryError)):
        place.work(at=DAY, is_last=True)
    (again / "in").unlink()
    (again / "away").rename(again / "in")

    open_place(again, "PB").work(at=DAY)

    assert (again / "in" / path.name).read_bytes() == path.read_bytes()


def test_a_place_that_serves_no_accounts_remembers_no_movements(tmp_path: Path) -> None:
    place = open_place(tmp_path, "PA")
    place.accounts = []
    place.work(at=DAY, is_last=True)
    assert (place.kept.books.moved, place.kept.stating) == ([], None)
