"""MT565 both ways: our choice among the options of a corporate action, and our request to cancel it.

SWIFT Standards, Category 5, MT565 (A GENL with LINK, B USECU with ACCTINFO, D CAINST).
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import Election
from backoffice.connectors.formats.mt.characters import lines_of
from backoffice.connectors.formats.mt.event_parts import event_of, option_of, words_in
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.mt.terms import NO_QUANTITY, linked, security_of
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.terms import Function, QuantityKind

FUNCTIONS = (Function.NEW.value, Function.CANCEL.value)
NARRATIVE_WIDTH, NARRATIVE_LINES = 35, 10  # of 70E


def write_mt_election(election: Election, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused with everything that is wrong in the election."""
    problems = Problems("MT565")
    check_election(election, problems)
    block = Block(problems)
    _general(block, election)
    with block.sequence("USECU"):
        block.isin(election.isin)
        with block.sequence("ACCTINFO"):
            block.account(election.account, "account")
    with block.sequence("CAINST"):
        block.field("13A", "CAON", election.option)
        block.code("CAOP", election.option_type, "option_type")
        block.quantity("QINS", election.quantity, "quantity")
        if election.text.strip():
            lines = lines_of(
                election.text, "text", problems, width=NARRATIVE_WIDTH, most=NARRATIVE_LINES
            )
            block.field("70E", "INST", "\r\n".join(lines))
    return block.written("565", addresses)


def check_election(election: Election, problems: Problems) -> None:
    """What no format can carry."""
    if election.function not in (Function.NEW, Function.CANCEL):
        problems.add("wrong-code", "function", election.function, known="NEWM, CANC")
    cancels = election.function is Function.CANCEL
    if cancels and not election.previous:
        problems.add("required", "previous", missing="previous")
    if not cancels and election.previous:
        problems.add("not-permitted", "previous", "previous", reason="NEWM")
    option = election.option
    if len(option) != 3 or not option.isascii() or not option.isdigit() or option == "000":
        problems.add("wrong-value", "option", option, form="001–999")
    if election.quantity.kind is QuantityKind.AMORTISED:
        problems.add("wrong-code", "quantity", election.quantity.kind, known="UNIT, FAMT")


def _general(block: Block, election: Election) -> None:
    with block.sequence("GENL"):
        block.reference("CORP", election.event, "event")
        block.reference("SEME", election.reference, "reference")
        if election.official:
            block.reference("COAF", election.official, "official")
        block.lines.append(f":23G:{election.function}")
        block.code("CAEV", election.kind, "kind")
        block.day("PREP", election.prepared_on)
        if election.announcement:
            with block.sequence("LINK"):
                block.field("13A", "LINK", "564")
                block.reference("RELA", election.announcement, "announcement")
        if election.previous:
            with block.sequence("LINK"):
                block.field("13A", "LINK", "565")
                block.reference("PREV", election.previous, "previous")


def election_of(reading: Reading) -> Election:
    general, securities = reading.sequence("GENL"), reading.sequence("USECU")
    told = function_in(reading, FUNCTIONS)
    event, official, kind = event_of(reading, general)
    chosen = reading.sequence("CAINST")
    isin, _ = security_of(reading, securities)
    accounts = securities.sequences("ACCTINFO")
    if not accounts:
        reading.missing(":16R:ACCTINFO", securities.line)
    number, option_type = option_of(reading, chosen)
    quantity = reading.quantity(reading.one(chosen, "36B", "QINS", required=True))
    return Election(
        reference=reading.text(general, "20C", "SEME", required=True), event=event, kind=kind,
        account=reading.account(accounts[0], "SAFE", required=True) if accounts else "", isin=isin,
        option=number, option_type=option_type, quantity=quantity or NO_QUANTITY,
        function=Function(told) if told else Function.NEW,
        previous=linked(reading, general, "PREV"), announcement=linked(reading, general, "RELA"),
        official=official, prepared_on=reading.day(reading.one(general, "98", "PREP")),
        text=words_in(reading, chosen), format=reading.format, kept=reading.kept(),
    )  # fmt: skip
