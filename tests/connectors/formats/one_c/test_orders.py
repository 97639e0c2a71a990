"""Payment orders out: read back they say the same; what a bank would send back is not written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.one_c.orders import (
    Budget,
    OrderParty,
    PaymentOrder,
    read_orders,
    write_orders,
)
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.refusing import Refused
from tests.sizes import EXAMPLES

AT = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=3)))
PAYER = OrderParty(
    "ООО «Бэк-офис»", "40602810700000000025", "049805746", "Банк плательщика", inn="7707083893",
    kpp="770701001",
)  # fmt: skip
RECEIVER = OrderParty(
    'ПАО "Получатель"', "40702810200000000001", "044525225", "Банк № 1", "30101810400000000225",
    "7736050003", "773601001",
)  # fmt: skip
ORDER = PaymentOrder(
    "42", date(2026, 11, 23), Decimal("40000.00"), PAYER, RECEIVER,
    "Оплата ценных бумаг по договору 17. Без НДС",
)  # fmt: skip
BUDGET = Budget("01", "18210102010011000110", "45382000")
TREASURY = OrderParty(
    "Казначейство России (ФНС России)", "03100643000000018500", "017003983", inn="7727406020",
    kpp="770801001",
)  # fmt: skip
TAX = replace(ORDER, number="7", receiver=TREASURY, uin="0", budget=BUDGET)

# Characters that windows-1251 and DOS both have.
names = st.text('абвЁёЯ09 №".-', min_size=1, max_size=160).map(str.strip).filter(bool)
orders = st.builds(
    PaymentOrder,
    number=st.integers(1, 999_999).map(str),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    amount=st.decimals(min_value="0.01", max_value="999999999.99", places=2),
    payer=st.builds(replace, st.just(PAYER), name=names),
    receiver=st.builds(replace, st.just(RECEIVER), name=names),
    purpose=names,
    priority=st.integers(1, 5),
    uin=st.sampled_from(("", "0", "1" * 20)),
    income_code=st.sampled_from(("", "1", "3")),
    budget=st.just(None),
)


def written(*given: PaymentOrder, version: str = "1.03", encoding: str = "Windows") -> bytes:
    return write_orders(given, sender="Бэк-офис", created_at=AT, version=version, encoding=encoding)


class TestWriteOrders:
    @settings(max_examples=EXAMPLES)
    @given(st.lists(orders, min_size=1, max_size=4, unique_by=lambda each: each.number))
    def test_what_is_written_reads_the_same(self, given: list[PaymentOrder]) -> None:
        plain = [
            replace(each, payer=replace(each.payer, name=each.payer.name.replace("«", "")))
            for each in given
        ]
        assert read_orders(written(*plain)) == plain
        assert read_orders(written(*plain, encoding="DOS", version="1.02")) == plain

    def test_a_payment_to_the_budget(self) -> None:
        assert read_orders(written(TAX)) == [TAX]
        assert "ОКАТО=45382000\r\n".encode("cp1251") in written(TAX)

    def test_the_bank_reads_it_as_a_payment_out(self) -> None:
        (statement,) = read_one_c(written(ORDER))
        (line,) = statement.lines
        assert (line.amount, line.our_reference) == (Decimal("-40000.00"), "42")
        assert line.counterparty.name == 'ПАО "Получатель"'
        assert "ДатаСоздания=23.11.2026\r\nВремяСоздания=09:30:00\r\n".encode("cp1251") in written(
            ORDER
        )

    @pytest.mark.parametrize(
        ("change", "codes"),
        [
            ({"number": "0"}, ["wrong-value"]),
            ({"number": "1234567"}, ["wrong-value"]),
            ({"amount": Decimal(0)}, ["wrong-amount"]),
            ({"amount": Decimal("0.001")}, ["wrong-amount"]),
            ({"amount": Decimal("-1")}, ["wrong-amount"]),
            ({"purpose": ""}, ["required"]),
            ({"purpose": "я" * 210}, []),
            ({"purpose": "я" * 211}, ["too-long"]),
            ({"purpose": "две\nстроки"}, ["wrong-characters"]),
            ({"purpose": "€ 日"}, ["wrong-characters"]),
            ({"priority": 6}, ["wrong-value"]),
            ({"uin": "123"}, ["wrong-value"]),
            ({"payer": replace(PAYER, account="40602810800000000025")}, ["wrong-value"]),
            ({"payer": replace(PAYER, inn="7707083894")}, ["wrong-value"]),
            ({"payer": replace(PAYER, inn="0")}, []),
            ({"payer": replace(PAYER, kpp="12")}, ["wrong-value"]),
            ({"receiver": replace(RECEIVER, bik="04452522")}, ["wrong-value"]),
            ({"receiver": replace(RECEIVER, correspondent="30101810400000000226")}, ["wrong-value"]),
            ({"receiver": replace(RECEIVER, name="я" * 161)}, ["too-long"]),
            ({"receiver": replace(RECEIVER, name=" ")}, ["required", "wrong-value"]),
            ({"budget": BUDGET}, ["required"]),
            ({"budget": replace(BUDGET, kbk="1"), "uin": "0"}, ["wrong-value"]),
            ({"budget": replace(BUDGET, period=""), "uin": "0"}, ["required"]),
        ],
    )  # fmt: skip
    def test_what_a_bank_would_send_back_is_refused(self, change: dict, codes: list[str]) -> None:
        order = replace(ORDER, **change)
        if not codes:
            assert read_orders(written(order)) == [order]
            return
        with pytest.raises(Refused) as refused:
            written(order)
        assert refused.value.codes == codes

    def test_everything_wrong_in_all_of_them_is_told_at_once(self) -> None:
        wrong = replace(ORDER, amount=Decimal(0), purpose="")
        with pytest.raises(Refused) as refused:
            written(wrong, replace(wrong, number="43"), replace(ORDER, number="43"))
        assert [(each.code, each.pointer) for each in refused.value.problems] == [
            ("wrong-amount", "№ 42, Сумма"), ("required", "№ 42"),
            ("wrong-amount", "№ 43, Сумма"), ("required", "№ 43"), ("repeated-field", "№ 43"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "version", "encoding", "code"),
        [((), "1.03", "Windows", "required"), ((ORDER,), "1.04", "Windows", "unknown-version"),
         ((ORDER,), "1.03", "KOI8", "wrong-code")],
    )  # fmt: skip
    def test_what_is_no_file(
        self, given: tuple[PaymentOrder, ...], version: str, encoding: str, code: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            written(*given, version=version, encoding=encoding)
        assert refused.value.codes == [code]
