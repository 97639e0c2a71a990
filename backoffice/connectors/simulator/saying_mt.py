"""What a played depository says in SWIFT's messages: MT548 how a thing stands, MT544 to 547 that it settled.

Written here, and not by our writers: what we read is not what we wrote ourselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backoffice.connectors.formats.amounts import swift
from backoffice.connectors.simulator.saying import Answer, Said, Word

# On which axis a word is, by which code, and what it is about: an instruction, or what was asked about one.
STATUSES = {
    Word.ACKNOWLEDGED: ("IPRC", "PACK"), Word.REJECTED: ("IPRC", "REJT"),
    Word.MATCHED: ("MTCH", "MACH"), Word.UNMATCHED: ("MTCH", "NMAT"),
    Word.PENDING: ("SETT", "PEND"), Word.FAILING: ("SETT", "PENF"),
    Word.CANCELLED: ("CPRC", "CAND"), Word.CANCEL_DENIED: ("CPRC", "DEND"),
    Word.DONE: ("TPRC", "COMP"), Word.DENIED: ("TPRC", "DEND"),
}  # fmt: skip
OF_REQUESTS = (Word.CANCELLED, Word.CANCEL_DENIED)
KINDS = {(False, False): "544", (False, True): "545", (True, False): "546", (True, True): "547"}


def in_mt(answer: Answer) -> str:
    """One message with its headers."""
    if answer.said.word in (Word.PART, Word.SETTLED):
        terms = answer.terms
        return _framed(answer, KINDS[terms.delivers, terms.against_payment], _confirmation(answer))
    return _framed(answer, "548", _status(answer))


def _framed(answer: Answer, kind: str, lines: Iterator[str]) -> str:
    return framed(kind, lines, to=answer.terms.owner, by=answer.terms.place, at=answer.at)


def framed(kind: str, lines: Iterator[str], *, to: str, by: str, at: datetime) -> str:
    """A message with its headers, from one BIC to another."""
    owner, place = (f"{bic[:8]}A{bic[8:]}" for bic in (to, by))
    output = f"{kind}{at:%H%M%y%m%d}{place}0000000000{at:%y%m%d%H%M}N"
    return "\r\n".join([f"{{1:F01{owner}0000000000}}{{2:O{output}}}{{4:", *lines, "-}\r\n"])


def _general(answer: Answer, function: str) -> Iterator[str]:
    yield from (":16R:GENL", f":20C::SEME//{answer.number}", f":23G:{function}")
    yield f":98E::PREP//{_moment(answer)}"
    said = answer.said
    if said.word is Word.PART or (said.word is Word.SETTLED and answer.terms.in_parts):
        yield f":22F::PARS//{'PAIN' if said.word is Word.PART else 'PARC'}"
    yield from (":16R:LINK", f":20C::RELA//{said.asked or said.reference}", ":16S:LINK")


def _status(answer: Answer) -> Iterator[str]:
    said = answer.said
    yield from _general(answer, "CAST" if said.word in OF_REQUESTS else "INST")
    if said.word in (Word.PENDING, Word.FAILING):
        yield from (":16R:STAT", ":25D::MTCH//MACH", ":16S:STAT")
    axis, code = STATUSES[said.word]
    yield from (":16R:STAT", f":25D::{axis}//{code}", *_reasons(said, code), ":16S:STAT")
    yield ":16S:GENL"


def _reasons(said: Said, code: str) -> Iterator[str]:
    for number, reason in enumerate(said.reasons):
        text = [f":70D::REAS//{said.text}"] if said.text and not number else []
        yield from (":16R:REAS", f":24B::{code}//{reason}", *text, ":16S:REAS")


def _confirmation(answer: Answer) -> Iterator[str]:
    said, terms = answer.said, answer.terms
    yield from _general(answer, "NEWM")
    yield from (":16S:GENL", ":16R:TRADDET")
    if terms.date:
        yield f":98A::SETT//{terms.date.replace('-', '')}"
    yield f":98E::ESET//{_moment(answer)}"
    yield from (f":35B:ISIN {terms.isin}", ":16S:TRADDET")
    yield from (
        ":16R:FIAC",
        f":36B::ESTT//{terms.kind}/{swift(said.quantity)}",
        f":97A::SAFE//{terms.account}",
    )
    if terms.cash_account:
        yield f":97A::CASH//{terms.cash_account}"
    yield from (":16S:FIAC", ":16R:SETDET", f":22F::SETR//{terms.type}")
    if terms.against_payment:
        yield from (":16R:AMT", f":19A::ESTT//{terms.currency}{swift(said.amount)}", ":16S:AMT")
    yield ":16S:SETDET"


def _moment(answer: Answer) -> str:
    """With its offset from UTC as the standard spells it: `03`, `N0530`."""
    offset = f"{answer.at:%z}"
    sign = "N" if offset.startswith("-") else ""
    return f"{answer.at:%Y%m%d%H%M%S}/{sign}{offset[1:].removesuffix('00')}"
