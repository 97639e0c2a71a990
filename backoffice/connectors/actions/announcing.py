"""Taking in what places announce: each announcement is an event proposed for other eyes, or what changes one.

Approved it is by a person alone. What is announced anew says what changed; what is taken back ends a proposal, and
asks other eyes to cancel what is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.connectors.actions.comparing import changes_of
from backoffice.connectors.actions.known import (
    as_it_stands,
    event_called,
    keep,
    known_messages,
    securities_named,
    unknown_event,
)
from backoffice.connectors.actions.mapping import Security, told_of
from backoffice.connectors.actions.models import EventMessage
from backoffice.connectors.actions.state import Did, MessageKind
from backoffice.connectors.formats.corporate_actions import Announcement, Notice
from backoffice.connectors.places.bringing import require_may
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import Source, Told, all_refused
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import NotFound, Refusal
from refdata.models import Asset
from refdata.selectors import reference_data
from settlements.models import RecordEvent
from settlements.transforming.proposing import (
    amend_event,
    overtake_event,
    propose_event,
    same_event,
)
from settlements.transforming.state import IN_FORCE, EventState
from settlements.transforming.telling import Parsed, parsed
from settlements.transforming.telling import Told as Proposed

MAY_PROPOSE = "settlements.propose_recordevent"
TAKEN_BACK = (Notice.CANCELLED, Notice.WITHDRAWN)
RECALLS = (Notice.REMINDS, Notice.ELIGIBLE)  # they announce nothing new


class Followed(NamedTuple):
    """What an announcement did, to which event, and what it changes."""

    did: Did
    event: RecordEvent | None = None
    changes: Sequence[dict[str, str]] = ()


def take_announcements(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Announcements of a file in its order; each is a fact, known already, or a problem, and loses no other."""
    outcome = Outcome()
    known = known_messages(told, source)
    securities = securities_named(
        isin for each in told if isinstance(each.said, Announcement) for isin in _isins(each.said)
    )
    for each in told:
        assert isinstance(each.said, Announcement)
        if each.message in known:
            outcome.duplicate(each)
            continue
        try:
            require_may(source.actor, MAY_PROPOSE)
            with transaction.atomic():
                found = _follow(each, each.said, source, securities, at)
                _keep(each, each.said, source, found, at)
        except NotFound:
            outcome.problem(each, unknown_event(each, each.said.event))
        except Refusal as refusal:
            outcome.problem(each, *all_refused(each, refusal))
        else:
            known.add(each.message)
            outcome.add(each)
    return outcome


def _isins(said: Announcement) -> set[str]:
    moved = {move.isin for option in said.options for move in option.securities}
    return {said.isin} | moved


def _keep(each: Told, said: Announcement, source: Source, found: Followed, at: datetime) -> None:
    kind = MessageKind.PRELIMINARY if said.preliminary else MessageKind.ANNOUNCEMENT
    keep(
        each, source, kind, found.did, at=at, event=found.event, changes=list(found.changes),
        options={option.number: option.type for option in said.options},
    )  # fmt: skip


def _follow(
    each: Told, said: Announcement, source: Source, securities: dict[str, Security], at: datetime
) -> Followed:
    """Raises NotFound for an event that nobody knows, InvalidAnnouncement, InvalidEvent."""
    event = event_called(said.event, source, isin=said.isin)
    if said.notice in TAKEN_BACK:
        if event is None:
            raise NotFound(what="recordevent", reference=said.event)
        return _take_back(each, said, event, at)
    if said.preliminary or not (said.complete and said.confirmed):
        return Followed(
            Did.KEPT, event
        )  # nobody elects, and nothing is proposed, by what is not said for good
    if said.notice in RECALLS and event is not None:
        return Followed(Did.KEPT, event)
    document = f"{source.place or 'MT/ISO'} {each.message}"
    new = told_of(said, securities, document=document, zone=source.zone)
    return _propose(each, new, event, source, at)


