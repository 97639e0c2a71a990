"""Deals that their venue reversed leave their nets: each is another version, compared and agreed to anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from backoffice.kernel.errors import Broken
from backoffice.workflow.transitions import Step, advance
from deals.services import SOURCE
from settlements.clearing.comparing import compare_nets
from settlements.clearing.computing import put_versions
from settlements.clearing.exposing import expose_nets
from settlements.clearing.holding import hold_clearing, hold_limits
from settlements.clearing.keys import WITHIN
from settlements.clearing.models import NetObligation
from settlements.clearing.state import NetState
from settlements.clearing.withdrawing import withdraw_nets
from settlements.exposures import EXPOSURE

_CLEARED = """
SELECT EXISTS (SELECT 1 FROM deals_deal d
                 JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
                WHERE d.id = ANY(%s) AND v.details -> 'clearing' ->> 'mode' = 'CCP')
"""
_LOCK = """
SELECT s.id FROM settlements_settlement s
 WHERE s.source_type = 'net' AND s.cancellation <> 'AGREED' AND s.source_id IN (
       SELECT obligation_id FROM settlements_nettedflow WHERE deal_id = ANY(%s))
 ORDER BY s.id FOR UPDATE
"""
_HOLDING = """
SELECT DISTINCT n.entity_id, s.id
  FROM settlements_nettedflow k
  JOIN settlements_netobligation n ON n.id = k.obligation_id
  LEFT JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = n.id
   AND s.cancellation <> 'AGREED'
 WHERE k.deal_id = ANY(%s)
"""
_LEAVING = f"""
SELECT n.id, n.version, n.quantity, n.state,
       sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END), count(*),
       array_agg(DISTINCT 'D-' || k.deal_id)
  FROM settlements_nettedflow k
  JOIN settlements_netobligation n ON n.id = k.obligation_id
  JOIN deals_flow f ON f.id = k.flow_id
 WHERE k.deal_id = ANY(%s) AND {WITHIN}
 GROUP BY n.id ORDER BY n.id
"""  # noqa: S608
_LEAVE = f"""
INSERT INTO settlements_leftflow (netted_id, since)
SELECT k.id, n.version
  FROM settlements_nettedflow k JOIN settlements_netobligation n ON n.id = k.obligation_id
 WHERE k.deal_id = ANY(%s) AND {WITHIN} ORDER BY k.id
"""  # noqa: S608


def hold_nets_of(deal_ids: Sequence[int]) -> None:
    """Hold clearing and what settles the nets of these deals, before the deals themselves are locked."""
    with connection.cursor() as cursor:
        cursor.execute(_CLEARED, [list(deal_ids)])
        if cursor.fetchall() == [(True,)]:
            hold_clearing()
            cursor.execute(_LOCK, [list(deal_ids)])


def hold_limits_of(deal_ids: Sequence[int], settlement_ids: Sequence[int], *, at: datetime) -> None:
    """Lock all limits that move when these deals end, with their settlements and what their nets are settled by."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING, [list(deal_ids)])
        rows = cursor.fetchall()
    of_nets = [id for _, id in rows if id is not None]
    sources = {SOURCE: deal_ids, EXPOSURE: [*settlement_ids, *of_nets]}
    hold_limits(sources, entity_ids={entity_id for entity_id, _ in rows}, at=at)


def leave_nets(deal_ids: Sequence[int], *, at: datetime) -> None:
    """Take the flows of these deals out of their nets, none of which has gone to its house.

    In the caller's transaction, after `hold_nets_of` and `hold_limits_of`. What was agreed is withdrawn and open again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEAVING, [list(deal_ids)])
        rows = cursor.fetchall()
    if not rows:
        return
    agreed = [id for id, _, _, state, *_ in rows if state == NetState.AGREED]
    gone = withdraw_nets(agreed, at=at)
    steps = [
        Step(
            id,
            facts={
                "version": version + 1, "before": quantity, "quantity": quantity - leaving,
                "left": deals,
            },
            columns={"version": version + 1, "quantity": quantity - leaving},
        )
        for id, version, quantity, _, leaving, _, deals in rows
    ]  # fmt: skip
    done = advance(NetObligation, "recompute", steps, actor=None, at=at).done
    if gone or len(done) != len(rows):
        raise Broken(f"nets of {list(deal_ids)} had gone: {sorted(gone)}, {done} of {len(rows)}")
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [list(deal_ids)])
    put_versions({id: -count for id, _, _, _, _, count, _ in rows}, at)
    compare_nets(ids=sorted(done), at=at)
    expose_nets(sorted(done), at=at)
