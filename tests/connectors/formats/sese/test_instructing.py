"""sese.023, 020 and 030 as we write them: against their schemas, read back, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from backoffice.connectors.formats.documents import read_documents
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.sese.commanding import write_sese_command
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from backoffice.connectors.formats.sese.versions import HEADERS
from backoffice.connectors.formats.sese.writing import Header
from backoffice.connectors.formats.terms import (
    Link,
    LinkKind,
    Partial,
    Party,
    Price,
    Quantity,
    QuantityKind,
)
from backoffice.kernel.money import Money
from tests.connectors.formats.instructions import BOND_BOUGHT, commands, instructions
from tests.connectors.formats.schemas import against_schemas
from tests.sizes import SOAK

EXAMPLES = 300 if SOAK else 30
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def header(reference: str, version: str = "02") -> Header:
    return Header("SABRRUMMXXX", "CEDELULLXXX", reference, AT, version)


def refused(instruction: Instruction, **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        write_sese_instruction(instruction, **given)
    found = caught.value.problems
    assert all(problem.detail % problem.facts for problem in found)
    return [(problem.code, problem.pointer) for problem in found]


class TestInstruction:
    def test_the_instruction_of_rules_section_3(self) -> None:
        written = write_sese_instruction(BOND_BOUGHT)
        assert against_schemas(written) == ["sese.023.001.11"]
        root = etree.fromstring(written)
        inside = {
            name: root.findtext(f".//{{*}}{name}") for name in ("TxId", "Pmt", "ISIN", "Rate")
        }
        assert inside == {
            "TxId": "D20261123000017", "Pmt": "APMT", "ISIN": "XS2320031383", "Rate": "101.25",
        }  # fmt: skip
        assert read_documents(written) == [replace(BOND_BOUGHT, prepared_on=None)]

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=not SOAK)
    @given(instructions())
    def test_any_is_valid_and_read_back_the_same(self, instruction: Instruction) -> None:
        written = write_sese_instruction(instruction)
        assert against_schemas(written) == ["sese.023.001.11"]
        assert read_documents(written) == [instruction]

    @pytest.mark.parametrize("version", HEADERS)
    def test_with_a_header_of_any_version(self, version: str) -> None:
        written = write_sese_instruction(
            BOND_BOUGHT, header("D20261123000017", version), wrapper="RequestPayload"
        )
        assert against_schemas(written) == [f"head.001.001.{version}", "sese.023.001.11"]
        assert read_documents(written) == [BOND_BOUGHT]  # prepared on the day of its header

    def test_what_is_optional(self) -> None:
        instruction = replace(
            BOND_BOUGHT, partial=Partial.FROM_QUANTITY, minimum=Decimal(500_000), priority=3,
            on_hold=True, links=(Link(LinkKind.WITH, "S-18"), Link(LinkKind.AFTER, "S-19")),
        )  # fmt: skip
        written = write_sese_instruction(instruction)
        assert against_schemas(written) == ["sese.023.001.11"]
        assert read_documents(written) == [replace(instruction, prepared_on=None)]

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"place": None}, ("required", "place")),
            ({"place": Party(code="1", scheme="NSDR")}, ("required", "place")),
            ({"isin": "XS2320031384"}, ("wrong-value", "isin")),
            ({"account": "1" * 36}, ("too-long", "account")),
            ({"account": "1\x00"}, ("wrong-characters", "account")),
            ({"money": Money(Decimal("0.000001"), "EUR")}, ("wrong-amount", "money")),
            ({"money": Money(Decimal(1), "EU")}, ("wrong-currency", "money")),
            ({"price": Price(Decimal("123456789012"))}, ("wrong-amount", "price")),
            ({"quantity": Quantity(QuantityKind.FACE, Decimal("0.000001"))}, ("wrong-amount", "quantity")),
            ({"agent": Party(name="x" * 141)}, ("too-long", "agent")),
        ],
    )  # fmt: skip
    def test_what_its_schema_does_not_admit_is_refused(
        self, changed: dict[str, Any], problem: tuple[str, str]
    ) -> None:
        assert refused(replace(BOND_BOUGHT, terms=replace(BOND_BOUGHT.terms, **changed))) == [
            problem
        ]

    def test_a_type_and_a_reference_that_are_none(self) -> None:
        assert refused(replace(BOND_BOUGHT, type="WHAT", reference="A//B")) == [
            ("wrong-value", "reference"), ("wrong-code", "type"),
        ]  # fmt: skip


class TestCancellation:
    cancel = BOND_BOUGHT.cancelling("C20261124000001")

    def test_it_names_what_it_cancels_and_has_its_own_number_in_the_header(self) -> None:
        written = write_sese_instruction(self.cancel, header("C20261124000001"))
        assert against_schemas(written) == ["head.001.001.02", "sese.020.001.07"]
        terms = replace(
            self.cancel.terms, price=None, accrued=None
        )  # it repeats no more than it must
        assert read_documents(written) == [
            replace(self.cancel, terms=terms, prepared_on=date(2026, 11, 23))
        ]

    def test_without_its_header_nobody_could_answer_it(self) -> None:
        assert refused(self.cancel) == [("required", "header")]
        assert refused(self.cancel, header=header("ANOTHER")) == [("wrong-value", "header")]


class TestCommand:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=not SOAK)
    @given(commands())
    def test_any_is_valid_and_read_back_the_same(self, command: Command) -> None:
        written = write_sese_command(command, header(command.reference))
        assert against_schemas(written) == ["head.001.001.02", "sese.030.001.09"]
        assert read_documents(written) == [replace(command, prepared_on=date(2026, 11, 23))]

    def test_a_link_for_information_is_no_command(self) -> None:
        command = Command("P1", "1", "D1", linked=True, links=(Link(LinkKind.INFORMATION, "D2"),))
        with pytest.raises(Refused) as caught:
            write_sese_command(command, header("P1"))
        assert caught.value.codes == ["wrong-code"]
