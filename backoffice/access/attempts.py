"""Guessing passwords is slow: who failed several times waits, longer each time.

Counted before the password is looked at, so that many attempts at once gain nothing; a success takes
its count back. An attempt that is refused here does not lengthen the wait.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from backoffice.access.models import FailedSignIn
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.i18n import gettext_noop

FREE = 5  # failures of one name from one address before anybody waits
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=15)
WINDOW = timedelta(minutes=15)  # what is older counts no more
OF_ADDRESS = 100  # failures from one address in the window, whatever the names


class TooManySignIns(Forbidden):
    code = "too-many-sign-ins"
    title = gettext_noop("Too many attempts to sign in")
    detail = gettext_noop("The next attempt is taken in %(seconds)s s.")
    hint = gettext_noop("Wait; ask an administrator if the password is forgotten.")
    status = 429


def wait_after(failures: int, last_at: datetime, at: datetime) -> timedelta:
    """How long the next attempt has to wait; zero or less when it need not."""
    if failures < FREE or at - last_at >= WINDOW:
        return timedelta(0)
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - FREE, 10), LONGEST_WAIT)
    return last_at + wait - at


@transaction.atomic
def count_attempt(username: str, address: str, *, at: datetime) -> None:
    """Take one attempt, as a failure until `forget_attempts`. Raises TooManySignIns."""
    row, _ = FailedSignIn.objects.select_for_update().get_or_create(
        name_hash=_hash(username), address=address, defaults={"last_at": at}
    )
    wait = max(wait_after(row.failures, row.last_at, at), _wait_of_address(address, at))
    if wait > timedelta(0):
        raise TooManySignIns(seconds=max(1, round(wait.total_seconds())))
    row.failures = row.failures + 1 if at - row.last_at < WINDOW else 1
    row.last_at = at
    row.save(update_fields=["failures", "last_at"])


def _wait_of_address(address: str, at: datetime) -> timedelta:
    rows = FailedSignIn.objects.filter(address=address, last_at__gt=at - WINDOW)
    failures = rows.aggregate(of_all=Sum("failures"))["of_all"] or 0
    return timedelta(minutes=1) if failures >= OF_ADDRESS else timedelta(0)


def forget_attempts(username: str, address: str) -> None:
    """The attempt was a success."""
    FailedSignIn.objects.filter(name_hash=_hash(username), address=address).delete()


def forget_old_attempts(*, at: datetime) -> None:
    FailedSignIn.objects.filter(last_at__lt=at - WINDOW).delete()


def _hash(username: str) -> str:
    return hashlib.sha256(username.strip().lower().encode()).hexdigest()
