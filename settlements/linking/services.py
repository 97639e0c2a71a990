"""Giving and ending links: both are facts, and who links what in a circle is refused.

WITH: released together, or neither. BEFORE: the first settles before the second; *after* is the same
seen from the other. A link holds until it is ended; with one that is settled or cancelled it has no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from settlements.linking.state import AskedKind
from settlements.models import LinkEnd, Settlement, SettlementLink
from settlements.state import LinkKind


class LinkedToItself(Invalid):
    code = "linked-to-itself"
    title = gettext_noop("A settlement is not linked to itself")
    detail = gettext_noop("%(settlement)s is named twice.")
    hint = gettext_noop("Name the other settlement.")


class LinkedAlready(Conflict):
    code = "linked-already"
    title = gettext_noop("They are linked so already")
    detail = gettext_noop("%(first)s and %(second)s have that link.")
    hint = gettext_noop("Leave it, or end it first.")


class LinkedInCircle(Conflict):
    code = "linked-in-circle"
    title = gettext_noop("Each would wait for the other")
    detail = gettext_noop(
        "%(second)s has to settle before %(first)s already, directly or through others."
    )
    hint = gettext_noop("End one of the links between them first.")


class NothingToLink(Conflict):
    code = "nothing-to-link"
    title = gettext_noop("It is over, or of other books")
    detail = gettext_noop(
        "%(settlement)s is settled or cancelled, or stands in the books of another entity."
    )
    hint = gettext_noop("Only open settlements of one legal entity are linked.")


class LinkOfRule(Conflict):
    code = "link-of-rule"
    title = gettext_noop("That link is not a person's")
    detail = gettext_noop("%(first)s and %(second)s are two halves of one deal.")
    hint = gettext_noop("It ends with them; nobody releases one half alone.")


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('settlements.linking', 0))"
# Whether the second comes before the first, directly or through others that are still to settle.
_CIRCLE = """
WITH RECURSIVE after (id) AS (
       SELECT %(second)s::bigint
        UNION
       SELECT l.second_id FROM after a JOIN settlements_settlementlink l ON l.first_id = a.id AND l.kind = 'BEFORE'
        WHERE NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id))
SELECT EXISTS (SELECT 1 FROM after WHERE id = %(first)s)
"""


@transaction.atomic
def link_settlements(
    *, settlement_id: int, other_id: int, kind: str, actor: User, at: datetime
) -> SettlementLink:
    """Link a settlement WITH another, or have it settle BEFORE or AFTER it.

    Raises LinkedToItself, NothingToLink, LinkedAlready, LinkedInCircle.
    """
    if settlement_id == other_id:
        raise LinkedToItself(settlement=f"S-{settlement_id}")
    with connection.cursor() as cursor:  # one at a time: two halves of a circle may come at once
        cursor.execute(_LOCK)
    pair = _open(settlement_id, other_id)
    first, second, stored = _stored(settlement_id, other_id, kind)
    links = SettlementLink.objects.filter(first_id=first, second_id=second, kind=stored)
    if links.filter(end=None).exists():
        raise LinkedAlready(first=f"S-{first}", second=f"S-{second}")
    if stored == LinkKind.BEFORE and _in_circle(first, second):
        raise LinkedInCircle(first=f"S-{first}", second=f"S-{second}")
    link = SettlementLink.objects.create(
        first_id=first, second_id=second, kind=stored, number=1 + links.count(), given_by=actor,
        given_at=at,
    )  # fmt: skip
    _tell("settlement.link", link, pair, actor, at)
    return link


@transaction.atomic
def end_link(
    *, settlement_id: int, other_id: int, kind: str, reason: str, actor: User, at: datetime
) -> LinkEnd:
    """End a link that a person gave. Raises NotFound, LinkOfRule."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    first, second, stored = _stored(settlement_id, other_id, kind)
    links = SettlementLink.objects.filter(
        first_id=first, second_id=second, kind=stored, end__isnull=True
    )
    link = links.first()
    if link is None:
        raise NotFound(what="link", reference=f"S-{settlement_id} {kind} S-{other_id}")
    if link.given_by_id is None:
        raise LinkOfRule(first=f"S-{first}", second=f"S-{second}")
    end = LinkEnd.objects.create(link=link, reason=reason, ended_by=actor, ended_at=at)
    rows = list(Settlement.objects.filter(pk__in=(first, second)).order_by("pk"))
    _tell("settlement.end_link", link, rows, actor, at, reason=reason)
    return end


def _stored(settlement_id: int, other_id: int, kind: str) -> tuple[int, int, LinkKind]:
    """How a link is kept: of those that go together the lower key first, and *after* the other way round."""
    if kind == AskedKind.WITH:
        return min(settlement_id, other_id), max(settlement_id, other_id), LinkKind.WITH
    if kind == AskedKind.AFTER:
        return other_id, settlement_id, LinkKind.BEFORE
    return settlement_id, other_id, LinkKind.BEFORE


def _open(*ids: int) -> list[Settlement]:
    """Both, locked, if they may be linked."""
    rows = list(
        Settlement.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    )
    for row in rows:
        over = row.settlement == "SETTLED" or row.cancellation == "AGREED"
        if over or row.entity_id != rows[0].entity_id:
            raise NothingToLink(settlement=str(row))
    return rows


def _in_circle(first: int, second: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CIRCLE, {"first": first, "second": second})
        return bool(cursor.fetchone()[0])


def _tell(
    kind: str, link: SettlementLink, rows: Sequence[Settlement], actor: User, at: datetime,
    *, reason: str = "",
) -> None:  # fmt: skip
    """On both: each is to be found in the history of either."""
    facts = {
        "first": f"S-{link.first_id}", "second": f"S-{link.second_id}", "kind": str(link.kind),
    }  # fmt: skip
    events = [
        NewEvent(
            kind=kind, subject_type="settlement", subject_id=row.pk, entity_id=row.entity_id,
            facts=facts, reason=reason,
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
