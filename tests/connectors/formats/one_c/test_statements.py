"""1CClientBankExchange in: the vector of rules.md section 9, the rule of directions, numbered errors."""

from __future__ import annotations

import codecs
from datetime import date
from decimal import Decimal

import pytest

from backoffice.connectors.formats.cash import CashStatement, Counterparty
from backoffice.connectors.formats.one_c.file import read_file, write_file
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.recognising import read_cash
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import VECTOR_ONE_C

OURS, OTHER, SECOND = "40602810700000000025", "40702810200000000001", "40702840900000000077"
SECTION = VECTOR_ONE_C[VECTOR_ONE_C.index("СекцияРасчСчет") : VECTOR_ONE_C.index("СекцияДокумент")]
DOCUMENT = VECTOR_ONE_C[VECTOR_ONE_C.index("СекцияДокумент") : VECTOR_ONE_C.index("КонецФайла")]


def read(text: str) -> list[CashStatement]:
    return read_one_c(text.encode("cp1251"))


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read(text)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


class TestRulesSection9:
    @pytest.mark.parametrize(
        ("bom", "encoding", "declared"),
        [
            (b"", "cp1251", "Windows"), (b"", "cp866", "DOS"), (b"", "utf-8", "Windows"),
            (codecs.BOM_UTF8, "utf-8", "Windows"), (codecs.BOM_UTF16_LE, "utf-16-le", "Windows"),
        ],
    )  # fmt: skip
    def test_the_vector(self, bom: bytes, encoding: str, declared: str) -> None:
        text = VECTOR_ONE_C.replace("=Windows", f"={declared}")
        (statement,) = read_cash(bom + text.encode(encoding))
        assert (statement.format, statement.currency) == ("1C 1.03", "RUB")
        (line,) = statement.lines
        assert line.amount == Decimal("-40000.00")
        assert (line.our_reference, line.value_date) == ("42", date(2026, 11, 23))
        assert line.counterparty == Counterparty("", OTHER, "044525225", "7736050003")
        assert line.text == "Оплата ценных бумаг по договору 17. Без НДС"
        assert [remark.filled for remark in statement.remarks] == [
            "Credits of 25000.50 have no document."
        ]

    def test_the_vector_round_trips_in_windows_1251(self) -> None:
        raw = VECTOR_ONE_C.replace("\n", "\r\n").encode("cp1251")
        assert write_file(read_file(raw)) == raw

    @pytest.mark.parametrize(
        ("old", "new", "codes"),
        [
            ("25000.50", "25000.51", ["does-not-balance", "credits-without-documents"]),
            ("ВсегоСписано=40000.00", "ВсегоСписано=40000.01",
             ["does-not-balance", "credits-without-documents", "debits-without-documents"]),
            ("ВсегоСписано=40000.00", "ВсегоСписано=39999.99",
             ["does-not-balance", "credits-without-documents", "turnover-differs"]),
            ("КонечныйОстаток=85000.50\n", "", ["no-balance", "credits-without-documents"]),
            ("ВсегоПоступило=25000.50\n", "", ["does-not-balance"]),
        ],
    )  # fmt: skip
    def test_opening_and_turnovers_must_make_the_closing(
        self, old: str, new: str, codes: list[str]
    ) -> None:
        (statement,) = read(VECTOR_ONE_C.replace(old, new))
        assert [remark.code for remark in statement.remarks] == codes

    @pytest.mark.parametrize(
        ("payer", "receiver", "amounts"),
        [
            (OURS, OTHER, [["-40000.00"], []]),
            (OTHER, OURS, [["40000.00"], []]),
            (OURS, SECOND, [["-40000.00"], ["40000.00"]]),
            (SECOND, OURS, [["40000.00"], ["-40000.00"]]),
        ],
    )
    def test_the_rule_of_directions(
        self, payer: str, receiver: str, amounts: list[list[str]]
    ) -> None:
        text = (
            VECTOR_ONE_C.replace(
                f"РасчСчет={OURS}\nСекция", f"РасчСчет={OURS}\nРасчСчет={SECOND}\nСекция"
            )
            .replace(f"ПлательщикСчет={OURS}", f"ПлательщикСчет={payer}")
            .replace(f"ПолучательСчет={OTHER}", f"ПолучательСчет={receiver}")
        )
        statements = read(text)
        assert [[str(line.amount) for line in each.lines] for each in statements] == amounts
        assert [each.currency for each in statements] == ["RUB", "USD"]

    def test_none_of_ours_is_refused_with_its_line(self) -> None:
        text = VECTOR_ONE_C.replace(f"ПлательщикСчет={OURS}", f"ПлательщикСчет={OTHER}")
        assert refused(text) == [("foreign-document", "line 17")]

    @pytest.mark.parametrize(
        ("dated", "amounts"),
        [
            ("ДатаСписано=23.11.2026\nДатаПоступило=", [["-40000.00"], []]),
            ("ДатаСписано=\nДатаПоступило=23.11.2026", [[], ["40000.00"]]),
            ("ДатаСписано=23.11.2026\nДатаПоступило=23.11.2026", [["-40000.00"], ["40000.00"]]),
        ],
    )
    def test_a_payment_between_two_of_ours_is_booked_where_it_has_a_date(
        self, dated: str, amounts: list[list[str]]
    ) -> None:
        text = VECTOR_ONE_C.replace(
            f"РасчСчет={OURS}\nСекция", f"РасчСчет={OURS}\nРасчСчет={OTHER}\nСекция"
        ).replace("Сумма=", f"{dated}\nСумма=")
        assert [[str(line.amount) for line in each.lines] for each in read(text)] == amounts

    @pytest.mark.parametrize(
        ("old", "new", "problems"),
        [
            ("Отправитель=Бэк-офис", "Посылатель=Бэк-офис", [("unknown-key", "line 4, Посылатель")]),
            ("НачальныйОстаток", "ОстатокНачальный", [
                ("unknown-key", "line 12, ОстатокНачальный"),
                ("missing-key", "line 8, НачальныйОстаток"),
            ]),
            ("Номер=42\n", "", [("missing-key", "line 17, Номер")]),
            ("Сумма=40000.00\n", "Сумма=\n", [("missing-key", "line 20, Сумма")]),
            ("Дата=23.11.2026", "Дата=2026-11-23", [("wrong-date", "line 19, Дата")]),
            ("Дата=23.11.2026", "Дата=31.11.2026", [("wrong-date", "line 19, Дата")]),
            ("Дата=23.11.2026", "Дата=1.11.2026", [("wrong-date", "line 19, Дата")]),
            ("Сумма=40000.00", "Сумма=40 000.00", [("wrong-amount", "line 20, Сумма")]),
            ("Сумма=40000.00", "Сумма=-40000.00", [("wrong-amount", "line 20, Сумма")]),
            ("КонецФайла\n", "", [("cut-off", "line 29")]),
            ("КонецДокумента\n", "", [("cut-off", "line 17")]),
            ("КонецРасчСчет\n", "", [("cut-off", "line 8")]),
            ("КонецДокумента", "КонецРасчСчет", [("misplaced", "line 28"), ]),
            ("1.03", "1.04", [("unknown-version", "line 2, ВерсияФормата")]),
            ("=Windows", "=KOI8", [("wrong-code", "line 3, Кодировка")]),
            ("Номер=42", "Номер=42\nНомер=43", [("repeated-field", "line 19, Номер")]),
            ("Номер=42", "Номер 42",
             [("not-a-key", "line 18"), ("missing-key", "line 17, Номер")]),
            ("КонецФайла\n", "КонецФайла\nещё", [("misplaced", "line 30")]),
            ("1CClientBankExchange\n", "1CClientBank\n", [("unknown-format", "line 1")]),
            (f"РасчСчет={OURS}\nСекция", "РасчСчет=40602999700000000025\nСекция",
             [("wrong-currency", "line 7, РасчСчет")]),
        ],
    )  # fmt: skip
    def test_errors_are_numbered(self, old: str, new: str, problems: list[tuple[str, str]]) -> None:
        text = VECTOR_ONE_C.replace(old, new)
        assert text != VECTOR_ONE_C
        assert refused(text) == problems


class TestSections:
    def test_a_section_a_day_takes_the_documents_of_its_day(self) -> None:
        second = SECTION.replace("23.11.2026", "24.11.2026").replace("100000.00", "85000.50")
        later = DOCUMENT.replace("23.11.2026", "24.11.2026").replace("Номер=42", "Номер=43")
        text = VECTOR_ONE_C.replace("СекцияДокумент", f"{second}{later}СекцияДокумент", 1)
        first, other = read(text)
        assert [line.our_reference for line in first.lines] == ["42"]
        assert [line.our_reference for line in other.lines] == ["43"]

    def test_a_document_of_another_day_is_kept_and_told(self) -> None:
        (statement,) = read(VECTOR_ONE_C.replace("Дата=23.11.2026", "Дата=25.11.2026"))
        assert len(statement.lines) == 1
        assert statement.remarks[0].code == "outside-period"

    def test_an_overdrawn_account(self) -> None:
        text = VECTOR_ONE_C.replace("=100000.00", "=-100000.00").replace("=85000.50", "=-114999.50")
        (statement,) = read(text)
        assert statement.closing is not None
        assert statement.closing.amount == Decimal("-114999.50")
        assert [remark.code for remark in statement.remarks] == ["credits-without-documents"]
