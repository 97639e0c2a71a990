"""Bytes to text: every encoding that bank files come in, and honesty about which was taken."""

from __future__ import annotations

import codecs

import pytest

from backoffice.connectors.formats import decoding
from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.refusing import Refused

RUSSIAN = "Оплата ценных бумаг по договору № 17, без НДС\nПолучатель ООО «Ёлка»"
WESTERN = "Überweisung an Café Zoë\nGebühr für Konto"


class TestDecode:
    @pytest.mark.parametrize("text", [RUSSIAN, WESTERN, "plain\r\nascii"])
    @pytest.mark.parametrize(
        ("bom", "encoding", "told"),
        [
            (b"", "utf-8", "utf-8"),
            (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
            (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        ],
    )
    def test_unicode_says_what_it_is(self, text: str, bom: bytes, encoding: str, told: str) -> None:
        decoded = decode(bom + text.encode(encoding))
        assert (decoded.text, decoded.encoding, decoded.guessed) == (text, told, False)

    @pytest.mark.parametrize(
        ("text", "encoding", "told"),
        [
            (RUSSIAN, "cp1251", "cp1251"),
            (RUSSIAN.upper(), "cp1251", "cp1251"),
            (RUSSIAN.replace("«", '"').replace("»", '"'), "cp866", "cp866"),
            ("ОПЛАТА", "cp866", "cp866"),
            ("оплата по счету", "cp866", "cp866"),
            (WESTERN, "latin-1", "latin-1"),
        ],
    )
    def test_what_declares_nothing_is_guessed_by_its_letters(
        self, text: str, encoding: str, told: str
    ) -> None:
        decoded = decode(text.encode(encoding))
        assert (decoded.text, decoded.encoding, decoded.guessed) == (text, told, True)

    def test_a_declared_encoding_is_taken_where_the_bytes_allow_it(self) -> None:
        decoded = decode("Ж".encode("cp866"), "cp866")
        assert (decoded.text, decoded.guessed) == ("Ж", False)

    def test_what_says_windows_and_is_utf8_is_utf8(self) -> None:
        decoded = decode(RUSSIAN.encode(), "windows-1251")
        assert (decoded.text, decoded.encoding) == (RUSSIAN, "utf-8")

    def test_what_is_no_text_is_refused_with_its_line(self) -> None:
        with pytest.raises(Refused) as refused:
            decode("Строка\nвторая ".encode("cp1251") + b"\x98", "windows-1251")
        (problem,) = refused.value.problems
        assert (problem.code, problem.pointer) == ("undecodable", "line 2")

    @pytest.mark.parametrize("raw", [b"", b" \r\n\t"])
    def test_an_empty_file_is_refused(self, raw: bytes) -> None:
        with pytest.raises(Refused) as refused:
            decode(raw)
        assert refused.value.codes == ["empty-file"]

    def test_a_file_is_refused_one_byte_above_the_limit(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decoding, "MAX_BYTES", 10)
        assert decode(b"0123456789").text == "0123456789"
        with pytest.raises(Refused) as refused:
            decode(b"0123456789a")
        assert refused.value.codes == ["too-large"]
