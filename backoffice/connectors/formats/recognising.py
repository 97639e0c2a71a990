"""What a file is: told by what is in it, never by its name. The table of formats that are read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from backoffice.connectors.formats.camt.reading import read_camt
from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.fix import BEGIN
from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.refusing import refuse
from backoffice.connectors.formats.securities import Securities
from backoffice.connectors.formats.sese.securities import read_sese
from backoffice.connectors.formats.xml import messages_named

HEAD = 16_384  # bytes that tell what a file is
MT_FIELD = re.compile(rb"(?:\A|[\r\n\x00-\x04])(?::(?:20|25|28C?|60[FM]|94[0-2]):|\{[1-4]:)")


MT_SECURITIES = re.compile(rb"\{2:[IO]5[0-9]{2}|(?:\A|[\r\n]):16R:GENL")


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name, with what reads it: as cash, as securities; neither where it has a way of its own."""

    name: str
    title: str
    fits: Callable[[bytes], bool]
    read: Callable[[bytes], list[CashStatement]] | None = None
    securities: Callable[..., list[Securities]] | None = None


def _is_mt(head: bytes) -> bool:
    return MT_FIELD.search(head) is not None


def _is_fix(head: bytes) -> bool:
    return BEGIN.search(head) is not None


def _is_camt(head: bytes) -> bool:
    names = ("camt.052.", "camt.053.", "camt.054.")
    return any(name.startswith(names) for name in messages_named(head))


def _is_mt_securities(head: bytes) -> bool:
    return MT_SECURITIES.search(head) is not None


def _is_sese(head: bytes) -> bool:
    return any(name.startswith("sese.") for name in messages_named(head))


def _is_other_xml(head: bytes) -> bool:
    return bool(messages_named(head))


def _is_one_c(head: bytes) -> bool:
    for encoding in ("utf-16-le", "utf-16-be"):
        if keys.MARK.encode(encoding) in head[:64]:
            return True
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(keys.MARK.encode("ascii"))


# In this order: the more telling beginning comes first.
FORMATS = (
    Format("FIX", "FIX messages", _is_fix),
    Format("camt", "ISO 20022 camt.052, 053, 054, versions 02 to 13", _is_camt, read_camt),
    Format("sese", "ISO 20022 sese.020 to 031", _is_sese, securities=read_sese),
    Format("ISO 20022", "another message of ISO 20022", _is_other_xml),
    Format("1C", "1CClientBankExchange 1.01, 1.02, 1.03", _is_one_c, read_one_c),
    Format(
        "MT5xx",
        "SWIFT MT530, 535, 540 to 548, 578",
        _is_mt_securities,
        securities=read_mt_securities,
    ),
    Format("MT9xx", "SWIFT MT900, 910, 940, 941, 942, 950", _is_mt, read_mt_cash),
)


def recognise(raw: bytes) -> Format:
    """The format of a file. Raises Refused where none fits."""
    head = raw[:HEAD]
    found = next((each for each in FORMATS if each.fits(head)), None)
    if found is None:
        refuse("file", "unknown-format", "line 1", head[:80].decode("latin-1"))
    return found


def read_cash(raw: bytes) -> list[CashStatement]:
    """The statements of a file of any format of cash. Raises Refused."""
    found = recognise(raw)
    if found.read is None:
        refuse(found.name, "wrong-kind", "line 1", found.title)
    return found.read(raw)


def read_securities(raw: bytes, *, zone: tzinfo = UTC) -> list[Securities]:
    """What a file of any format of securities says; `zone` is the sender's. Raises Refused."""
    found = recognise(raw)
    if found.securities is None:
        refuse(found.name, "wrong-kind", "line 1", found.title)
    return found.securities(raw, zone=zone)
