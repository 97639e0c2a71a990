"""Taking back the settlement of what was agreed, while nobody has released it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection

from backoffice.workflow.transitions import Step, advance
from limits.services import give_back
from settlements.clearing.holding import hold_limits
from settlements.clearing.models import NetObligation
from settlements.exposures import EXPOSURE
from settlements.models import Settlement

_LOCK = """
SELECT s.id, s.source_id, s.approval = 'APPROVED' OR s.settlement = 'SETTLED'
  FROM settlements_settlement s
 WHERE s.source_type = 'net' AND s.source_id = ANY(%s) AND s.cancellation <> 'AGREED'
 ORDER BY s.id FOR UPDATE
"""


def withdraw_nets(
    ids: Sequence[int], *, at: datetime, entity_ids: Collection[int] = ()
) -> set[int]:
    """Withdraw the settlements of these agreed obligations; return those that are released already.

    In the caller's transaction, which holds `hold_clearing`. What is released is said to be instructed.
    `entity_ids` are those of which the same transaction is going to expose nets (`hold_limits`).
    """
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(ids)])
        rows = cursor.fetchall()
    released = {net for _, net, is_out in rows if is_out}
    advance(NetObligation, "instruct", [Step(id) for id in sorted(released)], actor=None, at=at)
    steps = [Step(id, facts={"net": f"NO-{net}"}) for id, net, is_out in rows if not is_out]
    withdrawn = sorted(advance(Settlement, "agree_cancel", steps, actor=None, at=at).done)
    if entity_ids:
        hold_limits({EXPOSURE: withdrawn}, entity_ids=entity_ids, at=at)
    give_back(EXPOSURE, withdrawn, state="RELEASED")
    return released
