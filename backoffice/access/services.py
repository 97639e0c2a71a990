"""Keys, roles and people: everything that changes who may do what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_network

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from backoffice.access.authentication import hash_of
from backoffice.access.models import ApiKey, User
from backoffice.access.roles import ROLES
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Broken, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop


class ScopesExceedRole(Invalid):
    code = "scopes-exceed-role"
    title = gettext_noop("The key would be allowed more than its owner")
    detail = gettext_noop("%(username)s does not hold: %(missing)s.")
    hint = gettext_noop("Leave these scopes out, or have the role granted first.")


class BadNetworks(Invalid):
    code = "bad-networks"
    title = gettext_noop("An address range cannot be read")
    detail = gettext_noop("%(networks)s: no address and no range.")
    hint = gettext_noop(
        "Write ranges as 10.0.0.0/8 or 2001:db8::/32, single addresses as they are."
    )


class ExpiryInThePast(Invalid):
    code = "expiry-in-the-past"
    title = gettext_noop("The key would have expired already")
    detail = gettext_noop("%(expires_at)s is over.")
    hint = gettext_noop("Give a moment that is to come, or none.")


@transaction.atomic
def create_key(
    *,
    user: User,
    label: str,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
    with_code: bool = False,
    made_by: User | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown now and never again.

    `with_code`: a one-time code of the owner was checked; without it, the key may move money only
    while nobody asks its owner for a code. `made_by` is somebody else who makes it for the owner;
    such a key moves no money. Raises ScopesExceedRole, BadNetworks, ExpiryInThePast.
    """
    missing = set(scopes) - user.get_all_permissions()
    if missing:
        problem = FieldProblem("/scopes", "not-held", ScopesExceedRole.detail, ScopesExceedRole.hint,
                               {"username": user.username, "missing": ", ".join(sorted(missing))})  # fmt: skip
        raise ScopesExceedRole([problem], **problem.facts)
    secret = "bo_" + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user, label=label, hash=hash_of(secret), scopes=list(scopes),
        networks=_read_networks(networks), expires_at=expires_at, with_code=with_code, made_by=made_by,
    )  # fmt: skip
    if expires_at is not None and expires_at <= row.created_at:
        raise ExpiryInThePast(expires_at=expires_at.isoformat())
    _tell("create", [row], made_by or user, row.created_at)
    return row, secret


def _read_networks(networks: Sequence[str]) -> list[str]:
    """Ranges as they are compared later: with no bits beyond the mask."""
    found, wrong = [], []
    for text in networks:
        try:
            found.append(str(ip_network(text.strip())))
        except ValueError:
            wrong.append(text)
    if wrong:
        problem = FieldProblem("/networks", "bad-networks", BadNetworks.detail, BadNetworks.hint,
                               {"networks": ", ".join(wrong)})  # fmt: skip
        raise BadNetworks([problem], **problem.facts)
    return found


@transaction.atomic
def revoke_keys(*, ids: Sequence[int], actor: User, at: datetime) -> int:
    """End keys at once (a second later in processes that know them); how many were live."""
    rows = ApiKey.objects.select_for_update().filter(pk__in=ids, revoked_at__isnull=True)
    live = list(rows.order_by("pk"))
    ApiKey.objects.filter(pk__in=[row.pk for row in live]).update(revoked_at=at)
    _tell("revoke", live, actor, at)
    return len(live)


def _tell(step: str, rows: Sequence[ApiKey], actor: User, at: datetime) -> None:
    events = [
        NewEvent(
            kind=f"key.{step}", subject_type="key", subject_id=row.pk,
            facts={"owner": row.user_id, "label": row.label, "with_code": row.with_code},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)


@transaction.atomic
def sync_roles() -> None:
    """Write the table of roles to the groups, so that Django's checks read it."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, permissions in ROLES.items():
        unknown = set(permissions) - known.keys()
        if unknown:
            raise Broken(f"role {role} names permissions that do not exist: {sorted(unknown)}")
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in permissions])
