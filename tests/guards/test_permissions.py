"""Closed by default: every operation names a permission, and nobody without it comes in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from backoffice.access import authentication
from backoffice.access.models import ApiKey, User
from backoffice.access.permissions import PUBLIC, SIGNED_IN
from backoffice.access.roles import ROLES
from backoffice.access.services import create_key
from tests.guards.addresses import NOBODY, STAFF, operations

pytestmark = pytest.mark.django_db


def test_every_operation_names_a_permission_that_exists() -> None:
    known = {
        f"{app}.{code}"
        for app, code in Permission.objects.values_list("content_type__app_label", "codename")
    } | {PUBLIC, SIGNED_IN, STAFF, NOBODY}
    assert [each.name for each in operations() if each.permission not in known] == []


def test_every_role_holds_permissions_that_exist() -> None:
    held = {name for permissions in ROLES.values() for name in permissions}
    known = {
        f"{app}.{code}"
        for app, code in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert held - known == set()
    dealer = set(ROLES["dealer"])
    assert not {p for p in dealer if "release" in p or "approve" in p or "confirm" in p}


def status_with(key: str, **more: Any) -> int:
    authentication._known.clear()
    headers = {"Authorization": f"Bearer {key}"}
    return Client().get("/api/v1/deals/", headers=headers, **more).status_code


def test_a_key_ends_when_it_is_revoked_expired_used_from_outside_or_too_narrow() -> None:
    clerk = User.objects.get(username="clerk")
    row, key = create_key(user=clerk, label="x")
    assert status_with(key) == 200
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
    assert status_with(key) == 401
    row, key = create_key(user=clerk, label="x", expires_at=timezone.now() + timedelta(hours=1))
    assert status_with(key) == 200
    ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert status_with(key) == 401
    _, key = create_key(user=clerk, label="x", networks=["10.0.0.0/8"])
    assert status_with(key, REMOTE_ADDR="127.0.0.1") == 401
    assert status_with(key, REMOTE_ADDR="10.1.2.3") == 200
    _, key = create_key(user=clerk, label="x", scopes=["limits.view_limit"])
    assert status_with(key) == 403
