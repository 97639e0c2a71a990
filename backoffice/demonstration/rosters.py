"""Who works when: each person of the demonstration the usual week, in the queue of the role."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from backoffice.access.models import User
from backoffice.workflow.models import Roster
from backoffice.workflow.workload.services import keep_roster

QUEUES = ("clerk", "checker", "risk", "accountant", "manager", "admin")
WEEK = [Decimal(8)] * 5 + [Decimal(0)] * 2
SINCE, STARTS = date(2026, 1, 1), time(9)


def keep_rosters(people: dict[str, User], *, at: datetime) -> None:
    """Once: a start over a day that is there changes nobody's week."""
    if not Roster.objects.exists():
        for queue in QUEUES:
            keep_roster(
                user=people[queue], queue=queue, hours=WEEK, starts=STARTS, valid_from=SINCE,
                actor=people["manager"], at=at,
            )  # fmt: skip