def _take_back(each: Told, said: Announcement, event: RecordEvent, at: datetime) -> Followed:
    reason = f"{each.message} {said.notice}"
    if event.state == EventState.PROPOSED:
        overtake_event(event_id=event.pk, told=None, reason=reason, actor=None, at=at)
        return Followed(Did.TAKEN_BACK, event)
    if event.state not in IN_FORCE:
        return Followed(Did.KEPT, event)
    asked = NewEvent(
        kind="recordevent.ask_cancel", subject_type="recordevent", subject_id=event.pk, entity_id=None,
        reason=reason, facts={"message": each.message, "text": said.text[:200]},
    )  # fmt: skip
    record_events([asked], actor_id=None, at=at)
    return Followed(Did.ASKED_TO_CANCEL, event)


def _propose(
    each: Told, new: Proposed, event: RecordEvent | None, source: Source, at: datetime
) -> Followed:
    found = parsed(new, reference_data())
    standing = (
        event if event is not None and event.state in (EventState.PROPOSED, *IN_FORCE) else None
    )
    standing = standing or same_event(found)
    if standing is None:
        made = propose_event(told=new, actor=source.actor, at=at)
        return Followed(Did.PROPOSED, made)
    standing = as_it_stands(standing)
    own_word = _is_own_word(standing, source)
    changes = _changes(standing, found, own_word=own_word)
    if not changes:
        return Followed(Did.SAME, standing)
    new = _as_it_stood(new, standing, own_word=own_word)
    if standing.state == EventState.PROPOSED:
        anew = overtake_event(
            event_id=standing.pk, told=new, reason=each.message, actor=source.actor, at=at
        )
    else:
        anew = amend_event(event_id=standing.pk, told=new, actor=source.actor, at=at)
    return Followed(Did.PROPOSED_ANEW, anew, changes)


def _is_own_word(event: RecordEvent, source: Source) -> bool:
    """Whether no other place told of the event before."""
    chain, row = [event.pk], event
    while row.replaces is not None:
        row = row.replaces
        chain.append(row.pk)
    told = EventMessage.objects.filter(event__in=chain).values_list("place_id", flat=True)
    return set(told) <= {source.place_id}


def _changes(event: RecordEvent, found: Parsed, *, own_word: bool) -> list[dict[str, str]]:
    was: dict[str, Any] = vars(event)
    now = dict(found.terms)
    if now.get("ex_date") is None:
        now["ex_date"] = event.ex_date  # it followed from the settlement cycle
    if event.outturn_id is not None and now.get("rate") is None:
        now |= {
            "rate": event.rate,
            "money_asset_id": event.money_asset_id,
        }  # by what fractions are paid
    standing = [vars(option) for option in event.options.order_by("number")]
    assets = dict(Asset.objects.in_bulk(_assets([was, now, *standing, *found.options])))
    codes = {id: asset.code for id, asset in assets.items()}
    return changes_of(was, now, options=(standing, found.options), own_word=own_word, codes=codes)


def _assets(rows: Sequence[dict[str, Any]]) -> set[int]:
    names = ("money_asset_id", "outturn_id")
    return {row[name] for row in rows for name in names if row.get(name) is not None}


def _as_it_stood(new: Proposed, event: RecordEvent, *, own_word: bool) -> Proposed:
    """What a message has no field for stays as people have said it; another place's own days do too."""
    if event.cost_share is not None:
        new.cost_share = plain(event.cost_share)
    if (
        event.outturn_id is not None
        and event.rate is not None
        and event.money_asset
        and not new.rate
    ):
        new.rate, new.currency = plain(event.rate), event.money_asset.code
    if not new.ex_date:
        new.ex_date = event.ex_date.isoformat()
    if not own_word:
        new.payment_date, new.reference = event.payment_date.isoformat(), event.reference or None
        new.deadline_at = event.deadline_at.isoformat() if event.deadline_at else None
        new.elect_from = event.elect_from.isoformat() if event.elect_from else None
    return new
