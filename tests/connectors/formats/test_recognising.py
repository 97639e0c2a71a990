"""What a file is: by its content, in any encoding, and honestly where it is nothing that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.connectors.formats.recognising import read_cash, read_securities, recognise
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import VECTOR_MT940, VECTOR_ONE_C

SECURITIES = Path(__file__).parents[2] / "samples" / "securities"


class TestRecognise:
    @pytest.mark.parametrize(
        ("folder", "name"),
        [("bank-statements/mt940", "MT9xx"), ("bank-statements/1c", "1C"),
         ("bank-statements/camt", "camt"), ("messages/fix", "FIX"),
         ("messages/confirmations", "MT3xx"), ("messages/penalties", "MT5xx"),
         ("messages/corporate-actions", "securities")],
    )  # fmt: skip
    def test_the_shared_files(self, folder: str, name: str, shared_data: Path) -> None:
        for path in sorted((shared_data / folder).iterdir()):
            assert recognise(path.read_bytes()).name == name, path

    def test_the_shared_payments(self, shared_data: Path) -> None:
        found = {
            path.name[:8]: recognise(path.read_bytes()).name
            for path in (shared_data / "messages" / "payments").iterdir()
        }
        assert found == {
            "Internat": "pain", "sepa_pay": "pain", "CBPR+ p.": "pacs", "pacs.008": "pacs",
            "pacs.009": "pacs", "mx_sampl": "ISO 20022",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "format"),
        [("mt535.fin", "MT5xx"), ("mt544-547.fin", "MT5xx"), ("mt548.fin", "MT5xx"),
         ("mt578.fin", "MT5xx"), ("sese.xml", "securities")],
    )  # fmt: skip
    def test_messages_about_securities(self, name: str, format: str) -> None:
        raw = (SECURITIES / name).read_bytes()
        assert recognise(raw).name == format
        assert read_securities(raw)
        with pytest.raises(Refused) as refused:
            read_cash(raw)
        assert refused.value.codes == ["wrong-kind"]

    def test_a_statement_is_no_message_about_securities(self) -> None:
        with pytest.raises(Refused) as refused:
            read_securities(VECTOR_MT940.encode())
        assert refused.value.codes == ["wrong-kind"]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "cp866", "utf-16"])
    def test_a_russian_file_in_any_encoding(self, encoding: str) -> None:
        assert recognise(VECTOR_ONE_C.encode(encoding)).name == "1C"

    @pytest.mark.parametrize(
        "before", ["", "\r\n", "\x01\r\n", "{1:F01X}\n", "0000 01INGB\n940 00\n"]
    )
    def test_a_message_after_what_banks_put_before_it(self, before: str) -> None:
        assert recognise(f"{before}{VECTOR_MT940}".encode()).name == "MT9xx"

    @pytest.mark.parametrize("raw", [b"", b"%PDF-1.7", b"PK\x03\x04", b"a;b;c\n1;2;3", b"<html/>"])
    def test_what_is_nothing_that_is_known(self, raw: bytes) -> None:
        with pytest.raises(Refused) as refused:
            recognise(raw)
        assert refused.value.codes == ["unknown-format"]

    def test_what_is_known_and_is_no_cash_is_refused_by_its_name(self) -> None:
        with pytest.raises(Refused) as refused:
            read_cash(b"8=FIX.4.2\x019=0\x0135=8\x01")
        assert refused.value.codes == ["wrong-kind"]
