"""Every shared file of banks and of messages has its row in `imports.csv`, and payments say what it says."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.connectors.formats.payments.model import BankTransfer, InterbankFile, Transfer
from backoffice.connectors.formats.recognising import read_payments
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import EXPECTED

FOLDERS = ("bank-statements", "messages")


def rows() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PAYMENTS = [row for row in rows() if row["file"].startswith("messages/payments/")]


def test_every_file_has_its_row_and_every_row_its_file(shared_data: Path) -> None:
    there = {
        str(path.relative_to(shared_data))
        for folder in FOLDERS
        for path in (shared_data / folder).rglob("*")
        if path.is_file()
    }
    told = {row["file"] for row in rows() if row["file"].startswith(FOLDERS)}
    assert there == told


def test_each_row_is_told_once() -> None:
    twice = Counter((row["file"], row["row"]) for row in rows())
    assert not [key for key, count in twice.items() if count > 1]


@pytest.mark.parametrize("expected", PAYMENTS, ids=lambda row: row["file"].rpartition("/")[2])
def test_every_file_of_payments_says_what_was_written_down(
    expected: dict[str, str], shared_data: Path
) -> None:
    raw = (shared_data / expected["file"]).read_bytes()
    if expected["outcome"] != "ACCEPTED":
        with pytest.raises(Refused) as refused:
            read_payments(raw)
        assert f"REFUSED({refused.value.codes[0]})" == expected["outcome"]
        return
    found = read_payments(raw)
    transfers = (
        [_transfer(each) for each in found.payments]
        if isinstance(found, InterbankFile)
        else [*found.transfers]
    )
    sums: dict[str, Decimal] = {}
    for each in transfers:
        name = f"amount.{each.amount.currency}"
        sums[name] = sums.get(name, Decimal(0)) + each.amount.amount
    told = (pair.partition("=") for pair in expected["sums"].split())
    assert sums == {name: Decimal(value) for name, _, value in told}
    assert len(transfers) == int(expected["count"])


def _transfer(payment: Any) -> Transfer | BankTransfer:
    return payment if isinstance(payment, BankTransfer) else payment.transfer
