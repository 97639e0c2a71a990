"""What follows when the settlement of a net is final: the obligation is settled, and with the last one the deal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Step, advance
from settlements.clearing.models import NetObligation

_NETS = """
SELECT source_id FROM settlements_settlement WHERE id = ANY(%s) AND source_type = 'net' ORDER BY source_id
"""
# Deals in these obligations of which every flow is in one that is settled.
_DEALS_DONE = """
SELECT d.id
  FROM (SELECT DISTINCT deal_id FROM settlements_nettedflow WHERE obligation_id = ANY(%s)) m
  JOIN deals_deal d ON d.id = m.deal_id AND d.state = 'SETTLING'
 WHERE NOT EXISTS (SELECT 1 FROM settlements_nettedflow k
                     JOIN settlements_netobligation n ON n.id = k.obligation_id
                    WHERE k.deal_id = d.id AND n.state <> 'SETTLED')
 ORDER BY d.id
"""


def nets_settled_by(settlement_ids: Sequence[int], *, at: datetime) -> tuple[list[int], list[int]]:
    """Settle the obligations of these final settlements; return them, and the deals settled by it."""
    with connection.cursor() as cursor:
        cursor.execute(_NETS, [array(settlement_ids)])
        nets = [row[0] for row in cursor.fetchall()]
    return nets, settle_nets(nets, at=at)


def settle_nets(ids: Sequence[int], *, at: datetime) -> list[int]:
    """Settle obligations; return the deals of which nothing is open any more. In the caller's transaction."""
    done = advance(NetObligation, "settle", [Step(id) for id in ids], actor=None, at=at).done
    if not done:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DEALS_DONE, [sorted(done)])
        return [row[0] for row in cursor.fetchall()]
