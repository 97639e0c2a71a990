"""MT540, 541, 542 and 543 as they are read: our own instructions, as a place reads them."""

from __future__ import annotations

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.terms import linked, links_of, terms_of
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.terms import Direction, Function, Partial

# By kind of message: which way securities go, and whether money goes against them.
KINDS = {
    "540": (Direction.RECEIVE, False), "541": (Direction.RECEIVE, True),
    "542": (Direction.DELIVER, False), "543": (Direction.DELIVER, True),
}  # fmt: skip
PREADVICE = "PREA"  # matched, not binding for execution: on hold
FUNCTIONS = (Function.NEW.value, Function.CANCEL.value, PREADVICE)
PRIORITIES = range(1, 10_000)


def instruction_of(reading: Reading) -> Instruction:
    general, trade = reading.sequence("GENL"), reading.sequence("TRADDET")
    details = reading.sequence("SETDET")
    told = function_in(reading, FUNCTIONS)
    attributes = trade.sequences("FIA")
    minimum = reading.quantity(reading.one(attributes[0], "36", "MINO")) if attributes else None
    terms = terms_of(reading, *KINDS[reading.kind])
    if minimum and minimum.kind is not terms.quantity.kind:
        reading.missing(f":36B::MINO//{terms.quantity.kind}", attributes[0].line)
    if terms.against_payment and terms.money is None:
        reading.missing(":19A::SETT", details.line)
    return Instruction(
        reference=reading.text(general, "20C", "SEME", required=True), terms=terms,
        function=Function.CANCEL if told == Function.CANCEL else Function.NEW,
        previous=linked(reading, general, "PREV"), on_hold=told == PREADVICE,
        prepared_on=reading.day(reading.one(general, "98", "PREP")),
        type=reading.code(details, "22F", "SETR", required=True), partial=partial_of(reading),
        minimum=minimum.amount if minimum else None, priority=priority_of(reading, trade),
        links=links_of(reading, general),
        cash_account=reading.account(reading.sequence("FIAC"), "CASH"), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def function_in(reading: Reading, known: tuple[str, ...]) -> str:
    """The function of 23G without its subfunction (COPY, DUPL)."""
    found = reading.plain(reading.sequence("GENL"), "23G", required=True)
    code = found.value.strip().partition("/")[0] if found else ""
    return code if found and reading.of_codes(found, code, known) else ""


def partial_of(reading: Reading) -> Partial | None:
    """Of the conditions of settlement the one that speaks of parts; the others are kept."""
    details = reading.sequence("SETDET")
    told = [
        each
        for each in reading.fields(details, "22F")
        if each.qualifier == "STCO" and each.value.strip() in [*Partial] and not each.scheme
    ]
    reading.seen.update(each.field.line for each in told)
    for again in told[1:]:
        reading.problems.add("repeated-field", again.field.where, again.field.value)
    return Partial(told[0].value.strip()) if told else None


def priority_of(reading: Reading, inside: Sequence) -> int | None:
    found = reading.one(inside, "22F", "PRIR")
    if found is None or found.scheme:
        return None
    value = found.value.strip()
    if len(value) == 4 and value.isascii() and value.isdigit() and int(value) in PRIORITIES:
        return int(value)
    reading.wrong(found.field, found.value, "0001–9999")
    return None


def kind_of(instruction: Instruction) -> str:
    """Which of the four messages an instruction is."""
    terms = instruction.terms
    wanted = (terms.direction, terms.against_payment)
    return next(kind for kind, each in KINDS.items() if each == wanted)
