"""MT103, MT202 and MT101, for a channel that says so and as long as it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.connectors.formats.mt.paying import (
    MtChannel,
    write_mt101,
    write_mt103,
    write_mt202,
)
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.payments.model import (
    Address,
    Agent,
    BankTransfer,
    ChargeBearer,
    CustomerTransfer,
    PaymentGroup,
    PaymentParty,
    Transfer,
)
from backoffice.connectors.formats.refusing import Refused
from backoffice.kernel.money import Money
from tests.connectors.formats.mt_payment_rules import wrong_in

CHANNEL = MtChannel(Addresses("SABRRUMMXXX", "DEUTDEFFXXX"), until=date(2026, 12, 31))
DAY = date(2026, 11, 24)
UETR = "8a562c67-ca16-48ba-b074-65581be6f001"
ADDRESS = Address(country="DE", town="Berlin", post_code="10115", street="Platz", building="1")
TRANSFER = Transfer(
    end_to_end_id="P-1", amount=Money(Decimal("1234.5"), "EUR"),
    creditor=PaymentParty("Example GmbH", ADDRESS),
    creditor_account="DE89370400440532013000", creditor_agent=Agent(bic="DEUTDEFFXXX"), uetr=UETR,
    text="Contract 17 of 23.11.2026",
)  # fmt: skip
CUSTOMER = CustomerTransfer(
    TRANSFER, PaymentParty("Пример АО"), "40702978000000000001", Agent(bic="SABRRUMMXXX"),
    ChargeBearer.SHARED,
)  # fmt: skip
BANK = BankTransfer(
    "P-2", Money(Decimal(1_000_000), "USD"), debtor=Agent(bic="SABRRUMMXXX"),
    creditor=Agent(bic="DEUTDEFFXXX"), creditor_account="400", creditor_agent=Agent(bic="CEDELULLXXX"),
    uetr=UETR, text="Cover of 17",
)  # fmt: skip
GROUP = PaymentGroup(
    "G-1", DAY, PaymentParty("Example AO"), "40702978000000000001", Agent(bic="SABRRUMMXXX"),
    (TRANSFER, replace(TRANSFER, end_to_end_id="P-3")), charges=ChargeBearer.DEBTOR,
)  # fmt: skip


class TestWrite:
    def test_a_payment_of_a_customer(self) -> None:
        raw = write_mt103(CUSTOMER, CHANNEL, value_date=DAY)
        assert wrong_in(raw) == []
        assert f"{{3:{{121:{UETR}}}}}".encode() in raw
        assert b":32A:261124EUR1234,5\r\n" in raw
        assert b":71A:SHA\r\n" in raw
        assert (
            b":59:/DE89370400440532013000\r\nExample GmbH\r\nPlatz 1, 10115 Berlin, DE\r\n" in raw
        )

    def test_a_payment_of_a_bank(self) -> None:
        raw = write_mt202(BANK, CHANNEL, value_date=DAY)
        assert wrong_in(raw) == []
        assert b":58A:/400\r\nDEUTDEFFXXX\r\n" in raw

    def test_an_order_of_several(self) -> None:
        raw = write_mt101(GROUP, CHANNEL, message_id="M-1")
        assert wrong_in(raw) == []
        assert raw.count(b":32B:EUR1234,5\r\n") == 2

    def test_a_bank_by_its_number_in_a_clearing(self) -> None:
        agent = Agent(clearing="RUCBC", member="044525593", name="UNICREDIT BANK AO")
        told = replace(CUSTOMER, transfer=replace(TRANSFER, creditor_agent=agent))
        raw = write_mt103(told, CHANNEL, value_date=DAY)
        assert wrong_in(raw) == []
        assert b":57D://RU044525593\r\nUNICREDIT BANK AO\r\n" in raw


class TestRefuse:
    def test_after_the_last_day_of_the_channel(self) -> None:
        late = date(2027, 1, 1)
        for write in (
            lambda: write_mt103(CUSTOMER, CHANNEL, value_date=late),
            lambda: write_mt202(BANK, CHANNEL, value_date=late),
            lambda: write_mt101(replace(GROUP, execution_date=late), CHANNEL, message_id="M-1"),
        ):
            with pytest.raises(Refused) as refusal:
                write()
            assert refusal.value.codes == ["not-permitted"]
        assert write_mt103(CUSTOMER, CHANNEL, value_date=CHANNEL.until)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount": Money(Decimal(0), "EUR")}, "wrong-amount"),
            ({"amount": Money(Decimal(1), "eur")}, "wrong-currency"),
            ({"end_to_end_id": "P" * 17}, "too-long"), ({"creditor_account": ""}, "required"),
            ({"creditor_agent": Agent(name="A bank")}, "required"), ({"uetr": "1"}, "wrong-value"),
            ({"text": "x" * 141}, "too-long"), ({"creditor": PaymentParty("")}, "required"),
            ({"creditor": PaymentParty("A € B")}, "wrong-characters"),
        ],
    )  # fmt: skip
    def test_what_the_message_cannot_say(self, changes: dict[str, Any], code: str) -> None:
        told = replace(CUSTOMER, transfer=replace(TRANSFER, **changes))
        with pytest.raises(Refused) as refusal:
            write_mt103(told, CHANNEL, value_date=DAY)
        assert code in refusal.value.codes

    def test_charges_by_the_service_level_are_of_another_message(self) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt103(
                replace(CUSTOMER, charges=ChargeBearer.SERVICE_LEVEL), CHANNEL, value_date=DAY
            )
        assert refusal.value.codes == ["wrong-code"]

    def test_an_order_of_nothing(self) -> None:
        with pytest.raises(Refused) as refusal:
            write_mt101(replace(GROUP, transfers=()), CHANNEL, message_id="M-1")
        assert refusal.value.codes == ["required"]
