"""Statements of securities: MT535, 536, 537 and 586 and semt.002, 017, 018 and 019 say the same, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from backoffice.connectors.formats.holdings import Holdings, SubBalance
from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.statuses import Axis, Reason
from backoffice.connectors.formats.terms import Direction, Party, Price, Quantity, QuantityKind
from backoffice.connectors.formats.transactions import (
    Allegements,
    PendingTransactions,
    Transactions,
)
from backoffice.kernel.money import Money
from tests.connectors.formats.schemas import FOLDER, schema

SAMPLES = Path(__file__).parents[2] / "samples" / "statements"
SEMT = (SAMPLES / "semt.xml").read_bytes()
MT536, MT537, MT586 = ((SAMPLES / f"mt{kind}.fin").read_bytes() for kind in (536, 537, 586))


def found(raw: bytes, of: type[Any], at: int = 0) -> Any:
    return [each for each in read_securities(raw) if isinstance(each, of)][at]


def alike(statement: Any) -> Any:
    """Without what only one of the formats has: moments of headers, lines of files, references of both."""
    lines = tuple(replace(line, source_line=0) for line in statement.lines)
    return replace(statement, told_at=None, lines=lines)


def changed(raw: bytes, old: str, new: str) -> bytes:
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode(), 1)


def refused(raw: bytes) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_securities(raw)
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return caught.value.codes


@pytest.mark.skipif(not FOLDER.exists(), reason=f"the schemas are not there: {FOLDER}")
def test_the_samples_are_valid_where_their_schema_is_there() -> None:
    checked = []
    for each in etree.fromstring(SEMT).iter("{*}Document"):
        name = str(etree.QName(each).namespace).rpartition(":")[2]
        if (FOLDER / f"{name}.xsd").exists():
            schema(name).assertValid(etree.fromstring(etree.tostring(each)))
            checked.append(name[:8])
    assert checked == ["semt.017", "semt.018", "semt.018", "semt.002"]


@pytest.mark.parametrize(
    ("mt", "of", "at"),
    [(MT536, Transactions, 0), (MT537, PendingTransactions, 0), (MT537, PendingTransactions, 1),
     (MT586, Allegements, 0)],
    ids=["536", "537 by status", "537 by transaction", "586"],
)  # fmt: skip
def test_both_standards_say_the_same(mt: bytes, of: type[Any], at: int) -> None:
    assert alike(found(mt, of, at)) == alike(found(SEMT, of, at))


class TestTransactions:
    def test_what_was_booked_and_of_which_instruction(self) -> None:
        statement = found(MT536, Transactions)
        bought, given, taken_back = statement.lines
        assert (statement.from_day, statement.until_day) == (date(2026, 11, 24), date(2026, 11, 24))
        assert (bought.instruction, bought.references.servicer) == ("D20261123000017", "CB77")
        assert (bought.terms.direction, bought.terms.against_payment) == (Direction.RECEIVE, True)
        assert bought.terms.quantity == Quantity(QuantityKind.FACE, Decimal(2_000_000))
        assert bought.terms.money == Money(Decimal(2_042_500), "EUR")
        assert bought.booked_on == date(2026, 11, 24)
        assert (bought.activity, bought.type) == ("SETT", "TRAD")
        assert bought.terms.agent == Party(bic="DEUTDEFFXXX", account="777")
        assert given.signed == Decimal(-500_000)
        assert (taken_back.reversal, taken_back.event, taken_back.instruction) == (
            True,
            "CA26001",
            "",
        )

    def test_what_opening_and_movements_do_not_make_is_remarked(self) -> None:
        (remark,) = found(MT536, Transactions).remarks
        assert remark.code == "holding-differs"
        assert (remark.facts["security"], remark.facts["difference"]) == (
            "US0378331005",
            Decimal(5),
        )
        assert found(SEMT, Transactions).remarks == (remark,)

    def test_pages_are_checked_when_they_are_whole(self) -> None:
        first = found(changed(MT536, "28E:1/ONLY", "28E:1/MORE"), Transactions)
        second = found(changed(MT536, "28E:1/ONLY", "28E:2/LAST"), Transactions)
        assert first.remarks == ()
        (whole,) = joined([second, first])
        assert [line.position for line in whole.lines] == [1, 2, 3, 4, 5, 6]
        bond = whole.turnovers[0]
        assert bond.movements == (1, 2, 4, 5)
        # Twice the movements between one opening and one closing.
        assert {each.facts["difference"] for each in whole.remarks} == {
            Decimal(-1_500_000),
            Decimal(0) or Decimal(0),
        } - {Decimal(0)}

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (":98A::ESET//20261124", ":98B::ESET//OPEN", "wrong-field"),
            (":98A::ESET//20261124\r\n", "", "missing-field"),
            (":36B::PSTA//FAMT/2000000,\r\n", "", "missing-field"),
            (":22H::REDE//RECE", ":22H::REDE//BOTH", "wrong-code"),
            (":22H::PAYM//APMT\r\n", "", "missing-field"),
            (":93B::FIOP//FAMT/0,", ":93B::FIOP//FAMT/0", "wrong-field"),
            (":69A::STAT//20261124/20261124\r\n", "", "missing-field"),
            (":19A::PSTA//EUR2042500,", ":19A::PSTA//NEUR2042500,", "wrong-field"),
            (":16R:TRANSDET", ":16R:TRANSXXX", "misplaced"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_mt536(self, old: str, new: str, code: str) -> None:
        assert code in refused(changed(MT536, old, new))

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("<FctvSttlmDt><Dt>2026-11-24</Dt></FctvSttlmDt>", "", "missing-element"),
            ("<SctiesMvmntTp>RECE</SctiesMvmntTp>", "<SctiesMvmntTp>BOTH</SctiesMvmntTp>", "wrong-code"),
            ("<CdtDbt>DBIT</CdtDbt>", "<CdtDbt>CRDT</CdtDbt>", "wrong-code"),
            ("<FrDtToDt><FrDt>2026-11-24</FrDt><ToDt>2026-11-24</ToDt></FrDtToDt>", "", "missing-element"),
            ("<ShrtLngInd>LONG</ShrtLngInd>", "<ShrtLngInd>FLAT</ShrtLngInd>", "wrong-code"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_in_semt017(self, old: str, new: str, code: str) -> None:
        assert code in refused(changed(SEMT, old, new))


class TestPending:
    @pytest.mark.parametrize("raw", [MT537, SEMT], ids=["MT537", "semt.018"])
    def test_how_each_stands_and_why(self, raw: bytes) -> None:
        statement = found(raw, PendingTransactions)
        assert statement.as_of_at == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
        (line,) = statement.lines
        assert (line.instruction, line.expected_on) == ("D20261123000017", date(2026, 11, 26))
        (status,) = line.statuses
        assert (status.axis, status.code) == (Axis.SETTLEMENT, "PENF")
        assert status.reasons == (Reason("LACK", "THEY LACK THEM"),)
        assert line.terms.isin == "XS2320031383"

    @pytest.mark.parametrize("raw", [MT537, SEMT], ids=["MT537", "semt.018"])
    def test_by_transaction_each_has_its_axes(self, raw: bytes) -> None:
        (line,) = found(raw, PendingTransactions, 1).lines
        assert {status.axis: status.code for status in line.statuses} == {
            Axis.MATCHING: "MACH", Axis.SETTLEMENT: "PENF",
        }  # fmt: skip

    def test_penalties_are_another_statement(self) -> None:
        raw = (SAMPLES.parent / "penalties" / "mt537.fin").read_bytes()
        assert not [e for e in read_securities(raw) if isinstance(e, PendingTransactions)]

    def test_without_our_reference_it_is_about_nothing(self) -> None:
        raw = changed(MT537, ":20C::RELA//D20261123000017", ":20C::POOL//D20261123000017")
        assert "missing-field" in refused(raw)


class TestAllegements:
    @pytest.mark.parametrize("raw", [MT586, SEMT], ids=["MT586", "semt.019"])
    def test_what_others_say_against_us(self, raw: bytes) -> None:
        (line,) = found(raw, Allegements).lines
        assert (line.reference, line.status) == ("AL26112400007", "NEWP")
        terms = line.terms
        assert (terms.direction, terms.account) == (Direction.RECEIVE, "12345")
        assert (terms.money, terms.price) == (
            Money(Decimal(2_042_500), "EUR"),
            Price(Decimal("101.25")),
        )
        assert terms.settlement_date == date(2026, 11, 25)

    def test_against_payment_the_money_is_said(self) -> None:
        assert "missing-field" in refused(changed(MT586, ":19A::SETT//", ":19A::DEAL//"))


class TestHoldings:
    def test_semt002_is_what_mt535_is(self) -> None:
        statement = found(SEMT, Holdings)
        bond, short, other = statement.lines
        assert (statement.account, statement.basis, statement.number) == ("12345", "SETT", "228")
        assert bond.quantity == Quantity(QuantityKind.FACE, Decimal(2_000_000))
        assert bond.balances == (
            SubBalance("AVAI", Quantity(QuantityKind.FACE, Decimal(1_500_000)), "AVAI"),
            SubBalance("NAVL", Quantity(QuantityKind.FACE, Decimal(500_000)), "NAVL"),
            SubBalance("BLOK", Quantity(QuantityKind.FACE, Decimal(500_000)), "NAVL"),
        )
        assert (bond.price, bond.value) == (
            Price(Decimal("101.1")),
            Money(Decimal(2_022_000), "EUR"),
        )
        assert (short.quantity.amount, short.value) == (Decimal(-40), Money(Decimal(-7500), "USD"))
        assert (other.account, other.isin) == ("12345/2", "RU0009029540")


@pytest.mark.parametrize("of", [PendingTransactions, Allegements, Holdings])
def test_pages_of_every_statement_are_counted_through(of: type[Any]) -> None:
    statement = found(SEMT, of)
    first = replace(statement, continuation="MORE")
    second = replace(statement, page=2, continuation="LAST")
    (whole,) = joined([second, first])
    assert [line.position for line in whole.lines] == [*range(1, 2 * len(statement.lines) + 1)]


@pytest.mark.parametrize(
    ("raw", "kind"), [(MT536, "536"), (MT537, "537"), (MT586, "586")], ids=["536", "537", "586"]
)
def test_a_message_without_its_header_is_known_by_its_fields(raw: bytes, kind: str) -> None:
    body = raw.partition(b"{4:\r\n")[2].partition(b"\r\n-}")[0]
    (statement,) = read_securities(body + b"\r\n-\r\n")
    assert statement.format == f"MT{kind}"
