"""Announcements proposed by one and approved by another, announced anew, and cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.selectors import reference_data
from settlements.actions.models import EventOption
from settlements.actions.undoing import undo_event
from settlements.models import RecordEvent, Transformation
from settlements.transforming.claiming import withdraw_claims_of
from settlements.transforming.state import IN_FORCE, OVER, EventState
from settlements.transforming.telling import (
    InvalidEvent,
    Parsed,
    Told,
    event_of,
    parsed,
    problems_at,
    rows_in_csv,
)

__all__ = [
    "InvalidEvent", "KnownEvent", "Told", "amend_event", "approve_events", "cancel_events", "decline_events",
    "event_of", "overtake_event", "propose_event", "propose_events", "same_event",
]  # fmt: skip


class KnownEvent(Conflict):
    code = "record-event-known"
    title = gettext_noop("That event is there already")
    detail = gettext_noop("%(event)s is about the same instrument, kind and record date.")
    hint = gettext_noop("Have it declined first, where it is wrong, or announce it anew.")


class NotInForce(Conflict):
    code = "record-event-not-in-force"
    title = gettext_noop("Only what is in force is announced anew")
    detail = gettext_noop("%(event)s is %(state)s, or is being announced anew already.")
    hint = gettext_noop("Look at what replaced it.")


class ReplacedAlready(Conflict):
    code = "settlements-replaced-already"
    title = gettext_noop("It has replaced settlements")
    detail = gettext_noop("%(event)s replaced %(count)s pending settlements.")
    hint = gettext_noop("Undo their sets first, then cancel it.")


@transaction.atomic
def propose_event(*, told: Told, actor: User | None, at: datetime) -> RecordEvent:
    """Store what was announced, for other eyes to approve. Raises InvalidEvent, KnownEvent.

    Without an actor a rule, or the message of a place, announces it.
    """
    found = parsed(told, reference_data())
    if known := same_event(found):
        raise KnownEvent(event=str(known))
    return _store(found, told.document, actor=actor, at=at)


def same_event(found: Parsed) -> RecordEvent | None:
    """The event that is the same one and not over: of the security, called the same, of that record date."""
    same = RecordEvent.objects.exclude(state__in=OVER).filter(
        instrument_id=found.terms["instrument_id"], action=found.terms["action"],
        record_date=found.terms["record_date"],
    )  # fmt: skip
    return same.order_by("-pk").first()


@transaction.atomic
def overtake_event(
    *, event_id: int, told: Told | None, reason: str, actor: User | None, at: datetime
) -> RecordEvent | None:
    """What was proposed and nobody has approved yet is so no more: its place says otherwise, or takes it back.

    What it says now is proposed in its stead, and would replace what that would have. Raises InvalidEvent.
    """
    old = RecordEvent.objects.select_for_update().get(pk=event_id)
    advance(RecordEvent, "overtake", [Step(old.pk, reason)], actor=None, at=at).raise_single()
    if told is None:
        return None
    found = parsed(told, reference_data())
    found.terms.update(replaces=old.replaces, version=old.version + 1)
    return _store(found, told.document, actor=actor, at=at)


@transaction.atomic
def propose_events(*, text: str, actor: User, at: datetime) -> list[RecordEvent]:
    """Store all that a CSV announces, or nothing of it. Raises InvalidEvent with the line of each problem."""
    rows, problems = [], []
    for number, document in enumerate(rows_in_csv(text), 2):  # the first line names the columns
        try:
            with transaction.atomic():
                rows.append(propose_event(told=event_of(document), actor=actor, at=at))
        except Refusal as refusal:
            problems += problems_at(number, refusal)
    if problems:
        raise InvalidEvent(problems, count=len(problems))
    return rows


@transaction.atomic
def amend_event(*, event_id: int, told: Told, actor: User | None, at: datetime) -> RecordEvent:
    """Store what was announced anew: once other eyes approve it, it replaces what was announced before.

    Without an actor its place announces it. What was paid stays paid, what was not is worked out anew. Raises
    InvalidEvent, NotInForce.
    """
    old = RecordEvent.objects.select_for_update().get(pk=event_id)
    waiting = old.replaced_by.exclude(state=EventState.DECLINED).exists()
    if old.state not in IN_FORCE or waiting:
        raise NotInForce(event=str(old), state=old.state)
    found = parsed(told, reference_data())
    found.terms.update(replaces=old, version=old.version + 1)
    return _store(found, told.document, actor=actor, at=at)


def _store(found: Parsed, document: str, *, actor: User | None, at: datetime) -> RecordEvent:
    row = RecordEvent.objects.create(
        **found.terms, proposed_by=actor, proposed_at=at, document=document,
        makers=[actor.pk] if actor else [],
    )  # fmt: skip
    EventOption.objects.bulk_create(EventOption(event=row, **terms) for terms in found.options)
    event = NewEvent(
        kind="recordevent.propose", subject_type="recordevent", subject_id=row.pk, entity_id=None,
        target=EventState.PROPOSED.value,
        facts={"document": document} | ({"replaces": str(row.replaces)} if row.replaces else {}),
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
    return row


def approve_events(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Put events in force, as other eyes: they are applied after their record date.

    What was announced anew replaces what was announced before: nothing of that is expected any more.
    """

    def take(id: int) -> None:
        row = _locked(id)
        advance(RecordEvent, "approve", [Step(id)], actor=actor, at=at).raise_single()
        if row.replaces is not None:
            _require_untouched(row.replaces)
            step = Step(row.replaces.pk, facts={"replaced_by": str(row)})
            advance(RecordEvent, "replace", [step], actor=None, at=at).raise_single()
            withdraw_claims_of(event_id=row.replaces.pk, at=at)
            undo_event(row.replaces, reason=str(row), actor=None, at=at)

    return each_by_itself(ids, take)


@transaction.atomic
def decline_events(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say, as other eyes, that an event is not so."""
    return advance(RecordEvent, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def cancel_events(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It was cancelled, as other eyes say: what is expected is expected no more, what was paid is reversed.

    Refuses with ReplacedAlready, and with WouldBeNegative what is not there any more.
    """

    def take(id: int) -> None:
        row = _locked(id)
        _require_untouched(row)
        advance(RecordEvent, "cancel", [Step(id, reason)], actor=actor, at=at).raise_single()
        withdraw_claims_of(event_id=id, at=at)
        undo_event(row, reason=reason, actor=actor, at=at)

    return each_by_itself(ids, take)


def _locked(id: int) -> RecordEvent:
    row = RecordEvent.objects.select_for_update(of=("self",)).filter(pk=id).first()
    if row is None:
        raise NotFound(what="recordevent", reference=f"CA-{id}")
    return row


def _require_untouched(row: RecordEvent) -> None:
    count = Transformation.objects.filter(event=row).count()
    if count:
        raise ReplacedAlready(event=str(row), count=count)
