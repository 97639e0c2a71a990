"""What no settlement was made of yet, as money to come and to go: nets, deals, claims, income of securities."""

from __future__ import annotations

from deals.state import DEAL_LIFECYCLE
from settlements.actions.selectors import RECEIPT
from settlements.actions.state import ENTITLEMENT_LIFECYCLE
from settlements.clearing.state import NET_LIFECYCLE
from settlements.fails.claims.state import INTEREST_CLAIM_LIFECYCLE
from settlements.ladder.sources import CashSource, register
from settlements.ladder.then import HOME, moved_on, state_of, stood


def _nets(which: str) -> str:
    state = state_of("netobligation", "o")
    return f"""
SELECT o.entity_id, o.owner_id, home.place_id, o.asset_id, o.due_date, 'PFOD', 'CLEARING',
       CASE WHEN {state} IN ('MATCHED', 'AGREED') THEN 'MATCHED' ELSE 'NOT_MATCHED' END, false, q.quantity,
       'NO-' || o.id, o.counterparty_id
  FROM settlements_netobligation o
  JOIN refdata_asset a ON a.id = o.asset_id AND a.kind = 'CURRENCY'
 CROSS JOIN LATERAL (
       SELECT CASE WHEN %(known_now)s THEN o.quantity ELSE (
              SELECT v.quantity FROM settlements_netquantity v
               WHERE v.obligation_id = o.id AND v.recorded_tx < %(horizon)s
               ORDER BY v.number DESC LIMIT 1) END AS quantity) q
{HOME.format(row="o", owner="o.owner_id", currency="a.code")}
 WHERE {which} AND {state} <> 'SETTLED' AND q.quantity <> 0
   AND NOT (o.counterparty_id = ANY(%(silent)s::bigint[]) AND q.quantity > 0)
   AND NOT EXISTS (SELECT 1 FROM settlements_settlement s
                    WHERE s.source_type = 'net' AND s.source_id = o.id AND {stood("s")})
"""  # noqa: S608


# Deals of which nothing is instructed yet. Those that are cleared join their net obligation once confirmed. Who dealt
# is what the first amendment since says that it was.
def _deals(which: str) -> str:
    return f"""
SELECT d.entity_id, w.owner_id, home.place_id, f.asset_id, f.due_date, 'PFOD', 'DEAL', 'NOT_MATCHED', false,
       f.amount, 'D-' || d.id, w.counterparty_id
  FROM deals_deal d
 CROSS JOIN LATERAL (
       SELECT CASE WHEN %(known_now)s THEN d.version ELSE (
              SELECT max(v.number) FROM deals_dealversion v
               WHERE v.deal_id = d.id AND v.recorded_tx < %(horizon)s) END AS version) k
  LEFT JOIN LATERAL (
       SELECT v.head_before AS head FROM deals_dealversion v
        WHERE v.deal_id = d.id AND v.number > k.version AND v.head_before IS NOT NULL
        ORDER BY v.number LIMIT 1) b ON NOT %(known_now)s
 CROSS JOIN LATERAL (
       SELECT coalesce((b.head ->> 'owner_id')::bigint, d.owner_id) AS owner_id,
              coalesce((b.head ->> 'counterparty_id')::bigint, d.counterparty_id) AS counterparty_id) w
 CROSS JOIN LATERAL (
       SELECT f.asset_id, f.due_date, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
              AS amount
         FROM deals_flow f WHERE f.deal_id = d.id AND f.version = k.version GROUP BY 1, 2) f
  JOIN refdata_asset a ON a.id = f.asset_id AND a.kind = 'CURRENCY'
{HOME.format(row="d", owner="w.owner_id", currency="a.code")}
 WHERE {which} AND {state_of("deal", "d")} IN {_UNINSTRUCTED} AND f.amount <> 0
   AND NOT (w.counterparty_id = ANY(%(silent)s::bigint[]) AND f.amount > 0)
   AND NOT EXISTS (SELECT 1 FROM settlements_settlement s
                    WHERE s.source_type = 'deal' AND s.source_id = d.id AND {stood("s")})
   AND NOT EXISTS (SELECT 1 FROM settlements_nettedflow k
                    WHERE k.deal_id = d.id AND k.recorded_tx < %(horizon)s)
"""  # noqa: S608


_UNINSTRUCTED = "('CAPTURED', 'PENDING_APPROVAL', 'CONFIRMED')"


# A claim that is agreed on has no date of its own: it is looked for on the next business day.
def _claims(which: str) -> str:
    return f"""
SELECT c.entity_id, e.own_party_id, s.place_id, y.asset_id, c.last_day, 'PFOD', 'CLAIM', 'CLAIMED', false,
       CASE c.claimant WHEN 'US' THEN c.amount ELSE -c.amount END, 'IC-' || c.id, s.counterparty_id
  FROM settlements_interestclaim c
  JOIN refdata_entity e ON e.id = c.entity_id
  JOIN settlements_settlement s ON s.id = c.settlement_id
  JOIN refdata_currency y ON y.code = c.currency
 WHERE {which} AND {state_of("interestclaim", "c")} = 'APPROVED'
   AND NOT (s.counterparty_id = ANY(%(silent)s::bigint[]) AND c.claimant = 'US')
"""  # noqa: S608


# What corporate actions owe each owner, at the place of cash that pays it: in one sum, whatever was paid of it since.
_INCOME = f"""
SELECT n.entity_id, n.owner_id, n.cash_place_id, n.money_asset_id, v.payment_date, 'PFOD', 'INCOME', 'EXPECTED',
       false, sum({RECEIPT}), 'CA-' || v.id, NULL::bigint
  FROM settlements_entitlement n JOIN settlements_recordevent v ON v.id = n.event_id
 WHERE n.id IN (SELECT x.id FROM settlements_entitlement x WHERE x.state = 'EXPECTED'
                 UNION ALL SELECT z.id FROM changed z WHERE z.what = 'entitlement')
   AND {state_of("entitlement", "n")} = 'EXPECTED' AND n.recorded_tx < %(horizon)s
   AND n.money_asset_id IS NOT NULL AND v.payment_date IS NOT NULL
 GROUP BY v.id, n.entity_id, n.owner_id, n.cash_place_id, n.money_asset_id HAVING sum({RECEIPT}) <> 0
"""  # noqa: S608


for _name, _select, _row, _now, _lifecycle in (
    ("nets", _nets, "o", "o.state <> 'SETTLED'", NET_LIFECYCLE),
    ("deals", _deals, "d", f"d.state IN {_UNINSTRUCTED}", DEAL_LIFECYCLE),
    ("claims", _claims, "c", "c.state = 'APPROVED'", INTEREST_CLAIM_LIFECYCLE),
):
    register(CashSource(_name, _select(_now), reads=(_lifecycle,)))
    register(CashSource(f"{_name}-then", _select(moved_on(_lifecycle.subject, _row, _now))))
register(CashSource("income", _INCOME, reads=(ENTITLEMENT_LIFECYCLE,)))
