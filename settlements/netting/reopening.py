"""Undoing what was agreed: a late cancel re-opens the set, its members live again, its net is withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.services import give_back
from settlements.exposures import EXPOSURE, count_again
from settlements.models import NettingSet, Settlement


class NetWithPlace(Conflict):
    code = "net-with-place"
    title = gettext_noop("The net has gone out")
    detail = gettext_noop("%(settlement)s settles %(set)s and was sent or is final.")
    hint = gettext_noop("Ask its place to cancel it: the set is open again once it agrees.")


# Members and nets together, in ascending id: whoever settles them locks the same rows in the same order.
_LOCK = """
SELECT s.id, s.source_type = 'set', coalesce(s.netted_by_id, s.source_id),
       s.transmission IN ('SENT', 'ACKNOWLEDGED') OR s.settlement IN ('PARTIAL', 'SETTLED')
  FROM settlements_settlement s
 WHERE s.cancellation <> 'AGREED' AND (
       s.netted_by_id = ANY(%(sets)s) OR s.source_type = 'set' AND s.source_id = ANY(%(sets)s))
 ORDER BY s.id FOR UPDATE OF s
"""
_FREE = "UPDATE settlements_settlement SET netted_by_id = NULL WHERE netted_by_id = ANY(%s)"
_OF_MEMBERS = """
SELECT DISTINCT netted_by_id FROM settlements_settlement WHERE id = ANY(%s) AND netted_by_id IS NOT NULL
"""


def sets_of(settlement_ids: Collection[int]) -> list[int]:
    """The sets in which some settlements are bound."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_MEMBERS, [list(settlement_ids)])
        return sorted(row[0] for row in cursor.fetchall())


def reopen(
    set_ids: Sequence[int],
    *,
    reason: str,
    actor: User | None,
    at: datetime,
    answered: Collection[int] = (),
) -> Outcome:
    """Re-open agreed sets, in the caller's transaction: nets are withdrawn, members settle by themselves.

    Refuses with NetWithPlace a set of which a net was sent or is final, unless its place agreed to cancel
    that (`answered` names those settlements). What members held of limits before, they hold again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"sets": list(set_ids)})
        rows = cursor.fetchall()
    refused: dict[int, Refusal] = {
        set_id: NetWithPlace(settlement=f"S-{id}", set=f"NT-{set_id}")
        for id, is_net, set_id, gone in rows
        if is_net and gone and id not in answered
    }
    steps = [Step(id, reason) for id in set_ids if id not in refused]
    outcome = advance(NettingSet, "reopen", steps, actor=actor, at=at)
    done = set(outcome.done)
    nets = [
        Step(id, reason, {"set": f"NT-{set_id}"})
        for id, is_net, set_id, _ in rows
        if is_net and set_id in done
    ]
    advance(Settlement, "agree_cancel", nets, actor=actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [sorted(done)])
    give_back(EXPOSURE, [step.id for step in nets], state="RELEASED")
    members = [id for id, is_net, set_id, _ in rows if not is_net and set_id in done]
    count_again(members, at=at)
    return outcome.refusing(refused)
