"""What stands around every page: the business date and its state, the legal entity, and what waits.

One statement for all counts, each counted no further than it is shown; read again for a person after
a few seconds at the earliest, because every page shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from backoffice.access.models import User
from backoffice.work.selectors import open_of_person
from backoffice.workflow.state import Handling
from deals.confirming.state import UNSETTLED
from deals.models import Deal, ReceivedConfirmation
from deals.selectors import inbound
from limits.selectors import breaches
from onboarding.selectors import files
from refdata.firm_days import firm_day
from refdata.models import ScreeningHit
from refdata.proposals import proposals
from refdata.scopes import scope_of, visible_by_entity
from settlements.clearing.selectors import net_obligations
from settlements.models import Settlement
from settlements.netting.selectors import netting_sets

COUNTED = 99
FRESH_SECONDS = 3.0
REMEMBERED = 500  # persons; beyond it everything is read anew


@dataclass(frozen=True, slots=True)
class Day:
    """The day the books are open for; without any stored, the calendar's."""

    day: date
    state: str
    name: str = ""
    name_ru: str = ""
    others: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    day: Day
    counts: Mapping[str, int]


# name of the rail's entry, permission that makes it this person's to act, and what waits
WAITING: tuple[tuple[str, str, Callable[[User], QuerySet[Any]]], ...] = (
    ("home", "", lambda user: open_of_person(user).exclude(state=Handling.PAUSED)),
    ("party-files", "onboarding.approve_partyfile",
     lambda user: _of_others(files(visible_to=user).filter(state="SUBMITTED"), user)),
    ("party-files", "onboarding.submit_partyfile",
     lambda user: files(visible_to=user).filter(state="DUE")),
    ("deals", "deals.confirm_deal",
     lambda user: visible_by_entity(Deal.objects.filter(state="CAPTURED"), user, book="book_id")),
    ("deals", "deals.approve_deal", lambda user: _of_others(
        visible_by_entity(Deal.objects.filter(state="PENDING_APPROVAL"), user, book="book_id"), user)),
    ("confirmations", "deals.link_confirmation", lambda user: visible_by_entity(
        ReceivedConfirmation.objects.filter(state__in=UNSETTLED), user, book="book_id")),
    ("inbounds", "deals.repair_inbound", lambda user: inbound(visible_to=user).filter(state="REPAIR")),
    ("limits", "limits.explain_breach",
     lambda user: breaches(visible_to=user).filter(closed_at__isnull=True)),
    ("netting", "settlements.agree_nettingset",
     lambda user: netting_sets(visible_to=user).filter(state="OPEN")),
    ("clearing", "settlements.agree_netobligation",
     lambda user: net_obligations(visible_to=user).filter(state__in=("MATCHED", "DIFFERENT"))),
    ("settlements", "settlements.release_settlement", lambda user: _of_others(
        visible_by_entity(Settlement.objects.filter(approval="PREPARED", netted_by=None), user, book="book_id")
        .exclude(settlement="SETTLED").exclude(cancellation="AGREED"), user)),
    ("screening", "refdata.propose_clearing_screeninghit",
     lambda user: ScreeningHit.objects.filter(state="OPEN")),
    ("screening", "refdata.approve_clearing_screeninghit",
     lambda user: _of_others(ScreeningHit.objects.filter(state="CLEARING"), user)),
    ("reference", "refdata.approve_proposal",
     lambda user: _of_others(proposals(visible_to=user).filter(state="PROPOSED"), user)),
)  # fmt: skip


def _of_others(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    return rows.exclude(makers__contains=[user.pk])


_DAYS = """
SELECT DISTINCT ON (e.id) e.name, e.name_ru, d.day, d.state
  FROM refdata_entity e LEFT JOIN ledger_businessday d ON d.entity_id = e.id AND d.state IN ('OPEN', 'CLOSING')
   AND d.round = 1
 WHERE %(entities)s::bigint[] IS NULL OR e.id = ANY(%(entities)s::bigint[]) ORDER BY e.id, d.day
"""

_known: dict[int, tuple[float, Frame]] = {}


def frame_of(user: User) -> Frame:
    """What stands around the pages of this person, at most FRESH_SECONDS old."""
    now = time.monotonic()
    at, frame = _known.get(user.pk, (0.0, None))
    if frame is None or now - at > FRESH_SECONDS:
        if len(_known) > REMEMBERED:
            _known.clear()
        frame = _read(user)
        _known[user.pk] = (now, frame)
    return frame


def forget_frames() -> None:
    """Read everything anew next time; tests change their database."""
    _known.clear()


def _read(user: User) -> Frame:
    mine = [row for row in WAITING if not row[1] or user.has_perm(row[1])]
    parts: list[str] = []
    facts: list[Any] = []
    for _, _, waiting in mine:
        try:
            rows = waiting(user).order_by().values("pk")[: COUNTED + 1]
            sql, given = rows.query.sql_with_params()
        except EmptyResultSet:  # a person without a role has no queue
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS w)")  # noqa: S608 - our own queries
        facts += given
    reached = scope_of(user).reached
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"entities": reached if reached is None else list(reached)})
        day = _day(cursor.fetchall())
        cursor.execute(f"SELECT {', '.join(parts)}", facts)
        found = cursor.fetchone()
    counts: dict[str, int] = {}
    for (name, _, _), count in zip(mine, found, strict=True):
        counts[name] = counts.get(name, 0) + count
    return Frame(day, counts)


def _day(rows: Sequence[Any]) -> Day:
    if not rows:
        return Day(firm_day(timezone.now()), "OPEN")
    name, name_ru, day, state = rows[0]
    return Day(day or firm_day(timezone.now()), state or "OPEN", name, name_ru, len(rows) - 1)


def written(count: int) -> str:
    """A count as the rail shows it: nothing where nobody must act."""
    return "" if not count else f"{COUNTED}+" if count > COUNTED else str(count)
