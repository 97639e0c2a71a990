"""Payments at a played place: acknowledged beside their file, told of by the account, and what others pay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.cash import CashLine
from backoffice.connectors.formats.one_c.orders import OrderParty, PaymentOrder, write_orders
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    Transfer,
)
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.recognising import read_cash
from backoffice.kernel.money import Money
from tests.connectors.simulator.messages import AT, CASH, RUBLES, THEY, Place

TODAY = date(2026, 11, 24)
TOWN = Address(country="RU", town="Moscow")


def pain(reference: str = "S1", *, day: date = TODAY, amount: str = "1250.50") -> bytes:
    transfer = Transfer(
        end_to_end_id=reference, amount=Money(Decimal(amount), "RUB"), creditor_account="THEIR-1",
        creditor=PaymentParty(name="Demo Bank Two", address=TOWN), creditor_agent=Agent(bic=THEY),
    )  # fmt: skip
    payer = PaymentParty(name="Sever", address=TOWN)
    group = PaymentGroup(
        id=reference, execution_date=day, debtor=payer, debtor_account=CASH,
        debtor_agent=Agent(bic=THEY), transfers=(transfer,),
    )  # fmt: skip
    file = PaymentOrderFile(
        message_id=reference, created_at=AT, initiator=PaymentParty(name="Sever"), groups=(group,)
    )
    return write_pain001(file, Profile(version="09"))


def order(purpose: str) -> bytes:
    ours = OrderParty(name="ООО «Север»", account=RUBLES, bik="044525974")
    theirs = OrderParty(name="ООО «Юг»", account="40702810938000000001", bik="044525225")
    told = PaymentOrder("7", TODAY, Decimal("1250.50"), ours, theirs, purpose)
    return write_orders([told], sender="Бэк-офис", created_at=AT)


def lines(place: Place) -> list[CashLine]:
    """What reports of the day tell of the account."""
    found = sorted((place.folder / "in").glob("*-RUB-0*.xml"))
    return [line for path in found for told in read_cash(path.read_bytes()) for line in told.lines]


def beside(place: Place) -> list[str]:
    return sorted(path.name for path in (place.folder / "out").iterdir())


def test_a_payment_is_acknowledged_and_told_of_by_the_account(tmp_path: Path) -> None:
    place = Place(tmp_path, reports=True)
    place.mail(pain(), "DEPO-PAY-1.xml")
    assert place.cycle() == []
    assert beside(place) == ["DEPO-PAY-1.xml.ack"]
    (line,) = lines(place)
    assert (line.amount, line.our_reference, line.counterparty.name) == (
        Decimal("-1250.50"), "S1", "Demo Bank Two",
    )  # fmt: skip


def test_an_order_of_1c_is_known_by_what_its_purpose_names(tmp_path: Path) -> None:
    place = Place(tmp_path, reports=True)
    place.mail(order("Оплата по сделке D-3 (S-12). НДС не облагается."), "DEPO-PAY-1.txt")
    place.cycle()
    (line,) = lines(place)
    assert (line.amount, line.our_reference) == (Decimal("-1250.50"), "S-12")
    place.cycle(is_last=True)
    (path,) = (place.folder / "in").glob("*.txt")
    (stated,) = read_cash(path.read_bytes())
    (again,) = stated.lines
    assert (again.amount, again.our_reference) == (line.amount, line.bank_reference)
    assert "S-12" in again.text


def test_before_its_day_it_is_not_paid(tmp_path: Path) -> None:
    place = Place(tmp_path, reports=True)
    place.mail(pain(day=date(2026, 11, 25)), "DEPO-PAY-1.xml")
    place.cycle()
    assert lines(place) == []
    place.cycle(at=AT.replace(day=25))
    assert [line.our_reference for line in lines(place)] == ["S1"]


@pytest.mark.parametrize(
    ("script", "amounts"),
    [
        ("paid-a-cent-less=1/1", ["-1250.49"]),
        ("untold-fee=1/1", ["-1250.50", "-25.00"]),
        ("closed-account=1/1", []),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_it(tmp_path: Path, script: str, amounts: list[str]) -> None:
    place = Place(tmp_path, script=script, reports=True)
    place.mail(pain(), "DEPO-PAY-1.xml")
    assert place.cycle() == []
    assert [f"{line.amount:.2f}" for line in lines(place)] == amounts
    assert beside(place) == [f"DEPO-PAY-1.xml.{'ack' if amounts else 'nak'}"]


def test_what_others_pay_comes_once_on_its_day(tmp_path: Path) -> None:
    table = tmp_path / "payments.csv"
    table.write_text(
        "account,currency,amount,day,payer,payer_account,text\n"
        f"{CASH},RUB,500.00,2026-11-24,Demo Bank Five,THEIR-5,DEAL D-7\n"
        f"{CASH},RUB,600.00,2026-11-25,Demo Bank Five,THEIR-5,DEAL D-8\n"
    )
    place = Place(tmp_path, reports=True, payments=table)
    place.cycle()
    place.cycle()
    (line,) = lines(place)
    assert (line.amount, line.counterparty.name, line.text) == (
        Decimal("500.00"), "Demo Bank Five", "DEAL D-7",
    )  # fmt: skip
    place.cycle(at=datetime(2026, 11, 26, 9, tzinfo=UTC))
    assert [line.amount for line in lines(place)] == [Decimal("500.00"), Decimal("600.00")]
