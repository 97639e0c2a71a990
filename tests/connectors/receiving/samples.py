"""Files for the tests of receiving: the vectors of the rules, made for any day, and the accounts they are of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from backoffice.connectors.formats.recognising import read_cash
from backoffice.connectors.formats.refusing import Refused
from tests.connectors.formats.samples import VECTOR_MT940
from tests.reconciliation.accounts import nostro

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
NUMBER = "40702810200000000001"
MT940 = VECTOR_MT940.encode()

LATER = b""":20:ST261124
:25:40702810200000000001
:28C:229/1
:60F:C261123RUB85000,50
:61:2611241124C14,50NTRFNONREF//B900
:62F:C261124RUB85015,00
"""


def accounts_of(raw: bytes) -> None:
    """Open every account that a file tells of."""
    try:
        statements = read_cash(raw)
    except Refused:
        return
    for each in statements:
        nostro(each.account.number, each.currency)


def mt940(lines: Iterable[str], *, opening: str = "0,", closing: str, number: str = "1/1") -> bytes:
    body = "\n".join(lines)
    return (
        f":20:ST\n:25:{NUMBER}\n:28C:{number}\n:60F:C261120RUB{opening}\n{body}\n"
        f":62F:C261123RUB{closing}\n"
    ).encode()
