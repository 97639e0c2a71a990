"""A statement of 1CClientBankExchange as we write it is read as it was meant, and refused where it lacks something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
    StatementKind,
)
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.one_c.stating import write_one_c
from backoffice.connectors.formats.refusing import Refused
from tests.sizes import EXAMPLES

AT = datetime(2026, 11, 27, 15, 4, 5, tzinfo=UTC)
DAY = date(2026, 11, 27)
OURS, THEIRS = "40701810000000000001", "40702810000000000077"


def statement(*amounts: Decimal, opening: Decimal = Decimal("100.00")) -> CashStatement:
    lines = tuple(
        CashLine(
            position=n, value_date=DAY, booking_date=DAY, amount=amount, currency="RUB",
            type_code="01", our_reference=f"B{n}", text=f"S-{n} Оплата по сделке",
            counterparty=Counterparty("Банк Один", THEIRS, "044525225", "7707083893"),
        )
        for n, amount in enumerate(amounts, 1)
    )  # fmt: skip
    closing = opening + sum(amounts, Decimal(0))
    return CashStatement(
        format="1C 1.03", kind=StatementKind.END_OF_DAY, account=Account.of(OURS), currency="RUB",
        from_date=DAY, until_date=DAY, opening=Balance("НачальныйОстаток", DAY, opening, "RUB"),
        closing=Balance("КонечныйОстаток", DAY, closing, "RUB"), lines=lines,
    )  # fmt: skip


def read(raw: bytes) -> CashStatement:
    """What was read, without what only a file has."""
    (found,) = read_one_c(raw)
    assert found.turnover is not None
    assert (found.turnover.credits, found.turnover.debits) == (found.credits, found.debits)
    lines = tuple(replace(line, source_line=0) for line in found.lines)
    return replace(found, lines=lines, turnover=None, created_text="", encoding="")


def test_it_names_both_sides_by_who_paid() -> None:
    text = write_one_c(
        [statement(Decimal("-40.50"), Decimal(7))], sender="Банк", created_at=AT
    ).decode("cp1251")
    first, second = text.split("СекцияДокумент")[1:]
    assert f"ПлательщикСчет={OURS}\r\nДатаСписано=27.11.2026\r\nПолучательСчет={THEIRS}" in first
    assert f"ПолучательСчет={OURS}\r\nДатаПоступило=27.11.2026\r\nПлательщикСчет={THEIRS}" in second
    for line in (
        "НачальныйОстаток=100.00", "ВсегоПоступило=7.00", "ВсегоСписано=40.50", "КонечныйОстаток=66.50",
        "ВремяСоздания=15:04:05", "Отправитель=Банк",
    ):  # fmt: skip
        assert f"\r\n{line}\r\n" in text


amounts = st.decimals(min_value=-(10**10), max_value=10**10, places=2).filter(lambda d: d != 0)


@settings(max_examples=EXAMPLES)
@given(moved=st.lists(amounts, max_size=6), opening=st.decimals(-(10**9), 10**9, places=2))
def test_what_is_written_is_read_back(moved: list[Decimal], opening: Decimal) -> None:
    wanted = statement(*moved, opening=opening)
    found = read(write_one_c([wanted], sender="BANK", created_at=AT))
    assert found == wanted
    assert found.difference == 0


def test_several_accounts_stand_in_one_file() -> None:
    other = replace(statement(Decimal(5)), account=Account.of(f"{OURS[:-1]}2"))
    found = read_one_c(write_one_c([statement(Decimal(1)), other], sender="", created_at=AT))
    assert [(each.account.number[-1], [line.amount for line in each.lines]) for each in found] == [
        ("1", [Decimal(1)]), ("2", [Decimal(5)]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        replace(statement(), opening=None), replace(statement(), until_date=None),
        replace(statement(), lines=(replace(statement(Decimal(1)).lines[0], counterparty=Counterparty()),)),
        replace(statement(), lines=(
            replace(statement(Decimal(1)).lines[0], value_date=None, booking_date=None),
        )),
    ],
)  # fmt: skip
def test_what_a_file_cannot_go_without_is_refused(wrong: CashStatement) -> None:
    with pytest.raises(Refused) as caught:
        write_one_c([wrong], sender="", created_at=AT)
    assert caught.value.codes == ["required"]
