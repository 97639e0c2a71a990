"""What follows when the net of a set is final: the set is settled, and with it each of its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Step, advance
from settlements.models import NettingSet, Settlement
from settlements.posting import SettledTerms, part_terms
from settlements.proving import Proof, put_evidence
from settlements.selectors import locked_terms

EVIDENCE = "netting"  # what proves a member: the set it was settled with
# Everything that is final together with these: sets whose own settlements are among them, and their members.
_LOCK = """
SELECT s.id FROM settlements_settlement s
 WHERE s.id IN (
       SELECT m.id FROM settlements_settlement r
         JOIN settlements_settlement m ON m.netted_by_id = r.source_id
        WHERE r.id = ANY(%(ids)s) AND r.source_type = 'set'
        UNION
       SELECT r.id FROM settlements_settlement r WHERE r.id = ANY(%(ids)s))
 ORDER BY s.id FOR UPDATE
"""
_OF_SETS = "SELECT EXISTS (SELECT 1 FROM settlements_settlement WHERE id = ANY(%s) AND source_type = 'set')"
# Sets of which every settlement is final.
_DONE = """
SELECT r.source_id FROM settlements_settlement r
 WHERE r.source_type = 'set' AND r.cancellation <> 'AGREED' AND r.source_id IN (
       SELECT source_id FROM settlements_settlement WHERE id = ANY(%s) AND source_type = 'set')
 GROUP BY r.source_id HAVING bool_and(r.settlement = 'SETTLED') ORDER BY r.source_id
"""
_MEMBERS = """
SELECT s.id, s.netted_by_id, s.quantity, s.amount, s.interest, coalesce(e.settled_at, %(at)s)
  FROM settlements_settlement s
  LEFT JOIN LATERAL (
       SELECT max(v.settled_at) AS settled_at FROM settlements_settlement r
         JOIN settlements_evidence v ON v.settlement_id = r.id
        WHERE r.source_type = 'set' AND r.source_id = s.netted_by_id AND r.cancellation <> 'AGREED') e ON true
 WHERE s.netted_by_id = ANY(%(sets)s) ORDER BY s.id
"""


def lock_with_members(ids: Sequence[int]) -> None:
    """Lock what settles with these, all at once: a late cancel locks the same rows, in the same order."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_SETS, [array(ids)])
        if cursor.fetchall() == [(True,)]:
            cursor.execute(_LOCK, {"ids": array(ids)})


def settle_members_of(
    settlement_ids: Sequence[int], *, settled_date: date, at: datetime
) -> list[SettledTerms]:
    """Settle the sets whose own settlements are all final now; return what of their members is final by it.

    In the caller's transaction, after `lock_with_members`; the caller books them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [array(settlement_ids)])
        sets = [row[0] for row in cursor.fetchall()]
    return settle_sets(sets, settled_date=settled_date, at=at)


def settle_sets(set_ids: Sequence[int], *, settled_date: date, at: datetime) -> list[SettledTerms]:
    """Make sets and their members final; return what of them is. A set of nothing is settled so on its date."""
    done = advance(NettingSet, "settle", [Step(id) for id in set_ids], actor=None, at=at).done
    return settle_members(sorted(done), settled_date=settled_date, at=at) if done else []


def settle_members(
    set_ids: Sequence[int], *, settled_date: date, at: datetime
) -> list[SettledTerms]:
    """Make the members of settled sets final, with the set as their evidence; what of them is."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, {"sets": list(set_ids), "at": at})
        rows = cursor.fetchall()
    terms = [part_terms(each, each.quantity) for each in locked_terms([row[0] for row in rows])]
    proofs = {
        id: Proof(kind=EVIDENCE, reference=f"NT-{set_id}", settled_at=settled_at)
        for id, set_id, *_, settled_at in rows
    }
    steps = [
        Step(
            id, facts={"evidence": str(proofs[id])},
            columns={
                "settled_date": settled_date, "reason": "", "settled_quantity": quantity,
                "settled_amount": amount, "settled_interest": interest,
            },
        )
        for id, _, quantity, amount, interest, _ in rows
    ]  # fmt: skip
    moved = set(advance(Settlement, "settle", steps, actor=None, at=at).done)
    settled = [each for each in terms if each.id in moved]
    put_evidence({each.id: proofs[each.id] for each in settled}, settled, settled_date, at)
    return settled
