"""Documents of EnterpriseData: what stands where in each version, what is refused, and that all of it reads back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from backoffice.connectors.formats.enterprise_data.mapping import value_of, version_in, versions
from backoffice.connectors.formats.enterprise_data.model import (
    Account,
    Bank,
    BankPayment,
    Basis,
    Confirmation,
    Contract,
    Currency,
    Document,
    Item,
    Kind,
    Line,
    Message,
    Services,
    Side,
    TaxInvoice,
)
from backoffice.connectors.formats.enterprise_data.reading import read_message
from backoffice.connectors.formats.enterprise_data.references import reference_of
from backoffice.connectors.formats.enterprise_data.writing import write_message
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.mutating import mutations
from tests.sizes import FILE_MUTATIONS

SAMPLES = Path(__file__).parents[2] / "samples" / "enterprise-data"
D = Decimal
DAY = datetime.combine(date(2026, 11, 23), time())  # of no zone, as 1C has them
AT = DAY + timedelta(hours=19, minutes=30)
TWENTY = D(20)
US = Side(reference_of("us"), "ООО «Мы»", "ООО «Мы»", "7707083893", "770701001")
THEM = Side(reference_of("them"), "АО «Они» & Ко", "АО «Они» & Ко", "7736050003", "770801001")
PERSON = Side(reference_of("person"), "Иванов Иван", "Иванов Иван", "500100732259", "", True)
ABROAD = Side(reference_of("abroad"), "A bank", "A bank", foreign_number="7LTWFZYICNSX8D621K86")
RUB, USD = Currency(reference_of("RUB"), "643", "RUB"), Currency(reference_of("USD"), "840", "USD")
OURS = Account(
    reference_of("ours"), "40702810200000012345", Bank("Банк", "044525225"), organisation=US
)
THEIRS = Account(
    reference_of("theirs"), "40702810900000000099", Bank(bik="044525225"), counterpart=THEM
)
AGREED = Contract(reference_of("agreed"), "CUSTOMER", "12-БО", US, THEM, RUB, date(2026, 1, 15))
DATA = Item(reference_of("DATA"), "DATA", "Данные рынка")
SHARE = Item(reference_of("SHARE"), "RU0009029540", "Сбербанк ао")


def sale(rate: Decimal | None = TWENTY, vat: str = "20.00", **more: Any) -> Services:
    line = Line(1, DATA, D(1), D("120.00"), D(vat), rate, D("120.00"), "За ноябрь")
    told: dict[str, Any] = {
        "kind": Kind.SALE, "reference": reference_of("sale"), "number": "СЧ-1", "moment": DAY, "organisation": US,
        "counterpart": THEM, "currency": RUB, "total": D("120.00"), "lines": (line,), "contract": AGREED,
        "comment": "FI-1",
    }  # fmt: skip
    return Services(**told | more)


PURCHASE = replace(
    sale(), kind=Kind.PURCHASE, reference=reference_of("purchase"), contract=None, their_number="B-7",
    their_day=date(2026, 11, 30),
)  # fmt: skip
ACT = replace(
    PURCHASE, kind=Kind.SECURITIES, reference=reference_of("act"), counterpart=PERSON, total=D("312450.01"),
    lines=(Line(1, SHARE, D(1000), D("312450.01")),),
)  # fmt: skip
ISSUED = TaxInvoice(
    kind=Kind.ISSUED, reference=reference_of("issued"), number="СЧ-1", moment=DAY, organisation=US, counterpart=THEM,
    currency=RUB, total=D("120.00"), vat=D("20.00"), rate=D(20), contract=AGREED,
    basis=Basis(sale().reference, "СЧ-1", DAY, US),
)  # fmt: skip
RECEIVED = replace(
    ISSUED, kind=Kind.RECEIVED, reference=reference_of("received"), contract=None,
    basis=Basis(PURCHASE.reference, "B-7", DAY, US, THEM),
)  # fmt: skip
RECEIPT = BankPayment(
    kind=Kind.RECEIPT, reference=reference_of("receipt"), number="SL-1", moment=DAY, organisation=US, counterpart=THEM,
    account=OURS, their_account=THEIRS, their_number="77", currency=RUB, total=D("500.00"), purpose="Оплата <1> & 2",
)  # fmt: skip
PAYMENT = replace(
    RECEIPT, kind=Kind.PAYMENT, reference=reference_of("payment"), counterpart=ABROAD, currency=USD, their_account=None
)  # fmt: skip
ALL: tuple[Document, ...] = (sale(), PURCHASE, ACT, ISSUED, RECEIVED, RECEIPT, PAYMENT)


def message(*documents: Document, version: str = "1.8") -> Message:
    return Message(version, AT, documents)


def refused(*documents: Document, version: str = "1.8") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        write_message(message(*documents, version=version))
    assert all(problem.detail % problem.facts for problem in caught.value.problems)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def body(raw: bytes) -> Any:
    return etree.fromstring(raw).find("{*}Body")


def texts(element: Any, path: str) -> list[str]:
    """The texts at a path of elements, whatever their namespace."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    return [str(each.text) for each in element.xpath(steps)]


