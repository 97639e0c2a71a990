"""A file of messages of securities from a place, message by message: what is good is taken, what is not is named.

Whose word it is its channel says, which two people set up: without one nothing is evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from backoffice.access.models import User
from backoffice.connectors.formats.holdings import Holdings
from backoffice.connectors.formats.recognising import read_each_securities, recognise
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import (
    Allegement,
    Command,
    Confirmation,
    Instruction,
    Securities,
)
from backoffice.connectors.formats.statuses import StatusAdvice
from backoffice.connectors.formats.transactions import Allegements
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.allegements import take_allegements
from backoffice.connectors.places.confirmations import take_confirmations
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.positions import take_holdings
from backoffice.connectors.places.sources import source_of
from backoffice.connectors.places.statuses import take_statuses
from backoffice.connectors.places.told import Told, position_of
from backoffice.connectors.receiving.taken import Taken, problem_document
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop

# In this order, whatever the order in the file: what is confirmed was matched before.
_TAKES: tuple[tuple[type, Callable[..., Outcome]], ...] = (
    (Allegement, take_allegements), (Allegements, take_allegements), (StatusAdvice, take_statuses),
    (Confirmation, take_confirmations), (Holdings, take_holdings),
)  # fmt: skip


def take_securities(file: InboundFile, raw: bytes, *, actor: User | None, at: datetime) -> Taken:
    """Take in what a place says. Raises Refused where no message can be found in it, NoPlacesWord."""
    source = source_of(file, at)
    read = read_each_securities(raw, zone=source.zone)
    told, outcome = _told(file, read)
    for kind, take in _TAKES:
        chosen = [each for each in told if isinstance(each.said, kind)]
        if chosen:
            outcome.take(take(chosen, source, at=at))
    handled = outcome.added | outcome.known | outcome.bad
    for each in told:
        if each.position not in handled:
            outcome.problem(each, _not_taken(each))
    return Taken(
        format=recognise(raw).name, lines=len(read), added=len(outcome.added - outcome.bad),
        duplicates=len(outcome.known - outcome.added - outcome.bad), refused=len(outcome.bad),
        problems=[problem_document(each) for each in outcome.problems],
        entities=frozenset(outcome.entities), counts=_counts(told),
    )  # fmt: skip


def _told(file: InboundFile, read: Sequence[Securities | Refused]) -> tuple[list[Told], Outcome]:
    """Each message by its own reference; one without is known by its file and position."""
    told, outcome = [], Outcome()
    for position, each in enumerate(read, 1):
        if isinstance(each, Refused):
            empty = Told(position, "", None)  # type: ignore[arg-type]
            outcome.problem(empty, *(_at(position, problem) for problem in each.problems))
            continue
        reference = getattr(each, "reference", "") or f"{file.sha256[:16]}/{position}"
        told.append(Told(position, f"{each.format}:{reference}"[:120], each))
    return told, outcome


def _at(position: int, problem: FieldProblem) -> FieldProblem:
    where = f"message {position}, {problem.pointer}"
    return FieldProblem(where, problem.code, problem.detail, problem.hint, problem.facts)


def _not_taken(each: Told) -> FieldProblem:
    if not isinstance(each.said, Instruction | Command):
        return FieldProblem(
            position_of(each), "nobody-takes-it",
            gettext_noop("%(format)s is read, and nothing here takes it in."),
            gettext_noop("It is kept. Bring it where its kind is taken, or do what it says by hand."),
            facts={"format": each.said.format},
        )  # fmt: skip
    return FieldProblem(
        position_of(each), "not-for-us",
        gettext_noop("%(format)s is what we send to places, not what they send to us."),
        gettext_noop("Ask the place what it means by it."), facts={"format": each.said.format},
    )  # fmt: skip


def _counts(told: Sequence[Told]) -> dict[str, int]:
    """How many of each message there were."""
    formats = [each.said.format for each in told]
    return {format: formats.count(format) for format in sorted(set(formats))}
