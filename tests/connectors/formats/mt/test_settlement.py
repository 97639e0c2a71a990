"""MT540 to 543 and MT530 as we write them: the sample of rules.md section 3, its rules, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from backoffice.connectors.formats.mt.commanding import write_mt_command
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import (
    Direction,
    Function,
    Link,
    LinkKind,
    Partial,
    Party,
    Quantity,
    QuantityKind,
)
from backoffice.kernel.money import Money
from tests.connectors.formats.instructions import BOND_BOUGHT, commands, instructions
from tests.connectors.formats.mt_rules import wrong_in
from tests.sizes import SOAK

RULES_3 = """\
:16R:GENL
:20C::SEME//D20261123000017
:23G:NEWM
:98A::PREP//20261123
:16S:GENL
:16R:TRADDET
:98A::SETT//20261124
:98A::TRAD//20261123
:90A::DEAL//PRCT/101,25
:35B:ISIN XS2320031383
:16S:TRADDET
:16R:FIAC
:36B::SETT//FAMT/2000000,
:97A::SAFE//12345
:16S:FIAC
:16R:SETDET
:22F::SETR//TRAD
:16R:SETPRTY
:95P::DEAG//DEUTDEFFXXX
:16S:SETPRTY
:16R:SETPRTY
:95P::SELL//TESTBIC1XXX
:16S:SETPRTY
:16R:SETPRTY
:95P::PSET//CEDELULLXXX
:16S:SETPRTY
:16R:AMT
:19A::ACRU//EUR17500,
:16S:AMT
:16R:AMT
:19A::SETT//EUR2042500,
:16S:AMT
:16S:SETDET
"""
ADDRESSES = Addresses("SABRRUMMXXX", "CEDELULLXXX")
EXAMPLES = 500 if SOAK else 40


def lines_of(message: bytes) -> list[str]:
    return message.decode().split("\r\n")


def refused(instruction: Instruction) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        write_mt_instruction(instruction)
    found = caught.value.problems
    assert all(problem.detail % problem.facts for problem in found)
    return [(problem.code, problem.pointer) for problem in found]


def with_terms(**changed: Any) -> Instruction:
    return replace(BOND_BOUGHT, terms=replace(BOND_BOUGHT.terms, **changed))


class TestRulesSection3:
    def test_the_sample_comes_out_byte_for_byte(self) -> None:
        assert (
            write_mt_instruction(BOND_BOUGHT) == RULES_3.replace("\n", "\r\n").encode() + b"-\r\n"
        )

    def test_and_is_read_as_what_it_was_written_from(self) -> None:
        assert read_mt_securities(RULES_3.encode(), kind="541") == [BOND_BOUGHT]

    def test_the_money_is_what_the_price_and_the_interest_make(self) -> None:
        """2,000,000 x 101.25 % = 2,025,000, and 17,500 accrued, make 2,042,500: as they stand in the message."""
        (found,) = read_mt_securities(RULES_3.encode(), kind="541")
        assert isinstance(found, Instruction)
        terms = found.terms
        assert terms.price is not None
        assert terms.accrued is not None
        assert terms.money is not None
        assert terms.quantity.amount == 2_000_000
        assert terms.price.amount == Decimal("101.25")
        assert terms.quantity.amount * terms.price.amount / 100 == 2_025_000
        assert 2_025_000 + terms.accrued.amount == terms.money.amount == 2_042_500
        assert terms.accrued.amount == 17_500

    def test_whole_it_says_from_whom_and_which_message_it_is(self) -> None:
        message = write_mt_instruction(BOND_BOUGHT, ADDRESSES)
        assert message.startswith(
            b"{1:F01SABRRUMMAXXX0000000000}{2:I541CEDELULLXXXXN}{4:\r\n:16R:GENL\r\n"
        )
        assert wrong_in(message) == []
        assert read_mt_securities(message) == [BOND_BOUGHT]

    @pytest.mark.parametrize(
        ("direction", "against_payment", "kind", "roles"),
        [
            (Direction.RECEIVE, False, "540", ("DEAG", "SELL")),
            (Direction.RECEIVE, True, "541", ("DEAG", "SELL")),
            (Direction.DELIVER, False, "542", ("REAG", "BUYR")),
            (Direction.DELIVER, True, "543", ("REAG", "BUYR")),
        ],
    )
    def test_the_four_messages(
        self, direction: Direction, against_payment: bool, kind: str, roles: tuple[str, str]
    ) -> None:
        money = BOND_BOUGHT.terms.money if against_payment else None
        message = write_mt_instruction(
            with_terms(direction=direction, against_payment=against_payment, money=money), ADDRESSES
        )
        assert f"{{2:I{kind}".encode() in message
        agent, behind = roles
        assert f":95P::{agent}//DEUTDEFFXXX" in lines_of(message)
        assert f":95P::{behind}//TESTBIC1XXX" in lines_of(message)

    @pytest.mark.parametrize(
        ("amount", "written"),
        [("0.5", "0,5"), ("2042500.00", "2042500,"), ("1E+3", "1000,"), ("0.0000001", "0,0000001")],
    )
    def test_the_comma_is_always_there_and_no_zero_that_says_nothing(
        self, amount: str, written: str
    ) -> None:
        quantity = Quantity(QuantityKind.UNIT, Decimal(amount))
        assert f":36B::SETT//UNIT/{written}" in lines_of(
            write_mt_instruction(with_terms(quantity=quantity))
        )

    @pytest.mark.parametrize(
        "reference", ["12345678901234567", "A//B", "/A", "A/", "", "ДС-1", "A_B", "A\nB"]
    )
    def test_a_reference_that_swift_does_not_carry_is_refused(self, reference: str) -> None:
        found = refused(replace(BOND_BOUGHT, reference=reference))
        assert {where for _, where in found} == {"reference"}

    def test_a_reference_may_have_sixteen_characters_and_a_slash_inside(self) -> None:
        message = write_mt_instruction(replace(BOND_BOUGHT, reference="D20261123/000017"))
        assert wrong_in(message) == []


class TestInstruction:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=not SOAK)
    @given(instructions())
    def test_any_is_right_by_the_rules_and_read_back_the_same(
        self, instruction: Instruction
    ) -> None:
        message = write_mt_instruction(instruction, ADDRESSES)
        assert wrong_in(message) == []
        assert read_mt_securities(message) == [instruction]

    def test_what_is_optional_stands_where_the_standard_has_it(self) -> None:
        instruction = replace(
            BOND_BOUGHT, partial=Partial.FROM_QUANTITY, minimum=Decimal(500_000), priority=3, on_hold=True,
            links=(Link(LinkKind.WITH, "S-18"), Link(LinkKind.BEFORE, "S-19")),
        )  # fmt: skip
        lines = lines_of(write_mt_instruction(instruction))
        assert lines[2] == ":23G:PREA"
        assert lines[4:8] == [":16R:LINK", ":22F::LINK//WITH", ":20C::RELA//S-18", ":16S:LINK"]
        at = lines.index(":16R:FIA")
        assert lines[at : at + 4] == [
            ":16R:FIA", ":36B::MINO//FAMT/500000,", ":16S:FIA", ":22F::PRIR//0003",
        ]  # fmt: skip
        at = lines.index(":16R:SETDET")
        assert lines[at : at + 3] == [":16R:SETDET", ":22F::STCO//PARQ", ":22F::SETR//TRAD"]

    def test_a_request_to_cancel_names_what_it_cancels(self) -> None:
        cancel = BOND_BOUGHT.cancelling("C20261124000001", prepared_on=date(2026, 11, 24))
        message = write_mt_instruction(cancel)
        assert lines_of(message)[1:7] == [
            ":20C::SEME//C20261124000001", ":23G:CANC", ":98A::PREP//20261124", ":16R:LINK",
            ":20C::PREV//D20261123000017", ":16S:LINK",
        ]  # fmt: skip
        assert wrong_in(message) == []
        assert read_mt_securities(message, kind="541") == [cancel]

    def test_a_cyrillic_name_is_transliterated(self) -> None:
        message = write_mt_instruction(with_terms(counterparty=Party(name="ООО Ромашка, Щёлково")))
        assert wrong_in(message) == []
        assert any(line.startswith(":95Q::SELL//OOO ROMA") for line in lines_of(message))

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"place": None}, ("required", "place")),
            ({"agent": None}, ("required", "agent")),
            ({"money": None}, ("required", "money")),
            ({"settlement_date": None}, ("required", "settlement_date")),
            ({"account": ""}, ("required", "account")),
            ({"account": "1" * 36}, ("too-long", "account")),
            ({"account": "СЧЁТ"}, ("wrong-characters", "account")),
            ({"isin": "XS2320031384"}, ("wrong-value", "isin")),
            ({"agent": Party(bic="DEUTDEFF1")}, ("wrong-value", "agent")),
            ({"agent": Party(code="1", scheme="TOO-LONG-1")}, ("too-long", "agent")),
            ({"agent": Party(code="1")}, ("required", "agent")),
            ({"agent": Party()}, ("required", "agent")),
            ({"money": Money(Decimal(-1), "EUR")}, ("wrong-amount", "money")),
            ({"money": Money(Decimal("NaN"), "EUR")}, ("wrong-amount", "money")),
            ({"money": Money(Decimal("1234567890123.45"), "EUR")}, ("wrong-amount", "money")),
            ({"money": Money(Decimal(1), "eur")}, ("wrong-currency", "money")),
            ({"quantity": Quantity(QuantityKind.UNIT, Decimal(0))}, ("wrong-amount", "quantity")),
            ({"quantity": Quantity(QuantityKind.AMORTISED, Decimal(1))}, ("wrong-code", "quantity")),
        ],
    )  # fmt: skip
    def test_terms_that_no_place_could_take_are_refused(
        self, changed: dict[str, Any], problem: tuple[str, str]
    ) -> None:
        assert refused(with_terms(**changed)) == [problem]

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"function": Function.CANCEL}, ("required", "previous")),
            ({"function": Function.REVERSE}, ("wrong-code", "function")),
            ({"previous": "A"}, ("not-permitted", "previous")),
            ({"priority": 0}, ("wrong-value", "priority")),
            ({"priority": 10_000}, ("wrong-value", "priority")),
            ({"minimum": Decimal(1)}, ("not-permitted", "minimum")),
            ({"minimum": Decimal(0), "partial": Partial.FROM_QUANTITY}, ("wrong-amount", "minimum")),
            ({"type": "trade"}, ("wrong-value", "type")),
            ({"links": (Link(LinkKind.WITH, ""),)}, ("wrong-value", "links")),
        ],
    )  # fmt: skip
    def test_what_excludes_each_other_is_refused(
        self, changed: dict[str, Any], problem: tuple[str, str]
    ) -> None:
        assert refused(replace(BOND_BOUGHT, **changed)) == [problem]

    def test_everything_that_is_wrong_is_told_at_once(self) -> None:
        instruction = replace(with_terms(place=None, isin="X"), reference="A//B", priority=0)
        assert [where for _, where in refused(instruction)] == [
            "place", "priority", "reference", "isin",
        ]  # fmt: skip

    def test_money_without_payment_is_refused(self) -> None:
        assert refused(with_terms(against_payment=False)) == [("not-permitted", "money")]


class TestCommand:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=not SOAK)
    @given(commands())
    def test_any_is_right_by_the_rules_and_read_back_the_same(self, command: Command) -> None:
        message = write_mt_command(command, ADDRESSES)
        assert wrong_in(message) == []
        assert read_mt_securities(message) == [command]

    def test_a_release_with_another_priority(self) -> None:
        command = Command("P1", "12345", "D20261123000017", hold=False, priority=1)
        assert lines_of(write_mt_command(command)) == [
            ":16R:GENL", ":20C::SEME//P1", ":23G:NEWM", ":97A::SAFE//12345", ":16S:GENL",
            ":16R:REQD", ":20C::PREV//D20261123000017", ":22F::PRIR//0001", ":22F::SETT//YSET",
            ":16S:REQD", "-", "",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"hold": None}, ("required", "command")),
            ({"priority": 10_000}, ("wrong-value", "priority")),
            ({"linked": True}, ("required", "links")),
            ({"links": (Link(LinkKind.WITH, "A"),)}, ("required", "links")),
            ({"instruction": ""}, ("wrong-value", "instruction")),
        ],
    )  # fmt: skip
    def test_what_asks_for_nothing_or_half_is_refused(
        self, changed: dict[str, Any], problem: tuple[str, str]
    ) -> None:
        command = replace(Command("P1", "12345", "D1", hold=True), **changed)
        with pytest.raises(Refused) as caught:
            write_mt_command(command)
        assert [(each.code, each.pointer) for each in caught.value.problems] == [problem]


class TestRulesOfFields:
    """The rules that the messages above are held against notice what is wrong."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("FAMT/2000000,", "FAMT/2000000"),
            ("FAMT/2000000,", "FAMT/2.000.000,"),
            ("EUR2042500,", "EUR1234567890123,45"),
            ("SEME//D20261123000017", "SEME//D//2"),
            ("SEME//D20261123000017", "SEME//D2/"),
            ("SEME//D20261123000017", "SEME//D2026112300001711"),
            ("SEME//D20261123000017", "SEME//D_1"),
            ("98A::SETT//20261124", "98A::SETT//20261324"),
            (":98A::SETT//20261124\n", ""),
            (":16R:FIAC\n", ""),
            (":22F::SETR//TRAD\n", ":22F::SETR//TRAD\n" * 2),
            ("DEUTDEFFXXX", "DEUTDEFFX"),
            (":23G:NEWM\n", ""),
            (
                ":98A::TRAD//20261123\n:90A::DEAL//PRCT/101,25",
                ":90A::DEAL//PRCT/101,25\n:98A::TRAD//20261123",
            ),
            (":36B::", "-36B::"),
        ],
    )
    def test_a_message_that_breaks_one_is_found(self, old: str, new: str) -> None:
        assert old in RULES_3
        assert wrong_in(f"{RULES_3.replace(old, new, 1)}-\n".replace("\n", "\r\n").encode())
