"""MT940 that we write: read back it says the same, and what it cannot carry is refused before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    LineStatus,
    StatementKind,
)
from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.mt.rur6 import in_cyrillic, in_latin
from backoffice.connectors.formats.mt.writing import write_mt940
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import VECTOR_MT940
from tests.sizes import EXAMPLES

DAY = date(2026, 11, 23)
amounts = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)
references = st.text("AB09", min_size=1, max_size=16)
# Words without the signs that code a text of a bank.
texts = st.lists(st.from_regex(r"[A-Za-z0-9.,()']{1,30}", fullmatch=True), max_size=10).map(
    " ".join
)


@st.composite
def lines(draw: st.DrawFn) -> CashLine:
    amount = draw(amounts) * draw(st.sampled_from((1, -1)))
    value_date = draw(st.dates(date(2001, 1, 1), date(2078, 1, 1)))
    return CashLine(
        position=1, value_date=value_date,
        booking_date=value_date + timedelta(days=draw(st.integers(-150, 150))),
        amount=amount, currency="RUB", reversal=bool(amount) and draw(st.booleans()),
        type_code=draw(st.sampled_from(("NTRF", "S103", "FMSC", "N024"))),
        our_reference=draw(st.one_of(st.just(""), references)),
        bank_reference=draw(st.one_of(st.just(""), references)), text=draw(texts),
    )  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> CashStatement:
    found = tuple(
        replace(line, position=number)
        for number, line in enumerate(draw(st.lists(lines(), max_size=5)), 1)
    )
    opening = draw(amounts) * draw(st.sampled_from((1, -1)))
    closing = opening + sum((line.amount for line in found), Decimal(0))
    return CashStatement(
        format="MT940", kind=StatementKind.END_OF_DAY, currency="RUB", lines=found,
        account=Account.of(draw(st.text("0123456789", min_size=20, max_size=20))),
        reference=draw(references), number=str(draw(st.integers(0, 99999))),
        sequence=str(draw(st.integers(0, 99999))), from_date=DAY, until_date=DAY,
        opening=Balance("60F", DAY, opening, "RUB"), closing=Balance("62F", DAY, closing, "RUB"),
    )  # fmt: skip


def plain(statement: CashStatement) -> CashStatement:
    """Without where it came from; texts by their words, which lines of 65 may have divided."""
    told = tuple(
        replace(line, source_line=0, text=" ".join(line.text.split())) for line in statement.lines
    )
    return replace(statement, lines=told, encoding="", message_id="", remarks=())


class TestWriteMt940:
    @settings(max_examples=EXAMPLES)
    @given(statements(), st.booleans())
    def test_what_is_written_reads_the_same(self, statement: CashStatement, framed: bool) -> None:
        bics = {"sender": "SABRRUMMXXX", "receiver": "BANKRUMM012"} if framed else {}
        raw = write_mt940(statement, **bics)
        (again,) = read_mt_cash(raw * 2)[:1]
        assert plain(again) == plain(statement)
        assert again.remarks == ()
        assert max(map(len, raw.decode("ascii").split("\r\n"))) <= 66 + len(":61:")

    def test_the_vector_of_rules_section_10_is_written_as_it_stands(self) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        written = write_mt940(statement).decode("ascii").replace("\r\n", "\n")
        assert written == f"{VECTOR_MT940}-\n".replace(
            ":61:2611231123C25000,50NDIVNONREF", ":61:2611231123C25000,5NDIVNONREF"
        ).replace("85000,50", "85000,5").replace("RUB100000,00", "RUB100000,").replace(
            "D40000,00", "D40000,"
        )

    @pytest.mark.parametrize(
        "text",
        ["x" * 64, "x" * 65 + "y", "x" * 200, f"{'x' * 64} {'y' * 64} z", f"a {'x' * 70} b"],
    )
    def test_a_long_text_comes_back_in_one_piece(self, text: str) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        line = replace(statement.lines[0], text=text)
        (again,) = read_mt_cash(write_mt940(replace(statement, lines=(line,))))
        assert again.lines[0].text.replace("\n", " ") == text

    def test_headers_name_both_banks_and_the_moment(self) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        at = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)
        raw = write_mt940(
            replace(statement, created_at=at), sender="SABRRUMM012", receiver="BANKRUMM"
        )
        assert raw.startswith(
            b"{1:F01BANKRUMMAXXX0000000000}{2:O9401905261123SABRRUMMA01200000000002611231905N}{4:\r\n"
        )

    def test_an_expected_line_is_marked_as_such(self) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        pending = [replace(line, status=LineStatus.PENDING) for line in statement.lines]
        (again,) = read_mt_cash(write_mt940(replace(statement, lines=tuple(pending))))
        assert [(line.status, line.amount) for line in again.lines] == [
            (LineStatus.PENDING, -40000), (LineStatus.PENDING, Decimal("25000.5")),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "codes"),
        [
            ({"reference": "A" * 17}, ["too-long"]),
            ({"reference": "/A"}, ["wrong-value"]),
            ({"reference": "A//B"}, ["wrong-value"]),
            ({"reference": "A_B"}, ["wrong-characters"]),
            ({"reference": ""}, ["wrong-value"]),
            ({"number": "123456"}, ["wrong-value"]),
            ({"sequence": "x"}, ["wrong-value"]),
            ({"closing": None}, ["required"]),
            ({"opening": Balance("60F", DAY, Decimal(10) ** 13, "RUB")}, []),
            ({"opening": Balance("60F", DAY, Decimal(10) ** 14, "RUB")}, ["wrong-amount"]),
            ({"opening": Balance("60F", date(1999, 1, 1), Decimal(1), "RUB")}, ["wrong-date"]),
            ({"account": Account.of("4" * 36)}, ["too-long"]),
        ],
    )
    def test_what_it_cannot_carry_is_refused(self, change: dict, codes: list[str]) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        changed = replace(statement, **change)
        if not codes:
            assert write_mt940(changed)
            return
        with pytest.raises(Refused) as refused:
            write_mt940(changed)
        assert refused.value.codes == codes

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"text": "x " * 400}, "too-long"),
            ({"text": "a @ b"}, "wrong-characters"),
            ({"currency": "USD"}, "wrong-currency"),
            ({"type_code": "XTRF"}, "wrong-value"),
            ({"value_date": None, "booking_date": None}, "required"),
            ({"our_reference": "ends/"}, "wrong-value"),
        ],
    )
    def test_a_line_that_it_cannot_carry_is_named(self, change: dict, code: str) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        wrong = replace(statement.lines[1], **change)
        with pytest.raises(Refused) as refused:
            write_mt940(replace(statement, lines=(statement.lines[0], wrong)))
        (problem,) = refused.value.problems
        assert (problem.code, problem.pointer) == (code, "line 2")


class TestRur6:
    def test_cyrillic_arrives_transliterated(self) -> None:
        (statement,) = read_mt_cash(VECTOR_MT940.encode())
        line = replace(statement.lines[0], text="Оплата ценных бумаг по договору 17")
        raw = write_mt940(replace(statement, lines=(line,)))
        assert b":86:OPLATA CENNYH BUMAG PO DOGOVORU 17\r\n" in raw

    @pytest.mark.parametrize(
        ("text", "latin"),
        [
            ("СЧЁТ № 5", "ScoT n 5"),
            ("ОБЪЕЗД, ЩИ, ЭЮЯ", "OBxEZD, qI, eua"),
            ("АКЦИИ APPLE INC № 1", "AKCII 'APPLE INC 'n 1"),
            ("plain text", "plain text"),
        ],
    )
    def test_there_and_back(self, text: str, latin: str) -> None:
        assert in_latin(text) == latin
        if re.search("[А-Я]", text):
            assert in_cyrillic(latin) == text
