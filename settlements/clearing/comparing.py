"""Comparing what our deals come to with the clearing house's own figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.workflow.transitions import Step, advance
from settlements.clearing.keys import same
from settlements.clearing.models import NetObligation
from settlements.clearing.state import NetState
from settlements.clearing.withdrawing import withdraw_nets

# The last figure of the key of each obligation, less what our other rounds of that key come to.
FIGURES = f"""
  JOIN LATERAL (
       SELECT f.id, f.quantity - coalesce((
                SELECT sum(o.quantity) FROM settlements_netobligation o
                 WHERE {same("o", "n")} AND o.id <> n.id), 0) AS theirs
         FROM settlements_clearingfigure f WHERE {same("f", "n")}
        ORDER BY f.number DESC LIMIT 1) f ON true
"""  # noqa: S608
_COMPARED = f"""
SELECT n.id, n.state, n.quantity, f.id, f.theirs
  FROM settlements_netobligation n {FIGURES}
 WHERE n.id = ANY(%s) AND (n.figure_id IS DISTINCT FROM f.id OR n.theirs IS DISTINCT FROM f.theirs
                           OR n.state = 'COMPUTED')
   AND n.state IN ('COMPUTED', 'MATCHED', 'DIFFERENT', 'AGREED')
 ORDER BY n.id
"""  # noqa: S608


def compare_nets(*, ids: Sequence[int], at: datetime) -> None:
    """Say of each of these of which there is a figure whether it is equal; in the caller's transaction.

    What was agreed and is not any more is compared anew, unless its settlement is released: then the
    difference is told by itself (`watching.py`). The caller holds `hold_clearing`.
    """
    rows = _compared(ids)
    changed = [
        id for id, state, ours, _, theirs in rows if state == NetState.AGREED and ours != theirs
    ]
    released = withdraw_nets(changed, at=at)
    steps = [Step(id) for id in changed if id not in released]
    advance(NetObligation, "reopen", steps, actor=None, at=at)
    stays = {id for id, state, *_ in rows if state == NetState.AGREED} - {step.id for step in steps}
    found: dict[str, list[Step]] = {"match": [], "differ": []}
    for id, _, ours, figure, theirs in rows:
        if id not in stays:
            step = Step(
                id,
                facts={"ours": ours, "theirs": theirs, "figure": f"CF-{figure}"},
                columns={"figure": figure, "theirs": theirs},
            )
            found["match" if ours == theirs else "differ"].append(step)
    for name, each in found.items():
        advance(NetObligation, name, each, actor=None, at=at)


def _compared(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, [list(ids)])
        return cursor.fetchall()  # type: ignore[no-any-return]
