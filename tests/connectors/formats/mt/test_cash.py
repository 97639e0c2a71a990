"""MT900 to 950: the vector of rules.md section 10, its further cases, and what a wrong message is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from backoffice.connectors.formats.cash import (
    Account,
    AccountScheme,
    CashLine,
    CashStatement,
    LineStatus,
    StatementKind,
)
from backoffice.connectors.formats.checking import follows
from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import VECTOR_MT940

MT942 = """:20:R1
:25:40702810200000000001
:28C:7/1
:34F:RUBD{floor}
:13D:2611231815+0300
:61:2611231123ED100,00NTRFA1
:61:2611231123C40,00NTRFA2
:90D:1RUB{debits}
:90C:1RUB40,00
"""
MT910 = """:20:B-77
:21:OUR-1
:25:40702810200000000001
:13D:2611231815+0300
:32A:261123RUB25000,50
:50K:/40702810900000000009
OOO ROMASHKA
:52A:SABRRUMMXXX
:72:/BNF/DIVIDENDS
"""


def one(text: str) -> CashStatement:
    (statement,) = read_mt_cash(text.encode())
    return statement


def line_of(entry: str) -> CashLine:
    first = VECTOR_MT940.index(":61:")
    return one(f"{VECTOR_MT940[:first]}{entry}\n:62F:C261123RUB0,00\n").lines[0]


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read_mt_cash(text.encode())
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


class TestRulesSection10:
    def test_the_vector(self) -> None:
        statement = one(VECTOR_MT940)
        assert (statement.format, statement.kind) == ("MT940", StatementKind.END_OF_DAY)
        assert statement.account == Account("40702810200000000001", AccountScheme.RUSSIAN)
        assert (statement.reference, statement.number, statement.sequence) == (
            "ST261123",
            "228",
            "1",
        )
        assert (statement.from_date, statement.until_date) == (
            date(2026, 11, 20),
            date(2026, 11, 23),
        )
        assert len(statement.lines) == 2
        assert statement.booked == Decimal("-14999.50")
        assert statement.difference == 0
        assert statement.remarks == ()
        first, second = statement.lines
        assert (first.our_reference, first.bank_reference, first.type_code) == (
            "20261123000017", "B778", "NTRF",
        )  # fmt: skip
        assert first.text == "OPLATA CENNYH BUMAG PO DOGOVORU 17"
        assert (second.our_reference, second.amount) == ("", Decimal("25000.50"))

    def test_a_funds_code_is_no_part_of_the_amount(self) -> None:
        assert line_of(":61:2611231123DB40000,00NTRFX").amount == -40000

    @pytest.mark.parametrize(
        ("mark", "amount", "reversal", "status"),
        [
            ("C", 10, False, "BOOKED"), ("D", -10, False, "BOOKED"),
            ("RC", -10, True, "BOOKED"), ("RD", 10, True, "BOOKED"),
            ("EC", 10, False, "PENDING"), ("ED", -10, False, "PENDING"),
            ("RCR", -10, True, "BOOKED"), ("RDB", 10, True, "BOOKED"),
        ],
    )  # fmt: skip
    def test_a_reversal_of_a_credit_reduces_the_balance(
        self, mark: str, amount: int, reversal: bool, status: str
    ) -> None:
        line = line_of(f":61:2611231123{mark}10,00NTRFX")
        assert line.amount == amount
        assert (line.reversal, line.status) == (reversal, LineStatus(status))

    @pytest.mark.parametrize(
        ("days", "value", "booked"),
        [
            ("2701021231", date(2027, 1, 2), date(2026, 12, 31)),
            ("2612310102", date(2026, 12, 31), date(2027, 1, 2)),
            ("261123    ", date(2026, 11, 23), date(2026, 11, 23)),
            ("261123", date(2026, 11, 23), date(2026, 11, 23)),
            ("2802290228", date(2028, 2, 29), date(2028, 2, 28)),
        ],
    )
    def test_an_entry_date_is_in_the_year_nearest_to_the_value_date(
        self, days: str, value: date, booked: date
    ) -> None:
        line = line_of(f":61:{days}D10,00NTRFX")
        assert (line.value_date, line.booking_date) == (value, booked)

    def test_two_identical_bookings_are_two(self) -> None:
        entry = ":61:2611231123D10,00NTRFNONREF\n"
        statement = one(VECTOR_MT940.replace(":62F:", entry * 2 + ":62F:"))
        assert [line.position for line in statement.lines] == [1, 2, 3, 4]
        assert statement.lines[2].our_reference == statement.lines[3].our_reference == ""
        assert statement.difference == 20

    def test_one_unit_that_is_not_explained_is_said(self) -> None:
        statement = one(VECTOR_MT940.replace("85000,50", "85000,51"))
        (remark,) = statement.remarks
        assert (remark.code, remark.facts["difference"]) == ("does-not-balance", Decimal("0.01"))
        assert "0.01 RUB are not explained" in remark.filled


class TestStatement:
    @pytest.mark.parametrize(
        ("text", "account"),
        [
            ("DE89370400440532013000", Account("DE89370400440532013000", AccountScheme.IBAN)),
            ("044525225/40702810200000000001",
             Account("40702810200000000001", AccountScheme.RUSSIAN, "044525225")),
            ("TRIODOSBANK/0390123456", Account("0390123456", AccountScheme.OTHER, "TRIODOSBANK")),
        ],
    )  # fmt: skip
    def test_an_account_with_its_bank(self, text: str, account: Account) -> None:
        assert one(VECTOR_MT940.replace("40702810200000000001", text)).account == account

    def test_an_account_with_its_bank_below(self) -> None:
        text = VECTOR_MT940.replace(":25:40702810200000000001", ":25P:123\nSABRRUMMXXX")
        assert one(text).account == Account("123", AccountScheme.OTHER, "SABRRUMMXXX")

    def test_pages_forward_balances_and_what_follows_the_closing(self) -> None:
        text = VECTOR_MT940.replace(":62F:", ":62M:") + (
            ":64:C261123RUB80000,00\n:65:C261124RUB1,00\n:65:D261125RUB2,00\n:86:the end\n"
        )
        statement = one(text)
        assert statement.closing is not None
        assert statement.closing.intermediate
        assert [each.amount for each in statement.forward] == [1, -2]
        assert statement.available is not None
        assert statement.available.amount == 80000
        assert statement.text == "the end"

    def test_a_statement_must_open_with_what_the_one_before_closed_with(self) -> None:
        earlier = one(VECTOR_MT940)
        later = one(VECTOR_MT940.replace("100000,00", "85000,50"))
        assert follows(earlier, later) is None
        remark = follows(earlier, one(VECTOR_MT940.replace("100000,00", "85000,51")))
        assert remark is not None
        assert remark.code == "does-not-follow"

    @pytest.mark.parametrize(
        ("told", "reference", "name", "account", "text"),
        [
            ("105?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+Rechnung?22 17?30BANKDEFF?31DE1?32Muster?33 GmbH",
             "E2E-1", "Muster GmbH", "DE1", "GUTSCHRIFT Rechnung 17"),
            ("/EREF/E2E-1/BENM//NAME/JOHN DOE/REMI/Invoice 17/ISDT/2013-01-02",
             "E2E-1", "JOHN DOE", "", "Invoice 17"),
            ("000>20HUUR >21KANTOOR>31123", "", "", "123", "HUUR KANTOOR"),
            ("just a text", "", "", "", "just a text"),
            ("/EREF/NOTPROVIDED/REMI/x", "", "", "", "x"),
        ],
    )  # fmt: skip
    def test_what_the_text_of_a_line_names(
        self, told: str, reference: str, name: str, account: str, text: str
    ) -> None:
        line = line_of(f":61:2611231123D10,00NTRFX\n:86:{told}")
        found = (line.end_to_end_id, line.counterparty.name, line.counterparty.account, line.text)
        assert found == (reference, name, account, text)

    def test_a_text_that_was_wrapped_is_in_one_piece(self) -> None:
        told = "x" * 64 + "y"
        assert line_of(f":61:2611231123D10,00NTRFX\n:86:{told}\nz\nend").text == f"{told}z\nend"


class TestReport:
    def report(self, floor: str = "0,00", debits: str = "100,00") -> CashStatement:
        return one(MT942.format(floor=floor, debits=debits))

    def test_what_is_expected_is_not_booked(self) -> None:
        statement = self.report()
        assert (statement.format, statement.kind) == ("MT942", StatementKind.INTRADAY)
        assert statement.booked == 40
        assert statement.currency == "RUB"
        moment = datetime(2026, 11, 23, 18, 15, tzinfo=timezone(timedelta(hours=3)))
        assert (statement.created_at, statement.remarks) == (moment, ())

    def test_totals_are_compared_unless_a_floor_hides_lines(self) -> None:
        (remark,) = self.report(debits="100,01").remarks
        assert (remark.code, remark.facts["what"]) == ("turnover-differs", "debits")
        assert self.report(floor="50,00", debits="100,01").remarks == ()

    def test_balances_alone_are_a_941(self) -> None:
        statement = one(
            ":20:R\n:25:1\n:28:1\n:60F:C261123RUB10,00\n:90D:2RUB4,00\n:90C:1RUB1,00\n"
            ":62F:C261123RUB7,00\n"
        )
        assert (statement.format, statement.lists_lines, statement.remarks) == ("MT941", False, ())


class TestAdvice:
    def test_a_credit(self) -> None:
        statement = one(MT910)
        assert (statement.format, statement.kind) == ("MT910", StatementKind.ADVICE)
        (line,) = statement.lines
        assert (line.amount, line.value_date) == (Decimal("25000.50"), date(2026, 11, 23))
        assert (line.our_reference, line.bank_reference) == ("OUR-1", "B-77")
        party = line.counterparty
        assert (party.name, party.account, party.bank) == (
            "OOO ROMASHKA", "40702810900000000009", "SABRRUMMXXX",
        )  # fmt: skip

    def test_a_debit_is_known_by_its_header_alone(self) -> None:
        body = MT910.replace(":50K:/40702810900000000009\nOOO ROMASHKA\n", "")
        framed = (
            "{1:F01BANKRUMMAXXX0000000000}{2:O9000739261123BANKBEBBAXXX00000000002611230740N}{4:\n"
            f"{body}-}}"
        )
        statement = one(framed)
        assert (statement.format, statement.lines[0].amount) == ("MT900", Decimal("-25000.50"))
        assert refused(body) == [("unknown-kind", "line 1")]


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            (":20:ST261123\n", ":20:\n", None),
            (":25:40702810200000000001", ":25:", ("wrong-field", "line 2, :25:")),
            ("C261120RUB100000,00", "C261120RUB100000", ("wrong-amount", "line 4, :60F:")),
            ("C261120RUB100000,00", "C261320RUB100000,00", ("wrong-date", "line 4, :60F:")),
            ("C261120RUB100000,00", "X261120RUB100000,00", ("wrong-field", "line 4, :60F:")),
            ("C261120RUB100000,00", "C261120rub100000,00", ("wrong-field", "line 4, :60F:")),
            ("2611231123D40000,00", "2611231123Q40000,00", ("wrong-field", "line 5, :61:")),
            ("2611231123D40000,00", "2613231123D40000,00", ("wrong-date", "line 5, :61:")),
            ("2611231123D40000,00", "2611231323D40000,00", ("wrong-date", "line 5, :61:")),
            ("2611231123D40000,00", "2611231123D1234567890123456789,0",
             ("wrong-amount", "line 5, :61:")),
            (":60F:C261120RUB100000,00\n", "", ("missing-field", "line 1, :60F:")),
            (":62F:C261123RUB85000,50\n", "", ("missing-field", "line 1, :62F:")),
            (":62F:", ":62F:C261123RUB85000,50\n:62F:", ("repeated-field", "line 9, :62F:")),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_with_its_place(
        self, old: str, new: str, problem: tuple[str, str] | None
    ) -> None:
        text = VECTOR_MT940.replace(old, new)
        assert text != VECTOR_MT940
        if problem is None:
            assert one(text).reference == ""
        else:
            assert refused(text) == [problem]

    def test_everything_is_told_at_once(self) -> None:
        text = VECTOR_MT940.replace("D40000", "Q40000").replace("C25000", "Q25000") * 2
        assert [code for code, _ in refused(text)] == ["wrong-field"] * 4

    def test_nothing_of_a_file_is_taken_when_one_of_its_statements_is_wrong(self) -> None:
        assert refused(VECTOR_MT940 + VECTOR_MT940.replace("C261120", "C261320")) == [
            ("wrong-date", "line 12, :60F:")
        ]

    def test_another_kind_of_message_is_refused_as_such(self) -> None:
        framed = "{1:F01BANKRUMMAXXX0000000000}{2:I541CEDELULLAXXXN}{4:\n:16R:GENL\n-}"
        assert refused(framed) == [("wrong-kind", "line 1")]

    def test_an_acknowledgement_between_messages_is_passed_over(self) -> None:
        ack = "{1:F21BANKRUMMAXXX0000000000}{4:{177:2611231823}{451:0}}"
        body = VECTOR_MT940.removesuffix("\n")
        framed = (
            "{1:F01BANKRUMMAXXX0000000000}{2:O9400739261123BANKBEBBAXXX00000000002611230740N}{4:\n"
            f"{body}\n-}}"
        )
        assert one(ack + framed).sequence == "1"

    def test_no_message_at_all(self) -> None:
        assert refused("hello\nworld") == [("no-message", "line 1")]


def test_moments_without_an_offset_are_utc() -> None:
    text = MT942.format(floor="0,00", debits="100,00").replace("+0300", "")
    assert one(text).created_at == datetime(2026, 11, 23, 18, 15, tzinfo=UTC)
