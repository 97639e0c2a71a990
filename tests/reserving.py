"""Holding room for one, as the services do for many."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from limits.holding import Asked, reserve_all
from limits.models import Hold
from limits.rules import LimitRequest
from limits.services import LimitExceeded


def reserve(request: LimitRequest, *, ttl_seconds: int, actor: User, at: datetime) -> Hold:
    """The hold that was made. Raises LimitExceeded."""
    (found,) = reserve_all([Asked(request.needs, ttl_seconds, actor, at)])
    if isinstance(found, LimitExceeded):
        raise found
    return found.hold
