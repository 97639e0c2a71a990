"""What a file is: told by what is in it, never by its name. The table of formats that are read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TypeVar

from backoffice.connectors.formats.camt.reading import read_camt
from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.documents import READERS, read_documents, read_each_document
from backoffice.connectors.formats.fix import BEGIN
from backoffice.connectors.formats.mapped.reading import is_report
from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.mt.securities import read_each_mt, read_mt_securities
from backoffice.connectors.formats.mt.treasury import read_treasury as read_mt_treasury
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.payments.model import InterbankFile, PaymentOrderFile
from backoffice.connectors.formats.payments.pacs_reading import read_pacs
from backoffice.connectors.formats.payments.reading import read_pain001
from backoffice.connectors.formats.refusing import Refused, refuse
from backoffice.connectors.formats.securities import Securities
from backoffice.connectors.formats.trade_confirmations import Treasury
from backoffice.connectors.formats.xml import messages_named

Reader = TypeVar("Reader")
HEAD = 16_384  # bytes that tell what a file is
MT_FIELD = re.compile(rb"(?:\A|[\r\n\x00-\x04])(?::(?:20|25|28C?|60[FM]|94[0-2]):|\{[1-4]:)")


MT_TREASURY = re.compile(rb"\{2:[IO]3[0-9]{2}")
MT_SECURITIES = re.compile(rb"\{2:[IO]5[0-9]{2}|(?:\A|[\r\n]):16R:GENL")
ANSWER = re.compile(rb'(?:\A|\n)\s*\{\s*"(?:reference|message|event|at|reason|quantity)"\s*:')


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name, with what reads it: as cash, securities, treasury; none where it has a way of its own."""

    name: str
    title: str
    fits: Callable[[bytes], bool]
    read: Callable[[bytes], list[CashStatement]] | None = None
    securities: Callable[..., list[Securities]] | None = None
    treasury: Callable[[bytes], list[Treasury]] | None = None
    payments: Callable[..., PaymentOrderFile | InterbankFile] | None = None
    each: Callable[..., list[Securities | Refused]] | None = None  # message by message


def _is_mt(head: bytes) -> bool:
    return MT_FIELD.search(head) is not None


def _is_fix(head: bytes) -> bool:
    return BEGIN.search(head) is not None


def _is_camt(head: bytes) -> bool:
    names = ("camt.052.", "camt.053.", "camt.054.")
    return any(name.startswith(names) for name in messages_named(head))


def _is_mt_securities(head: bytes) -> bool:
    return MT_SECURITIES.search(head) is not None


def _is_mt_treasury(head: bytes) -> bool:
    return MT_TREASURY.search(head) is not None


def _is_of_securities(head: bytes) -> bool:
    return any(name[:8] in READERS for name in messages_named(head))


def _is_pain(head: bytes) -> bool:
    return any(name.startswith("pain.001.") for name in messages_named(head))


def _is_pacs(head: bytes) -> bool:
    return any(name.startswith(("pacs.008.", "pacs.009.")) for name in messages_named(head))


def _is_other_xml(head: bytes) -> bool:
    return bool(messages_named(head))


def _is_answers(head: bytes) -> bool:
    return ANSWER.search(head) is not None


def _is_one_c(head: bytes) -> bool:
    for encoding in ("utf-16-le", "utf-16-be"):
        if keys.MARK.encode(encoding) in head[:64]:
            return True
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(keys.MARK.encode("ascii"))


# In this order: the more telling beginning comes first.
FORMATS = (
    Format("FIX", "FIX messages", _is_fix),
    Format("camt", "ISO 20022 camt.052, 053, 054, versions 02 to 13", _is_camt, read_camt),
    Format(
        "securities", "ISO 20022 sese, semt and seev", _is_of_securities, securities=read_documents,
        each=read_each_document),
    Format("pain", "ISO 20022 pain.001", _is_pain, payments=read_pain001),
    Format("pacs", "ISO 20022 pacs.008, 009", _is_pacs, payments=read_pacs),
    Format("ISO 20022", "another message of ISO 20022", _is_other_xml),
    Format("report", "a report that has a mapping", is_report),
    Format("1C", "1CClientBankExchange 1.01, 1.02, 1.03", _is_one_c, read_one_c),
    Format("MT5xx", "SWIFT messages about securities, category 5", _is_mt_securities,
           securities=read_mt_securities, each=read_each_mt),
    Format("MT3xx", "SWIFT MT300, 320", _is_mt_treasury, treasury=read_mt_treasury),
    Format("MT9xx", "SWIFT MT900, 910, 940, 941, 942, 950", _is_mt, read_mt_cash),
    Format("answers", "JSON lines of what a place answers", _is_answers),
)  # fmt: skip


def recognise(raw: bytes) -> Format:
    """The format of a file. Raises Refused where none fits."""
    found = format_of(raw)
    if found is None:
        refuse("file", "unknown-format", "line 1", raw[:80].decode("latin-1"))
    return found


def format_of(raw: bytes) -> Format | None:
    """The format of a file, or None where none fits."""
    head = raw[:HEAD]
    return next((each for each in FORMATS if each.fits(head)), None)


def read_cash(raw: bytes) -> list[CashStatement]:
    """The statements of a file of any format of cash. Raises Refused."""
    return _reader(raw, lambda each: each.read)(raw)


def read_securities(raw: bytes, *, zone: tzinfo = UTC) -> list[Securities]:
    """What a file of any format of securities says; `zone` is the sender's. Raises Refused."""
    return _reader(raw, lambda each: each.securities)(raw, zone=zone)


def read_treasury(raw: bytes) -> list[Treasury]:
    """What a file confirms of currencies exchanged and money lent. Raises Refused."""
    return _reader(raw, lambda each: each.treasury)(raw)


def read_payments(raw: bytes, *, zone: tzinfo = UTC) -> PaymentOrderFile | InterbankFile:
    """What a file orders to be paid; `zone` is the sender's. Raises Refused."""
    return _reader(raw, lambda each: each.payments)(raw, zone=zone)


def read_each_securities(raw: bytes, *, zone: tzinfo = UTC) -> list[Securities | Refused]:
    """The same, message by message: what is refused stands in its place. Raises Refused for no such file."""
    return _reader(raw, lambda each: each.each)(raw, zone=zone)


def _reader(raw: bytes, of: Callable[[Format], Reader | None]) -> Reader:
    """What reads such a file as what is asked for. Raises Refused where nothing does."""
    found = recognise(raw)
    reader = of(found)
    if reader is None:
        refuse(found.name, "wrong-kind", "line 1", found.title)
    return reader
