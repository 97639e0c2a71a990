"""Every message that we write, over contents at their edges: valid by its schema or an independent checker, or refused.

The checkers share nothing with the writers, and each is shown a message with something wrong in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from backoffice.connectors.formats.mt.commanding import write_mt_command
from backoffice.connectors.formats.mt.electing import write_mt_election
from backoffice.connectors.formats.mt.paying import (
    MtChannel,
    write_mt101,
    write_mt103,
    write_mt202,
)
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.one_c.orders import write_orders
from backoffice.connectors.formats.payments.model import Profile
from backoffice.connectors.formats.payments.pacs import write_pacs
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Command
from backoffice.connectors.formats.seev.electing import write_seev_election
from backoffice.connectors.formats.sese.commanding import write_sese_command
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from backoffice.connectors.formats.sese.writing import Header
from backoffice.kernel.money import Money
from tests.connectors.formats import extremes, mt3_rules, mt_payment_rules, mt_rules, one_c_rules
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.mt.test_paying import BANK, CUSTOMER, GROUP
from tests.connectors.formats.one_c.test_orders import AT, ORDER
from tests.connectors.formats.payments.test_pacs import OF_BANKS, OF_CUSTOMERS
from tests.connectors.formats.payments.test_pain001 import FILE, suiting
from tests.connectors.formats.schemas import FOLDER, against_schemas
from tests.connectors.formats.test_corporate_actions import ELECTION
from tests.connectors.formats.test_trade_confirmations import FX, LENT, TRADE

ADDRESSES = Addresses("SABRRUMMXXX", "CEDELULLXXX")
CHANNEL = MtChannel(ADDRESSES, until=date(2099, 12, 31))
DAY = date(2026, 11, 24)
needs_schemas = pytest.mark.skipif(
    not FOLDER.exists(), reason=f"the schemas are not there: {FOLDER}"
)


def header(reference: str) -> Header:
    return Header("SABRRUMMXXX", "CEDELULLXXX", reference, datetime(2026, 11, 23, 9, tzinfo=UTC))


def wrong_by_schema(raw: bytes) -> list[str]:
    try:
        against_schemas(raw)
    except etree.DocumentInvalid as invalid:
        return [str(invalid)]
    return []


def wrong_in_election(raw: bytes) -> list[str]:
    """Of seev.033 there is no schema here: read back by our own model, it says whose choice of what it is."""
    (found,) = read_securities(raw)
    return [] if found.format.startswith("seev.033") else [f"read as {found.format}"]


def order_files(version: str) -> Any:
    return extremes.order_files.map(lambda each: suiting(version, each))


MT: dict[str, tuple[Any, Callable[[Any], bytes], Callable[[bytes], list[str]]]] = {
    "MT540-543": (extremes.instructions, lambda e: write_mt_instruction(e, ADDRESSES), mt_rules.wrong_in),
    "MT530": (extremes.commands, lambda e: write_mt_command(e, ADDRESSES), mt_rules.wrong_in),
    "MT565": (extremes.elections, lambda e: write_mt_election(e, ADDRESSES), mt_rules.wrong_in),
    "MT518": (extremes.trades, lambda e: write_mt518(e, ADDRESSES), mt_rules.wrong_in),
    "MT300": (extremes.fx, lambda e: write_mt300(e, ADDRESSES), mt3_rules.wrong_in),
    "MT320": (extremes.loans, lambda e: write_mt320(e, ADDRESSES), mt3_rules.wrong_in),
    "MT103": (extremes.of_customers, lambda e: write_mt103(e, CHANNEL, value_date=DAY), mt_payment_rules.wrong_in),
    "MT202": (extremes.of_banks, lambda e: write_mt202(e, CHANNEL, value_date=DAY), mt_payment_rules.wrong_in),
    "MT101": (extremes.groups, lambda e: write_mt101(e, CHANNEL, message_id="M-1"), mt_payment_rules.wrong_in),
    "1C": (extremes.orders, lambda e: write_orders([e], sender="Бэк-офис", created_at=AT), one_c_rules.wrong_in),
}  # fmt: skip
XML: dict[str, tuple[Any, Callable[[Any], bytes], Callable[[bytes], list[str]]]] = {
    "sese.023 and 020": (
        extremes.instructions, lambda e: write_sese_instruction(e, header(e.reference)), wrong_by_schema,
    ),
    "sese.030": (extremes.commands, lambda e: write_sese_command(e, header(e.reference)), wrong_by_schema),
    "seev.033": (extremes.elections, lambda e: write_seev_election(e, header(e.reference)), wrong_in_election),
    "pain.001 03": (order_files("03"), lambda e: write_pain001(e, Profile("03")), wrong_by_schema),
    "pain.001 09": (order_files("09"), lambda e: write_pain001(e, Profile("09")), wrong_by_schema),
    "pain.001 12": (order_files("12"), lambda e: write_pain001(e, Profile("12")), wrong_by_schema),
    "pacs.008 and 009": (extremes.between_banks, lambda e: write_pacs(e, Profile("08")), wrong_by_schema),
}  # fmt: skip


@pytest.mark.parametrize("kind", MT)
def test_any_content_is_right_by_the_rules_or_refused(kind: str) -> None:
    extremes.holds(*MT[kind])


@needs_schemas
@pytest.mark.parametrize("kind", XML)
def test_any_content_is_valid_by_its_schema_or_refused(kind: str) -> None:
    extremes.holds(*XML[kind])


COMMAND = Command("P1", "12345", "D20261123000017", hold=True)
FOUND: dict[str, tuple[bytes, Callable[[bytes], list[str]], list[tuple[str, str]]]] = {
    "MT541": (write_mt_instruction(BOND_BOUGHT, ADDRESSES), mt_rules.wrong_in, [
        ("EUR2042500,", "EUR2042500,001"), (":95P::DEAG", ":95P::REAG"), (":95P::PSET//CEDELULLXXX",
        ":95P::BUYR//CEDELULLXXX"),
        (":19A::SETT//EUR2042500,", ":19A::DEAL//EUR2042500,"), ("I541", "I540"), ("TRADDET", "TRADDEX"),
    ]),
    "MT530": (write_mt_command(COMMAND, ADDRESSES), mt_rules.wrong_in, [
        (":22F::SETT//NSET", ":22F::SETT//NSE"), (":20C::PREV//D20261123000017\r\n", ""), (":16S:REQD\r\n", ""),
    ]),
    "MT565": (write_mt_election(ELECTION, ADDRESSES), mt_rules.wrong_in, [
        (":13A::CAON//002", ":13A::CAON//2"), (":36B::QINS//UNIT/1000,", ":36B::QINS//UNIT/1000"),
        (":22F::CAOP//SECU\r\n", ""),
    ]),
    "MT518": (write_mt518(TRADE, ADDRESSES), mt_rules.wrong_in, [
        (":22H::BUSE//SELL\r\n", ""), (":36B::CONF//UNIT/1000,", ":36B::CONF//UNIT/1.000,"),
        (":19A::SETT//RUB312606,23", ":19A::SETT//RUB312606,235"),
    ]),
    "MT300": (write_mt300(FX, ADDRESSES), mt3_rules.wrong_in, [
        (":36:1,157", ":36:1157"), (":22C:DEUTFF1157SABRMM", ":22C:DEUTFF1158SABRMM"), (":32B:EUR10000,",
        ":32B:EUR10000,123"),
    ]),
    "MT320": (write_mt320(LENT, ADDRESSES), mt3_rules.wrong_in, [
        (":14D:ACT/360", ":14D:ACT/361"), (":37G:N0,5", ":37G:-0,5"), (":30P:20261224\r\n", ""),
    ]),
    "MT103": (write_mt103(CUSTOMER, CHANNEL, value_date=DAY), mt_payment_rules.wrong_in, [
        (":32A:261124EUR1234,5", ":32A:261124EUR1234"), (":71A:SHA", ":71A:SHR"), (":20:P-1", ":20:P//1"),
        (":70:Contract", ":70:\r\n-Contract"),
    ]),
    "MT202": (write_mt202(BANK, CHANNEL, value_date=DAY), mt_payment_rules.wrong_in, [
        (":58A:", ":59A:"), (":32A:261124USD1000000,", ":32A:261124JPY1000000,5"),
    ]),
    "MT101": (write_mt101(GROUP, CHANNEL, message_id="M-1"), mt_payment_rules.wrong_in, [
        (":28D:1/1\r\n", ""), (":32B:EUR1234,5", ":32B:EUR1234,555"),
    ]),
    "1C": (write_orders([ORDER], sender="Бэк-офис", created_at=AT), one_c_rules.wrong_in, [
        ("ПлательщикСчет=40602810700000000025", "ПлательщикСчет=40602810800000000025"),
        ("РасчСчет=40602810700000000025", "РасчСчет=40702810200000000001"), ("Сумма=40000.00", "Сумма=40000,00"),
        ("КонецДокумента\r\n", ""),
        ("Дата=23.11.2026", "Дата=2026-11-23"), ("Номер=42\r\n", ""), ("ПлательщикБИК=049805746",
        "ПлательщикБИК=049805747"),
    ]),
    "sese.023": (write_sese_instruction(BOND_BOUGHT), wrong_by_schema, [
        ("<ISIN>XS2320031383</ISIN>", "<ISIN>XS</ISIN>"), ("<Pmt>APMT</Pmt>", ""), (">2042500<", ">2042500.000001<"),
    ]),
    "sese.030": (write_sese_command(COMMAND, header("P1")), wrong_by_schema, [("D20261123000017", "D" * 36)]),
    "pain.001": (write_pain001(FILE, Profile("09")), wrong_by_schema, [
        ("<NbOfTxs>6</NbOfTxs>", ""), ('<InstdAmt Ccy="EUR">1234.50', '<InstdAmt Ccy="EUR">1234.500001'), ("SHAR",
        "SOME"),
    ]),
    "pacs.008": (write_pacs(OF_CUSTOMERS, Profile("08")), wrong_by_schema, [("<ChrgBr>SHAR</ChrgBr>", ""), ("INDA",
    "INDB")]),
    "pacs.009": (write_pacs(OF_BANKS, Profile("08")), wrong_by_schema, [("<MsgId>M-1</MsgId>", ""), ("CLRG",
    "CLRX")]),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOUND)
def test_what_breaks_a_rule_is_found_and_what_was_written_is_right(kind: str) -> None:
    raw, wrong_in, breaks = FOUND[kind]
    if wrong_in is wrong_by_schema and not FOLDER.exists():
        pytest.skip(f"the schemas are not there: {FOLDER}")
    encoding = "cp1251" if kind == "1C" else "utf-8"
    text = raw.decode(encoding)
    assert wrong_in(raw) == []
    for old, new in breaks:
        assert old in text, old
        assert wrong_in(text.replace(old, new, 1).encode(encoding)), (old, new)


def test_a_russian_name_keeps_its_quotes_on_the_way() -> None:
    """So are firms called: by the table RUR6 each sign is a letter, and no message is stopped for it."""
    party = replace(CUSTOMER, debtor=replace(CUSTOMER.debtor, name="ООО «Ромашка»"))
    raw = write_mt103(party, CHANNEL, value_date=DAY)
    assert mt_payment_rules.wrong_in(raw) == []
    assert b"OOO mROMAQKAm" in raw


def test_more_decimals_than_a_currency_has_are_refused() -> None:
    """A network refuses them (C03); yen have none, dinars three."""
    for amount, currency, fits in (
        ("1", "JPY", True),
        ("1.5", "JPY", False),
        ("1.005", "KWD", True),
        ("1.005", "EUR", False),
    ):
        told = replace(BOND_BOUGHT.terms, money=Money(Decimal(amount), currency), accrued=None)
        instruction = replace(BOND_BOUGHT, terms=told)
        if fits:
            assert mt_rules.wrong_in(write_mt_instruction(instruction, ADDRESSES)) == []
            continue
        with pytest.raises(Refused) as refused:
            write_mt_instruction(instruction, ADDRESSES)
        assert refused.value.codes == ["wrong-amount"]
