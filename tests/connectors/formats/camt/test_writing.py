"""camt.053 that we write: valid against its schema, and read back it says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.camt.reading import read_camt
from backoffice.connectors.formats.camt.writing import WRITTEN, write_camt052, write_camt053
from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
    LineStatus,
    StatementKind,
)
from backoffice.connectors.formats.refusing import Refused
from tests.sizes import EXAMPLES

VERSIONS = WRITTEN["camt.053.001"]
DAY, AT = date(2026, 11, 23), datetime(2026, 11, 23, 18, 15, tzinfo=UTC)
references = st.text("AB09-", min_size=1, max_size=35).filter(str.isalnum)
texts = st.text("aЯё<&>'\"] 09", max_size=300).map(str.strip).filter(lambda t: "  " not in t)
amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999999.99"), places=2)
lines = st.builds(
    CashLine,
    position=st.just(1), value_date=st.dates(), booking_date=st.dates(), amount=amounts,
    currency=st.just("RUB"), status=st.sampled_from(LineStatus), reversal=st.booleans(),
    type_code=st.sampled_from(("PMNT/RCDT/XBCT", "NTRF")), our_reference=references,
    bank_reference=references, end_to_end_id=references,
    counterparty=st.builds(
        Counterparty, name=st.sampled_from(("", "ООО «Ёлка»")),
        account=st.sampled_from(("40702810900000000009", "DE89370400440532013000")),
        bank=st.sampled_from(("", "SABRRUMM", "044525225")),
    ),
    text=texts.filter(lambda text: len(text) <= 140),
)  # fmt: skip


def statement_of(found: list[CashLine], signs: list[int]) -> CashStatement:
    made = tuple(
        replace(line, position=number, amount=line.amount * sign)
        for number, (line, sign) in enumerate(zip(found, signs, strict=True), 1)
    )
    moved = sum((line.amount for line in made if line.status is LineStatus.BOOKED), Decimal(0))
    return CashStatement(
        format="", kind=StatementKind.END_OF_DAY, currency="RUB", reference="S-1", number="7",
        account=Account.of("40702810200000000001", "044525225"), lines=made,
        from_date=DAY, until_date=DAY, opening=Balance("OPBD", DAY, Decimal("-5.00"), "RUB"),
        closing=Balance("CLBD", DAY, moved - 5, "RUB"), message_id="M-1", text="the end",
        created_at=AT,
    )  # fmt: skip


def plain(statement: CashStatement) -> CashStatement:
    made = tuple(replace(line, source_line=0, details=()) for line in statement.lines)
    return replace(statement, format="", created_text="", encoding="", lines=made, remarks=())


class TestWriteCamt053:
    @settings(max_examples=EXAMPLES)
    @given(st.lists(lines, max_size=4), st.data())
    def test_what_is_written_reads_the_same(
        self, found: list[CashLine], data: st.DataObject
    ) -> None:
        signs = [data.draw(st.sampled_from((1, -1))) for _ in found]
        statement = statement_of(found, signs)
        version = data.draw(st.sampled_from(VERSIONS))
        raw = write_camt053([statement] * 2, message_id="M-1", created_at=AT, version=version)
        again, other = read_camt(raw)
        assert plain(again) == plain(statement) == plain(other)
        assert again.remarks == ()

    @pytest.mark.parametrize("version", VERSIONS)
    def test_it_is_valid_against_its_schema(self, version: str, shared_data: Path) -> None:
        line = CashLine(
            1, DAY, DAY, Decimal("40.00"), "RUB", reversal=True, type_code="PMNT/RCDT/XBCT",
            our_reference="I-1", bank_reference="B-1", end_to_end_id="E-1",
            uetr="255ae394-9965-4438-ac86-f406feada396", text="x" * 141,
            counterparty=Counterparty("THEM", "DE89370400440532013000", "SABRRUMM"),
        )  # fmt: skip
        bare = CashLine(1, DAY, None, Decimal("1"), "RUB")
        pending = replace(
            line, status=LineStatus.PENDING, counterparty=Counterparty(bank="044525225")
        )
        statement = statement_of([line, bare, pending], [1, -1, 1])
        statement = replace(
            statement, available=Balance("CLAV", DAY, Decimal(1), "RUB"),
            forward=(Balance("FWAV", DAY, Decimal(-1), "RUB"),),
        )  # fmt: skip
        raw = write_camt053(
            [statement, statement], message_id="M-1", created_at=AT, version=version
        )
        assert len(read_camt(raw, shared_data / "schemas" / "iso20022")) == 2

    @pytest.mark.parametrize("version", WRITTEN["camt.052.001"])
    def test_of_a_part_of_a_day_it_is_a_report(self, version: str, shared_data: Path) -> None:
        line = CashLine(1, DAY, DAY, Decimal("40.00"), "RUB", type_code="NTRF", our_reference="S1")
        statement = statement_of([line], [-1])
        raw = write_camt052([statement], message_id="M-1", created_at=AT, version=version)
        (found,) = read_camt(raw, shared_data / "schemas" / "iso20022")
        assert found.kind is StatementKind.INTRADAY
        assert found.opening is not None
        assert found.closing is not None
        assert (found.opening.amount, found.closing.amount) == (Decimal(-5), Decimal(-45))
        assert [each.our_reference for each in found.lines] == ["S1"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"reference": ""}, "required"), ({"reference": "x" * 36}, "too-long"),
            ({"reference": "a\x01"}, "wrong-characters"), ({"number": "7a"}, "wrong-value"),
            ({"opening": None}, "required"), ({"currency": "RUB"}, ""),
            ({"closing": Balance("", DAY, Decimal("0.000001"), "RUB")}, "wrong-amount"),
            ({"closing": Balance("", DAY, Decimal(10) ** 18, "RUB")}, "wrong-amount"),
            ({"closing": Balance("", DAY, Decimal(1), "rub")}, "wrong-currency"),
            ({"closing": Balance("", None, Decimal(1), "RUB")}, "required"),
            ({"account": Account.of("4" * 35)}, "too-long"),
        ],
    )  # fmt: skip
    def test_what_it_cannot_carry_is_refused(self, change: dict, code: str) -> None:
        statement = replace(statement_of([], []), **change)
        if not code:
            assert write_camt053([statement], message_id="M", created_at=AT, version="08")
            return
        with pytest.raises(Refused) as refused:
            write_camt053([statement], message_id="M", created_at=AT, version="08")
        assert refused.value.codes == [code]

    @pytest.mark.parametrize(
        ("version", "count", "at", "code"),
        [("03", 1, AT, "unknown-version"), ("08", 0, AT, "required"),
         ("08", 1, AT.replace(tzinfo=None), "wrong-date")],
    )  # fmt: skip
    def test_what_is_no_message(self, version: str, count: int, at: datetime, code: str) -> None:
        with pytest.raises(Refused) as refused:
            write_camt053(
                [statement_of([], [])] * count, message_id="M", created_at=at, version=version
            )
        assert refused.value.codes == [code]
