"""The envelope of MT messages: with headers and without, several in a file, sequences as a tree."""

from __future__ import annotations

import pytest

from backoffice.connectors.formats.mt.blocks import Field, Message, Sequence, messages_in, tree_of
from backoffice.connectors.formats.refusing import Problems

FRAMED = (
    "{1:F01BANKRUMMAXXX0000000000}{2:O9400739261123BANKBEBBAXXX00000000002611230740N}"
    "{3:{108:REF}{121:255ae394-9965-4438-ac86-f406feada396}}{4:\r\n:20:A\r\n:86:one\r\ntwo\r\n-}"
    "{5:{CHK:123456789ABC}}"
)
# rules.md section 3
MT541 = """:16R:GENL
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


def read(text: str, tags: frozenset[str] | None = None) -> tuple[list[Message], list[str]]:
    problems = Problems("MT")
    messages = messages_in(text, problems, tags)
    return messages, [f"{each.code} {each.pointer}" for each in problems.found]


class TestMessagesIn:
    def test_headers_tell_kind_sender_and_receiver(self) -> None:
        (message,), problems = read(FRAMED)
        assert (message.kind, message.sender, message.receiver) == (
            "940", "BANKBEBBXXX", "BANKRUMMXXX",
        )  # fmt: skip
        assert message.fields == (Field("20", "A", 2), Field("86", "one\ntwo", 3))
        assert message.blocks["3"].startswith("{108:REF}")
        assert problems == []

    def test_an_input_message_has_its_sender_in_block_1(self) -> None:
        (message,), _ = read("{1:F01BANKRUMMAXXX0000000000}{2:I541CEDELULLAXXXN}{4:\n:20C::A\n-}")
        assert (message.kind, message.sender, message.receiver) == (
            "541", "BANKRUMMXXX", "CEDELULLXXX",
        )  # fmt: skip

    @pytest.mark.parametrize("between", ["", "\r\n", "$", "\x03\x01"])
    def test_several_messages_with_anything_between_them(self, between: str) -> None:
        messages, problems = read(between.join([FRAMED] * 3))
        assert [message.number for message in messages] == [1, 2, 3]
        assert [message.fields[0].value for message in messages] == ["A"] * 3
        assert problems == []

    @pytest.mark.parametrize(
        ("cut", "missing"), [("-}", "-}"), ("}{2:", "}"), ("}{5:", "-}"), ("}}{4:", "}")]
    )
    def test_a_block_that_does_not_end_was_cut_off(self, cut: str, missing: str) -> None:
        _, problems = read(FRAMED[: FRAMED.index(cut)])
        assert problems[0].startswith("cut-off line ")

    @pytest.mark.parametrize("text", [f":20:B\n:25:1\n{FRAMED}", f"{FRAMED}\n:20:B\n:25:1\n-"])
    def test_fields_outside_of_any_block_are_not_lost_without_a_word(self, text: str) -> None:
        _, problems = read(text)
        assert [each.partition(" ")[0] for each in problems] == ["misplaced"]

    def test_block_4_alone_ends_with_a_dash_or_with_the_next_reference(self) -> None:
        text = ":20:A\n:25:1\n:86:x\n-\n\n:20:B\n:25:1\n:20:C\n:25:1\n-XXX\n"
        messages, problems = read(text, frozenset({"20", "25", "86"}))
        assert [(m.number, m.line, m.fields[0].value) for m in messages] == [
            (1, 1, "A"), (2, 6, "B"), (3, 8, "C"),
        ]  # fmt: skip
        assert problems == []

    def test_a_line_that_begins_with_no_field_of_the_message_is_text(self) -> None:
        text = ":20:A\n:25:1\n:86:2017-01-01T13\n:12:11\n:20:45 later\n:61:x\n"
        (message,), _ = read(text, frozenset({"20", "25", "86", "61"}))
        assert message.fields[2].value == "2017-01-01T13\n:12:11"
        assert [field.tag for field in message.fields] == ["20", "25", "86", "20", "61"]

    @pytest.mark.parametrize("header", ["940 00\n", ":940:\n", "0000 01INGBNL2A\n940 00\n"])
    def test_a_banks_own_lines_before_a_message_may_tell_its_kind(self, header: str) -> None:
        tags = frozenset({"20", "25"})
        messages, _ = read(f"{header}:20:A\n:25:1\n{header}:20:B\n:25:2\n", tags)
        assert messages[0].kind == "940"
        assert messages[-1].fields[0].value == "B"

    def test_control_characters_around_a_message_are_no_part_of_it(self) -> None:
        (message,), _ = read("\x01\n:20:A\n:25:1\n-\x03\n")
        assert message.fields == (Field("20", "A", 2), Field("25", "1", 3))


class TestTreeOf:
    def tree(self, text: str) -> tuple[Sequence, list[str]]:
        problems = Problems("MT")
        (message,) = messages_in(text, problems)
        return tree_of(message, problems), [each.code for each in problems.found]

    def test_the_sample_of_rules_section_3(self) -> None:
        root, problems = self.tree(MT541)
        assert [part.name for part in root.parts if isinstance(part, Sequence)] == [
            "GENL", "TRADDET", "FIAC", "SETDET",
        ]  # fmt: skip
        (details,) = root.sequences("SETDET")
        assert [each.fields[0].value for each in details.sequences("SETPRTY")] == [
            ":DEAG//DEUTDEFFXXX", ":SELL//TESTBIC1XXX", ":PSET//CEDELULLXXX",
        ]  # fmt: skip
        assert [each.fields[0].qualifier for each in details.sequences("AMT")] == ["ACRU", "SETT"]
        assert problems == []

    def test_a_sequence_that_is_not_closed_was_cut_off(self) -> None:
        assert self.tree(":16R:GENL\n:20C::SEME//A\n")[1] == ["cut-off"]

    def test_a_sequence_that_was_not_opened_is_misplaced(self) -> None:
        assert self.tree(":16R:GENL\n:16S:OTHER\n")[1] == ["misplaced"]
        assert self.tree(":20C::SEME//A\n:16S:GENL\n")[1] == ["misplaced"]
