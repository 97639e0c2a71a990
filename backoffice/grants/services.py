"""Granting roles by two people, and taking them away by one. Groups follow, in the same transaction.

Locks: grants first, then the persons they are for, ascending; so two grants for one person are looked
at one after the other, and cannot together give what nobody may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.access.segregation import SEGREGATED
from backoffice.events.services import NewEvent, record_events
from backoffice.grants.models import RoleGrant
from backoffice.grants.rules import clashes
from backoffice.grants.state import LIVE, GrantState
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance

SWEPT_AT_ONCE = 1_000


class GrantToOneself(Forbidden):
    code = "grant-to-oneself"
    title = gettext_noop("Nobody grants a role to themselves")
    detail = gettext_noop("The role would be your own.")
    hint = gettext_noop("Another administrator proposes it, another manager approves it.")


class UnknownRole(Invalid):
    code = "unknown-role"
    title = gettext_noop("There is no such role")
    detail = gettext_noop("%(role)s is not a role.")
    hint = gettext_noop("The roles are: %(known)s.")


class RolesClash(Conflict):
    code = "roles-clash"
    title = gettext_noop("Nobody may hold these roles together")
    detail = gettext_noop(
        "With the role %(role)s, %(username)s would hold both %(first)s and %(second)s."
    )
    hint = gettext_noop("End the other role first, or choose another person.")


class RoleHeld(Conflict):
    code = "role-held"
    title = gettext_noop("The person has this role already")
    detail = gettext_noop("%(username)s holds the role %(role)s, or it waits for approval.")
    hint = gettext_noop("End that grant first, if its end is to change.")


class GrantPeriodOver(Invalid):
    code = "grant-period-over"
    title = gettext_noop("The role would have ended already")
    detail = gettext_noop("%(valid_until)s is over.")
    hint = gettext_noop("Propose it again with a later end, or with none.")


@transaction.atomic
def propose_grant(
    *, user: User, role: str, valid_until: datetime | None, reason: str, actor: User, at: datetime
) -> RoleGrant:
    """Ask for a role for somebody else; held once another person has approved it.

    Raises GrantToOneself, UnknownRole, RolesClash, RoleHeld, GrantPeriodOver.
    """
    if user.pk == actor.pk:
        raise GrantToOneself()
    if role not in ROLES:
        raise UnknownRole(role=role, known=", ".join(ROLES))
    if valid_until is not None and valid_until <= at:
        raise GrantPeriodOver(valid_until=valid_until.isoformat())
    _locked([user.pk])
    if user.groups.filter(name=role).exists() or _live(user.pk, role):
        raise RoleHeld(username=user.username, role=role)
    refusal = _clash(user, role)
    if refusal is not None:
        raise refusal
    row = RoleGrant.objects.create(
        user=user, role=role, valid_until=valid_until, reason=reason[:500], proposed_by=actor,
        proposed_at=at, makers=[actor.pk, user.pk],
    )  # fmt: skip
    _tell("propose", row, GrantState.PROPOSED, actor, at)
    return row


@transaction.atomic
def approve_grants(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the roles are held from now on."""
    rows = list(RoleGrant.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    people = _locked([row.user_id for row in rows])
    refused: dict[int, Refusal] = {}
    for row in rows:
        refusal = _stopped(row, people[row.user_id], actor, at)
        if refusal is not None:
            refused[row.pk] = refusal
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids if id not in refused]
    outcome = advance(RoleGrant, "approve", steps, actor=actor, at=at)
    for row in rows:
        if row.pk in outcome.done:
            people[row.user_id].groups.add(Group.objects.get(name=row.role))
    return outcome.refusing(refused)


def _stopped(row: RoleGrant, user: User, actor: User, at: datetime) -> Refusal | None:
    """Why a proposed grant may not be held, beyond what its lifecycle says."""
    if row.state != GrantState.PROPOSED:
        return None
    if user.pk == actor.pk:
        return GrantToOneself()
    if row.valid_until is not None and row.valid_until <= at:
        return GrantPeriodOver(valid_until=row.valid_until.isoformat())
    return _clash(user, row.role)


@transaction.atomic
def decline_grants(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse roles that somebody else proposed."""
    return advance(RoleGrant, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_grants(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take proposals back."""
    return advance(RoleGrant, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def end_grants(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take roles away, at once: one person is enough for that."""
    outcome = advance(RoleGrant, "end", [Step(id, reason) for id in ids], actor=actor, at=at)
    _take_away(outcome.done)
    return outcome


@transaction.atomic
def expire_grants(*, at: datetime) -> int:
    """End the roles whose time is over; how many. Running twice does nothing."""
    rows = RoleGrant.objects.filter(state=GrantState.GRANTED, valid_until__lte=at)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    done = advance(RoleGrant, "expire", [Step(id) for id in ids], actor=None, at=at).done
    _take_away(done)
    return len(done)


@transaction.atomic
def install_grant(*, user: User, role: str, at: datetime) -> RoleGrant | None:
    """A role that the installation gives: nobody is there yet to propose or approve it.

    None where the person has it already. Raises RolesClash.
    """
    _locked([user.pk])
    if _live(user.pk, role):
        return None
    refusal = _clash(user, role)
    if refusal is not None:
        raise refusal
    row = RoleGrant.objects.create(
        user=user, role=role, state=GrantState.GRANTED, proposed_at=at, makers=[user.pk]
    )
    user.groups.add(Group.objects.get(name=role))
    _tell("install", row, GrantState.GRANTED, None, at)
    return row


def _take_away(ids: Iterable[int]) -> None:
    rows = list(RoleGrant.objects.filter(pk__in=list(ids)))
    people = _locked([row.user_id for row in rows])
    for row in rows:
        people[row.user_id].groups.remove(Group.objects.get(name=row.role))


def _locked(ids: Iterable[int]) -> dict[int, User]:
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {user.pk: user for user in rows}


def _live(user_id: int, role: str) -> bool:
    return RoleGrant.objects.filter(user_id=user_id, role=role, state__in=LIVE).exists()


def _clash(user: User, role: str) -> RolesClash | None:
    roles = {role, *user.groups.values_list("name", flat=True)}
    found = clashes(roles, table=ROLES, segregated=SEGREGATED)
    if not found:
        return None
    first, second = found[0]
    return RolesClash(role=role, username=user.username, first=first, second=second)


def _tell(step: str, row: RoleGrant, target: GrantState, actor: User | None, at: datetime) -> None:
    facts = {"user": row.user.username, "role": row.role}
    if row.valid_until is not None:
        facts["valid_until"] = row.valid_until.isoformat()
    event = NewEvent(
        kind=f"rolegrant.{step}", subject_type="rolegrant", subject_id=row.pk, target=target.value,
        reason=row.reason, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
