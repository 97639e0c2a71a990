"""MT535 as we write it is read as it was meant, field by field, and refused where a place could not have sent it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.holdings import Holding, Holdings
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.stating import write_mt_holdings
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Quantity, QuantityKind
from tests.sizes import EXAMPLES

ISINS = ("RU0009029540", "RU0007661625", "DE0007164600")
ACCOUNT = "SIMD1-1"


def holding(position: int, isin: str, amount: str, account: str = ACCOUNT) -> Holding:
    return Holding(position, account, isin, Quantity(QuantityKind.UNIT, Decimal(amount)))


STATEMENT = Holdings(
    "SIMD1261127H", ACCOUNT, date(2026, 11, 27),
    (
        holding(1, ISINS[0], "1000"), holding(2, ISINS[1], "0.5"),
        holding(3, ISINS[0], "-7", f"{ACCOUNT}/2"),
    ),
    number="001", basis="SETT",
)  # fmt: skip


def read(raw: bytes) -> Holdings:
    (found,) = read_mt_securities(raw)
    assert isinstance(found, Holdings)
    return replace(found, lines=tuple(replace(line, source_line=0) for line in found.lines))


def test_every_field_stands_where_the_standard_has_it() -> None:
    lines = write_mt_holdings(STATEMENT).decode().split("\r\n")
    assert lines == [
        ":16R:GENL", ":28E:1/ONLY", ":13A::STAT//001", ":20C::SEME//SIMD1261127H", ":23G:NEWM",
        ":98A::STAT//20261127", ":22F::SFRE//DAIL", ":22F::CODE//COMP", ":22F::STTY//CUST",
        ":22F::STBA//SETT", ":97A::SAFE//SIMD1-1", ":17B::ACTI//Y", ":17B::CONS//Y", ":16S:GENL",
        ":16R:SUBSAFE", ":97A::SAFE//SIMD1-1", ":17B::ACTI//Y",
        ":16R:FIN", ":35B:ISIN RU0009029540", ":93B::AGGR//UNIT/1000,", ":16S:FIN",
        ":16R:FIN", ":35B:ISIN RU0007661625", ":93B::AGGR//UNIT/0,5", ":16S:FIN", ":16S:SUBSAFE",
        ":16R:SUBSAFE", ":97A::SAFE//SIMD1-1/2", ":17B::ACTI//Y",
        ":16R:FIN", ":35B:ISIN RU0009029540", ":93B::AGGR//UNIT/N7,", ":16S:FIN", ":16S:SUBSAFE",
        "-", "",
    ]  # fmt: skip


def test_with_addresses_it_is_a_whole_message() -> None:
    raw = write_mt_holdings(STATEMENT, Addresses("SIMDRUMMXXX", "SEVERUMMXXX"))
    assert raw.startswith(b"{1:F01SIMDRUMMAXXX0000000000}{2:I535SEVERUMMXXXXN}{4:\r\n:16R:GENL")
    assert read(raw) == STATEMENT


def test_one_that_holds_nothing_says_so() -> None:
    empty = replace(STATEMENT, lines=())
    raw = write_mt_holdings(empty)
    assert b":17B::ACTI//N" in raw
    assert read(raw) == empty


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=3).filter(lambda d: d == d)
accounts = st.sampled_from([ACCOUNT, f"{ACCOUNT}/1", f"{ACCOUNT}/2"])


@settings(max_examples=EXAMPLES)
@given(
    held=st.lists(st.tuples(accounts, st.sampled_from(ISINS), amounts), max_size=8),
    number=st.integers(1, 999), is_update=st.booleans(), basis=st.sampled_from(["SETT", "CONT", "TRAD"]),
)  # fmt: skip
def test_what_is_written_is_read_back(
    held: list[tuple[str, str, Decimal]], number: int, is_update: bool, basis: str
) -> None:
    lines = tuple(
        holding(n, isin, f"{a:f}", account) for n, (account, isin, a) in enumerate(held, 1)
    )
    statement = replace(
        STATEMENT, lines=lines, number=f"{number:03d}", is_update=is_update, basis=basis
    )
    assert read(write_mt_holdings(statement)) == statement


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reference": "R" * 17}, "too-long"), ({"account": ""}, "required"),
        ({"continuation": "MORE"}, "not-permitted"), ({"basis": "x"}, "wrong-value"),
        ({"lines": (holding(1, "RU0009029541", "1"),)}, "wrong-value"),
        ({"lines": (holding(1, ISINS[0], "1" * 15),)}, "wrong-amount"),
    ],
)  # fmt: skip
def test_what_no_place_could_send_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        write_mt_holdings(replace(STATEMENT, **change))
    assert code in caught.value.codes
