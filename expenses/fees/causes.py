"""What fees are due for and not accrued yet, set-based: deals, settlements, instructions sent, assets held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from refdata.firm_days import FIRM_ZONE

LOOK_BACK = timedelta(
    days=45
)  # what came later than that is accrued by hand, as a difference accepted


class Due(NamedTuple):
    """One cause and the schedule that says what it costs. `party` is the other side of the fee."""

    schedule_id: int
    party_id: int
    owner_id: int
    book_id: int | None
    place_id: int | None
    cause: str
    cause_id: int
    version: int
    day: date
    measure: Decimal
    share: Decimal


# Who is at the other side: whoever bills us, or whom we charge.
_PARTY = """CASE f.payer WHEN 'US' THEN coalesce(f.biller_id, {counterparty})
                 WHEN 'CLIENT' THEN {owner} ELSE {counterparty} END"""
_NOT_YET = """NOT EXISTS (
       SELECT 1 FROM expenses_feeaccrual a
        WHERE a.schedule_id = f.id AND a.cause = '{cause}' AND a.cause_id = {id} AND a.version = {version}
          AND a.owner_id = {owner} AND a.reverses_id IS NULL)"""
_IN_FORCE = """f.entity_id = %(entity)s AND f.collected = 'INVOICED'
   AND f.valid_from <= {day} AND (f.valid_until IS NULL OR f.valid_until > {day})"""

# Those that are dealt: executed, or confirmed. A client's fee is of a client's deal.
_DEALS = f"""
SELECT f.id, {_PARTY.format(counterparty="d.counterparty_id", owner="d.owner_id")}, d.owner_id, d.book_id,
       NULL::bigint, 'deal', d.id, d.version, d.trade_date,
       CASE f.basis WHEN 'NOTIONAL' THEN v.gross_amount WHEN 'QUANTITY' THEN v.quantity ELSE 1 END, 1
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  JOIN refdata_feeschedule f ON {_IN_FORCE.format(day="d.trade_date")}
   AND f.basis IN ('NOTIONAL', 'QUANTITY', 'DEAL') AND f.product IN ('', d.product)
   AND f.capacity IN ('', d.capacity) AND (f.counterparty_id IS NULL OR f.counterparty_id = d.counterparty_id)
   AND f.market IN ('', coalesce(v.details -> 'execution' ->> 'venue', i.market, ''))
   AND (f.basis <> 'NOTIONAL' OR f.currency = v.currency) AND (f.payer <> 'CLIENT' OR d.capacity <> 'OWN')
 WHERE d.entity_id = %(entity)s AND d.trade_date >= %(first)s AND d.trade_date <= %(day)s
   AND d.state NOT IN ('CANCELLED', 'REPLACED')
   AND (d.stage = 'executed' OR d.state NOT IN ('CAPTURED', 'PENDING_APPROVAL'))
   AND {_NOT_YET.format(cause="deal", id="d.id", version="d.version", owner="d.owner_id")}
 AND d.id > %(after)s ORDER BY d.id, f.id LIMIT %(limit)s
"""  # noqa: S608
_OF_SETTLEMENT = """f.product IN ('', coalesce(d.product, '')) AND f.market = ''
   AND f.capacity IN ('', CASE WHEN s.owner_id = n.own_party_id THEN 'OWN' ELSE 'CLIENT' END)
   AND (f.place_id IS NULL OR f.place_id = s.place_id)
   AND (f.counterparty_id IS NULL OR f.counterparty_id = s.counterparty_id)
   AND (f.payer <> 'CLIENT' OR s.owner_id <> n.own_party_id)"""
# What settles by a net was never instructed by itself: the net is charged.
_SETTLEMENTS = f"""
SELECT f.id, {_PARTY.format(counterparty="s.counterparty_id", owner="s.owner_id")}, s.owner_id, s.book_id,
       s.place_id, 'settlement', s.id, 1, s.settled_date, 1, 1
  FROM settlements_settlement s
  JOIN refdata_entity n ON n.id = s.entity_id
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  JOIN refdata_feeschedule f ON {_IN_FORCE.format(day="s.settled_date")} AND f.basis = 'SETTLEMENT'
   AND {_OF_SETTLEMENT}
 WHERE s.entity_id = %(entity)s AND s.settlement = 'SETTLED' AND s.settled_date >= %(first)s
   AND s.settled_date <= %(day)s AND s.netted_by_id IS NULL
   AND {_NOT_YET.format(cause="settlement", id="s.id", version="1", owner="s.owner_id")}
 AND s.id > %(after)s ORDER BY s.id, f.id LIMIT %(limit)s
"""  # noqa: S608
_SENT_ON = "(e.recorded_at AT TIME ZONE %(zone)s)::date"
_MESSAGES = f"""
SELECT f.id, {_PARTY.format(counterparty="s.counterparty_id", owner="s.owner_id")}, s.owner_id, s.book_id,
       s.place_id, 'message', e.id, 1, {_SENT_ON}, 1, 1
  FROM events_event e
  JOIN settlements_settlement s ON s.id = e.subject_id AND s.entity_id = %(entity)s
  JOIN refdata_entity n ON n.id = s.entity_id
  JOIN refdata_place p ON p.id = s.place_id AND p.finality = 'EXTERNAL'
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  JOIN refdata_feeschedule f ON {_IN_FORCE.format(day=_SENT_ON)} AND f.basis = 'MESSAGE' AND {_OF_SETTLEMENT}
 WHERE e.subject_type = 'settlement' AND e.kind IN ('settlement.send', 'settlement.request_cancel')
   AND e.tx >= coalesce((SELECT max(w.horizon) FROM events_watermark w WHERE w.at < %(first_at)s), 0)
   AND {_SENT_ON} >= %(first)s AND {_SENT_ON} <= %(day)s
   AND {_NOT_YET.format(cause="message", id="e.id", version="1", owner="s.owner_id")}
 AND e.id > %(after)s ORDER BY e.id, f.id LIMIT %(limit)s
