"""A file of messages of securities from a place, message by message: what is good is taken, what is not is named.

Whose word it is its channel says, which two people set up: without one nothing is evidence. What a counterparty
confirms, what an issuer announces and what a place states of penalties wait for people anyway, who may bring them too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from backoffice.access.models import User
from backoffice.connectors.actions.announcing import take_announcements
from backoffice.connectors.actions.answering import take_event_statuses, take_narratives
from backoffice.connectors.actions.confirming import take_event_confirmations
from backoffice.connectors.formats.corporate_actions import (
    Announcement,
    Election,
    EventConfirmation,
    EventNarrative,
    EventStatus,
)
from backoffice.connectors.formats.holdings import Holdings
from backoffice.connectors.formats.penalties import PenaltyStatement
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
from backoffice.connectors.formats.trade_confirmations import TradeConfirmation
from backoffice.connectors.formats.transactions import Allegements
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.allegements import take_allegements
from backoffice.connectors.places.confirmations import take_confirmations
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.penalties import take_penalties
from backoffice.connectors.places.positions import take_holdings
from backoffice.connectors.places.sources import source_of
from backoffice.connectors.places.statuses import take_statuses
from backoffice.connectors.places.told import Source, Told, position_of
from backoffice.connectors.places.trade_confirmations import take_trade_confirmations
from backoffice.connectors.receiving.taken import NotByHand, Taken, problem_document
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop


class Take(NamedTuple):
    """Who takes messages of a kind. What moves settlements or books by a place's word no person may bring."""

    kind: type
    take: Callable[..., Outcome]
    by_hand: bool = False


# In this order, whatever the order in the file: what is confirmed was matched before, what is paid was announced.
_TAKES = (
    Take(Allegement, take_allegements), Take(Allegements, take_allegements), Take(StatusAdvice, take_statuses),
    Take(Confirmation, take_confirmations), Take(Holdings, take_holdings),
    Take(TradeConfirmation, take_trade_confirmations, by_hand=True),
    Take(PenaltyStatement, take_penalties, by_hand=True),
    Take(Announcement, take_announcements, by_hand=True), Take(EventStatus, take_event_statuses),
    Take(EventConfirmation, take_event_confirmations), Take(EventNarrative, take_narratives, by_hand=True),
)  # fmt: skip


def take_securities(file: InboundFile, raw: bytes, *, actor: User | None, at: datetime) -> Taken:
    """Take in what a place says. Raises Refused where no message can be found in it, NoPlacesWord, NotByHand.

    Of what a person brings only that is taken which waits for other eyes, or for nobody.
    """
    source = source_of(file, at, actor=actor)
    read = read_each_securities(raw, zone=source.zone)
    told, outcome = _told(file, read)
    _require_channel(told, source)
    for each in _TAKES:
        chosen = [one for one in told if isinstance(one.said, each.kind)]
        if chosen and (each.by_hand or source.place_id is not None):
            outcome.take(each.take(chosen, source, at=at))
    handled = outcome.added | outcome.known | outcome.bad
    for one in told:
        if one.position not in handled:
            outcome.problem(one, _not_taken(one, source))
    return Taken(
        format=recognise(raw).name, lines=len(read), added=len(outcome.added - outcome.bad),
        duplicates=len(outcome.known - outcome.added - outcome.bad), refused=len(outcome.bad),
        problems=[problem_document(each) for each in outcome.problems],
        entities=frozenset(outcome.entities), counts=_counts(told),
    )  # fmt: skip


def _require_channel(told: Sequence[Told], source: Source) -> None:
    """A file of which nothing may be brought by hand is refused as a whole. Raises NotByHand."""
    needs = [each for each in _TAKES if not each.by_hand]
    if source.place_id is None and told and all(_is_one_of(one, needs) for one in told):
        raise NotByHand()


def _is_one_of(told: Told, takes: Sequence[Take]) -> bool:
    return any(isinstance(told.said, each.kind) for each in takes)


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


def _not_taken(each: Told, source: Source) -> FieldProblem:
    if source.place_id is None and _is_one_of(each, _TAKES):
        return FieldProblem(position_of(each), NotByHand.code, NotByHand.detail, NotByHand.hint)
    if not isinstance(each.said, Instruction | Command | Election):
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
