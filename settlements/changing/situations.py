"""How far deals have come, looked at under lock: what may be done about them depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.kernel.errors import Unavailable
from backoffice.kernel.i18n import gettext_noop
from deals.amending.consequences import Part, Situation, situation_of
from settlements.remaining import rest_of

_ATTEMPTS = 3


class Moving(Unavailable):
    code = "deal-moving"
    title = gettext_noop("The deal is being worked on just now")
    detail = gettext_noop("Its settlements are being prepared at this moment.")
    hint = gettext_noop("Try again in a second.")


class Instruction(NamedTuple):
    """A settlement of a deal that is not cancelled, or was after a part of it had settled, as its axes stand."""

    id: int
    deal_id: int
    inside: bool
    approval: str
    transmission: str
    matching: str
    settlement: str
    cancellation: str
    netted_by: int | None = None  # then its axes outside are those of its net

    @property
    def outside(self) -> bool:
        """Whether a place has it, and decides about it."""
        return not self.inside and not self.over and self.transmission in ("SENT", "ACKNOWLEDGED")

    @property
    def asks(self) -> bool:
        """Whether somebody has to agree before it is cancelled: its place, or of a rest inside the counterparty."""
        return self.outside or (self.inside and self.settlement == "PARTIAL" and not self.over)

    @property
    def over(self) -> bool:
        """Whether what was left of it is cancelled: the part that settled stays."""
        return self.cancellation == "AGREED"

    @property
    def settled(self) -> bool:
        return self.settlement in ("PARTIAL", "SETTLED")

    @property
    def part(self) -> Part:
        return Part(
            inside=self.inside, approved=self.approval == "APPROVED", sent=self.outside,
            matched=self.matching == "MATCHED", settled=self.settled,
            final=self.settlement == "SETTLED" or self.over,
        )  # fmt: skip


class Standing(NamedTuple):
    """A deal with its live settlements."""

    id: int
    state: str
    cancellation: str
    cleared: bool
    instructions: tuple[Instruction, ...] = ()
    rest: bool = False  # whether it owes what no live settlement settles
    gone: bool = False  # whether a net of it has gone to its clearing house

    @property
    def situation(self) -> Situation:
        parts = [each.part for each in self.instructions]
        return situation_of(
            self.state, cleared=self.cleared, parts=parts, rest=self.rest, gone=self.gone
        )


_INSTRUCTIONS = """
SELECT s.id, s.source_id, p.finality = 'INTERNAL', s.approval, coalesce(n.transmission, s.transmission),
       coalesce(n.matching, s.matching), s.settlement, s.cancellation, s.netted_by_id
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
  LEFT JOIN LATERAL (
       SELECT r.transmission, r.matching FROM settlements_settlement r
        WHERE r.source_type = 'set' AND r.source_id = s.netted_by_id AND r.cancellation <> 'AGREED'
        ORDER BY r.transmission <> 'NONE' DESC, r.id LIMIT 1) n ON true
 WHERE s.source_type = 'deal' AND s.source_id = ANY(%(deals)s) AND s.cancellation <> 'AGREED'
    OR s.source_type = 'deal' AND s.source_id = ANY(%(deals)s) AND s.settlement = 'PARTIAL'
 ORDER BY s.id
"""
_DEALS = """
SELECT d.id, d.state, d.cancellation, coalesce(v.details -> 'clearing' ->> 'mode' = 'CCP', false),
       EXISTS (SELECT 1 FROM settlements_nettedflow k
                 JOIN settlements_netobligation n ON n.id = k.obligation_id
                 LEFT JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = n.id
                  AND s.cancellation <> 'AGREED'
                WHERE k.deal_id = d.id AND (n.state IN ('INSTRUCTED', 'SETTLED') OR s.approval = 'APPROVED')
                  AND NOT EXISTS (SELECT 1 FROM settlements_leftflow l WHERE l.netted_id = k.id))
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE d.id = ANY(%s) ORDER BY d.id
"""


# What is settled with these in a netting set, and they themselves: whoever settles them locks the same.
_LOCK_SETS = """
SELECT x.id FROM settlements_settlement x
 WHERE x.id IN (
       SELECT s.id FROM settlements_settlement s
        WHERE s.source_type = 'deal' AND s.source_id = ANY(%(deals)s) AND s.cancellation <> 'AGREED'
        UNION
       SELECT m.id FROM settlements_settlement m WHERE m.netted_by_id = ANY(%(sets)s)
        UNION
       SELECT r.id FROM settlements_settlement r WHERE r.source_type = 'set' AND r.source_id = ANY(%(sets)s))
 ORDER BY x.id FOR UPDATE
"""
# Locked without its version: after waiting PostgreSQL looks at the deal anew, and not at what it is joined to.
_LOCK_DEALS = "SELECT id FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


def standings(deal_ids: Sequence[int]) -> dict[int, Standing]:
    """How these deals stand; nothing is locked."""
    return _with(_deals(deal_ids), _instructions(deal_ids))


def locked_standings(deal_ids: Sequence[int]) -> dict[int, Standing]:
    """The same, under lock until the transaction ends: settlements first, then deals.

    A deal whose settlements appear while its own lock is waited for is looked at again: to lock
    them then would be the wrong way round. Raises Moving where that goes on.
    """
    for _ in range(_ATTEMPTS):
        point = transaction.savepoint()
        _lock_sets(deal_ids)
        seen = _instructions(deal_ids, lock="FOR UPDATE OF s")
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_DEALS, [list(deal_ids)])
        deals = _deals(deal_ids)
        if _bindings(_instructions(deal_ids)) == _bindings(seen):
            transaction.savepoint_commit(point)
            return _with(deals, seen)
        transaction.savepoint_rollback(point)
    raise Moving()


def _bindings(found: Sequence[Instruction]) -> list[tuple[int, int | None]]:
    return [(each.id, each.netted_by) for each in found]


def _lock_sets(deal_ids: Sequence[int]) -> None:
    sets = sorted({each.netted_by for each in _instructions(deal_ids) if each.netted_by})
    if sets:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_SETS, {"deals": list(deal_ids), "sets": sets})


def _instructions(deal_ids: Sequence[int], *, lock: str = "") -> list[Instruction]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSTRUCTIONS} {lock}", {"deals": list(deal_ids)})
        return [Instruction(*row) for row in cursor.fetchall()]


def _deals(deal_ids: Sequence[int]) -> list[Standing]:
    with connection.cursor() as cursor:
        cursor.execute(_DEALS, [list(deal_ids)])
        return [Standing(*row)._replace(gone=gone) for *row, gone in cursor.fetchall()]


def _with(deals: Sequence[Standing], seen: Sequence[Instruction]) -> dict[int, Standing]:
    found: dict[int, list[Instruction]] = {deal.id: [] for deal in deals}
    for each in seen:
        found[each.deal_id].append(each)
    rests = rest_of([deal.id for deal in deals if deal.state == "SETTLING"])
    return {
        deal.id: deal._replace(instructions=tuple(found[deal.id]), rest=deal.id in rests)
        for deal in deals
    }