class TestWrite:
    @pytest.mark.parametrize("version", sorted(versions()))
    def test_it_reads_back_as_it_was(self, version: str) -> None:
        told = message(*ALL, version=version)
        told = replace(
            told,
            confirmation=Confirmation(
                "СинхронизацияДанныхЧерезУниверсальныйФормат", "БП", "БО", 7, 6
            ),
        )
        assert read_message(write_message(told)) == told

    @pytest.mark.parametrize("version", sorted(versions()))
    def test_the_samples_are_what_is_written(self, version: str) -> None:
        assert (SAMPLES / f"{version}.xml").read_bytes() == write_message(
            message(*ALL, version=version)
        )

    def test_the_head_and_what_documents_refer_to_come_first(self) -> None:
        root = etree.fromstring(write_message(message(*ALL)))
        space = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8"
        assert root.tag == "Message"
        assert root[0].tag == "{http://www.1c.ru/SSL/Exchange/Message}Header"
        assert texts(root[0], "Format") == [space]
        assert (texts(root[0], "CreationDate"), texts(root[0], "AvailableVersion")) == (
            ["2026-11-23T19:30:00"],
            ["1.8"],
        )
        names = [etree.QName(each).localname for each in root[1]]
        assert {etree.QName(each).namespace for each in root[1].iter()} == {space}
        assert names == [
            "Справочник.Валюты", "Справочник.Валюты", "Справочник.Организации",
            *["Справочник.Контрагенты"] * 3, "Справочник.Договоры", "Справочник.БанковскиеСчета",
            "Справочник.БанковскиеСчета", "Справочник.Номенклатура", "Справочник.Номенклатура",
            "Документ.РеализацияТоваровУслуг", "Документ.ПоступлениеТоваровУслуг", "Документ.ПоступлениеТоваровУслуг",
            "Документ.СчетФактураВыданный", "Документ.СчетФактураПолученный", "Документ.ПБДСРасчетыСКонтрагентами",
            "Документ.СБДСРасчетыСКонтрагентами",
        ]  # fmt: skip

    def test_a_sale_by_its_elements_in_their_order(self) -> None:
        found = body(write_message(message(sale())))[-1]
        assert [etree.QName(each).localname for each in found] == [
            "КлючевыеСвойства", "ВидОперации", "Валюта", "Сумма", "СуммаВключаетНДС", "Контрагент",
            "ДанныеВзаиморасчетов", "Комментарий", "Налогообложение", "Услуги",
        ]  # fmt: skip
        assert texts(found, "КлючевыеСвойства/Номер") == ["СЧ-1"]
        assert texts(found, "КлючевыеСвойства/Дата") == ["2026-11-23T00:00:00"]
        assert texts(found, "Налогообложение") == ["ПродажаОблагаетсяНДС"]
        assert texts(found, "ДанныеВзаиморасчетов/Договор/ВидДоговора") == ["СПокупателем"]
        (line,) = found.xpath("*[local-name()='Услуги']/*")
        assert [(etree.QName(each).localname, each.text) for each in line if not len(each)] == [
            ("НомерСтрокиДокумента", "1"), ("Количество", "1"), ("Сумма", "120"), ("Цена", "120"),
            ("СтавкаНДС", "НДС20"), ("СуммаНДС", "20"), ("Содержание", "За ноябрь"),
        ]  # fmt: skip

    def test_22_percent_has_a_word_in_the_later_version_alone(self) -> None:
        taxed = sale(D(22), "21.64")
        assert refused(taxed) == [
            ("РеализацияТоваровУслуг СЧ-1, Строка 1, СтавкаНДС", "wrong-code")
        ]
        found = body(write_message(message(taxed, version="1.20")))[-1]
        rate = "Услуги/Строка/СтавкаНДС"
        assert [texts(found, f"{rate}/{name}") for name in ("Ставка", "НеОблагается", "ВидСтавки")] == [
            ["22"], ["false"], ["Общая"],
        ]  # fmt: skip
        assert texts(found, "ОбщиеСвойстваОбъектовФормата/Комментарий") == ["FI-1"]
        assert texts(found, "Комментарий") == []

    @pytest.mark.parametrize(("version", "word"), [("1.8", "БезНДС"), ("1.20", None)])
    def test_what_is_exempt_says_so(self, version: str, word: str | None) -> None:
        found = body(write_message(message(sale(None, "0"), version=version)))[-1]
        assert texts(found, "Налогообложение") == ["ПродажаНеОблагаетсяНДС"]
        if word:
            assert texts(found, "Услуги/Строка/СтавкаНДС") == [word]
        else:
            assert texts(found, "Услуги/Строка/СтавкаНДС/ВидСтавки") == ["БезНДС"]
            assert texts(found, "Услуги/Строка/СтавкаНДС/Ставка") == []


