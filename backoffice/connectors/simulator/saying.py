"""What a played place says, whatever tongue it says it in: the one in which it was asked. Lines of JSON are here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from backoffice.connectors.simulator.terms import NOTHING, Advice, Event


class Tongue(StrEnum):
    """The formats that a place is asked in. Of a payment it says that it has it; statements tell the rest."""

    JSON = "JSON"
    MT = "MT"
    ISO20022 = "ISO20022"
    PAYMENT = "PAYMENT"


class Word(StrEnum):
    """What can be said of an instruction, of a request to cancel it (the third line), of a command (the last)."""

    ACKNOWLEDGED, REJECTED = "acknowledged", "rejected"
    MATCHED, UNMATCHED = "matched", "unmatched"
    PENDING, FAILING, PART, SETTLED = "pending", "failing", "part", "settled"
    CANCELLED, CANCEL_DENIED = "cancelled", "cancel_denied"
    DONE, DENIED = "done", "denied"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One word about an instruction; `asked` is the request that it answers, if that is another message."""

    reference: str
    word: Word
    asked: str = ""
    reasons: tuple[str, ...] = ()
    text: str = ""
    quantity: Decimal = NOTHING
    amount: Decimal = NOTHING


class Repeated(NamedTuple):
    """What answers in a format of messages repeat of an instruction. BICs are theirs and the place's."""

    tongue: str
    owner: str
    place: str
    account: str
    isin: str = ""
    kind: str = "UNIT"
    type: str = "TRAD"
    delivers: bool = False
    against_payment: bool = False
    currency: str = ""
    cash_account: str = ""
    date: str = ""
    in_parts: bool = False  # a part of it was confirmed before


class Answer(NamedTuple):
    """One word on its way: its number at the place, when it is said, and what it repeats."""

    said: Said
    number: str
    at: datetime
    terms: Repeated


_WORDS = {
    Event.SETTLED: Word.SETTLED, Event.PART: Word.PART, Event.PENDING: Word.PENDING,
    Event.FAILING: Word.FAILING, Event.MATCHED: Word.MATCHED,
}  # fmt: skip


def said_of(advice: Advice) -> Said:
    """What books advise after a cycle."""
    return Said(
        reference=advice.reference, word=_WORDS[advice.event], reasons=advice.reasons,
        quantity=advice.quantity, amount=advice.amount,
    )  # fmt: skip


def lines_of(said: Sequence[Said], *, place: str, cycle: int, at: datetime) -> str:
    """As places without a channel answer; numbered so that the same cycle says the same again, and no other."""
    return "".join(
        json.dumps(line | {"at": at.isoformat(), "message": f"{place}-{cycle}:{each.reference}:{line['event']}"})
        + "\n"
        for each in said
        for line in [_line(each)]
    )  # fmt: skip


def _line(said: Said) -> dict[str, Any]:
    line: dict[str, Any] = {"reference": said.reference, "event": said.word.value}
    if said.word is Word.PART:
        line |= {
            "event": "settled", "quantity": str(said.quantity),
            "reason": said.reasons[0] if said.reasons else "",
        }  # fmt: skip
    elif said.word is Word.REJECTED:
        line["reason"] = said.text
    elif said.word is Word.UNMATCHED:
        line |= {"event": "status", "matching": "NMAT", "reasons": list(said.reasons)}
    elif said.word in (Word.PENDING, Word.FAILING):
        settling = "PEND" if said.word is Word.PENDING else "PENF"
        line |= {
            "event": "status", "matching": "MACH", "settling": settling, "reasons": list(said.reasons)
        }  # fmt: skip
    return line
