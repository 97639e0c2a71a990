"""Reading who holds which role."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.grants.models import RoleGrant
from backoffice.grants.state import GrantState
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in


@dataclass(frozen=True, slots=True)
class Holder:
    """A person, the grants that hold, and the roles that no grant explains."""

    user: User
    grants: tuple[RoleGrant, ...]
    unexplained: tuple[str, ...]


def grants() -> QuerySet[RoleGrant]:
    return RoleGrant.objects.select_related("user", "proposed_by", "approved_by")


def grant(reference: str) -> RoleGrant:
    """The grant of a reference such as `RG-3`. Raises NotFound."""
    row = grants().filter(pk=number_in(reference, "RG", "role grant")).first()
    if row is None:
        raise NotFound(what="role grant", reference=reference)
    return row


def holders() -> list[Holder]:
    """Everybody who may sign in, with their roles."""
    people = User.objects.filter(is_active=True).order_by("username").prefetch_related("groups")
    held: dict[int, list[RoleGrant]] = {}
    for row in grants().filter(state=GrantState.GRANTED).order_by("role"):
        held.setdefault(row.user_id, []).append(row)
    found = []
    for user in people:
        mine = tuple(held.get(user.pk, ()))
        explained = {row.role for row in mine}
        roles = sorted(group.name for group in user.groups.all())
        found.append(Holder(user, mine, tuple(r for r in roles if r not in explained)))
    return found