SALE_AT = "РеализацияТоваровУслуг СЧ-1"
MONEY_AT = "ПБДСРасчетыСКонтрагентами SL-1"
ACCOUNT_AT = f"{MONEY_AT}, БанковскийСчетОрганизации"


class TestRefuse:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            (sale(counterpart=replace(THEM, inn="")), (f"{SALE_AT}, Контрагент АО «Они» & Ко, ИНН", "required")),
            (sale(counterpart=replace(THEM, inn="7736050004")), (f"{SALE_AT}, Контрагент, ИНН", "wrong-value")),
            (sale(counterpart=replace(THEM, kpp="12")), (f"{SALE_AT}, Контрагент, КПП", "wrong-value")),
            (sale(organisation=replace(US, name="")), (f"{SALE_AT}, Организация, Наименование", "required")),
            (sale(number=""), (f"РеализацияТоваровУслуг {reference_of('sale')}, Номер", "required")),
            (sale(number="x" * 257), ("РеализацияТоваровУслуг " + "x" * 257 + ", Номер", "too-long")),
            (sale(reference="FI-1"), (f"{SALE_AT}, Ссылка", "wrong-value")),
            (sale(total=D("120.01")), (f"{SALE_AT}, Сумма", "wrong-value")),
            (sale(lines=(), total=D(0)), (f"{SALE_AT}, Услуги", "required")),
            (sale(None, "20.00"), (f"{SALE_AT}, Строка 1, СуммаНДС", "not-permitted")),
            (sale(currency=replace(RUB, code="")), (f"{SALE_AT}, Валюта", "wrong-currency")),
            (sale(comment="\x01"), (f"{SALE_AT}, Комментарий", "wrong-characters")),
            (sale(vat="20.001"), (f"{SALE_AT}, Строка 1, СуммаНДС", "wrong-value")),
            (sale(kind=Kind.RECEIPT), ("ПБДСРасчетыСКонтрагентами СЧ-1, ВидОперации", "misplaced")),
            (replace(PURCHASE, their_number=""), ("ПоступлениеТоваровУслуг СЧ-1, НомерВходящегоДокумента", "required")),
            (replace(PURCHASE, their_day=None), ("ПоступлениеТоваровУслуг СЧ-1, ДатаВходящегоДокумента", "required")),
            (replace(ISSUED, vat=D("120.01")), ("СчетФактураВыданный СЧ-1, СуммаНДС", "wrong-value")),
            (replace(RECEIPT, account=replace(OURS, bank=Bank("Банк"))), (f"{ACCOUNT_AT}, БИК", "required")),
            (replace(RECEIPT, account=replace(OURS, number="40702810300000012345")),
             (f"{ACCOUNT_AT}, НомерСчета", "wrong-value")),
            (replace(RECEIPT, account=replace(OURS, number="")), (f"{ACCOUNT_AT}, НомерСчета", "required")),
            (replace(RECEIPT, total=D("Infinity")), (f"{MONEY_AT}, Сумма", "wrong-amount")),
            (replace(RECEIPT, total=D(10) ** 13), (f"{MONEY_AT}, Сумма", "wrong-value")),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, document: Document, expected: tuple[str, str]) -> None:
        assert expected in refused(document)

    def test_all_of_it_at_once_and_nothing_twice(self) -> None:
        found = refused(sale(), sale(), replace(RECEIPT, counterpart=replace(THEM, name="")))
        assert found == [
            ("РеализацияТоваровУслуг СЧ-1, Ссылка", "repeated-field"),
            ("РеализацияТоваровУслуг СЧ-1, Ссылка", "repeated-field"),
            ("ПБДСРасчетыСКонтрагентами SL-1, Контрагент, Наименование", "required"),
        ]  # fmt: skip

    def test_a_bank_may_name_whom_it_likes(self) -> None:
        named = Side(reference_of("named"), "Некто", "Некто")
        assert (
            read_message(write_message(message(replace(RECEIPT, counterpart=named))))
            .documents[0]
            .counterpart
            == named
        )

    def test_a_version_without_a_mapping(self) -> None:
        assert refused(sale(), version="9.9") == [("Format", "unknown-version")]


