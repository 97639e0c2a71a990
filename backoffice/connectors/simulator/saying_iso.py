"""What a played depository says in ISO 20022: sese.024, 027 and 031 how a thing stands, sese.025 that it settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from backoffice.connectors.formats.xml import written
from backoffice.connectors.simulator.saying import Answer, Word
from backoffice.kernel.decimals import plain

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
HEADER = "head.001.001.02"
Content = list[tuple[str, object]]
# Under which names a word stands: the axis, and what is said on it.
STATUSES = {
    Word.ACKNOWLEDGED: ("PrcgSts", "AckdAccptd"), Word.REJECTED: ("PrcgSts", "Rjctd"),
    Word.MATCHED: ("MtchgSts", "Mtchd"), Word.UNMATCHED: ("MtchgSts", "Umtchd"),
    Word.PENDING: ("SttlmSts", "Pdg"), Word.FAILING: ("SttlmSts", "Flng"),
    Word.CANCELLED: ("PrcgSts", "Canc"), Word.CANCEL_DENIED: ("PrcgSts", "Dnd"),
    Word.DONE: ("PrcgSts", "Cmpltd"), Word.DENIED: ("PrcgSts", "Dnd"),
}  # fmt: skip
BARE = (Word.MATCHED, Word.DONE)  # which give no reason, not even that there is none
UNITS = {"UNIT": "Unit", "FAMT": "FaceAmt"}


def in_iso(answer: Answer) -> str:
    """One message with its header, as it stands among others in the envelope of a file."""
    name, root, make = _MESSAGES[answer.said.word]
    header = written(NAMESPACE + HEADER, ("AppHdr", _header(answer, name)))
    document = written(f"{NAMESPACE}{name}", ("Document", [(root, make(answer))]))
    parts = (each.partition(b"?>")[2].strip().decode() for each in (header, document))
    return "\n".join(["<Message>", *parts, "</Message>\n"])


def enveloped(messages: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Messages>\n{messages}</Messages>\n'


def _header(answer: Answer, name: str) -> Content:
    place, owner = (
        [("FIId", [("FinInstnId", [("BICFI", bic)])])]
        for bic in (answer.terms.place, answer.terms.owner)
    )
    created = answer.at.astimezone(UTC)
    return [
        ("Fr", place), ("To", owner), ("BizMsgIdr", answer.number), ("MsgDefIdr", name),
        ("CreDt", f"{created:%Y-%m-%dT%H:%M:%SZ}"),
    ]  # fmt: skip


def _status(answer: Answer) -> Content:
    matched: Content = []
    if answer.said.word in (Word.PENDING, Word.FAILING):
        matched = [("MtchgSts", [("Mtchd", [("AddtlRsnInf", "Matched")])])]
    ids = [("AcctOwnrTxId", answer.said.reference), ("AcctSvcrTxId", answer.number)]
    return [("TxId", ids), *matched, _told(answer)]


def _of_cancellation(answer: Answer) -> Content:
    return [("CxlReqRef", answer.said.asked), _told(answer)]


def _of_command(answer: Answer) -> Content:
    account = [("Id", answer.terms.account)]
    return [("ReqRef", answer.said.asked), ("SfkpgAcct", account), _told(answer)]


def _told(answer: Answer) -> tuple[str, object]:
    said = answer.said
    axis, name = STATUSES[said.word]
    reasons: Content = [
        ("Rsn", [("Cd", [("Cd", reason)]), ("AddtlRsnInf", "" if number else said.text)])
        for number, reason in enumerate(said.reasons)
    ]
    if not reasons:
        reasons = [("AddtlRsnInf", "Done")] if said.word in BARE else [("NoSpcfdRsn", "NORE")]
    return (axis, [(name, reasons)])


def _confirmation(answer: Answer) -> Content:
    said, terms = answer.said, answer.terms
    part = "PAIN" if said.word is Word.PART else "PARC" if terms.in_parts else ""
    ids = [
        ("AcctOwnrTxId", said.reference), ("AcctSvcrTxId", answer.number),
        ("SctiesMvmntTp", "DELI" if terms.delivers else "RECE"),
        ("Pmt", "APMT" if terms.against_payment else "FREE"),
    ]  # fmt: skip
    effective = answer.at.astimezone(UTC)
    settled = [("Dt", [("DtTm", f"{effective:%Y-%m-%dT%H:%M:%SZ}")])]
    agreed = [("Dt", [("Dt", terms.date)])] if terms.date else []
    cash = [("Prtry", terms.cash_account)] if terms.cash_account else []
    money = ({"Ccy": terms.currency}, plain(said.amount))
    sign = "CRDT" if terms.delivers else "DBIT"
    return [
        ("TxIdDtls", ids), ("AddtlParams", [("PrtlSttlm", part)] if part else []),
        ("TradDtls", [("SttlmDt", agreed), ("FctvSttlmDt", settled)]),
        ("FinInstrmId", [("ISIN", terms.isin)]),
        ("QtyAndAcctDtls", [
            ("SttldQty", [("Qty", [(UNITS[terms.kind], plain(said.quantity))])]),
            ("SfkpgAcct", [("Id", terms.account)]), ("CshAcct", cash),
        ]),
        ("SttlmParams", [("SctiesTxTp", [("Cd", terms.type)])]),
        ("SttldAmt", [("Amt", money), ("CdtDbtInd", sign)] if terms.against_payment else []),
    ]  # fmt: skip


Make = Callable[[Answer], Content]
_OF_STATUS = ("sese.024.001.12", "SctiesSttlmTxStsAdvc", _status)
_OF_CANCELLATION = ("sese.027.001.07", "SctiesTxCxlReqStsAdvc", _of_cancellation)
_OF_COMMAND = ("sese.031.001.09", "SctiesSttlmCondModStsAdvc", _of_command)
_OF_SETTLED = ("sese.025.001.11", "SctiesSttlmTxConf", _confirmation)
_MESSAGES: dict[Word, tuple[str, str, Make]] = {
    **dict.fromkeys(Word, _OF_STATUS),
    **dict.fromkeys((Word.CANCELLED, Word.CANCEL_DENIED), _OF_CANCELLATION),
    **dict.fromkeys((Word.DONE, Word.DENIED), _OF_COMMAND),
    **dict.fromkeys((Word.PART, Word.SETTLED), _OF_SETTLED),
}
