"""The shared bank statements: what each file must say was written down from the file, before its reader."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.recognising import read_cash
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import Expected, expected_files

FOLDERS = ("bank-statements/mt940/", "bank-statements/1c/", "bank-statements/camt/")
FILES = [each for folder in FOLDERS for each in expected_files(folder)]


def outcome_of(statement: CashStatement) -> str:
    codes = "+".join(sorted({remark.code for remark in statement.remarks}))
    return f"ACCEPTED({codes})" if codes else "ACCEPTED"


def sums_of(statement: CashStatement) -> dict[str, Decimal]:
    found = {"credit": statement.credits, "debit": statement.debits}
    for name in ("opening", "closing", "available"):
        balance = getattr(statement, name)
        if balance:
            found[name] = balance.amount
    for remark in statement.remarks:
        if remark.code == "does-not-balance":
            found["difference"] = remark.facts["difference"]
        if remark.code.endswith("-without-documents"):
            found[f"{remark.code.partition('-')[0]}_missing"] = remark.facts["amount"]
    if statement.format.startswith("camt"):
        found["details"] = Decimal(sum(len(line.details) for line in statement.lines))
    return found


def test_every_file_has_its_lines(shared_data: Path) -> None:
    there = {
        str(path.relative_to(shared_data))
        for folder in FOLDERS
        for path in (shared_data / folder).iterdir()
    }
    assert there == {each.file for each in FILES}


@pytest.mark.parametrize("expected", FILES, ids=lambda each: each.file.rpartition("/")[2])
def test_every_file_says_what_was_written_down(expected: Expected, shared_data: Path) -> None:
    raw = (shared_data / expected.file).read_bytes()
    if expected.outcome != "ACCEPTED":
        with pytest.raises(Refused) as refused:
            read_cash(raw)
        assert f"REFUSED({refused.value.codes[0]})" == expected.outcome
        assert all(problem.pointer and problem.hint for problem in refused.value.problems)
        return

    statements = read_cash(raw)

    found = {
        number: (outcome_of(statement), len(statement.lines), sums_of(statement))
        for number, statement in enumerate(statements, 1)
    }
    assert found == expected.statements
    assert sum(len(statement.lines) for statement in statements) == expected.lines