def outcome(raw: bytes) -> str:
    """What comes of a file: a message, or a refusal whose words have every fact that they name."""
    try:
        read_message(raw)
    except Refused as refusal:
        told = [problem.detail % problem.facts for problem in refusal.problems]
        return "refused" if told else "silent"
    return "read"


class TestRead:
    def test_what_is_not_mapped_is_passed_over(self) -> None:
        raw = write_message(message(sale())).replace(
            "<ВидОперации>".encode(),
            "<Склад><Наименование>x</Наименование></Склад><ВидОперации>".encode(),
        )
        assert read_message(raw) == message(sale())

    @pytest.mark.parametrize(
        ("there", "instead", "code"),
        [
            ("EnterpriseData/1.8</msg", "EnterpriseData/1.7</msg", "unknown-version"),
            ("<Сумма>120<", "<Сумма>NaN<", "wrong-amount"), ("<Сумма>120<", "<Сумма>1e999<", "wrong-amount"),
            ("<Сумма>120<", "<Сумма>x<", "against-schema"), ("НДС20", "НДС21", "wrong-code"),
            ("<Дата>2026-11-23T", "<Дата>2026-11-33T", "against-schema"), ("msg:Header", "msg:Head", "missing-element"),
            ("Message", "Massage", "missing-element"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused(self, there: str, instead: str, code: str) -> None:
        raw = write_message(message(sale())).decode()
        assert there in raw
        with pytest.raises(Refused) as caught:
            read_message(raw.replace(there, instead).encode())
        assert code in caught.value.codes

    @pytest.mark.parametrize("version", sorted(versions()))
    def test_no_change_of_a_file_breaks_the_reader(self, version: str) -> None:
        raw = (SAMPLES / f"{version}.xml").read_bytes()
        outcomes = {outcome(changed) for changed in mutations([raw], seed=33, count=FILE_MUTATIONS)}
        assert outcomes == {"read", "refused"}


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
SUMS = st.decimals(D("-9999999999.99"), D("9999999999.99"), places=2).filter(bool)


class TestAnything:
    @given(name=NAMES, purpose=NAMES, amount=SUMS, version=st.sampled_from(sorted(versions())))
    def test_a_payment(self, name: str, purpose: str, amount: Decimal, version: str) -> None:
        whom = Side(reference_of(name), name, name)
        told = message(
            replace(RECEIPT, counterpart=whom, purpose=purpose, total=amount), version=version
        )
        assert read_message(write_message(told)) == told

    @given(
        sums=st.lists(st.tuples(SUMS, st.sampled_from((None, D(0), D(10), D(20)))), min_size=1, max_size=5),
        text=NAMES, version=st.sampled_from(sorted(versions())),
    )  # fmt: skip
    def test_services(
        self, sums: list[tuple[Decimal, Decimal | None]], text: str, version: str
    ) -> None:
        lines = tuple(
            Line(number, DATA, D(1), amount, D(0), rate, amount, text)
            for number, (amount, rate) in enumerate(sums, start=1)
        )
        told = message(
            sale(lines=lines, total=sum((line.total for line in lines), D(0))), version=version
        )
        assert read_message(write_message(told)) == told


class TestMapping:
    def test_a_value_is_one_of_what_is_known(self) -> None:
        assert (value_of("a#b").how, value_of("a@b").what, value_of(".").name) == ("#", "b", ".")
        for wrong in ("", "a b", "A", "a$b", "a#"):
            with pytest.raises(ValueError, match="no value"):
                value_of(wrong)

    def test_a_version_names_what_it_has(self) -> None:
        told = {
            "1": {"namespace": "x", "source": "x", "parts": {"rate": [["А", "rate@nothing"]]}, "objects": {}},
        }  # fmt: skip
        with pytest.raises(ValueError, match="names nothing"):
            version_in("1", told)
        with pytest.raises(ValueError, match="not every kind"):
            version_in("1", {"1": {"namespace": "x", "source": "x"}})

    def test_a_thing_is_called_the_same_for_ever(self) -> None:
        assert reference_of("RUS", "SALE", "FI-1", "RUB") == "aca7f7d0-045d-55ac-928f-59250d218e24"
