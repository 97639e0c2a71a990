"""The same story in ISO 20022: every document is held against its schema, answers come by sese."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from backoffice.connectors.channels.services import resend_messages
from backoffice.connectors.formats.securities import Command, Instruction
from tests.connectors.channels.playing import (
    THEY,
    US,
    answer,
    channel,
    clerk,
    messages,
    read,
    sent,
    work,
    written,
)
from tests.connectors.formats.schemas import against_schemas

HEAD = """<BusinessMessage><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
<Fr><FIId><FinInstnId><BICFI>{they}</BICFI></FinInstnId></FIId></Fr>
<To><FIId><FinInstnId><BICFI>{us}</BICFI></FinInstnId></FIId></To>
<BizMsgIdr>{reference}</BizMsgIdr><MsgDefIdr>{name}</MsgDefIdr><CreDt>{now}</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}">{body}</Document></BusinessMessage>"""


def told(name: str, body: str, *, reference: str) -> str:
    now = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    return HEAD.format(they=THEY, us=US, reference=reference, name=name, now=now, body=body)


def status(about: str, inside: str) -> str:
    return told(
        "sese.024.001.12",
        f"<SctiesSttlmTxStsAdvc><TxId><AcctOwnrTxId>{about}</AcctOwnrTxId></TxId>{inside}</SctiesSttlmTxStsAdvc>",
        reference="ST1",
    )  # fmt: skip


def settled(instruction: Instruction) -> str:
    terms = instruction.terms
    assert terms.money is not None
    moment = f"{timezone.now():%Y-%m-%dT%H:%M:%S}.000Z"
    sign = "DBIT" if terms.direction == "RECE" else "CRDT"
    return told(
        "sese.025.001.11",
        f"""<SctiesSttlmTxConf><TxIdDtls><AcctOwnrTxId>{instruction.reference}</AcctOwnrTxId>
<SctiesMvmntTp>{terms.direction}</SctiesMvmntTp><Pmt>APMT</Pmt></TxIdDtls>
<TradDtls><SttlmDt><Dt><Dt>{terms.settlement_date}</Dt></Dt></SttlmDt>
<FctvSttlmDt><Dt><DtTm>{moment}</DtTm></Dt></FctvSttlmDt></TradDtls>
<FinInstrmId><ISIN>{terms.isin}</ISIN></FinInstrmId>
<QtyAndAcctDtls><SttldQty><Qty><Unit>{terms.quantity.amount}</Unit></Qty></SttldQty>
<SfkpgAcct><Id>{terms.account}</Id></SfkpgAcct></QtyAndAcctDtls>
<SttlmParams><SctiesTxTp><Cd>TRAD</Cd></SctiesTxTp></SttlmParams>
<SttldAmt><Amt Ccy="{terms.money.currency}">{terms.money.amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd></SttldAmt>
</SctiesSttlmTxConf>""",
        reference="CF1",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _channels() -> None:
    channel(format="ISO20022", service="csd.settlement")
    channel("NSD-IN", "IN", format="ISO20022")


class TestSettlement:
    def test_is_instructed_matched_and_settled(self, api: Any, sample: dict[str, Any]) -> None:
        row = sent(api, sample)
        work()
        (path,) = written()
        instruction = read(path)
        assert isinstance(instruction, Instruction)
        assert against_schemas(path.read_bytes()) == ["head.001.001.02", "sese.023.001.11"]
        assert instruction.reference == f"S{row.pk}"

        answer(status(instruction.reference, "<MtchgSts><Mtchd/></MtchgSts>"), name="st.xml")
        row.refresh_from_db()
        assert (row.transmission, row.matching) == ("ACKNOWLEDGED", "MATCHED")

        answer(settled(instruction), name="cf.xml")
        row.refresh_from_db()
        assert row.settlement == "SETTLED"
        assert row.evidence.get().reference == "sese.025.001.11:CF1"

    def test_is_cancelled_by_sese_020_and_its_answer(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = sent(api, sample)
        work()
        api("clerk").post(f"/settlements/{row}/cancel/", {"reason": "wrong price"})
        work()
        path = written()[1]
        assert against_schemas(path.read_bytes()) == ["head.001.001.02", "sese.020.001.07"]
        request = read(path)
        assert isinstance(request, Instruction)
        assert (request.reference, request.previous) == (f"C1S{row.pk}", f"S{row.pk}")

        denied = f"""<SctiesTxCxlReqStsAdvc><CxlReqRef>{request.reference}</CxlReqRef>
<PrcgSts><Dnd><Rsn><Cd><Cd>DCAN</Cd></Cd></Rsn></Dnd></PrcgSts></SctiesTxCxlReqStsAdvc>"""
        answer(told("sese.027.001.07", denied, reference="CX1"), name="cx.xml")
        row.refresh_from_db()
        assert row.cancellation == "DENIED"

    def test_is_held_by_sese_030(self, api: Any, sample: dict[str, Any]) -> None:
        row = sent(api, sample)
        work()
        api("clerk").post(f"/settlements/{row}/hold/", {"reason": "wait"})
        work()
        path = written()[1]
        assert against_schemas(path.read_bytes()) == ["head.001.001.02", "sese.030.001.09"]
        command = read(path)
        assert isinstance(command, Command)
        assert (command.instruction, command.hold) == (f"S{row.pk}", True)

    def test_that_leaves_once_more_says_so_in_its_header(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        sent(api, sample)
        work()
        (path,) = written()
        first = path.read_bytes()
        resend_messages(ids=[messages()[0].pk], reason="x", actor=clerk(), at=timezone.now())
        work()
        again = path.read_bytes()
        assert against_schemas(again) == ["head.001.001.02", "sese.023.001.11"]
        assert again.replace(b"<PssblDplct>true</PssblDplct>", b"") == first != again
