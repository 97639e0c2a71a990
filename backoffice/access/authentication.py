"""How a request says who sends it: an API key in a header, or the browser's session."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backoffice.access.models import ApiKey, User

PREFIX = "Bearer "
REMEMBER_SECONDS = 1.0  # a revoked key is refused at most this much later


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key speaks for, and within which bounds."""

    user: User
    permissions: frozenset[str]
    networks: tuple[str, ...]
    expires_at: datetime | None

    def may(self, permission: str) -> bool:
        return permission in self.permissions


_known: dict[str, tuple[float, KeyHolder]] = {}
_loading = threading.Lock()


def hash_of(key: str) -> str:
    """Keys are long and random, so a plain SHA-256 is enough and quick."""
    return hashlib.sha256(key.encode()).hexdigest()


def holder_of(header: str, address: str) -> KeyHolder | None:
    """The holder of the key in an Authorization header; None when it is not a live key."""
    if not header.startswith(PREFIX):
        return None
    digest = hash_of(header.removeprefix(PREFIX))
    now = time.monotonic()
    known = _known.get(digest)
    if known is None or now - known[0] > REMEMBER_SECONDS:
        known = _looked_up(digest, now)
        if known is None:
            return None
    holder = known[1]
    if holder.expires_at is not None and holder.expires_at <= timezone.now():
        return None
    return holder if _in_networks(address, holder.networks) else None


def _looked_up(digest: str, now: float) -> tuple[float, KeyHolder] | None:
    """Read a key anew; of many threads that find it too old one reads, the others wait for it."""
    with _loading:
        known = _known.get(digest)
        if known is not None and now - known[0] <= REMEMBER_SECONDS:
            return known
        holder = _load(digest)
        if holder is None:
            _known.pop(digest, None)
            return None
        _known[digest] = (time.monotonic(), holder)
        return _known[digest]


def _load(digest: str) -> KeyHolder | None:
    rows = ApiKey.objects.select_related("user").filter(hash=digest, user__is_active=True)
    row = rows.filter(Q(revoked_at__isnull=True)).first()
    if row is None:
        return None
    permissions = row.user.get_all_permissions()
    if row.scopes:
        permissions = permissions & set(row.scopes)
    return KeyHolder(row.user, frozenset(permissions), tuple(row.networks), row.expires_at)


def _in_networks(address: str, networks: tuple[str, ...]) -> bool:
    if not networks:
        return True
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(net) for net in networks)


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[User, KeyHolder] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        holder = holder_of(header, request.META.get("REMOTE_ADDR", ""))
        if holder is None:
            raise AuthenticationFailed("The key is unknown, expired, revoked or used from outside.")
        return holder.user, holder

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CsrfSessionAuthentication(SessionAuthentication):
    """The browser's session, with Django's protection against forged requests."""


def caller_of(request: HttpRequest) -> KeyHolder | None:
    """For plain views: the key's holder, or the session's user with CSRF enforced by middleware."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header:
        return holder_of(header, request.META.get("REMOTE_ADDR", ""))
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    assert isinstance(user, User)
    return KeyHolder(user, frozenset(user.get_all_permissions()), (), None)
