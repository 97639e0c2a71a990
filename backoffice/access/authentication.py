"""How a request says who sends it: an API key in a header, or the browser's session."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backoffice.access.addresses import address_of
from backoffice.access.factors import has_factor, proof_of
from backoffice.access.models import ApiKey, User
from backoffice.access.rates import count_request
from backoffice.access.step_up import Proof, check

PREFIX = "Bearer "
REMEMBER_SECONDS = 1.0  # a revoked key is refused at most this much later
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key speaks for, and within which bounds."""

    user: User
    permissions: frozenset[str]
    networks: tuple[str, ...]
    expires_at: datetime | None
    proof: Proof
    key_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether the permission is held at all; `require` asks for the second proof as well."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises StepUpRequired, SecondFactorMissing where the step moves money."""
        check(permission, lambda: self.proof)


_known: dict[str, tuple[float, KeyHolder]] = {}
_noted: dict[int, float] = {}  # when this process last wrote that a key was used
_loading = threading.Lock()


def hash_of(key: str) -> str:
    """Keys are long and random, so a plain SHA-256 is enough and quick."""
    return hashlib.sha256(key.encode()).hexdigest()


def holder_of(header: str, address: str) -> KeyHolder | None:
    """The holder of the key in an Authorization header; None when it is not a live key.

    Counts the request. Raises RateExceeded.
    """
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
    if not _in_networks(address, holder.networks):
        return None
    if now - _noted.get(holder.key_id or 0, -1e9) > USE_NOTED_EVERY.total_seconds():
        _note_use(holder, address, now)
    if holder.key_id is not None:
        count_request(holder.key_id, now)
    return holder


def _note_use(holder: KeyHolder, address: str, now: float) -> None:
    """Write that a key is used: once a minute, before any work, in a transaction of its own."""
    assert holder.key_id is not None
    _noted[holder.key_id] = now
    at = timezone.now()
    rows = ApiKey.objects.filter(pk=holder.key_id).filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
    )
    rows.update(last_used_at=at, last_used_from=_readable(address))


def _readable(address: str) -> str | None:
    """None for senders without an address, such as a socket."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


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
    return KeyHolder(
        row.user, frozenset(permissions), tuple(row.networks), row.expires_at, _proof(row), row.pk
    )


def _proof(row: ApiKey) -> Proof:
    """What a key proves: it was made with a code; or its owner made it while none was asked for."""
    if row.with_code:
        return Proof.GIVEN
    if row.made_by_id is not None or has_factor(row.user):
        return Proof.OLD
    return Proof.NONE if settings.SECOND_FACTOR_REQUIRED else Proof.NOT_ASKED


def _in_networks(address: str, networks: tuple[str, ...]) -> bool:
    if not networks:
        return True
    shown = _readable(address)
    return shown is not None and any(
        ipaddress.ip_address(shown) in ipaddress.ip_network(net) for net in networks
    )


def sender_of(request: HttpRequest) -> str:
    """The address that a request comes from."""
    meta = request.META
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "")
    return address_of(meta.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[User, KeyHolder] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        holder = holder_of(header, sender_of(request._request))
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
        return holder_of(header, sender_of(request))
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    assert isinstance(user, User)
    permissions = frozenset(user.get_all_permissions())
    return KeyHolder(user, permissions, (), None, proof_of(user, request.session, timezone.now()))