"""  # noqa: S608
# Worth at the close by the valuation of the night; what has no price, or is in a currency that is neither
# that of the schedule nor of the entity's books, waits for the night that values it.
_ASSETS = f"""
SELECT f.id, {_PARTY.format(counterparty="f.counterparty_id", owner="h.owner_id")}, h.owner_id, NULL::bigint,
       h.place_id, 'assets', %(cause)s::bigint, 1, %(day)s::date, sum(h.quantity * c.each), %(share)s::numeric
  FROM (SELECT a.owner_id, a.place_id, b.asset_id, sum(b.amount) AS quantity
          FROM (SELECT m.account_id, m.asset_id, m.amount FROM ledger_movement m
                 WHERE m.effective_date <= %(day)s
                 UNION ALL
                SELECT l.account_id, l.asset_id, l.amount FROM ledger_line l
                 WHERE l.recorded_tx >= coalesce((SELECT k.horizon FROM ledger_fold k), 0)
                   AND l.effective_date <= %(day)s) b
          JOIN ledger_ledgeraccount a ON a.id = b.account_id AND a.kind = 'HOLDING'
           AND a.entity_id = %(entity)s AND a.place_id IS NOT NULL
         GROUP BY 1, 2, 3 HAVING sum(b.amount) > 0) h
  JOIN refdata_entity n ON n.id = %(entity)s
  JOIN refdata_party o ON o.id = h.owner_id
  JOIN refdata_feeschedule f ON {_IN_FORCE.format(day="%(day)s::date")} AND f.basis = 'ASSETS'
   AND f.capacity IN ('', CASE WHEN h.owner_id = n.own_party_id THEN 'OWN' ELSE 'CLIENT' END)
   AND (f.place_id IS NULL OR f.place_id = h.place_id)
   AND (f.payer <> 'CLIENT' OR 'CLIENT' = ANY(o.roles))
  JOIN ledger_valuation v ON v.night_id = %(night)s AND v.owner_id = h.owner_id AND v.asset_id = h.asset_id
  CROSS JOIN LATERAL (
       SELECT CASE f.currency WHEN v.currency THEN v.price WHEN v.base_currency THEN v.price * v.rate END
              AS each) c
 WHERE c.each IS NOT NULL AND (h.owner_id = n.own_party_id OR 'CLIENT' = ANY(o.roles))
   AND {_NOT_YET.format(cause="assets", id="%(cause)s", version="1", owner="h.owner_id")}
 GROUP BY f.id, h.owner_id, h.place_id ORDER BY f.id, h.owner_id, h.place_id
"""  # noqa: S608


def facts_of(entity_id: int, day: date, *, after: int, limit: int) -> dict[str, Any]:
    """What the questions of every day are asked with: causes with a number above `after`."""
    first = day - LOOK_BACK
    return {
        "after": after, "entity": entity_id, "day": day, "first": first, "limit": limit, "zone": str(FIRM_ZONE),
        "first_at": datetime.combine(first, time.min, tzinfo=FIRM_ZONE),
    }  # fmt: skip


def due_for(query: str, facts: Mapping[str, Any]) -> list[Due]:
    """What is due by one of the questions above, at most as many as its limit; nobody owes to nobody."""
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return [Due(*row) for row in cursor.fetchall() if row[1] is not None]


EVERY_DAY: Sequence[str] = (_DEALS, _SETTLEMENTS, _MESSAGES)


def due_for_assets(
    *, entity_id: int, day: date, night_id: int, days: int, year: int = 365
) -> list[Due]:
    """What the assets held at the close of a day cost for it and the closed days before it."""
    facts = {
        "entity": entity_id, "day": day, "night": night_id, "share": Decimal(days) / year,
        "cause": int(f"{day:%Y%m%d}"),
    }  # fmt: skip
    return due_for(_ASSETS, facts)


# Accruals whose cause is not what it was: cancelled, replaced, or amended since.
_CHANGED = """
SELECT a.id, CASE WHEN d.state IN ('CANCELLED', 'REPLACED') THEN d.state ELSE 'v' || d.version END
  FROM expenses_feeaccrual a JOIN deals_deal d ON d.id = a.cause_id
 WHERE a.entity_id = %(entity)s AND a.cause = 'deal' AND a.reverses_id IS NULL AND a.due_month >= %(first)s
   AND (d.state IN ('CANCELLED', 'REPLACED') OR d.version <> a.version)
   AND NOT EXISTS (SELECT 1 FROM expenses_feeaccrual r WHERE r.reverses_id = a.id)
 ORDER BY a.id LIMIT %(limit)s
"""
KEPT_WATCH = timedelta(days=400)


def changed_since(*, entity_id: int, day: date, limit: int) -> dict[int, str]:
    """The accruals to take back, each with what became of its deal."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"entity": entity_id, "first": day - KEPT_WATCH, "limit": limit})
        return dict(cursor.fetchall())
