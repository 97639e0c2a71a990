"""Everything that can be done to firm profiles: proposed by one person, approved by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import NotFound
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.firm_profiles.state import ProfileState
from refdata.models import Entity, FirmProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTerms:
    """What an entity is to be from a day on."""

    entity: Entity
    valid_from: date
    jurisdiction: str
    licence: str
    tax_agent: bool
    swift: str
    reason: str = ""


@transaction.atomic
def propose_profile(*, terms: ProfileTerms, actor: User, at: datetime) -> FirmProfile:
    """Store a profile; it holds once another person has approved it."""
    row = FirmProfile.objects.create(
        entity=terms.entity, valid_from=terms.valid_from, jurisdiction=terms.jurisdiction,
        licence=terms.licence, tax_agent=terms.tax_agent, swift=terms.swift, reason=terms.reason,
        makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="profile.propose", subject_type="profile", subject_id=row.pk,
        entity_id=row.entity_id, target=ProfileState.PROPOSED.value, reason=row.reason,
        facts={"valid_from": row.valid_from.isoformat()},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_profiles(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let profiles hold, as the second pair of eyes; each takes the place of one from the same day.

    There is a handful in the life of a firm, so each is decided by itself.
    """
    entities = FirmProfile.objects.filter(pk__in=ids).values("entity_id")
    locked = FirmProfile.objects.select_for_update().filter(entity_id__in=entities).order_by("pk")
    rows = {row.pk: row for row in locked}
    return each_by_itself(ids, lambda id: _approve(rows, id, actor, at))


def _approve(rows: Mapping[int, FirmProfile], id: int, actor: User, at: datetime) -> None:
    """The other one goes first: one holds from a day."""
    if id not in rows:
        raise NotFound(what="firm profile", reference=f"FP-{id}")
    row = rows[id]
    old = FirmProfile.objects.filter(
        entity_id=row.entity_id, valid_from=row.valid_from, state=ProfileState.APPROVED
    ).exclude(pk=row.pk)
    gone = [Step(id, facts={"cause": str(row)}) for id in old.values_list("pk", flat=True)]
    advance(FirmProfile, "supersede", gone, actor=None, at=at)
    step = Step(row.pk, row.reason, columns={"approved_by": actor.pk})
    advance(FirmProfile, "approve", [step], actor=actor, at=at).raise_single()


@transaction.atomic
def decline_profiles(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse profiles that another person proposed."""
    return advance(FirmProfile, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_profiles(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back profiles that were not approved yet."""
    return advance(FirmProfile, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)
