"""What a file is: told by what is in it, never by its name. The table of formats that are read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from backoffice.connectors.formats.camt.reading import read_camt
from backoffice.connectors.formats.cash import CashStatement
from backoffice.connectors.formats.fix import BEGIN
from backoffice.connectors.formats.mt.cash import read_mt_cash
from backoffice.connectors.formats.one_c import keys
from backoffice.connectors.formats.one_c.statements import read_one_c
from backoffice.connectors.formats.refusing import refuse
from backoffice.connectors.formats.xml import messages_named

HEAD = 16_384  # bytes that tell what a file is
MT_FIELD = re.compile(rb"(?:\A|[\r\n\x00-\x04])(?::(?:20|25|28C?|60[FM]|94[0-2]):|\{[1-4]:)")


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name. `read` is None where its files are not cash and have a way of their own."""

    name: str
    title: str
    fits: Callable[[bytes], bool]
    read: Callable[[bytes], list[CashStatement]] | None = None


def _is_mt(head: bytes) -> bool:
    return MT_FIELD.search(head) is not None


def _is_fix(head: bytes) -> bool:
    return BEGIN.search(head) is not None


def _is_camt(head: bytes) -> bool:
    names = ("camt.052.", "camt.053.", "camt.054.")
    return any(name.startswith(names) for name in messages_named(head))


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
    Format("ISO 20022", "another message of ISO 20022", _is_other_xml),
    Format("1C", "1CClientBankExchange 1.01, 1.02, 1.03", _is_one_c, read_one_c),
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
