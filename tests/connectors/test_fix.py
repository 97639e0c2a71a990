"""The FIX parser: what a dump holds, and which message is wrong in which tag."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.connectors.formats.fix import conflicting, read_dump

FILL = (
    ("8", "FIX.4.2"), ("9", "0"), ("35", "8"), ("49", "BROKER"), ("56", "US"), ("34", "3"),
    ("52", "20261123-07:15:00"), ("37", "O-1"), ("17", "E-1"), ("20", "0"), ("39", "2"),
    ("55", "SBER"), ("48", "RU0009029540"), ("22", "4"), ("54", "1"), ("38", "1000"),
    ("32", "1000"), ("31", "312.45"), ("15", "RUB"), ("60", "20261123-07:15:00.250"),
    ("150", "2"), ("10", "000"),
)  # fmt: skip


def message(separator: str = "\x01", /, without: str = "", **changes: str) -> bytes:
    """A fill with some tags changed (`t31="1"`), one left out, in the right frame if asked."""
    tags = [(tag, changes.get(f"t{tag}", value)) for tag, value in FILL if tag != without]
    return "".join(f"{tag}={value}{separator}" for tag, value in tags).encode()


def framed(raw: bytes) -> bytes:
    """The message with the BodyLength and the CheckSum that it must have."""
    body = raw.partition(b"\x019=0\x01")[2].rpartition(b"10=")[0]
    head = b"8=FIX.4.2\x019=%d\x01" % len(body) + body
    return head + b"10=%03d\x01" % (sum(head) % 256)


class TestReadDump:
    def test_a_fill_is_read_to_its_last_member(self) -> None:
        dump = read_dump(message())
        (fill,) = dump.fills
        assert (fill.sender, fill.target, fill.exec_id, fill.side) == ("BROKER", "US", "E-1", "buy")
        assert (fill.symbol, fill.security_id, fill.currency) == ("SBER", "RU0009029540", "RUB")
        assert (fill.quantity, fill.price, fill.worth) == ("1000", "312.45", Decimal("312450"))
        assert fill.executed_at.isoformat() == "2026-11-23T07:15:00.250000+00:00"
        assert dump.problems == []

    @pytest.mark.parametrize("separator", ["\x01", "|"])
    @pytest.mark.parametrize("between", ["", "\n", "\r\n", "\n\n"])
    def test_messages_with_or_without_lines(self, separator: str, between: str) -> None:
        raw = between.join(message(separator, t17=f"E-{n}").decode() for n in range(3)).encode()
        dump = read_dump(raw)
        assert ([fill.exec_id for fill in dump.fills], dump.problems) == (["E-0", "E-1", "E-2"], [])

    def test_a_tag_a_line(self) -> None:
        dump = read_dump(message("\n"))
        assert (len(dump.fills), dump.problems) == (1, [])

    def test_a_right_frame_is_said_to_be_right_and_a_zeroed_one_is_tolerated(self) -> None:
        good = read_dump(framed(message()))
        assert (len(good.fills), good.notes, good.problems) == (1, [], [])
        off = framed(message()).replace(b"31=312.45", b"31=312.46")
        assert [note.code for note in read_dump(off).notes] == ["checksum"]
        zeroed = read_dump(message())
        assert [note.code for note in zeroed.notes] == ["body-length", "checksum"]
        assert len(zeroed.fills) == 1

    @pytest.mark.parametrize("kind", ["D", "s", "G", "F"])
    def test_orders_are_no_deals(self, kind: str) -> None:
        dump = read_dump(message(t35=kind))
        assert (dump.orders, dump.fills, dump.problems) == (1, [], [])

    @pytest.mark.parametrize("state", ["0", "4", "8", "C"])
    def test_reports_without_an_execution_are_no_fills(self, state: str) -> None:
        dump = read_dump(message(t150=state, t39=state))
        assert (dump.others, dump.fills, dump.problems) == (1, [], [])

    @pytest.mark.parametrize("tag", ["17", "54", "55", "32", "31", "35", "49", "56"])
    def test_a_missing_tag_is_named(self, tag: str) -> None:
        dump = read_dump(message(t17="E-0") + message(without=tag))
        assert (2, tag, "missing-tag") in [(p.message, p.tag, p.code) for p in dump.problems]
        assert [fill.exec_id for fill in dump.fills] == ["E-0"]

    @pytest.mark.parametrize(
        ("tag", "value", "code"),
        [
            ("31", "NaN", "not-a-number"), ("31", "Infinity", "not-a-number"),
            ("31", "1e400", "not-a-number"), ("31", "-1", "not-a-number"),
            ("31", "1_0", "not-a-number"), ("32", "١٢", "not-a-number"),
            ("32", "9" * 16, "not-a-number"), ("32", "0.000000001", "not-a-number"),
            ("32", "1,000", "not-a-number"), ("54", "7", "unknown-side"),
            ("60", "yesterday", "not-an-instant"), ("60", "20261323-07:15:00", "not-an-instant"),
            ("17", "x" * 65, "bad-text"), ("55", "A\x00B", "bad-text"), ("17", "a\tb", "bad-text"),
        ],
    )  # fmt: skip
    def test_nonsense_is_named_with_its_message_and_tag(
        self, tag: str, value: str, code: str
    ) -> None:
        dump = read_dump(message() + message(**{f"t{tag}": value}))
        assert [(p.message, p.tag, p.code) for p in dump.problems] == [(2, tag, code)]
        assert len(dump.fills) == 1

    def test_a_fill_of_nothing_is_a_fill(self) -> None:
        (fill,) = read_dump(message(t32="0")).fills
        assert fill.quantity == "0"

    def test_a_tag_twice_is_refused(self) -> None:
        dump = read_dump(message().replace(b"31=312.45", b"31=312.45\x0131=1"))
        assert [(p.tag, p.code) for p in dump.problems] == [("31", "duplicate-tag")]
        assert dump.fills == []

    def test_what_is_cut_off_is_named_and_loses_nothing_else(self) -> None:
        whole = message(t17="E-1")
        for cut in range(12, len(whole) - 8):
            dump = read_dump(whole[:cut] + b"\n" + message(t17="E-2"))
            assert [fill.exec_id for fill in dump.fills] == ["E-2"], cut
            assert {p.message for p in dump.problems} == {1}, cut

    @pytest.mark.parametrize(
        "raw", [b"", b"\x00\xff\xfe", b"hello", b"8=", b"8=FIX.4.2", b"\x01\x01\x01", b"=" * 5_000]
    )
    def test_what_is_no_log_raises_nothing(self, raw: bytes) -> None:
        dump = read_dump(raw)
        assert dump.fills == []
        assert dump.problems

    def test_a_cancel_or_correction_is_marked(self) -> None:
        assert [f.corrects for f in read_dump(message() + message(t20="1", t17="E-2")).fills] == [
            False, True,
        ]  # fmt: skip

    def test_one_identifier_under_two_symbols_conflicts(self) -> None:
        same = read_dump(message(t17="1") + message(t17="2"))
        assert conflicting(same.fills) == set()
        other = read_dump(message(t17="1") + message(t17="2", t55="GAZP"))
        assert conflicting(other.fills) == {"RU0009029540"}
