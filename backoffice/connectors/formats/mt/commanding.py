"""MT530 both ways: hold or release, priority, partial settlement and links of what was instructed before.

SWIFT Standards, Category 5, MT530 (A GENL, B REQD, B1 LINK), 22F: SETT, PRIR, PRTL, LINK. The two codes of SETT are
the ones that custodians document; a place that has its own is told of in its channel.
"""

from __future__ import annotations

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import PRIORITIES, function_in, priority_of
from backoffice.connectors.formats.mt.settlement import write_link
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.mt.terms import links_of
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.securities import Command
from backoffice.connectors.formats.terms import Partial

SETTLE = {"NSET": True, "YSET": False}  # whether it is held
LINKING = {"LINK": True, "UNLK": False}


def write_mt_command(command: Command, addresses: Addresses | None = None) -> bytes:
    """One message about one instruction. Raises Refused: nothing asked for, or what cannot stand there."""
    problems = Problems("MT530")
    check_command(command, problems)
    block = Block(problems)
    with block.sequence("GENL"):
        block.reference("SEME", command.reference, "reference")
        block.lines.append(":23G:NEWM")
        block.day("PREP", command.prepared_on)
        block.account(command.account, "account")
    with block.sequence("REQD"):
        block.reference("PREV", command.instruction, "instruction")
        for qualifier, code in _indicators(command):
            block.field("22F", qualifier, code)
        for link in command.links:
            write_link(block, link.kind, link.reference)
    return block.written("530", addresses)


def check_command(command: Command, problems: Problems) -> None:
    if not _indicators(command):
        problems.add("required", "command", missing="hold, priority, partial, linked")
    if command.priority is not None and command.priority not in PRIORITIES:
        problems.add("wrong-value", "priority", str(command.priority), form="1–9999")
    if (command.linked is None) is not (not command.links):
        problems.add("required", "links", missing="linked, links")


def _indicators(command: Command) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if command.linked is not None:
        told.append(("LINK", _code(LINKING, command.linked)))
    if command.priority is not None:
        told.append(("PRIR", f"{command.priority:04d}"))
    if command.partial is not None:
        told.append(("PRTL", command.partial))
    if command.hold is not None:
        told.append(("SETT", _code(SETTLE, command.hold)))
    return told


def _code(codes: dict[str, bool], wanted: bool) -> str:
    return next(code for code, means in codes.items() if means is wanted)


def commands_of(reading: Reading) -> list[Command]:
    """One for each sequence REQD: a message may ask for several things under one reference."""
    function_in(reading, ("NEWM",))
    asked = reading.root.sequences("REQD")
    if not asked:
        reading.missing(":16R:REQD", reading.message.line)
    return [_command(reading, each) for each in asked]


def _command(reading: Reading, asked: Sequence) -> Command:
    general = reading.sequence("GENL")
    partial = reading.known(asked, "22F", "PRTL", [*Partial])
    return Command(
        reference=reading.text(general, "20C", "SEME", required=True),
        account=reading.account(general, "SAFE", required=True),
        instruction=reading.text(asked, "20", "PREV", "RELA", required=True),
        hold=SETTLE.get(reading.known(asked, "22F", "SETT", SETTLE)),
        priority=priority_of(reading, asked), partial=Partial(partial) if partial else None,
        linked=LINKING.get(reading.known(asked, "22F", "LINK", LINKING)),
        links=links_of(reading, asked), prepared_on=reading.day(reading.one(general, "98", "PREP")),
        format=reading.format,
    )  # fmt: skip
