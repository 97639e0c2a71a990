"""When a webhook is tried again, when it is given up, and how what it sends is signed. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
BETWEEN_BATCHES = timedelta(
    milliseconds=200
)  # so no receiver is asked more than five times a second
OVERLAP = timedelta(hours=24)  # for so long the secret before a new one signs as well


def wait_after(failures: int, chance: float) -> timedelta:
    """How long to wait after so many failures in a row: doubled each time, and up to a half longer.

    `chance` from 0 to 1 keeps many webhooks that failed together from being tried together.
    """
    doubled = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - 1, 20)))
    return doubled + doubled * chance / 2


def is_given_up(failing_since: datetime, at: datetime) -> bool:
    """Whether a webhook has failed for so long that somebody has to look."""
    return at - failing_since >= GIVEN_UP_AFTER


def secret_of(master: str, *, webhook_id: int, salt: str, number: int) -> str:
    """The secret of a webhook, derived and stored nowhere; another number is another secret."""
    told = f"webhook:{webhook_id}:{salt}:{number}".encode()
    derived = hmac.new(master.encode(), told, hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(derived).decode().rstrip("=")


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256, in hex, over `<timestamp>.<body>` with the secret as it was shown."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
