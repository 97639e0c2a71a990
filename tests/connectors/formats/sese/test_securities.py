"""What places say of securities in ISO 20022: sese.024, 025, 027, 028 and 031."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from backoffice.connectors.formats.documents import read_documents
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Allegement, Confirmation, Securities
from backoffice.connectors.formats.statuses import Axis, Reason, StatusAdvice
from backoffice.connectors.formats.terms import Direction, Function, Party, Price
from backoffice.kernel.money import Money
from tests.connectors.formats.schemas import FOLDER, schema

SAMPLES = Path(__file__).parents[3] / "samples" / "securities"
SAMPLE = (SAMPLES / "sese.xml").read_bytes()


def changed(old: str, new: str) -> bytes:
    assert old.encode() in SAMPLE
    return SAMPLE.replace(old.encode(), new.encode(), 1)


def found(kind: str, raw: bytes = SAMPLE) -> Securities:
    return next(each for each in read_documents(raw) if each.format.startswith(kind))


def refused(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read_documents(raw)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


@pytest.mark.skipif(not FOLDER.exists(), reason=f"the schemas are not there: {FOLDER}")
def test_the_sample_is_valid_but_for_the_message_whose_schema_is_not_there() -> None:
    namespaces = []
    for each in etree.fromstring(SAMPLE).iter("{*}AppHdr", "{*}Document"):
        name = str(etree.QName(each).namespace).rpartition(":")[2]
        if not name.startswith("sese.028"):
            schema(name).assertValid(etree.fromstring(etree.tostring(each)))
            namespaces.append(name)
    assert len(namespaces) == 9


class TestStatusAdvice:
    def test_all_axes_with_all_reasons(self) -> None:
        advice = found("sese.024")
        assert isinstance(advice, StatusAdvice)
        assert (advice.reference, advice.about) == ("PL26112400001", "D20261123000018")
        assert [(each.axis, each.code) for each in advice.statuses] == [
            (Axis.PROCESSING, "PACK"), (Axis.MATCHING, "MACH"), (Axis.SETTLEMENT, "PEND"),
        ]  # fmt: skip
        assert (advice.reasons, advice.text) == (("LACK", "MINO"), "100 are missing")
        settling = advice.status(Axis.SETTLEMENT)
        assert settling is not None
        assert settling.reasons[2] == Reason("7A01", scheme="CEDE")
        assert advice.told_at == datetime(2026, 11, 24, 17, 4, tzinfo=UTC)
        assert advice.references.infrastructure == "MI00000000000018"

    @pytest.mark.parametrize(
        ("told", "axis", "code"),
        [
            ("<PrcgSts><PdgPrcg><NoSpcfdRsn>NORE</NoSpcfdRsn></PdgPrcg></PrcgSts>", Axis.PROCESSING, "PPRC"),
            ("<PrcgSts><Rjctd><NoSpcfdRsn>NORE</NoSpcfdRsn></Rjctd></PrcgSts>", Axis.PROCESSING, "REJT"),
            ("<PrcgSts><Canc><NoSpcfdRsn>NORE</NoSpcfdRsn></Canc></PrcgSts>", Axis.PROCESSING, "CAND"),
            ("<PrcgSts><CxlReqd/></PrcgSts>", Axis.PROCESSING, "CPRC"),
            ("<IfrrdMtchgSts><Mtchd/></IfrrdMtchgSts>", Axis.INFERRED, "MACH"),
        ],
    )  # fmt: skip
    def test_is_told_in_the_codes_of_mt548(self, told: str, axis: Axis, code: str) -> None:
        raw = changed(
            "<PrcgSts><AckdAccptd><NoSpcfdRsn>NORE</NoSpcfdRsn></AckdAccptd></PrcgSts>", told
        )
        advice = found("sese.024", raw)
        assert isinstance(advice, StatusAdvice)
        assert advice.code(axis) == code

    def test_a_request_to_cancel_is_denied(self) -> None:
        advice = found("sese.027")
        assert isinstance(advice, StatusAdvice)
        assert (advice.about, advice.instruction) == ("C20261124000001", "D20261123000022")
        assert (advice.code(Axis.CANCELLATION), advice.reasons) == ("DEND", ("DCAN",))

    def test_a_command_is_rejected(self) -> None:
        advice = found("sese.031")
        assert isinstance(advice, StatusAdvice)
        assert (advice.about, advice.instruction) == ("P20261124000001", "D20261123000018")
        assert (advice.code(Axis.COMMAND), advice.text) == ("REJT", "after the cut-off")


class TestConfirmation:
    def test_a_part(self) -> None:
        part = found("sese.025")
        assert isinstance(part, Confirmation)
        assert (part.instruction, part.in_parts, part.left) == (
            "D20261123000018", "PAIN", Decimal(100),
        )  # fmt: skip
        assert part.settled_at == datetime(
            2026, 11, 24, 16, 5, 0, 250_000, timezone(timedelta(hours=3))
        )
        terms = part.terms
        assert (terms.direction, terms.quantity.amount) == (Direction.DELIVER, Decimal(900))
        assert (terms.money, part.money_left) == (
            Money(Decimal(270_000), "RUB"), Money(Decimal(30_000), "RUB"),
        )  # fmt: skip
        assert terms.agent == Party(code="MC0012300000", scheme="NSDR", account="ML0000000099")
        assert (terms.place, terms.counterparty) == (
            Party(bic="MICURUMMXXX"), Party(name="OOO Romashka"),
        )  # fmt: skip

    def test_a_moment_without_an_offset_is_of_the_senders_zone(self) -> None:
        raw = changed("2026-11-24T16:05:00.250+03:00", "2026-11-24T16:05:00")
        zone = timezone(timedelta(hours=1))
        part = next(e for e in read_documents(raw, zone=zone) if isinstance(e, Confirmation))
        assert part.settled_at == datetime(2026, 11, 24, 16, 5, tzinfo=zone)

    def test_a_day_alone(self) -> None:
        raw = changed(
            "<Dt><DtTm>2026-11-24T16:05:00.250+03:00</DtTm></Dt>", "<Dt><Dt>2026-11-24</Dt></Dt>"
        )
        part = found("sese.025", raw)
        assert isinstance(part, Confirmation)
        assert (part.settled_on, part.settled_at) == (date(2026, 11, 24), None)


class TestAllegement:
    def test_is_seen_from_our_side(self) -> None:
        alleged = found("sese.028")
        assert isinstance(alleged, Allegement)
        terms = alleged.terms
        assert (alleged.reference, terms.direction) == ("AL26112400001", Direction.RECEIVE)
        assert (terms.quantity.amount, terms.money) == (Decimal(400), Money(Decimal(75_000), "USD"))
        assert terms.price == Price(Decimal("187.5"), "USD")
        assert terms.agent == Party(bic="IRVTUS3NXXX", account="901234")


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "code", "path"),
        [
            ("<AcctOwnrTxId>D20261123000018</AcctOwnrTxId>", "", "missing-element", "TxId/AcctOwnrTxId"),
            ("<MtchgSts><Mtchd/></MtchgSts>", "<MtchgSts/>", "missing-element", "MtchgSts"),
            ("<Mtchd/>", "<Mtchd/><Umtchd/>", "unknown-element", "MtchgSts/Umtchd"),
            ("<Mtchd/>", "<Matched/>", "unknown-element", "MtchgSts/Matched"),
            ("<Unit>900</Unit>", "<Unit>9e2</Unit>", "wrong-amount", "SttldQty/Qty/Unit"),
            ("<Unit>900</Unit>", "<Unit>-900</Unit>", "wrong-amount", "SttldQty/Qty/Unit"),
            ("<Unit>900</Unit>", "", "missing-element", "QtyAndAcctDtls/SttldQty"),
            ('<Amt Ccy="RUB">270000.00</Amt>', "<Amt>1</Amt>", "wrong-currency", "SttldAmt/Amt"),
            ("2026-11-24T16:05:00.250+03:00", "2026-11-24T25:05:00", "wrong-date", "Dt/DtTm"),
            ("2026-11-24T16:05:00.250+03:00", "yesterday", "wrong-date", "Dt/DtTm"),
            ("<PrtlSttlm>PAIN</PrtlSttlm>", "<PrtlSttlm>WHAT</PrtlSttlm>", "wrong-code", "PrtlSttlm"),
            ("<SctiesMvmntTp>RECE</SctiesMvmntTp>", "", "missing-element", "SctiesMvmntTp"),
            ("sese.024.001.12", "sese.024.001.13", "unknown-version", "Document"),
            ("sese.024.001.12", "camt.053.001.08", "wrong-code", "Document"),
        ],
    )  # fmt: skip
    def test_what_is_structurally_wrong_is_told_with_its_path(
        self, old: str, new: str, code: str, path: str
    ) -> None:
        text = SAMPLE.decode()
        # In the namespace of the document, which is named after the header's definition.
        raw = (
            text.replace(f"xsd:{old}", f"xsd:{new}")
            if "." in new[:5]
            else text.replace(old, new, 1)
        )
        assert raw != text
        problems = refused(raw.encode())
        assert (code, True) in [(each, where.endswith(path)) for each, where in problems]

    def test_money_that_goes_the_same_way_as_securities_is_refused(self) -> None:
        raw = changed("270000.00</Amt><CdtDbtInd>CRDT", "270000.00</Amt><CdtDbtInd>DBIT")
        assert [code for code, _ in refused(raw)] == ["wrong-code"]

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b"", "empty-file"),
            (b"<Document", "not-xml"),
            (b"<Other/>", "no-message"),
            (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "forbidden-xml"),
            (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "forbidden-xml"),
            (b"<a>" * 1_000 + b"</a>" * 1_000, "not-xml"),
        ],
        ids=["empty", "cut", "another", "entity", "document type", "deep"],
    )
    def test_what_is_no_document_is_refused(self, raw: bytes, code: str) -> None:
        assert [code for code, _ in refused(raw)] == [code]


TAKEN_BACK = (SAMPLES / "sese-taken-back.xml").read_bytes()


class TestTakenBack:
    def test_a_reversal_names_the_confirmation_that_it_takes_back(self) -> None:
        reversal = found("sese.026", TAKEN_BACK)
        assert isinstance(reversal, Confirmation)
        assert (reversal.function, reversal.previous) == (Function.REVERSE, "CF26112400001")
        assert (reversal.instruction, reversal.is_final) == ("D20261123000017", False)
        assert reversal.terms.money == Money(Decimal(2_042_500), "EUR")
        raw = TAKEN_BACK.replace(b"<ConfRef>CF26112400001</ConfRef>", b"")
        assert refused(raw)[0][0] == "missing-element"

    def test_an_allegement_that_is_removed_is_named(self) -> None:
        removal = found("sese.029", TAKEN_BACK)
        assert isinstance(removal, Allegement)
        assert (removal.function, removal.previous) == (Function.CANCEL, "AL26112400007")
        assert (removal.reference, removal.terms.isin) == ("RM26112400001", "XS2320031383")
        assert removal.references.infrastructure == "MI7"
