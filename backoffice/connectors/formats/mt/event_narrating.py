"""MT568 both ways: words about a corporate action.

SWIFT Standards, Category 5, MT568 (A GENL with LINK, B USECU, C ADDINFO).
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import EventNarrative, Notice
from backoffice.connectors.formats.mt.characters import lines_of
from backoffice.connectors.formats.mt.event_parts import event_of, words_in
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.mt.terms import linked, security_of
from backoffice.connectors.formats.refusing import Problems

FUNCTIONS = (Notice.NEW.value, Notice.REPLACES.value, Notice.CANCELLED.value)
NARRATIVE_WIDTH, NARRATIVE_LINES = 65, 120  # of 70F: 8000z


def write_mt_narrative(narrative: EventNarrative, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused."""
    problems = Problems("MT568")
    if narrative.notice not in FUNCTIONS:
        problems.add("wrong-code", "notice", narrative.notice, known=", ".join(FUNCTIONS))
    if not narrative.text.strip():
        problems.add("required", "text", missing="text")
    block = Block(problems)
    with block.sequence("GENL"):
        block.reference("CORP", narrative.event, "event")
        block.reference("SEME", narrative.reference, "reference")
        block.lines.append(f":23G:{narrative.notice}")
        block.code("CAEV", narrative.kind, "kind")
        block.day("PREP", narrative.prepared_on)
        for qualifier, reference in (("RELA", narrative.about), ("PREV", narrative.previous)):
            if reference:
                with block.sequence("LINK"):
                    block.reference(qualifier, reference, qualifier)
    with block.sequence("USECU"):
        block.account(narrative.account, "account")
        block.isin(narrative.isin)
    with block.sequence("ADDINFO"):
        lines = lines_of(
            narrative.text, "text", problems, width=NARRATIVE_WIDTH, most=NARRATIVE_LINES
        )
        block.field("70F", "ADTX", "\r\n".join(lines))
    return block.written("568", addresses)


def narrative_of(reading: Reading) -> EventNarrative:
    general = reading.sequence("GENL")
    told = function_in(reading, FUNCTIONS)
    event, _, kind = event_of(reading, general)
    securities = reading.sequence("USECU")
    isin, _ = security_of(reading, securities)
    words = [words_in(reading, each) for each in reading.root.sequences("ADDINFO")]
    if not any(words):
        reading.missing(":70F::ADTX", reading.message.line)
    return EventNarrative(
        reference=reading.text(general, "20C", "SEME", required=True), event=event,
        text="\n".join(filter(None, words)), kind=kind, isin=isin,
        account=reading.account(securities, "SAFE"),
        notice=Notice(told or Notice.NEW), about=linked(reading, general, "RELA"),
        previous=linked(reading, general, "PREV"),
        prepared_on=reading.day(reading.one(general, "98", "PREP")),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip
