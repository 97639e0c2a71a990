"""pain.001 out: valid against its schema, read back the same, refused where a bank would send it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.payments.checking import VERSIONS
from backoffice.connectors.formats.payments.model import (
    Address,
    AddressRule,
    Agent,
    Characters,
    ChargeBearer,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    Transfer,
)
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.payments.reading import read_pain001
from backoffice.connectors.formats.refusing import Problems, Refused
from backoffice.connectors.formats.xml import check_against_schema
from backoffice.kernel.money import Money
from tests.sizes import EXAMPLES

AT = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=3)))
HOME = Address("DE", "Frankfurt", "60311", "Kaiserstrasse", "1")
HYBRID = replace(HOME, lines=("Floor 7", "Room 12"))
OURS = PaymentParty("Back Office GmbH", HOME, lei="7LTWFZYICNSX8D621K86")
THEM = PaymentParty("Their Company", HYBRID, bic="DEUTDEFF", other_id="123", other_scheme="TXID")
BANK, RUSSIAN = Agent("DEUTDEFF"), Agent(clearing="RUCBC", member="044525225", name="Bank")
UETR = "255ae394-9965-4438-ac86-f406feada396"
TRANSFER = Transfer(
    "E-1", Money(Decimal("1234.50"), "EUR"), THEM, "DE89370400440532013000", BANK, "I-1", UETR,
    Agent("SABRRUMM", name="Between", address=HOME), "SECU", "Invoice 17",
)  # fmt: skip
IN_RUBLES = replace(
    TRANSFER, end_to_end_id="E-2", amount=Money(Decimal("0.01"), "RUB"), creditor_agent=RUSSIAN,
    creditor_account="40702810200000000001", uetr="", intermediary=None, text="",
    structured_reference="RF18539007547034", purpose="",
)  # fmt: skip
IN_YEN = replace(IN_RUBLES, end_to_end_id="E-3", amount=Money(Decimal(5), "JPY"), instruction_id="")
GROUP = PaymentGroup(
    "P-1", date(2026, 11, 24), OURS, "GB82WEST12345698765432", Agent("DEUTDEFF500"),
    (TRANSFER, IN_RUBLES, IN_YEN), "EUR", ChargeBearer.SHARED, "URGP", batch=True,
)  # fmt: skip
FILE = PaymentOrderFile(
    "M-1", AT, OURS, (GROUP, replace(GROUP, id="P-2", batch=None, charges=None))
)


def suiting(version: str, file: PaymentOrderFile = FILE) -> PaymentOrderFile:
    """The file without what version 03 does not have."""
    if version != "03":
        return file
    ours = replace(OURS, lei="")
    groups = tuple(
        replace(
            group, debtor=ours, transfers=tuple(replace(each, uetr="") for each in group.transfers)
        )
        for group in file.groups
    )
    return replace(file, initiator=ours, groups=groups)


def with_transfer(**changes: Any) -> PaymentOrderFile:
    return replace(FILE, groups=(replace(GROUP, transfers=(replace(TRANSFER, **changes),)),))


def refused(file: PaymentOrderFile, profile: Profile) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        write_pain001(file, profile)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


texts = st.text("aZ09 ,.-/+()'", min_size=1, max_size=35).map(str.strip).filter(bool)
transfers = st.builds(
    Transfer,
    end_to_end_id=texts, creditor=st.builds(replace, st.just(THEM), name=texts),
    amount=st.decimals(min_value="0.01", max_value="999999999.99", places=2).map(
        lambda amount: Money(amount, "EUR")
    ),
    creditor_account=st.just("DE89370400440532013000"), creditor_agent=st.sampled_from((BANK, Agent("SABRRUMM"))),
    instruction_id=st.one_of(st.just(""), texts), purpose=st.sampled_from(("", "SECU")),
    text=st.one_of(st.just(""), texts), uetr=st.sampled_from(("", UETR)),
)  # fmt: skip


class TestWritePain001:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_it_is_valid_against_its_schema(self, version: str, shared_data: Path) -> None:
        raw = write_pain001(suiting(version), Profile(version))
        problems = Problems("pain")
        schema = shared_data / "schemas" / "iso20022" / f"pain.001.001.{version}.xsd"
        check_against_schema(raw, schema, "pain", problems)
        assert [each.facts for each in problems.found] == []

    @pytest.mark.parametrize("version", VERSIONS)
    def test_what_is_written_reads_the_same(self, version: str) -> None:
        file = suiting(version)
        assert read_pain001(write_pain001(file, Profile(version))) == file

    @settings(max_examples=EXAMPLES)
    @given(
        st.lists(transfers, min_size=1, max_size=3, unique_by=lambda each: each.end_to_end_id),
        st.sampled_from(VERSIONS),
    )
    def test_any_payments_read_the_same(self, found: list[Transfer], version: str) -> None:
        file = suiting(version, replace(FILE, groups=(replace(GROUP, transfers=tuple(found)),)))
        assert read_pain001(write_pain001(file, Profile(version))) == file

    def test_totals_are_of_all_payments(self) -> None:
        raw = write_pain001(FILE, Profile())
        assert raw.count(b"<CtrlSum>1239.51</CtrlSum>") == 2
        assert raw.count(b"<CtrlSum>2479.02</CtrlSum>") == 1
        assert raw.count(b"<NbOfTxs>6</NbOfTxs>") == 1

    @pytest.mark.parametrize(
        ("address", "rule", "codes"),
        [
            (HOME, AddressRule.STRUCTURED, []), (HYBRID, AddressRule.HYBRID, []),
            (HYBRID, AddressRule.STRUCTURED, ["not-permitted"]),
            (replace(HYBRID, lines=("1", "2", "3")), AddressRule.HYBRID, ["not-permitted"]),
            (replace(HYBRID, lines=("x" * 70,)), AddressRule.HYBRID, []),
            (replace(HYBRID, lines=("x" * 71,)), AddressRule.HYBRID, ["too-long"]),
            (replace(HOME, town=""), AddressRule.HYBRID, ["required"]),
            (replace(HOME, country=""), AddressRule.HYBRID, ["wrong-value"]),
            (Address(lines=("Kaiserstrasse 1, Frankfurt",)), AddressRule.HYBRID,
             ["wrong-value", "required"]),
            (None, AddressRule.HYBRID, ["required"]),
        ],
    )  # fmt: skip
    def test_an_address_has_town_and_country(
        self, address: Address | None, rule: AddressRule, codes: list[str]
    ) -> None:
        file = with_transfer(creditor=replace(THEM, address=address))
        profile = Profile(addresses=rule)
        if codes:
            assert [code for code, _ in refused(file, profile)] == codes
        else:
            assert read_pain001(write_pain001(file, profile)) == file

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"amount": Money(Decimal(0), "EUR")}, ("wrong-amount", "Amt")),
            ({"amount": Money(Decimal("0.001"), "EUR")}, ("wrong-amount", "Amt")),
            ({"amount": Money(Decimal("0.1"), "JPY")}, ("wrong-amount", "Amt")),
            ({"amount": Money(Decimal("0.0001"), "KWD")}, ("wrong-amount", "Amt")),
            ({"amount": Money(Decimal(10) ** 16, "EUR")}, ("wrong-amount", "Amt")),
            ({"amount": Money(Decimal(1), "eur")}, ("wrong-currency", "Amt")),
            ({"end_to_end_id": ""}, ("required", "EndToEndId")),
            ({"end_to_end_id": "x" * 36}, ("too-long", "EndToEndId")),
            ({"text": "x" * 141}, ("too-long", "RmtInf/Ustrd")),
            ({"text": "Счёт"}, ("wrong-characters", "RmtInf/Ustrd")),
            ({"text": " x"}, ("wrong-value", "RmtInf/Ustrd")),
            ({"structured_reference": "RF18"}, ("not-permitted", "RmtInf")),
            ({"uetr": "x"}, ("wrong-value", "UETR")),
            ({"creditor_account": "DE88370400440532013000"}, ("wrong-value", "CdtrAcct")),
            ({"creditor_agent": RUSSIAN, "creditor_account": "40702810300000000001"},
             ("wrong-value", "CdtrAcct")),
            ({"creditor_agent": Agent()}, ("required", "CdtrAgt")),
            ({"creditor_agent": Agent("DEUT12FF")}, ("wrong-value", "CdtrAgt/BICFI")),
            ({"creditor_agent": Agent(clearing="RUCBC", member="1")},
             ("wrong-value", "CdtrAgt/MmbId")),
            ({"creditor": replace(THEM, name="")}, ("required", "Cdtr/Nm")),
            ({"creditor": replace(THEM, lei="7LTWFZYICNSX8D621K87")}, ("wrong-value", "Cdtr/LEI")),
            ({"purpose": "TOOLONG"}, ("wrong-value", "Purp")),
        ],
    )  # fmt: skip
    def test_what_would_be_sent_back_is_refused(
        self, change: dict, problem: tuple[str, str]
    ) -> None:
        code, place = problem
        found = refused(with_transfer(**change), Profile())
        assert found == [(code, f"PmtInf[1]/CdtTrfTxInf[1]/{place}")]

    def test_what_version_03_does_not_have_is_refused(self) -> None:
        found = refused(with_transfer(), Profile("03"))
        assert {code for code, _ in found} == {"not-permitted"}
        assert {place.rpartition("/")[2] for _, place in found} == {"LEI", "UETR"}

    @pytest.mark.parametrize(
        ("change", "profile", "problem"),
        [
            ({"groups": ()}, Profile(), ("required", "file")),
            ({"groups": (GROUP, GROUP)}, Profile(), ("repeated-field", "PmtInfId")),
            ({"groups": (replace(GROUP, transfers=(TRANSFER, TRANSFER)),)}, Profile(),
             ("repeated-field", "PmtInf[1]/EndToEndId")),
            ({"groups": (replace(GROUP, transfers=()),)}, Profile(), ("required", "PmtInf[1]")),
            ({}, Profile(most_transfers=5), ("not-permitted", "NbOfTxs")),
            ({"created_at": AT.replace(tzinfo=None)}, Profile(), ("wrong-date", "CreDtTm")),
            ({}, Profile("10"), ("unknown-version", "file")),
            ({"message_id": ""}, Profile(), ("required", "MsgId")),
        ],
    )  # fmt: skip
    def test_what_is_no_message(
        self, change: dict, profile: Profile, problem: tuple[str, str]
    ) -> None:
        assert refused(replace(FILE, **change), profile) == [problem]

    def test_a_profile_may_take_any_characters(self) -> None:
        file = with_transfer(text="Счёт № 17 <&>")
        raw = write_pain001(file, Profile(characters=Characters.ANY))
        assert read_pain001(raw) == file


class TestReadPain001:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b"pain.001.001.09", b"pain.001.001.11", "unknown-version"),
            (b"pain.001.001.09", b"camt.053.001.08", "wrong-kind"),
            (b"<CtrlSum>2479.02", b"<CtrlSum>2479.03", "wrong-value"),
            (b"<NbOfTxs>6", b"<NbOfTxs>7", "wrong-value"),
            (b"SHAR", b"SOME", "wrong-code"),
            (b"</Document>", b"", "not-xml"),
            (b"<Dt>2026-11-24", b"<Dt>2026-11-31", "wrong-date"),
        ],
    )
    def test_what_was_changed_on_the_way_is_refused(
        self, old: bytes, new: bytes, code: str
    ) -> None:
        raw = write_pain001(FILE, Profile())
        assert old in raw
        with pytest.raises(Refused) as caught:
            read_pain001(raw.replace(old, new))
        assert caught.value.codes[0] == code

    def test_the_shared_samples_are_read(self, shared_data: Path) -> None:
        path = shared_data / "messages" / "payments" / "International_payment_RUB_naujas_1.xml"
        file = read_pain001(path.read_bytes(), zone=timezone(timedelta(hours=3)))
        # Its moment names no zone: it is the sender's.
        assert file.created_at == datetime(2015, 9, 28, 7, 0, tzinfo=UTC)
        assert (file.message_id, file.control_sum) == ("MSGID0003", Decimal("1000.00"))
        (transfer,) = file.transfers
        assert transfer.creditor_agent.member == "044525593"
