"""Taking in how elections of ours stand at their places, and how events do: taken, refused, or told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.connectors.actions.known import event_called, keep, known_messages
from backoffice.connectors.actions.state import Did, MessageKind
from backoffice.connectors.channels.references import choice_named_by
from backoffice.connectors.channels.sending import Said as Answered
from backoffice.connectors.channels.sending import note_answers
from backoffice.connectors.channels.state import MessageState
from backoffice.connectors.formats.corporate_actions import EventNarrative, EventStatus
from backoffice.connectors.formats.statuses import Axis
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.places.known import accounts_of
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import Source, Told, refused, unknown_reference
from backoffice.kernel.errors import Refusal
from settlements.actions.electing import accept_elections
from settlements.models import RecordEvent

# 25D IPRC of MT567: taken for processing; refused, cancelled by us or by another, or not to be executed.
TAKEN, REFUSED = ("PACK", "STIN"), ("REJT", "CAND", "CANO", "DEND")


def take_event_statuses(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Statuses of a file in its order. One about an election moves it with its message; one of an event is kept."""
    outcome = Outcome()
    known = known_messages(told, source)
    for each in told:
        said = each.said
        assert isinstance(said, EventStatus)
        if each.message in known:
            outcome.duplicate(each)
            continue
        message = _message_of(said, source) if said.about else None
        if said.about and message is None:
            outcome.problem(each, unknown_reference(each, said.about))
            continue
        try:
            with transaction.atomic():
                did = _answer(each, said, message, at) if message else Did.KEPT
                event = _event_of(said, message, source)
                keep(
                    each, source, MessageKind.STATUS, did, at=at, event=event, account=said.account,
                    text=_text(said), notice=_code(said)[:4],
                    entity_id=message.entity_id if message else None,
                )  # fmt: skip
        except Refusal as refusal:
            outcome.problem(each, refused(each, refusal))
            continue
        if message is not None and message.entity_id is not None:
            outcome.entities.add(message.entity_id)
        known.add(each.message)
        outcome.add(each)
    return outcome


def take_narratives(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Words about events: kept and shown beside theirs, or by its name until it is known."""
    outcome = Outcome()
    known = known_messages(told, source)
    accounts = accounts_of(
        (each.said.account for each in told if isinstance(each.said, EventNarrative)), source
    )
    for each in told:
        said = each.said
        assert isinstance(said, EventNarrative)
        if each.message in known:
            outcome.duplicate(each)
            continue
        whose = accounts.get(said.account)
        keep(
            each, source, MessageKind.NARRATIVE, Did.KEPT, at=at, account=said.account,
            event=event_called(said.event, source, isin=said.isin),
            entity_id=whose.entity_id if whose else None,
        )  # fmt: skip
        known.add(each.message)
        outcome.add(each)
    return outcome


def _message_of(said: EventStatus, source: Source) -> OutboundMessage | None:
    """The message of an election that a place names, if it went there; locked."""
    id = choice_named_by(said.about)
    if id is None:
        return None
    rows = OutboundMessage.objects.select_for_update(of=("self",)).filter(
        choice_id=id, place_id=source.speaker
    )
    return rows.select_related("choice__election__event").first()


def _event_of(
    said: EventStatus, message: OutboundMessage | None, source: Source
) -> RecordEvent | None:
    if message is not None and message.choice is not None:
        return message.choice.election.event
    return event_called(said.event, source)


def _answer(each: Told, said: EventStatus, message: OutboundMessage, at: datetime) -> Did:
    """Whatever a place says of an election, it has it; unless it refuses it. Raises PaidAlready."""
    code = _code(said)
    is_refused = code in REFUSED
    text = f"{each.message} {_text(said)}" if is_refused else each.message
    note_answers([Answered(message.pk, not is_refused, text)], at=at)
    if is_refused:
        return Did.REFUSED
    if code not in TAKEN:
        return Did.KEPT
    _accept(message, each.message, at)
    return Did.ACCEPTED


def _accept(message: OutboundMessage, said: str, at: datetime) -> None:
    """Once the place has all that was chosen together, it has the election."""
    choice = message.choice
    assert choice is not None
    same = OutboundMessage.objects.filter(
        choice__election=choice.election_id, choice__round=choice.round
    )
    if not same.exclude(state=MessageState.ACKNOWLEDGED).exists():
        accept_elections(ids=[choice.election_id], message=said, at=at)


def _code(said: EventStatus) -> str:
    for axis in (Axis.PROCESSING, Axis.CANCELLATION, Axis.EVENT):
        for status in said.statuses:
            if status.axis is axis and not status.scheme:
                return status.code
    return ""


def _text(said: EventStatus) -> str:
    """Codes with the place's own words."""
    found = []
    for status in said.statuses:
        found.append("/".join(filter(None, (status.scheme, status.axis.value, status.code))))
        found += [" ".join(filter(None, (reason.code, reason.text))) for reason in status.reasons]
    return "; ".join(filter(None, found))
