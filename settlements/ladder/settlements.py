"""Settlements as money to come and to go, and what the books have: the surest sources of a ladder."""

from __future__ import annotations

from settlements.ladder.sources import CashSource, register
from settlements.ladder.then import BORN, state_of, stood
from settlements.netting.state import SET_LIFECYCLE

# A settlement on the net stands for the members of its set (`settlements.board.waits`). Who was a member then says
# the set: its members are let go when it is open again.
_NETTED = f"""CASE WHEN %(known_now)s THEN s.netted_by_id IS NOT NULL AND EXISTS (
       SELECT 1 FROM settlements_settlement n
        WHERE n.source_type = 'set' AND n.source_id = s.netted_by_id AND n.cancellation <> 'AGREED')
       ELSE EXISTS (
       SELECT 1 FROM settlements_nettingmember m
         JOIN settlements_settlement n ON n.source_type = 'set' AND n.source_id = m.netting_set_id
        WHERE m.settlement_id = s.id AND m.recorded_tx < %(horizon)s AND {stood("n")}) END"""  # noqa: S608
_CROSSES = f"""CASE WHEN %(known_now)s THEN EXISTS (
       SELECT 1 FROM settlements_nettingset c WHERE c.id = s.netted_by_id AND c.mode = 'CROSSING')
       ELSE EXISTS (
       SELECT 1 FROM settlements_nettingmember m
         JOIN settlements_nettingset g ON g.id = m.netting_set_id AND g.mode = 'CROSSING'
        WHERE m.settlement_id = s.id AND m.recorded_tx < %(horizon)s
          AND {state_of("nettingset", "g")} = 'AGREED') END"""  # noqa: S608
_SOURCE = """CASE WHEN s.source_type = 'net' THEN 'CLEARING' WHEN s.source_type = 'set' THEN 'NETTING'
       WHEN s.source_type = 'claim' THEN 'CLAIM' WHEN d.product LIKE 'fx%%' THEN 'FX'
       WHEN d.product LIKE 'repo%%' THEN 'REPO' WHEN s.method = 'DVP' THEN 'DVP'
       WHEN d.instrument_id IS NOT NULL THEN 'FREE' ELSE 'PAYMENT' END"""


# Inside our books the other side's money moves as well, unless it is a settlement of its own (two that cross).
# What a place has not heard of counts like the rest: it is owed. One held or sent back for repair, too. One that was
# enriched since was at the place that its old instruction names.
def _settlements(which: str) -> str:
    return f"""
SELECT s.entity_id, x.owner_id, p.id, s.money_asset_id, s.due_date, s.method, {_SOURCE},
       CASE WHEN s.source_type = 'claim' THEN 'CLAIMED'
            WHEN coalesce(k.matching, s.matching) = 'MATCHED' THEN 'MATCHED' ELSE 'NOT_MATCHED' END,
       false, CASE WHEN x.comes THEN r.amount ELSE -r.amount END, 'S-' || s.id, x.other_id
  FROM settlements_settlement s
  LEFT JOIN LATERAL (
       SELECT coalesce(n.place_id, (l.facts #>> '{{before_snapshot,place}}')::bigint) AS place_id
         FROM later l
         LEFT JOIN refdata_nostroaccount n ON n.entity_id = s.entity_id
          AND n.number = l.facts #>> '{{before_snapshot,nostro}}'
        WHERE l.id = s.id AND l.kind = 'settlement.enrich'
        ORDER BY l.tx, l.event_id, n.id LIMIT 1) h ON NOT %(known_now)s
  JOIN refdata_place p ON p.id = coalesce(h.place_id, s.place_id)
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  LEFT JOIN LATERAL (
       SELECT l.source AS matching FROM later l
        WHERE l.id = s.id AND l.kind IN ('settlement.match', 'settlement.unmatch', 'settlement.allege')
        ORDER BY l.tx, l.event_id LIMIT 1) k ON NOT %(known_now)s
 CROSS JOIN LATERAL (
       SELECT s.amount - CASE WHEN %(known_now)s THEN s.settled_amount ELSE (
              SELECT coalesce(sum(t.amount), 0) FROM settlements_settlementpart t
               WHERE t.settlement_id = s.id AND t.recorded_tx < %(horizon)s) END AS amount) r
 CROSS JOIN LATERAL (VALUES
       (s.owner_id, s.delivers, s.counterparty_id),
       (CASE WHEN p.finality = 'INTERNAL' AND NOT ({_CROSSES}) THEN s.counterparty_id END, NOT s.delivers, s.owner_id))
       AS x(owner_id, comes, other_id)
 WHERE {which}
   AND (%(known_now)s OR NOT EXISTS (SELECT 1 FROM later l WHERE l.id = s.id AND l.kind IN {BORN}))
   AND r.amount > 0 AND x.owner_id IS NOT NULL AND NOT ({_NETTED})
   AND s.id <> ALL(%(taken)s::bigint[])
   AND NOT (x.other_id = ANY(%(silent)s::bigint[]) AND (s.method = 'DVP' OR x.comes))
"""  # noqa: S608


_OPEN = "s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'"  # as its partial index says it
_OPEN_THEN = f"""NOT %(known_now)s AND s.id IN (
       SELECT l.id FROM later l WHERE l.kind IN ('settlement.settle', 'settlement.agree_cancel'))
   AND NOT ({_OPEN})"""  # noqa: S608
# What the books have from the first day on: the day is final.
_BOOKED = f"""
SELECT a.entity_id, a.owner_id, a.place_id, l.asset_id, l.effective_date, '',
       CASE WHEN s.id IS NULL THEN CASE WHEN j.source_type LIKE '%%claim' THEN 'CLAIM'
                                        WHEN j.source_type LIKE '%%penalty%%' THEN 'PENALTY'
                                        WHEN j.source_type IN ('entitlement', 'incomedifference') THEN 'INCOME'
                                        ELSE 'ENTRY' END
            ELSE {_SOURCE} END,
       'SETTLED', true, l.amount, 'E-' || l.entry_id, s.counterparty_id
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'CASH' AND a.place_id IS NOT NULL
  JOIN ledger_journalentry j ON j.id = l.entry_id
  LEFT JOIN settlements_settlement s ON j.source_type = 'settlement' AND s.id = j.source_id
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
 WHERE l.effective_date >= %(on)s AND l.effective_date <= %(until)s AND l.recorded_tx < %(horizon)s
"""  # noqa: S608

register(CashSource("settlements", _settlements(_OPEN), reads=(SET_LIFECYCLE,)))
register(CashSource("settled-since", _settlements(_OPEN_THEN)))
register(CashSource("booked", _BOOKED))
