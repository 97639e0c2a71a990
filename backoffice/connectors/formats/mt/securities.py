"""Messages of securities in a file: each by its kind, all or none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.mt import (
    advising,
    alleging,
    announcing,
    commanding,
    confirming,
    electing,
    event_advising,
    event_confirming,
    event_narrating,
    holding,
    instructing,
    trade_confirming,
    transacting,
)
from backoffice.connectors.formats.mt.blocks import (
    Message,
    check_characters,
    messages_in,
    tree_of,
)
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.refusing import Problems, Refused, at_line
from backoffice.connectors.formats.securities import Securities

READERS: dict[str, Callable[[Reading], Securities | Sequence[Securities]]] = {
    **dict.fromkeys(instructing.KINDS, instructing.instruction_of),
    **dict.fromkeys(confirming.KINDS, confirming.confirmation_of),
    "530": commanding.commands_of, "535": holding.holdings_of, "548": advising.advice_of,
    "578": alleging.allegement_of,
    "536": transacting.transactions_of, "537": transacting.pending_of,
    "586": transacting.allegements_of, "515": trade_confirming.confirmation_of,
    "518": trade_confirming.confirmation_of, "564": announcing.announcement_of,
    "565": electing.election_of, "566": event_confirming.event_confirmation_of,
    "567": event_advising.event_status_of, "568": event_narrating.narrative_of,
}  # fmt: skip
# Of a message without headers: what only one kind of those that are read has, the more telling first.
TELLING = (
    ("CONFDET", "518"), ("CAMV", "564"), ("CACONF", "566"), ("CAINST", "565"), ("STST", "537"), ("ALDET", "586"),
    ("TRANSDET", "536"), ("28E", "535"), ("REQD", "530"), ("REDE", "578"), ("EPRC", "567"),
    ("CORP", "568"), ("25D", "548"),
)  # fmt: skip


def read_mt_securities(raw: bytes, *, zone: tzinfo = UTC, kind: str = "") -> list[Securities]:
    """What a file of SWIFT's messages about securities says, in its order. Raises Refused.

    `zone` is the sender's, of times that have no offset. `kind` is that of messages without headers where
    their fields do not tell (541); a message's own header is what counts.
    """
    problems = Problems("MT5xx")
    messages = messages_in(decode(raw, format="MT5xx").text, problems)
    told = [each for each in messages if each.fields or not _is_service(each)]
    if not told and not problems:
        problems.add("no-message", at_line(1))
    found: list[Securities] = []
    for message in told:
        read = _read(message, kind, zone, problems)
        found += [read] if not isinstance(read, Sequence) else read
    problems.refuse_if_any()
    return found


def read_each_mt(raw: bytes, *, zone: tzinfo = UTC, kind: str = "") -> list[Securities | Refused]:
    """The same, message by message: one that is refused stands in its place, and the others are read.

    Raises Refused where nothing in the file is a message.
    """
    problems = Problems("MT5xx")
    messages = messages_in(decode(raw, format="MT5xx").text, problems)
    told = [each for each in messages if each.fields or not _is_service(each)]
    if not told:
        problems.refuse_if_any()
        problems.add("no-message", at_line(1))
        problems.refuse()
    found: list[Securities | Refused] = []
    for message in told:
        own = Problems("MT5xx")
        read = _read(message, kind, zone, own)
        if own:
            found.append(own.refused())
        else:
            found += [read] if not isinstance(read, Sequence) else read
    return [*found, problems.refused()] if problems else found


def _is_service(message: Message) -> bool:
    """An acknowledgement of the network between messages (application 21) has no fields of its own."""
    return message.blocks.get("1", "").startswith(("F21", "A21"))


def _read(
    message: Message, given: str, zone: tzinfo, problems: Problems
) -> Securities | Sequence[Securities]:
    kind = message.kind or _told(message) or given
    where = at_line(message.line)
    if not kind:
        first = message.fields[0].tag if message.fields else ""
        problems.add("unknown-kind", where, f":{first}:")
    elif kind not in READERS:
        problems.add("wrong-code", where, f"MT{kind}", known=", ".join(f"MT{k}" for k in READERS))
    else:
        wrong = problems.count
        check_characters(message, problems)
        root = tree_of(message, problems)
        if problems.count == wrong:
            return READERS[kind](Reading(message, kind, root, problems, zone))
    return []


def _told(message: Message) -> str:
    names: set[str] = set()
    for each in message.fields:
        names |= {each.tag, each.qualifier, each.value.strip() if each.tag == "16R" else ""}
    return next((kind for name, kind in TELLING if name in names), "")
