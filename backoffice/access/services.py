"""Keys, roles and people: everything that changes who may do what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from backoffice.access.authentication import hash_of
from backoffice.access.models import ApiKey, User
from backoffice.access.roles import ROLES
from backoffice.kernel.errors import Broken, Invalid
from backoffice.kernel.i18n import gettext_noop


class ScopesExceedRole(Invalid):
    code = "scopes-exceed-role"
    title = gettext_noop("The key would be allowed more than its owner")
    detail = gettext_noop("%(username)s does not hold: %(missing)s.")
    hint = gettext_noop("Leave these scopes out, or have the role granted first.")


@transaction.atomic
def create_key(
    *,
    user: User,
    label: str,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown now and never again."""
    missing = set(scopes) - user.get_all_permissions()
    if missing:
        raise ScopesExceedRole(username=user.username, missing=", ".join(sorted(missing)))
    secret = "bo_" + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user,
        label=label,
        hash=hash_of(secret),
        scopes=list(scopes),
        networks=list(networks),
        expires_at=expires_at,
    )
    return row, secret


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
