"""Documents of ISO 20022 about securities in a file: one, or several with their headers in the channel's element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any

from backoffice.connectors.formats.refusing import Problems, Refused, at_line
from backoffice.connectors.formats.securities import Securities
from backoffice.connectors.formats.seev import advising as event_advising
from backoffice.connectors.formats.seev import announcing, electing
from backoffice.connectors.formats.seev import confirming as event_confirming
from backoffice.connectors.formats.semt import holding, penalties, transacting
from backoffice.connectors.formats.sese import (
    advising,
    alleging,
    commanding,
    confirming,
    instructing,
)
from backoffice.connectors.formats.sese.elements import Node, Reading, parsed
from backoffice.connectors.formats.sese.versions import READ, ROOTS, definition_of
from backoffice.connectors.formats.xml import local_name, namespace_of

FORMAT = "ISO 20022"
Reader = Callable[[Node, Node | None, str], Securities | Sequence[Securities]]
READERS: dict[str, Reader] = {
    "sese.020": instructing.cancellation_of, "sese.023": instructing.instruction_of,
    "sese.024": advising.advice_of, "sese.025": confirming.confirmation_of,
    "sese.026": confirming.reversal_of, "sese.029": alleging.removal_of,
    "sese.027": advising.cancellation_advice_of, "sese.028": alleging.allegement_of,
    "sese.030": commanding.commands_of, "sese.031": advising.command_advice_of,
    "semt.002": holding.holdings_of, "semt.017": transacting.transactions_of,
    "semt.018": transacting.pending_of, "semt.019": transacting.allegements_of,
    "semt.044": penalties.penalties_of,
    "seev.031": announcing.announcement_of, "seev.033": electing.election_of,
    "seev.034": event_advising.status_of, "seev.035": announcing.preliminary_of,
    "seev.036": event_confirming.confirmation_of, "seev.037": event_confirming.reversal_of,
    "seev.039": announcing.cancellation_of,
}  # fmt: skip


def read_documents(raw: bytes, *, zone: tzinfo = UTC) -> list[Securities]:
    """What a file of documents about securities says, in its order. Raises Refused; all of it or nothing is taken."""
    root = parsed(raw, FORMAT)
    problems = Problems(FORMAT)
    found: list[Securities] = []
    for document, header in _documents(root):
        read = _read(document, header, zone, problems)
        found += read if isinstance(read, Sequence) else [read]
    if not found and not problems:
        problems.add("no-message", at_line(1))
    problems.refuse_if_any()
    return found


def read_each_document(raw: bytes, *, zone: tzinfo = UTC) -> list[Securities | Refused]:
    """The same, document by document: one that is refused stands in its place. Raises Refused for what is no XML."""
    root = parsed(raw, FORMAT)
    found: list[Securities | Refused] = []
    for document, header in _documents(root):
        problems = Problems(FORMAT)
        read = _read(document, header, zone, problems)
        if problems:
            found.append(problems.refused())
        else:
            found += read if isinstance(read, Sequence) else [read]
    if not found:
        nothing = Problems(FORMAT)
        nothing.add("no-message", at_line(1))
        nothing.refuse()
    return found


def _documents(root: Any) -> Iterator[tuple[Any, Any | None]]:
    """Each document with the header that stands before it, in the element of its own or beside it."""
    if local_name(root) == "Document":
        yield root, None
        return
    header: Any | None = None
    for each in root.iter():
        if local_name(each) == "AppHdr" and "head.001" in namespace_of(each):
            header = each
        elif local_name(each) == "Document":
            yield each, header
            header = None


def _read(
    document: Any, header: Any | None, zone: tzinfo, problems: Problems
) -> Securities | Sequence[Securities]:
    namespace = namespace_of(document)
    definition = definition_of(namespace)
    where = at_line(document.sourceline or 1, "Document")
    if definition is None or definition.name not in READ:
        problems.add("wrong-code", where, namespace, known=", ".join(READ))
        return []
    if definition.version not in READ[definition.name]:
        known = ", ".join(READ[definition.name])
        problems.add("unknown-version", where, str(definition), known=known)
        return []
    inside = list(document)
    if len(inside) != 1 or local_name(inside[0]) != ROOTS[definition.name]:
        problems.add("missing-element", where, missing=ROOTS[definition.name])
        return []
    reading = Reading(str(definition), problems, zone)
    node = Node(inside[0], local_name(inside[0]), reading)
    head = Node(header, "AppHdr", reading) if header is not None else None
    return READERS[definition.name](node, head, str(definition))
