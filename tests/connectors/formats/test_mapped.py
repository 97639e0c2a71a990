"""Reports whose layout is data: read by the version of their day, in any encoding, refused where a value is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.connectors.formats.mapped import mapping as mapping_module
from backoffice.connectors.formats.mapped import reading
from backoffice.connectors.formats.mapped.depository import holdings_of, write_nsd_instruction
from backoffice.connectors.formats.mapped.mapping import Mapping, mapping_in, mappings
from backoffice.connectors.formats.mapped.reading import Report, is_report, read_report
from backoffice.connectors.formats.recognising import recognise
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Function, Party, Quantity, QuantityKind
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.mutating import mutations
from tests.sizes import FILE_MUTATIONS

SAMPLES = Path(__file__).parents[2] / "samples" / "mapped"
FILES = {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix != ".md"}
NSD = replace(
    BOND_BOUGHT, terms=replace(
        BOND_BOUGHT.terms, quantity=Quantity(QuantityKind.UNIT, Decimal(1000)),
        agent=Party(code="MC0000000002", scheme="NSDR", account="HS0000000009"),
    ),
)  # fmt: skip


def refused(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read_report(raw)
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def values(report: Report, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values[name] for name in names) for row in report.rows]


class TestTrades:
    def test_each_trade_with_what_stands_around_it(self) -> None:
        report = read_report(FILES["sem03.xml"])
        assert (report.report, report.version, report.day) == ("SEM03", "1", date(2026, 11, 23))
        assert report.number == "SEM03-20261123-1"
        assert values(report, "trade", "side", "board", "symbol", "price", "quantity", "value") == [
            ("12000000001", "buy", "TQBR", "SBER", Decimal("312.45"), Decimal(1000), Decimal("312450.00")),
            ("12000000002", "sell", "TQBR", "SBER", Decimal(313), Decimal(200), Decimal("62600.00")),
            ("12000000003", "buy", "TQOB", "SU26238RMFS4", Decimal("61.23"), Decimal(250), Decimal("153075.00")),
        ]  # fmt: skip
        assert report.rows[2].values["accrued"] == Decimal("4127.50")
        assert report.rows[0].values["trade_time"] == time(10, 15)
        assert report.rows[1].values["client"] == ""

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b'Price="312.45"', b'Price="312,4x"', "wrong-value"), (b'BuySell="S"', b'BuySell="X"', "wrong-code"),
            (b' TradeNo="12000000002"', b"", "missing-field"),
            (b'ISIN="RU0009029540"', b'ISIN="RU0009029541"', "wrong-value"),
            (b'TradeTime="11:00:05"', b'TradeTime="25:00:05"', "wrong-value"),
            (b'DOC_DATE="2026-11-23"', b'DOC_DATE="2026-11-33"', "wrong-date"),
            (b'DOC_DATE="2026-11-23"', b'DOC_DATE="2009-11-23"', "unknown-version"),
            (b"</MICEX_DOC>", b"", "not-xml"),
            (b'<RECORDS RecNo="2"', b'<RECORD1 RecNo="2"', "unmapped-element"),
            (b"</CURRENCY>", b"<TOTAL/></CURRENCY>", "unmapped-element"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_with_its_place(self, old: bytes, new: bytes, code: str) -> None:
        raw = FILES["sem03.xml"]
        assert old in raw
        found = refused(raw.replace(old, new, 1))
        assert found[0][0] == code
        assert all(pointer for _, pointer in found)

    def test_a_report_without_trades_has_none_and_renamed_ones_are_no_reason(self) -> None:
        """Were what is not known left out, a report whose records go by another name would be empty."""
        head, rest = FILES["sem03.xml"].split(b"<CURRENCY", 1)
        tail = rest[rest.index(b"</SEM03>") :]
        assert read_report(head + tail).rows == ()
        renamed = FILES["sem03.xml"].replace(b"<RECORDS", b"<RECORD")
        assert refused(renamed) == [
            (
                "unmapped-element",
                "/MICEX_DOC/SEM03/CURRENCY/BOARD[1]/SETTLEDATE/SECURITY/RECORD[1], line 6",
            )
        ]


class TestClearing:
    def test_what_is_owed_and_due(self) -> None:
        report = read_report(FILES["eqm06.xml"])
        assert values(report, "asset", "claims", "obligations", "net", "account") == [
            ("SBER", Decimal(1000), Decimal(200), Decimal(800), "30414810000000000001"),
            ("RUB", Decimal("62600.00"), Decimal("469652.50"), Decimal("-407052.50"), "30414810000000000001"),
        ]  # fmt: skip


class TestDepository:
    def test_a_statement_is_holdings_of_each_account(self) -> None:
        first, second = holdings_of(read_report(FILES["nsd-holdings.csv"]))
        assert (first.account, first.as_of, first.number) == (
            "HS0000000001",
            date(2026, 11, 24),
            "В-228",
        )
        share, bond = first.lines
        assert share.quantity == Quantity(QuantityKind.UNIT, Decimal(1000))
        assert share.balances[0].quantity.amount == Decimal(200)
        assert (bond.isin, bond.balances) == ("RU000A1038V6", ())
        assert second.lines[0].quantity.amount == Decimal("15.5")

    def test_what_was_executed_and_what_was_not(self) -> None:
        report = read_report(FILES["nsd-execution.csv"])
        assert values(report, "instruction", "direction", "quantity", "status", "reason") == [
            ("S-12", "RECE", Decimal(1000), "EXECUTED", ""),
            ("S-13", "DELI", Decimal(50), "REJECTED", "Недостаточно ценных бумаг"),
        ]  # fmt: skip

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
    def test_tables_are_read_in_any_encoding(self, encoding: str) -> None:
        text = FILES["nsd-holdings.csv"].decode("cp1251")
        assert read_report(text.encode(encoding)).rows[0].values["description"] == "Сбербанк, ао"

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("15,5", "15,5,5", "wrong-value"), ("Номер выписки", "Номер", None),
            ("Остаток", "Сколько", "unknown-format"),
            ("HS0000000002;;24.11.2026", "HS0000000002;;25.11.2026", "misplaced"),
            ("24.11.2026", "24.13.2026", "wrong-date"), ("HS0000000002", "", "missing-field"),
        ],
    )  # fmt: skip
    def test_a_table_with_something_wrong(self, old: str, new: str, code: str | None) -> None:
        raw = FILES["nsd-holdings.csv"].decode("cp1251").replace(old, new, 1).encode("cp1251")
        if code is None:
            assert read_report(raw).number == ""  # an optional column
        else:
            assert refused(raw)[0][0] == code

    def test_an_instruction_is_written_by_the_mapping_of_its_day(self) -> None:
        raw = write_nsd_instruction(NSD, on=date(2026, 11, 23))
        report = read_report(raw)
        assert values(report, "reference", "direction", "payment", "quantity", "amount", "agent") == [
            ("D20261123000017", "RECE", "APMT", Decimal(1000), Decimal("2042500"), "MC0000000002"),
        ]  # fmt: skip
        assert report.rows[0].values["settlement_date"] == date(2026, 11, 24)

    def test_a_request_to_cancel_names_what_it_cancels(self) -> None:
        cancel = NSD.cancelling("D-2")
        (row,) = read_report(write_nsd_instruction(cancel, on=date(2026, 11, 23))).rows
        assert row.values["previous"] == "D20261123000017"
        assert cancel.function is Function.CANCEL

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"agent": Party(bic="DEUTDEFFXXX")}, "required"), ({"isin": "XS2320031384"}, "wrong-value"),
            ({"account": "=1+1"}, "wrong-characters"), ({"account": "€" * 65}, "too-long"),
            ({"quantity": Quantity(QuantityKind.UNIT, Decimal(0))}, "wrong-amount"),
        ],
    )  # fmt: skip
    def test_what_the_form_cannot_say_is_refused(self, changes: dict[str, Any], code: str) -> None:
        wrong = replace(NSD, terms=replace(NSD.terms, **changes))
        with pytest.raises(Refused) as refusal:
            write_nsd_instruction(wrong, on=date(2026, 11, 23))
        assert code in refusal.value.codes

    def test_before_its_first_mapping_nothing_is_written(self) -> None:
        with pytest.raises(Refused) as refusal:
            write_nsd_instruction(NSD, on=date(2001, 1, 1))
        assert refusal.value.codes == ["unknown-version"]


class TestMappings:
    def test_versions_of_a_report_do_not_overlap(self) -> None:
        for one in mappings():
            others = [e for e in mappings() if e.report == one.report and e is not one]
            assert not [other for other in others if other.holds(one.valid_from)]

    def test_a_new_version_is_taken_from_its_day_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (old,) = [each for each in mappings() if each.report == "SEM03"]
        day = date(2026, 11, 23)
        renamed = tuple(
            replace(each, source="RECORDS@Qty") if each.name == "quantity" else each
            for each in old.columns
        )
        both = (
            replace(old, valid_until=day),
            replace(old, version="2", valid_from=day, columns=renamed),
        )
        monkeypatch.setattr(reading, "mappings", lambda: both)
        raw = FILES["sem03.xml"]
        assert refused(raw)[0][0] == "missing-field"
        report = read_report(raw.replace(b"Quantity=", b"Qty="))
        assert (report.version, report.rows[0].values["quantity"]) == ("2", Decimal(1000))

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"kind": "float"}, "of no known kind"), ({"kind": "code"}, "without its meanings"),
            ({"name": "b"}, "a column twice"),
        ],
    )  # fmt: skip
    def test_a_mapping_that_says_what_no_reader_does_is_refused(
        self, change: dict[str, str], why: str
    ) -> None:
        column = {"name": "a", "source": "R@A"} | change
        told = {
            "report": "X", "title": "X", "version": "1", "valid_from": "2026-01-01", "day": "D@D",
            "record": "R", "columns": [column, {"name": "b", "source": "R@B"}],
        }  # fmt: skip
        with pytest.raises(ValueError, match=why):
            mapping_in(json.dumps(told))

    def test_every_sample_is_recognised_by_its_content(self) -> None:
        assert {recognise(raw).name for raw in FILES.values()} == {"report"}
        assert not is_report(b"a;b;c\n1;2;3")
        assert isinstance(mappings()[0], Mapping)
        assert mapping_module.DATA.is_dir()


@pytest.mark.slow
def test_a_changed_report_is_read_or_refused() -> None:
    count, taken = FILE_MUTATIONS // 4, 0
    told: list[Refused] = []
    for raw in mutations([*FILES.values()], seed=21, count=count):
        try:
            taken += len(read_report(raw).rows) > 0
        except Refused as refusal:
            told.append(refusal)
    assert len(told) + taken == count
    problems = [problem for refusal in told for problem in refusal.problems]
    assert all(each.pointer and each.hint and each.detail % each.facts for each in problems)
    assert count * 0.05 < taken < count * 0.95
