"""Cancelling what is bound in a netting set: its net is taken back, or asked back from its place first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome, Step, advance
from settlements.models import Settlement
from settlements.netting.reopening import reopen, sets_of

_NETS = """
SELECT r.id FROM settlements_settlement r
 WHERE r.source_type = 'set' AND r.cancellation IN (%s, %s) AND r.source_id IN (
       SELECT netted_by_id FROM settlements_settlement WHERE id = ANY(%s) AND netted_by_id IS NOT NULL)
 ORDER BY r.id
"""
# Nets that somebody asked back, with the members for which.
_ASKED = """
SELECT r.id, r.source_id, array_remove(array_agg(m.id ORDER BY m.id), NULL) FROM settlements_settlement r
  LEFT JOIN settlements_settlement m ON m.netted_by_id = r.source_id AND m.cancellation = 'REQUESTED'
 WHERE r.id = ANY(%s) AND r.source_type = 'set' AND r.cancellation = 'REQUESTED'
 GROUP BY r.id, r.source_id ORDER BY r.id
"""


def free_members(ids: Sequence[int], *, reason: str, at: datetime) -> None:
    """Re-open the sets in which these are bound, before they are cancelled; in the caller's transaction.

    Raises NetWithPlace where the net of one is with its place: that is asked first.
    """
    for refusal in reopen(sets_of(ids), reason=reason, actor=None, at=at).refused.values():
        raise refusal


def ask_for_nets(ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """Ask the places of the nets that settle these to cancel them, once."""
    with connection.cursor() as cursor:
        cursor.execute(_NETS, ["NONE", "DENIED", list(ids)])
        steps = [Step(row[0]) for row in cursor.fetchall()]
    advance(Settlement, "request_cancel", steps, actor=actor, at=at)


def cancel_nets(ids: Sequence[int], *, reason: str, actor: User, at: datetime) -> Outcome:
    """Cancel the nets of sets: at once where no place has them, else by asking; their sets are open again then.

    In the caller's transaction. Refuses with NetWithPlace what is final.
    """
    rows = Settlement.objects.filter(pk__in=ids, source_type="set").exclude(cancellation="AGREED")
    sets = dict(rows.order_by("pk").values_list("pk", "source_id"))
    if not sets:
        return Outcome()
    found = reopen(sorted(set(sets.values())), reason=reason, actor=actor, at=at)
    left = rows.filter(source_id__in=found.refused, transmission__in=("SENT", "ACKNOWLEDGED"))
    left = left.exclude(settlement__in=("PARTIAL", "SETTLED"))
    steps = [Step(id, reason) for id in left.order_by("pk").values_list("pk", flat=True)]
    asked = advance(Settlement, "request_cancel", steps, actor=actor, at=at)
    again = set(found.done)
    done = [id for id, set_id in sets.items() if set_id in again or id in asked.done]
    refused = {id: found.refused[set_id] for id, set_id in sets.items() if id not in done}
    return Outcome(done, refused)


def take_back_nets(answers: Mapping[int, Step], *, at: datetime) -> dict[int, Step]:
    """Places cancelled these nets: their sets are open again. Returns the answers for members instead of nets."""
    asked = _asked(answers)
    if asked:
        reason = next(iter(answers.values())).reason
        sets = sorted({set_id for set_id, _ in asked.values()})
        reopen(sets, reason=reason, actor=None, at=at, answered=answers.keys())
    return _for_members(answers, asked)


def deny_nets(answers: Mapping[int, Step], *, at: datetime) -> dict[int, Step]:
    """Places do not cancel these nets: they go on. Returns the answers for members instead of nets."""
    asked = _asked(answers)
    advance(Settlement, "deny_cancel", [answers[id] for id in sorted(asked)], actor=None, at=at)
    return _for_members(answers, asked)


_Asked = dict[int, tuple[int, list[int]]]  # net -> its set, and the members that were asked for


def _asked(answers: Mapping[int, Step]) -> _Asked:
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [list(answers)])
        return {net: (set_id, members) for net, set_id, members in cursor.fetchall()}


def _for_members(answers: Mapping[int, Step], asked: _Asked) -> dict[int, Step]:
    rest = {id: step for id, step in answers.items() if id not in asked}
    told = {
        member: Step(member, answers[net].reason, answers[net].facts)
        for net, (_, members) in asked.items()
        for member in members
    }
    return rest | told
