"""How many requests a key may send in a minute, and what is left of it.

Counted in the memory of each process, because the count stands on the path of every captured deal: with
several web processes a key may send as many times more. The headers are those of the IETF's draft
"RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10).
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import NamedTuple

from django.conf import settings

from backoffice.kernel.errors import Forbidden
from backoffice.kernel.i18n import gettext_noop

WINDOW_SECONDS = 60
MOST_KEYS = 10_000  # counted at a time; beyond it all begin anew


class RateExceeded(Forbidden):
    code = "rate-exceeded"
    title = gettext_noop("Too many requests")
    detail = gettext_noop("The key may send %(limit)s requests in a minute.")
    hint = gettext_noop("Go on in %(seconds)s s, or send many deals in one request.")
    status = 429


class Left(NamedTuple):
    """What a key may still send in the present minute."""

    limit: int
    remaining: int
    seconds: int

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("RateLimit-Policy", f'"key";q={self.limit};w={WINDOW_SECONDS}'),
            ("RateLimit", f'"key";r={self.remaining};t={self.seconds}'),
        )


_counted: dict[int, tuple[int, int]] = {}  # key: its minute, and requests in it
_counting = threading.Lock()
_left: ContextVar[Left | None] = ContextVar("rate_left", default=None)


def count_request(key_id: int, clock: float) -> None:
    """One more request of a key; `clock` runs in seconds. Raises RateExceeded."""
    minute, limit = int(clock // WINDOW_SECONDS), settings.KEY_REQUESTS_PER_MINUTE
    with _counting:
        if len(_counted) > MOST_KEYS:
            _counted.clear()
        then, count = _counted.get(key_id, (minute, 0))
        count = count + 1 if then == minute else 1
        _counted[key_id] = (minute, count)
    seconds = WINDOW_SECONDS - int(clock % WINDOW_SECONDS)
    _left.set(Left(limit, max(0, limit - count), seconds))
    if count > limit:
        raise RateExceeded(limit=limit, seconds=seconds)


def begin() -> None:
    """A new request: nothing is counted for it yet."""
    _left.set(None)


def left() -> Left | None:
    """What is left for the key of the present request; None without a key."""
    return _left.get()


def forget_counts() -> None:
    """Begin anew; for tests."""
    _counted.clear()
