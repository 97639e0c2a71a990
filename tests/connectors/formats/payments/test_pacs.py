"""pacs.008 and pacs.009 out: valid against their schemas, read back the same, refused where they would be sent back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.connectors.formats.payments.model import (
    Agent,
    BankTransfer,
    ChargeBearer,
    CustomerTransfer,
    InterbankFile,
    Profile,
    SettlementMethod,
)
from backoffice.connectors.formats.payments.pacs import VERSIONS, write_pacs
from backoffice.connectors.formats.payments.pacs_reading import read_pacs
from backoffice.connectors.formats.refusing import Problems, Refused
from backoffice.connectors.formats.xml import check_against_schema
from backoffice.kernel.money import Money
from tests.connectors.formats.payments.test_pain001 import AT, BANK, OURS, TRANSFER, UETR

CUSTOMER = CustomerTransfer(TRANSFER, OURS, "GB82WEST12345698765432", BANK, ChargeBearer.SHARED)
BETWEEN = BankTransfer(
    "E-1", Money(Decimal("1000000.00"), "EUR"), Agent("SABRRUMM"), Agent("DEUTDEFF500"),
    "DE89370400440532013000", Agent("DEUTDEFF"), "I-1", UETR, Agent("SABRRUMM012"), "Margin call",
)  # fmt: skip
PLAIN = BankTransfer(
    "E-2", Money(Decimal(1), "JPY"), Agent("SABRRUMM"), Agent("DEUTDEFF"), uetr=UETR
)
OF_CUSTOMERS = InterbankFile(
    "M-1", AT, date(2026, 11, 24), SettlementMethod.AT_INSTRUCTED, Agent("SABRRUMM"), BANK,
    (CUSTOMER, replace(CUSTOMER, transfer=replace(TRANSFER, end_to_end_id="E-2"))),
    settlement_account="DE89370400440532013000",
)  # fmt: skip
OF_BANKS = replace(
    OF_CUSTOMERS, payments=(BETWEEN, PLAIN), method=SettlementMethod.CLEARING, clearing="TGT",
    settlement_account="",
)  # fmt: skip
MESSAGES = [
    (file, kind, version)
    for file, kind in ((OF_CUSTOMERS, "008"), (OF_BANKS, "009"))
    for version in VERSIONS[kind]
]


def refused(file: InterbankFile, profile: Profile) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        write_pacs(file, profile)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


class TestWritePacs:
    @pytest.mark.parametrize(("file", "kind", "version"), MESSAGES)
    def test_it_is_valid_against_its_schema(
        self, file: InterbankFile, kind: str, version: str, shared_data: Path
    ) -> None:
        raw = write_pacs(file, Profile(version))
        problems = Problems("pacs")
        schema = shared_data / "schemas" / "iso20022" / f"pacs.{kind}.001.{version}.xsd"
        check_against_schema(raw, schema, "pacs", problems)
        assert [each.facts for each in problems.found] == []

    @pytest.mark.parametrize(("file", "kind", "version"), MESSAGES)
    def test_what_is_written_reads_the_same(
        self, file: InterbankFile, kind: str, version: str
    ) -> None:
        raw = write_pacs(file, Profile(version))
        assert f"pacs.{kind}.001.{version}".encode() in raw
        assert read_pacs(raw) == file

    @pytest.mark.parametrize(
        ("change", "profile", "problem"),
        [
            ({"payments": ()}, Profile("08"), ("required", "file")),
            ({"message_id": ""}, Profile("08"), ("required", "MsgId")),
            ({"instructed": Agent()}, Profile("08"), ("required", "InstdAgt")),
            ({"clearing": ""}, Profile("08"), ("required", "SttlmInf/ClrSys")),
            ({"method": SettlementMethod.AT_INSTRUCTING}, Profile("08"),
             ("not-permitted", "SttlmInf/ClrSys")),
            ({"created_at": AT.replace(tzinfo=None)}, Profile("08"), ("wrong-date", "CreDtTm")),
            ({"payments": (PLAIN, PLAIN)}, Profile("08"), ("repeated-field", "EndToEndId")),
            ({}, Profile("08", most_transfers=1), ("not-permitted", "NbOfTxs")),
            ({}, Profile("12"), ("unknown-version", "file")),
            ({"payments": (replace(PLAIN, uetr=""),)}, Profile("08"),
             ("required", "CdtTrfTxInf[1]")),
            ({"payments": (replace(PLAIN, amount=Money(Decimal("0.5"), "JPY")),)}, Profile("08"),
             ("wrong-amount", "CdtTrfTxInf[1]/IntrBkSttlmAmt")),
            ({"payments": (replace(PLAIN, creditor=Agent("DEUT12FF")),)}, Profile("08"),
             ("wrong-value", "CdtTrfTxInf[1]/Cdtr/BICFI")),
            ({"payments": (replace(BETWEEN, creditor_account="DE88370400440532013000"),)},
             Profile("08"), ("wrong-value", "CdtTrfTxInf[1]/CdtrAcct")),
        ],
    )  # fmt: skip
    def test_what_would_be_sent_back_is_refused(
        self, change: dict[str, Any], profile: Profile, problem: tuple[str, str]
    ) -> None:
        assert refused(replace(OF_BANKS, **change), profile) == [problem]

    def test_payments_of_customers_and_of_banks_are_two_messages(self) -> None:
        mixed = replace(OF_CUSTOMERS, payments=(CUSTOMER, PLAIN))
        assert refused(mixed, Profile("08")) == [("misplaced", "CdtTrfTxInf")]

    def test_a_customer_has_an_address(self) -> None:
        bare = replace(CUSTOMER, debtor=replace(OURS, address=None))
        assert refused(replace(OF_CUSTOMERS, payments=(bare,)), Profile("08")) == [
            ("required", "CdtTrfTxInf[1]/Dbtr")
        ]


class TestReadPacs:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b"pacs.008.001.08", b"pacs.008.001.09", "unknown-version"),
            (b"pacs.008.001.08", b"pain.001.001.09", "wrong-kind"),
            (b"<NbOfTxs>2", b"<NbOfTxs>3", "wrong-value"),
            (b"<CtrlSum>2469", b"<CtrlSum>2468", "wrong-value"),
            (b"INDA", b"INDB", "wrong-code"),
            (b"<IntrBkSttlmDt>2026-11-24", b"<IntrBkSttlmDt>2026-13-24", "wrong-date"),
            (b"GrpHdr>", b"GrpHead>", "missing-element"),
        ],
    )
    def test_what_was_changed_on_the_way_is_refused(
        self, old: bytes, new: bytes, code: str
    ) -> None:
        raw = write_pacs(OF_CUSTOMERS, Profile("08"))
        assert old in raw
        with pytest.raises(Refused) as caught:
            read_pacs(raw.replace(old, new))
        assert caught.value.codes[0] == code
