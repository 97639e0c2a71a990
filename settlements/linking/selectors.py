"""Reading links: what is linked with what, seen from each, and who still waits for whom."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from backoffice.kernel.rows import array
from settlements.linking.state import AskedKind

# Links that hold. Those with what was cancelled have no effect, and those with what is settled have had it. A net
# takes the place of its members in theirs (`netting/services.py`); one that was withdrawn has none.
_LINKS = """
SELECT l.first_id, l.second_id, l.kind FROM settlements_settlementlink l
 WHERE (l.first_id = ANY(%s) OR l.second_id = ANY(%s))
   AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)
   AND NOT EXISTS (
       SELECT 1 FROM settlements_settlement s
        WHERE s.id IN (l.first_id, l.second_id)
          AND (s.netted_by_id IS NOT NULL OR s.source_type = 'set' AND s.cancellation = 'AGREED'))
 ORDER BY l.id
"""
_WAITING = """
SELECT l.second_id, array_agg(l.first_id ORDER BY l.first_id)
  FROM settlements_settlementlink l JOIN settlements_settlement f ON f.id = l.first_id
 WHERE l.second_id = ANY(%s) AND l.kind = 'BEFORE'
   AND f.settlement <> 'SETTLED' AND f.cancellation <> 'AGREED'
   AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)
 GROUP BY l.second_id
"""


def linked_with(ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """For each settlement those it is linked with, and how as it sees them: WITH, BEFORE or AFTER."""
    found: dict[int, list[tuple[int, str]]] = {id: [] for id in ids}
    with connection.cursor() as cursor:
        cursor.execute(_LINKS, [array(ids), array(ids)])
        rows = cursor.fetchall()
    for first, second, kind in rows:
        back = AskedKind.WITH if kind == AskedKind.WITH else AskedKind.AFTER
        for one, other, how in ((first, second, kind), (second, first, back.value)):
            if one in found:
                found[one].append((other, how))
    return found


def partners_of(ids: Sequence[int]) -> dict[int, list[int]]:
    """For each settlement those that are released with it or not at all."""
    return {
        id: [other for other, kind in links if kind == AskedKind.WITH]
        for id, links in linked_with(ids).items()
    }


def waiting_for(ids: Sequence[int]) -> dict[int, list[int]]:
    """Those of some settlements that have to settle after others which are still open, with these (LAAW)."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [array(ids)])
        return dict(cursor.fetchall())
