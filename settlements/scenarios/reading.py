"""The live queue of a day as what-if plays it: all that is to settle by then, however far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.rows import array
from limits.services import LimitExceeded
from refdata.firm_days import firm_day
from settlements.linking.selectors import partners_of, waiting_for
from settlements.room import lacking_room
from settlements.running.queueing import ORDER, WHAT, candidates_in
from settlements.scenarios.rules import Due
from settlements.standing import reason_of, stopped_with_partners
from settlements.state import Reason

# Open, and due by the day; of a market whose cycle is supposed to be shorter, due by the day after too.
_OPEN = f"""{WHAT}
  LEFT JOIN refdata_instrument i ON i.asset_id = s.asset_id
 WHERE s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') AND s.cancellation IN ('NONE', 'DENIED')
   AND s.netted_by_id IS NULL AND (%(entity)s::bigint IS NULL OR s.entity_id = %(entity)s::bigint)
   AND (s.due_date <= %(day)s OR EXISTS (
       SELECT 1 FROM unnest(%(markets)s::text[], %(days)s::date[]) AS g(market, day)
        WHERE g.market = i.market AND s.due_date <= g.day))
{ORDER}
"""  # noqa: S608 - of our own pieces
_STANDS = """
SELECT s.id, s.transmission IN ('SENT', 'ACKNOWLEDGED'), s.approval, s.hold, s.reason,
       s.matching = 'UNMATCHED' AND s.reason IN ('DDAT', 'DQUA', 'DMON', 'DSEC', 'DEPT', 'ICAG'),
       p.finality = 'INTERNAL' AND s.matching <> 'MATCHED'
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id WHERE s.id = ANY(%s)
"""
NONE: Mapping[str, date] = MappingProxyType({})
_HELD = {"OURS": Reason.PREA, "THEIRS": Reason.PRCY, "CSD": Reason.SBLO}


class Stands(NamedTuple):
    """How far one has come: sent, approved by two people, held by whom, and what the place said of it."""

    sent: bool
    approval: str
    hold: str
    reason: str
    differs: bool  # the two instructions do
    unmatched: bool  # in our own books

    @property
    def to_release(self) -> bool:
        return self.approval == "PREPARED"


class Queue(NamedTuple):
    """What is due in the order of arrival, and how far each has come."""

    dues: list[Due]
    stands: Mapping[int, Stands]


def read_queue(
    day: date, *, entity_id: int | None, at: datetime, earlier: Mapping[str, date] = NONE
) -> Queue:
    """All that is open and due by the day; what somebody has yet to release counts as to be released.

    Of markets that are named `earlier` with a later day, due by that.

    Stopped for good are what is rejected, held, or differs from the other side's, and what its instruction,
    screening, a restriction, a cut-off or a settlement-day limit stops just now.
    """
    asked = {
        "entity": entity_id, "day": day, "markets": list(earlier), "days": list(earlier.values()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, asked)
        rows = candidates_in(cursor.fetchall())
        ids = [row.id for row in rows]
        cursor.execute(_STANDS, [array(ids)])
        stands = {id: Stands(*told) for id, *told in cursor.fetchall()}
    stopped = {id: why for id, each in stands.items() if (why := _stopped(each))}
    open_ids = [id for id in ids if id not in stopped and not stands[id].sent]
    stopped |= _stopped_now(open_ids, {row.id for row in rows if row.internal}, day, at)
    groups, after = _groups(open_ids), waiting_for(ids)
    dues = [
        Due(row, stands[row.id].sent, stopped.get(row.id, ""), groups.get(row.id, 0), tuple(after.get(row.id, ())))
        for row in rows
    ]  # fmt: skip
    return Queue(dues, stands)


def _stopped(each: Stands) -> str:
    """What of its own state keeps it from settling."""
    if each.approval == "REJECTED":
        return each.reason or Reason.DOCY.value
    if each.hold in _HELD:
        return _HELD[each.hold].value
    if each.differs:
        return each.reason
    return Reason.CMIS.value if each.unmatched else ""


def _stopped_now(ids: Sequence[int], internal: set[int], day: date, at: datetime) -> dict[int, str]:
    stopped = stopped_with_partners(ids, on=firm_day(at), at=at, day=day)
    found = {id: reason_of(why).value for id, why in stopped.items()}
    outside = [id for id in ids if id not in internal and id not in found]
    no_room = lacking_room(outside, at=at)
    limit = Reason.LIMT.value
    return found | {id: limit for id, why in no_room.items() if isinstance(why, LimitExceeded)}


def _groups(ids: Sequence[int]) -> dict[int, int]:
    """Those that are let go together have one number: the least key among them."""
    found: dict[int, int] = {}
    for id, others in partners_of(ids).items():
        if others:
            number = min(found.get(one, one) for one in (id, *others))
            found |= dict.fromkeys((id, *others), number)
    return found
