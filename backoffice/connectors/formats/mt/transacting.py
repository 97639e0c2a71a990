"""MT536, what was booked; MT537, what is pending; MT586, what others allege.

SWIFT Standards, Category 5: MT536 (A, B SUBSAFE, B1 FIN, B1a TRAN), MT537 (A, B STAT with B2 TRAN, C TRANS with
C3 STAT), MT586 (A, B ALDET).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from backoffice.connectors.formats.mt.advising import status_in
from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.holding import page_of
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.penalties import penalties_of
from backoffice.connectors.formats.mt.terms import (
    AGENTS,
    BEHIND,
    NO_QUANTITY,
    PLACE,
    linked,
    parties_of,
    place_references,
    related,
    security_of,
)
from backoffice.connectors.formats.penalties import PenaltyStatement
from backoffice.connectors.formats.statuses import Axis, Status
from backoffice.connectors.formats.terms import Direction, Terms
from backoffice.connectors.formats.transactions import (
    Alleged,
    Allegements,
    Movement,
    Pending,
    PendingTransactions,
    Transactions,
    Turnover,
    checked,
)

PAYMENTS = {"APMT": True, "FREE": False}
OPENING, CLOSING = ("FIOP", "INOP"), ("FICL", "INCL")
STRUCTURES = ("STAT", "TRAN", "PENA")  # of an MT537: by status, by transaction, penalties
FUNCTIONS = ("NEWM",)
AXES = (Axis.PROCESSING, Axis.INFERRED, Axis.MATCHING, Axis.SETTLEMENT, Axis.CANCELLATION)
REVERSAL = "REVE"


def transactions_of(reading: Reading) -> Transactions:
    """MT536."""
    general = reading.sequence("GENL")
    function_in(reading, FUNCTIONS)
    page, continuation = page_of(reading, general)
    account = reading.account(general, "SAFE", required=True)
    from_day, until_day = reading.days(reading.one(general, "69", "STAT", required=True))
    lines: list[Movement] = []
    turnovers = [
        _turnover(reading, security, reading.account(part, "SAFE") or account, lines)
        for part in reading.root.sequences("SUBSAFE")
        for security in part.sequences("FIN")
    ]
    return checked(Transactions(
        reference=reading.text(general, "20C", "SEME", required=True), account=account,
        lines=tuple(lines), from_day=from_day, until_day=until_day, turnovers=tuple(turnovers),
        number=reading.text(general, "13", "STAT"), page=page, continuation=continuation,
        basis=reading.code(general, "22F", "STBA"), is_update=_is_update(reading, general),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    ))  # fmt: skip


def pending_of(reading: Reading) -> PendingTransactions | PenaltyStatement:
    """MT537, by its structure: pending by their status, one by one, or penalties."""
    general = reading.sequence("GENL")
    structure = reading.known(general, "22H", "STST", STRUCTURES)
    if structure == "PENA" or (not structure and reading.root.sequences("PENA")):
        return penalties_of(reading)
    function_in(reading, FUNCTIONS)
    page, continuation = page_of(reading, general)
    as_of = reading.one(general, "98", "STAT", required=True)
    account = reading.account(general, "SAFE", required=True)
    lines = [replace(each, position=at) for at, each in enumerate(_pending(reading, account), 1)]
    return PendingTransactions(
        reference=reading.text(general, "20C", "SEME", required=True), account=account,
        as_of=reading.day(as_of) or date.min, lines=tuple(lines), as_of_at=reading.moment(as_of),
        number=reading.text(general, "13", "STAT"), page=page, continuation=continuation,
        is_update=_is_update(reading, general), told_at=reading.told_at(general),
        format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def allegements_of(reading: Reading) -> Allegements:
    """MT586."""
    general = reading.sequence("GENL")
    function_in(reading, FUNCTIONS)
    page, continuation = page_of(reading, general)
    as_of = reading.one(general, "98", "STAT", required=True)
    account = reading.account(general, "SAFE", required=True)
    return Allegements(
        reference=reading.text(general, "20C", "SEME"), account=account,
        as_of=reading.day(as_of) or date.min,
        lines=tuple(
            _alleged(reading, each, at, account)
            for at, each in enumerate(reading.root.sequences("ALDET"), 1)
        ),
        as_of_at=reading.moment(as_of), number=reading.text(general, "13", "STAT"), page=page,
        continuation=continuation, is_update=_is_update(reading, general),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _is_update(reading: Reading, general: Sequence) -> bool:
    return reading.code(general, "22F", "CODE") == "DELT"


def _turnover(reading: Reading, inside: Sequence, account: str, lines: list[Movement]) -> Turnover:
    isin, description = security_of(reading, inside)
    begun = len(lines)
    for part in inside.sequences("TRAN"):
        lines.append(_movement(reading, part, len(lines) + 1, account, (isin, description)))
    opening = reading.quantity(reading.one(inside, "93B", *OPENING), signed=True)
    closing = reading.quantity(reading.one(inside, "93B", *CLOSING), signed=True)
    positions = tuple(range(begun + 1, len(lines) + 1))
    return Turnover(account, isin, description, opening, closing, positions)


def _movement(
    reading: Reading, part: Sequence, position: int, account: str, security: tuple[str, str]
) -> Movement:
    details = _details(reading, part)
    booked = reading.one(details, "98", "ESET", required=True)
    booked_on = reading.day(booked)
    if booked and booked_on is None and booked.field.tag == "98B":
        reading.wrong(booked.field, booked.value, "YYYYMMDD")
    return Movement(
        position=position, terms=_terms(reading, details, account, security),
        booked_on=booked_on or date.min, instruction=related(reading, part),
        activity=reading.code(details, "22F", "TRAN"), type=_type(reading, details),
        event=linked(reading, part, "CORP"),
        reversal=reading.code(details, "25D", "MOVE") == REVERSAL,
        references=place_references(reading, part), source_line=part.line,
    )  # fmt: skip


def _pending(reading: Reading, account: str) -> Iterator[Pending]:
    for part in reading.root.sequences("STAT"):
        status = status_in(reading, part, AXES)
        for each in part.sequences("TRAN"):
            yield _pending_one(reading, each, account, (status,) if status else ())
    for each in reading.root.sequences("TRANS"):
        found = (status_in(reading, part, AXES) for part in each.sequences("STAT"))
        yield _pending_one(reading, each, account, tuple(s for s in found if s))


def _pending_one(
    reading: Reading, part: Sequence, account: str, statuses: tuple[Status, ...]
) -> Pending:
    details = _details(reading, part)
    instruction = related(reading, part)
    if not instruction:
        reading.missing(":20C::RELA", part.line)
    return Pending(
        position=0, instruction=instruction,
        terms=_terms(reading, details, account, security_of(reading, details)), statuses=statuses,
        activity=reading.code(details, "22F", "TRAN"), type=_type(reading, details),
        expected_on=reading.day(reading.one(details, "98", "EXSE")),
        references=place_references(reading, part), source_line=part.line,
    )  # fmt: skip


def _details(reading: Reading, part: Sequence) -> Sequence:
    """An instruction that is only named says nothing that could be compared."""
    found = part.sequences("TRANSDET")
    for again in found[1:]:
        reading.problems.add("repeated-field", f"line {again.line}, :16R:TRANSDET", "TRANSDET")
    if not found:
        reading.missing(":16R:TRANSDET", part.line)
    return found[0] if found else Sequence("TRANSDET", part.line)


def _type(reading: Reading, details: Sequence) -> str:
    return reading.code(details, "22F", "SETR") or reading.code(details, "22F", "CAEV")


def _terms(reading: Reading, details: Sequence, account: str, security: tuple[str, str]) -> Terms:
    direction = _direction(reading, details)
    payment = reading.known(details, "22H", "PAYM", PAYMENTS, required=True)
    counted = reading.quantity(reading.first(details, "36", "PSTA"))
    if counted is None and not reading.problems:
        reading.missing(":36B::PSTA", details.line)
    parties = parties_of(reading, details)
    isin, description = security
    return Terms(
        direction=direction, against_payment=PAYMENTS.get(payment, False),
        quantity=counted or NO_QUANTITY,
        settlement_date=reading.day(reading.one(details, "98", "SETT")), account=account,
        isin=isin, description=description,
        trade_date=reading.day(reading.one(details, "98", "TRAD")),
        money=reading.money(reading.one(details, "19A", "PSTA")),
        accrued=reading.money(reading.one(details, "19A", "ACRU")), place=parties.get(PLACE),
        agent=parties.get(AGENTS[direction]), counterparty=parties.get(BEHIND[direction]),
    )  # fmt: skip


def _direction(reading: Reading, inside: Sequence) -> Direction:
    code = reading.known(inside, "22H", "REDE", [*Direction], required=True)
    return Direction(code or Direction.RECEIVE)


def _alleged(reading: Reading, part: Sequence, position: int, account: str) -> Alleged:
    direction = _direction(reading, part)
    payment = reading.known(part, "22H", "PAYM", PAYMENTS, required=True)
    isin, description = security_of(reading, part)
    counts, details = part.sequences("FIAC"), part.sequences("SETDET")
    counted = reading.counted(counts[0], "SETT", required=True) if counts else None
    if not counts:
        reading.missing(":16R:FIAC", part.line)
    parties = parties_of(reading, details[0]) if details else {}
    amounts = [each for detail in details for each in detail.sequences("AMT")]
    money = next((m for each in amounts if (m := reading.one(each, "19A", "SETT"))), None)
    terms = Terms(
        direction=direction, against_payment=PAYMENTS.get(payment, False),
        quantity=counted or NO_QUANTITY,
        settlement_date=reading.day(reading.one(part, "98", "SETT", required=True)),
        account=account, isin=isin, description=description,
        trade_date=reading.day(reading.one(part, "98", "TRAD")), money=reading.money(money),
        price=reading.price(reading.one(part, "90", "DEAL")), place=parties.get(PLACE),
        agent=parties.get(AGENTS[direction]), counterparty=parties.get(BEHIND[direction]),
    )  # fmt: skip
    if terms.against_payment and terms.money is None:
        reading.missing(":19A::SETT", part.line)
    references = place_references(reading, part)
    return Alleged(
        position=position, reference=references.servicer or linked(reading, part, "RELA"),
        terms=terms, status=reading.code(part, "25D", "ALST"), references=references,
        source_line=part.line,
    )  # fmt: skip
