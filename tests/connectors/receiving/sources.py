"""The files that are changed at random and taken in: of banks, of a depository about what we sent, and all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.payments.model import Profile
from backoffice.connectors.formats.payments.pacs import write_pacs
from backoffice.connectors.formats.payments.pain001 import write_pain001
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from settlements.models import Settlement
from tests.connectors.channels import test_sese as sese
from tests.connectors.channels.playing import (
    channel,
    confirmed,
    known_to_the_place,
    mt548,
    read,
    sent,
    work,
    written,
)
from tests.connectors.channels.test_allegements import mt535, mt578
from tests.connectors.formats.camt.test_reading import document, entry, statement
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.payments.test_pacs import OF_BANKS, OF_CUSTOMERS
from tests.connectors.formats.payments.test_pain001 import FILE
from tests.connectors.formats.samples import VECTOR_MT940, VECTOR_ONE_C
from tests.connectors.formats.test_trade_confirmations import ADDRESSES, FX, LENT, TRADE
from tests.connectors.receiving.samples import accounts_of
from tests.connectors.test_fix import message

SAMPLES = Path(__file__).parents[2] / "samples"
PLACE = "NSD-IN"


def _read(folder: Path, pattern: str = "*") -> list[bytes]:
    paths = sorted(folder.rglob(pattern)) if folder.exists() else []
    return [path.read_bytes() for path in paths if path.is_file() and path.suffix != ".md"]


def of_banks(shared: Path) -> list[bytes]:
    """Statements of money, each account of them ours."""
    files = _read(shared / "bank-statements")
    files += [
        VECTOR_MT940.encode(),
        *(VECTOR_ONE_C.encode(each) for each in ("cp1251", "cp866", "utf-8")),
    ]
    files += [
        document(statement(entry(version), name=name), statement("", name=name, id="S-2"), version=version,
        family=family)
        for family, name, version in (
            ("052", "Rpt", "02"), ("053", "Stmt", "04"), ("053", "Stmt", "13"), ("054", "Ntfctn", "08"),
        )
    ]  # fmt: skip
    for raw in files:
        accounts_of(raw)
    return files


def instructed(
    api: Any, sample: dict[str, Any], count: int = 3
) -> list[tuple[Settlement, Instruction]]:
    """Settlements of ours that a depository has, with a channel each way, and what was sent of each."""
    known_to_the_place()
    channel()
    channel(PLACE, "IN")
    rows = [sent(api, sample | {"external_ref": f"FO-{number}"}) for number in range(count)]
    work()
    told = [read(path) for path in written()]
    assert all(isinstance(each, Instruction) for each in told)
    return list(zip(rows, told, strict=True))  # type: ignore[arg-type]


def of_a_place(known: Sequence[tuple[Settlement, Instruction]]) -> list[bytes]:
    """What the depository says of them, in both standards, and every sample of what one may send."""
    (row, first), (_, second), (_, third) = known
    assert second.terms.money is not None
    share = (second.terms.money.amount * 4 / 10).quantize(Decimal("0.01"))
    part = confirmed(second, reference="CF2", quantity=Decimal(400), amount=share, part="PAIN")
    texts = [
        mt548(first.reference, "IPRC//PACK", "MTCH//MACH", "SETT//PEND LACK MINO"),
        mt548(second.reference, "MTCH//NMAT CMIS DQUA", reference="ST2"), confirmed(first), part,
        mt548(third.reference, "MTCH//MACH", reference="ST3") + confirmed(third, reference="CF3") + part,
        mt578(row), mt535(("RU0009029540", "1500,"), ("RU0007661625", "20,")),
        sese.status(first.reference, "<MtchgSts><Mtchd/></MtchgSts>"), sese.settled(third),
    ]  # fmt: skip
    deals = [
        write_mt518(TRADE, ADDRESSES),
        write_mt300(FX, ADDRESSES),
        write_mt320(LENT, ADDRESSES),
    ]
    return [text.encode() for text in texts] + deals + samples_of_securities()


def samples_of_securities() -> list[bytes]:
    """Of accounts and references that are nobody's; documents of ISO 20022 also each alone."""
    whole = [
        raw
        for name in ("securities", "statements", "penalties", "corporate-actions")
        for raw in _read(SAMPLES / name)
    ]
    alone = [
        etree.tostring(each)
        for raw in whole
        if raw.lstrip().startswith(b"<")
        for each in etree.fromstring(raw).iter("{*}Document")
    ]
    return [*whole, *alone]


def answers(known: Sequence[tuple[Settlement, Instruction]]) -> list[bytes]:
    """Lines of JSON about the same settlements."""
    at = "2026-11-24T10:00:00+03:00"
    (one, _), (two, _), (three, _) = known
    lines = [
        {"reference": str(one), "message": "m-1", "event": "acknowledged", "at": at},
        {"reference": str(one), "message": "m-2", "event": "matched", "at": at},
        {
            "reference": str(two),
            "message": "m-3",
            "event": "status",
            "at": at,
            "matching": "NMAT",
            "reasons": ["CMIS"],
        },
        {"reference": str(one), "message": "m-4", "event": "settled", "at": at},
        {
            "reference": str(three),
            "message": "m-5",
            "event": "settled",
            "at": at,
            "quantity": "400",
        },
        {
            "reference": str(two),
            "message": "m-6",
            "event": "rejected",
            "at": at,
            "reason": "no such account",
        },
        {"reference": str(two), "message": "m-7", "event": "cancelled", "at": at},
    ]
    told = [json.dumps(line).encode() + b"\n" for line in lines]
    return [b"".join(told), *told]


def of_others(shared: Path) -> list[bytes]:
    """Everything else that is recognised: trades, confirmations, payments, reports; and what is read nowhere."""
    files = _read(shared / "messages") + _read(SAMPLES / "mapped")
    files += [
        message(), message() * 3, write_mt518(TRADE, ADDRESSES), write_mt300(FX, ADDRESSES), write_mt320(LENT,
        ADDRESSES),
        write_pain001(FILE, Profile()), write_pacs(OF_BANKS, Profile("08")), write_pacs(OF_CUSTOMERS, Profile("08")),
        write_mt_instruction(BOND_BOUGHT, ADDRESSES), write_sese_instruction(BOND_BOUGHT), b"", b"%PDF-1.7\n",
        b"\x00" * 64,
    ]  # fmt: skip
    return files


OF_A_WAY: dict[str, Callable[[Path], list[bytes]]] = {
    "FIX": lambda shared: [*_read(shared / "messages" / "fix"), message(), message() * 3],
    "confirmations": lambda shared: [
        *_read(shared / "messages" / "confirmations"), write_mt518(TRADE, ADDRESSES), write_mt300(FX, ADDRESSES),
        write_mt320(LENT, ADDRESSES),
    ],
    "penalties": lambda shared: _read(shared / "messages" / "penalties") + _read(SAMPLES / "penalties"),
}  # fmt: skip
