"""MT540, 541, 542 and 543 as we write them. Refused before a byte is written where a place could not take it.

Order of sequences and fields: SWIFT Standards, Category 5, MT541 (A, A1, B, B1, C, E, E1, E3). On hold is a preadvice
(23G PREA), which is matched and not executed; the least part is 36B MINO under a partial settlement from a
threshold (PARQ): the standard has no field for a threshold of one's own.
"""

from __future__ import annotations

from backoffice.connectors.formats.mt.instructing import PREADVICE, PRIORITIES, kind_of
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.mt.terms import AGENTS, BEHIND, PLACE
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.terms import (
    Function,
    LinkKind,
    Partial,
    Party,
    Quantity,
    QuantityKind,
)


def write_mt_instruction(instruction: Instruction, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused with everything that is wrong in the instruction."""
    kind = kind_of(instruction)
    problems = Problems(f"MT{kind}")
    check(instruction, problems)
    block = Block(problems)
    _general(block, instruction)
    _trade(block, instruction)
    with block.sequence("FIAC"):
        block.quantity("SETT", instruction.terms.quantity, "quantity")
        block.account(instruction.terms.account, "account")
        if instruction.cash_account:
            block.account(instruction.cash_account, "cash_account", "CASH")
    with block.sequence("SETDET"):
        if instruction.partial:
            block.field("22F", "STCO", instruction.partial)
        block.code("SETR", instruction.type, "type")
        _parties(block, instruction)
        _amounts(block, instruction)
    return block.written(kind, addresses)


def check(instruction: Instruction, problems: Problems) -> None:
    """What no format can carry: what an instruction must have, and what excludes each other."""
    terms = instruction.terms
    for missing, there in (
        ("settlement_date", terms.settlement_date), ("place", terms.place), ("agent", terms.agent),
        ("money", terms.money or not terms.against_payment),
        ("previous", instruction.previous or instruction.function is not Function.CANCEL),
    ):  # fmt: skip
        if not there:
            problems.add("required", missing, missing=missing)
    if instruction.function not in (Function.NEW, Function.CANCEL):
        problems.add("wrong-code", "function", instruction.function, known="NEWM, CANC")
    if terms.quantity.kind is QuantityKind.AMORTISED:
        problems.add("wrong-code", "quantity", terms.quantity.kind, known="UNIT, FAMT")
    priority = instruction.priority
    if priority is not None and priority not in PRIORITIES:
        problems.add("wrong-value", "priority", str(priority), form="1–9999")
    for name, found, why in _excluded(instruction):
        if found:
            problems.add("not-permitted", name, name, reason=why)


def _excluded(instruction: Instruction) -> tuple[tuple[str, bool, str], ...]:
    terms = instruction.terms
    cancels = instruction.function is Function.CANCEL
    has_minimum = instruction.minimum is not None
    return (
        ("on_hold", cancels and instruction.on_hold, "CANC"),
        ("links", cancels and bool(instruction.links), "CANC"),
        ("previous", not cancels and bool(instruction.previous), "NEWM"),
        ("minimum", has_minimum and instruction.partial is not Partial.FROM_QUANTITY, "PARQ"),
        ("money", not terms.against_payment and terms.money is not None, "FREE"),
    )


def _general(block: Block, instruction: Instruction) -> None:
    told = PREADVICE if instruction.on_hold else instruction.function
    with block.sequence("GENL"):
        block.reference("SEME", instruction.reference, "reference")
        block.lines.append(f":23G:{told}")
        block.day("PREP", instruction.prepared_on)
        if instruction.previous:
            with block.sequence("LINK"):
                block.reference("PREV", instruction.previous, "previous")
        for link in instruction.links:
            write_link(block, link.kind, link.reference)


def write_link(block: Block, kind: LinkKind, reference: str) -> None:
    with block.sequence("LINK"):
        block.field("22F", "LINK", kind)
        block.reference("RELA", reference, "links")


def _trade(block: Block, instruction: Instruction) -> None:
    terms = instruction.terms
    with block.sequence("TRADDET"):
        block.day("SETT", terms.settlement_date)
        block.day("TRAD", terms.trade_date)
        if terms.price:
            block.price(terms.price)
        block.isin(terms.isin)
        if instruction.minimum is not None:
            with block.sequence("FIA"):
                least = Quantity(terms.quantity.kind, instruction.minimum)
                block.quantity("MINO", least, "minimum")
        if instruction.priority is not None:
            block.field("22F", "PRIR", f"{instruction.priority:04d}")


def _parties(block: Block, instruction: Instruction) -> None:
    """The other side's agent, who is behind it, and the place: in this order of the chain."""
    terms = instruction.terms
    parties: tuple[tuple[str, Party | None, str], ...] = (
        (AGENTS[terms.direction], terms.agent, "agent"),
        (BEHIND[terms.direction], terms.counterparty, "counterparty"),
        (PLACE, terms.place, "place"),
    )
    for role, party, where in parties:
        if party:
            block.party(role, party, where)


def _amounts(block: Block, instruction: Instruction) -> None:
    terms = instruction.terms
    for qualifier, money in (("ACRU", terms.accrued), ("SETT", terms.money)):
        if money:
            with block.sequence("AMT"):
                block.money(qualifier, money, "money" if qualifier == "SETT" else "accrued")
