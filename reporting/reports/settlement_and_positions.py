"""Settlement and positions: what settled, failed and is due on a business date, and what is held.

Everything is decided by rows that never change and were recorded below the horizon: obligations,
entries of final settlements and of trades with their reversals, events, prices. The search for what
was open is cut short by today's states: a settlement that was open then is open now, or it has
moved since (its event is not below the horizon), or it settled after the business date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.selectors import balances_query
from refdata.quotes import price_orders, prices_on
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read
from settlements.state import Reason

_OPEN = """
WITH looked_at AS (
  SELECT s.id FROM settlements_settlement s
   WHERE s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED'
   UNION
  SELECT v.subject_id FROM events_event v
   WHERE v.tx >= %(horizon)s AND v.subject_type = 'settlement'
     AND v.kind IN ('settlement.settle', 'settlement.agree_cancel')
   UNION
  SELECT e.source_id FROM ledger_journalentry e
   WHERE e.kind = 'settlement.settle' AND e.source_type = 'settlement'
     AND e.effective_date > %(business_date)s
   UNION
  SELECT e.source_id FROM ledger_journalentry e
   WHERE e.reverses_id IS NOT NULL AND e.kind = 'settlement.settle.reverse'
     AND e.source_type = 'settlement'),
     still_open AS (
  SELECT s.id, s.entity_id, s.owner_id, s.place_id, s.source_type, s.source_id, s.due_date,
         s.asset_id, s.money_asset_id AS money_id, s.delivers, s.quantity - coalesce(k.quantity, 0) AS quantity,
         s.amount - coalesce(k.amount, 0) AS amount
    FROM looked_at l JOIN settlements_settlement s USING (id)
    LEFT JOIN LATERAL ( -- what had settled in part by then
         SELECT sum(k.quantity) AS quantity, sum(k.amount) AS amount FROM settlements_settlementpart k
          WHERE k.settlement_id = s.id AND k.recorded_tx < %(horizon)s AND k.settled_date <= %(business_date)s)
         k ON s.settled_quantity > 0
   WHERE (%(entities)s::bigint[] IS NULL OR s.entity_id = ANY(%(entities)s::bigint[]))
     AND EXISTS (SELECT 1 FROM settlements_obligation o
                  WHERE o.settlement_id = s.id AND o.recorded_tx < %(horizon)s)
     AND NOT EXISTS (
         SELECT 1 FROM ledger_journalentry e
          WHERE e.entity_id = s.entity_id AND e.source_type = 'settlement' AND e.source_id = s.id
            AND e.kind = 'settlement.settle' AND e.recorded_tx < %(horizon)s
            AND e.effective_date <= %(business_date)s
            AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                             WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s
                               AND r.effective_date <= %(business_date)s))
     AND NOT EXISTS (SELECT 1 FROM events_event v
                      WHERE v.subject_type = 'settlement' AND v.subject_id = s.id
                        AND v.kind = 'settlement.agree_cancel' AND v.tx < %(horizon)s)
     AND NOT EXISTS ( -- its net settles it: that is counted
         SELECT 1 FROM settlements_nettingmember k
          WHERE k.settlement_id = s.id AND k.recorded_tx < %(horizon)s
            AND NOT EXISTS (SELECT 1 FROM events_event v
                             WHERE v.subject_type = 'nettingset' AND v.subject_id = k.netting_set_id
                               AND v.kind = 'nettingset.reopen' AND v.tx < %(horizon)s)))
"""
_SETTLEMENTS = """,
     counted AS (
  SELECT entity_id, place_id, money_id, delivers, amount,
         CASE WHEN due_date < %(business_date)s THEN 2 WHEN due_date = %(business_date)s THEN 3
              ELSE 4 END AS status
    FROM still_open
   UNION ALL
  SELECT s.entity_id, s.place_id, s.money_asset_id, s.delivers, coalesce(k.amount, s.amount), 1
    FROM ledger_journalentry e JOIN settlements_settlement s ON s.id = e.source_id
    LEFT JOIN settlements_settlementpart k ON k.settlement_id = s.id AND k.number = e.part
   WHERE e.kind IN ('settlement.settle', 'settlement.settle_part') AND e.source_type = 'settlement'
     AND e.effective_date = %(business_date)s AND e.recorded_tx < %(horizon)s
     AND s.netted_by_id IS NULL
     AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
     AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                      WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s
                        AND r.effective_date <= %(business_date)s))
SELECT 'settlements', n.code, p.code, NULL, NULL, c.code,
       (ARRAY['SETTLED', 'FAILING', 'DUE', 'LATER'])[t.status], NULL, NULL, count(*),
       round(coalesce(sum(t.amount) FILTER (WHERE t.delivers), 0), c.minor_unit),
       round(coalesce(sum(t.amount) FILTER (WHERE NOT t.delivers), 0), c.minor_unit),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM counted t
  JOIN refdata_entity n ON n.id = t.entity_id
  JOIN refdata_place p ON p.id = t.place_id
  JOIN refdata_currency c ON c.asset_id = t.money_id
 GROUP BY n.code, p.code, c.code, c.minor_unit, t.status
 ORDER BY n.code, p.code, c.code, t.status
"""
_FAILS = """,
     late AS (
  SELECT t.*, %(business_date)s::date - t.due_date AS days,
         coalesce((SELECT v.reason FROM events_event v
                    WHERE v.subject_type = 'settlement' AND v.subject_id = t.id
                      AND v.kind = 'settlement.fail' AND v.tx < %(horizon)s
                    ORDER BY v.id DESC LIMIT 1), '') AS reason
    FROM still_open t WHERE t.due_date < %(business_date)s)
SELECT 'fails', n.code, p.code, NULL, NULL, c.code, NULL, nullif(t.reason, ''),
       (ARRAY['1', '2-3', '4-7', '8-30', '31+'])[width_bucket(t.days, ARRAY[1, 2, 4, 8, 31])],
       count(*),
       round(coalesce(sum(t.amount) FILTER (WHERE t.delivers), 0), c.minor_unit),
       round(coalesce(sum(t.amount) FILTER (WHERE NOT t.delivers), 0), c.minor_unit),
       min(t.due_date), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM late t
  JOIN refdata_entity n ON n.id = t.entity_id
  JOIN refdata_place p ON p.id = t.place_id
  JOIN refdata_currency c ON c.asset_id = t.money_id
 GROUP BY n.code, p.code, c.code, c.minor_unit, t.reason,
          width_bucket(t.days, ARRAY[1, 2, 4, 8, 31])
 ORDER BY n.code, p.code, c.code, width_bucket(t.days, ARRAY[1, 2, 4, 8, 31]), t.reason
"""
# What is held at each place, what open settlements bring and take there, and, without a place, what
# is traded and not prepared yet. For owners whose trades are in our books the sum of all of it is
# the trade-date position: holdings and settlements with counterparties in the ledger.
_HELD = """,
     balance (account_id, asset_id, amount) AS ({balances}),
     account AS (
  SELECT b.asset_id, b.amount, a.kind, a.entity_id, a.owner_id, a.place_id
    FROM balance b JOIN ledger_ledgeraccount a ON a.id = b.account_id
    JOIN refdata_asset s ON s.id = b.asset_id AND s.kind = %(asset_kind)s
   WHERE a.kind IN (%(account_kind)s, 'SETTLEMENT', 'NETTING', 'CONVERSION', 'USE')
     AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))),
     trading AS (
  SELECT DISTINCT entity_id, owner_id FROM ledger_ledgeraccount WHERE kind = 'POSITION'),
     moving AS (
  SELECT t.entity_id, t.owner_id, t.place_id, m.asset_id,
         sum(m.quantity) FILTER (WHERE m.comes) AS comes,
         sum(m.quantity) FILTER (WHERE NOT m.comes) AS goes
    FROM still_open t
    JOIN trading USING (entity_id, owner_id)
    CROSS JOIN LATERAL (VALUES ('SECURITY', t.asset_id, t.quantity, NOT t.delivers),
                               ('CURRENCY', t.money_id, t.amount, t.delivers))
         AS m(kind, asset_id, quantity, comes)
   WHERE m.kind = %(asset_kind)s AND m.quantity > 0
     AND (t.source_type IN ('net', 'set') OR t.source_type = 'deal' AND EXISTS (
         SELECT 1 FROM ledger_journalentry e
          WHERE e.entity_id = t.entity_id AND e.source_type = 'deal' AND e.source_id = t.source_id
            AND e.kind = 'deal.trade' AND e.recorded_tx < %(horizon)s
            AND e.effective_date <= %(business_date)s
            AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                             WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s
                               AND r.effective_date <= %(business_date)s)))
   GROUP BY t.entity_id, t.owner_id, t.place_id, m.asset_id),
     unprepared AS (
  SELECT entity_id, owner_id, asset_id, sum(amount) AS amount FROM (
         SELECT entity_id, owner_id, asset_id, amount FROM account
           JOIN trading USING (entity_id, owner_id) WHERE kind IN ('SETTLEMENT', 'NETTING', 'CONVERSION', 'USE')
          UNION ALL
         SELECT entity_id, owner_id, asset_id, coalesce(goes, 0) - coalesce(comes, 0) FROM moving) x
   GROUP BY entity_id, owner_id, asset_id HAVING sum(amount) <> 0),
     held AS (
  SELECT entity_id, owner_id, place_id, asset_id, sum(settled) AS settled,
         sum(comes) AS comes, sum(goes) AS goes FROM (
         SELECT entity_id, owner_id, place_id, asset_id, amount AS settled, 0 AS comes, 0 AS goes
           FROM account WHERE kind = %(account_kind)s
          UNION ALL
         SELECT entity_id, owner_id, place_id, asset_id, 0, coalesce(comes, 0), coalesce(goes, 0)
           FROM moving
          UNION ALL
         SELECT entity_id, owner_id, NULL, asset_id, 0, greatest(amount, 0), greatest(-amount, 0)
           FROM unprepared) y
   GROUP BY entity_id, owner_id, place_id, asset_id
  HAVING sum(settled) <> 0 OR sum(comes) <> 0 OR sum(goes) <> 0),
     known_held AS (
  SELECT h.*, t.owner_id IS NOT NULL AS trades, h.settled + h.comes - h.goes AS total
    FROM held h LEFT JOIN trading t USING (entity_id, owner_id))
"""
_POSITIONS = """
SELECT 'positions', n.code, p.code, o.code, coalesce(i.isin, s.code), m.currency, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL,
       trim_scale(h.settled), trim_scale(CASE WHEN h.trades THEN h.comes END),
       trim_scale(CASE WHEN h.trades THEN h.goes END),
       trim_scale(CASE WHEN h.trades THEN h.total END),
       trim_scale(m.value), m.price_date,
       CASE WHEN m.value IS NULL THEN 'NONE' WHEN m.price_date < %(business_date)s THEN 'OLDER'
            ELSE 'FRESH' END,
       round(m.value * CASE WHEN h.trades THEN h.total ELSE h.settled END, mc.minor_unit), NULL, NULL
  FROM known_held h
  JOIN refdata_entity n ON n.id = h.entity_id
  JOIN refdata_party o ON o.id = h.owner_id
  LEFT JOIN refdata_place p ON p.id = h.place_id
  JOIN refdata_asset s ON s.id = h.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = h.asset_id
  LEFT JOIN LATERAL (
       SELECT r.value, r.currency, r.price_date FROM refdata_price r
        WHERE r.instrument_id = h.asset_id AND r.price_date <= %(business_date)s
          AND r.recorded_tx < %(horizon)s AND (%(prices)s::bigint[] IS NULL OR r.id = ANY(%(prices)s::bigint[]))
        ORDER BY r.price_date DESC, r.id DESC LIMIT 1) m ON true
  LEFT JOIN refdata_currency mc ON mc.code = m.currency
 ORDER BY n.code, o.code, coalesce(i.isin, s.code), p.code NULLS LAST
"""
_CASH = """
SELECT 'cash', n.code, p.code, o.code, NULL, c.code, NULL, NULL, NULL, NULL,
       round(CASE WHEN h.trades THEN h.comes END, c.minor_unit),
       round(CASE WHEN h.trades THEN h.goes END, c.minor_unit),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       round(h.settled, c.minor_unit),
       round(CASE WHEN h.trades THEN h.total END, c.minor_unit)
  FROM known_held h
  JOIN refdata_entity n ON n.id = h.entity_id
  JOIN refdata_party o ON o.id = h.owner_id
  LEFT JOIN refdata_place p ON p.id = h.place_id
  JOIN refdata_currency c ON c.asset_id = h.asset_id
 ORDER BY n.code, o.code, c.code, p.code NULLS LAST
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Sequence[Query]:
    facts = known.facts | {"business_date": parameters["business_date"]}
    balances, bounds = balances_query(
        as_of=parameters["business_date"],
        known=known.mark,
    )
    securities = facts | bounds | {"asset_kind": "SECURITY", "account_kind": "HOLDING"}
    securities |= {"prices": counting(parameters["business_date"], known.horizon)}
    money = facts | bounds | {"asset_kind": "CURRENCY", "account_kind": "CASH"}
    held = _OPEN + _HELD.replace("{balances}", balances)
    return [
        read(_OPEN + _SETTLEMENTS, facts),
        read(_OPEN + _FAILS, facts),
        read(held + _POSITIONS, securities),
        read(held + _CASH, money),
    ]


def counting(day: date, horizon: int) -> list[int] | None:
    """The prices that count on a day, where a rule says whose do; else None: of each instrument the last."""
    if not price_orders(day, horizon):
        return None
    return sorted(quote.id for quote in prices_on(day, horizon=horizon).values())


STATUSES = {
    "SETTLED": _("Settled that day"), "FAILING": _("Failing"), "DUE": _("Due that day"),
    "LATER": _("Due later"),
}  # fmt: skip
AGES = {
    "1": _("1 day"), "2-3": _("2 to 3 days"), "4-7": _("4 to 7 days"), "8-30": _("8 to 30 days"),
    "31+": _("more than 30 days"),
}  # fmt: skip
PRICES = {"FRESH": _("Of that day"), "OLDER": _("Of an earlier day"), "NONE": _("No price")}

REPORT = Report(
    name="settlement-and-positions",
    title=_("Settlement and positions"),
    purpose=_(
        "What settled, failed and is due on a business date, what each owner holds and what it is worth,"
        " and the cash of each account, settled and expected."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity")),
        Column("place", _("Place")),
        Column("owner", _("Owner"), names="party"),
        Column("isin", _("ISIN"), names="asset"),
        Column("currency", _("Currency")),
        Column("status", _("State"), labels=STATUSES),
        Column("reason", _("Reason"), labels=dict(Reason.choices)),
        Column("age", _("Late by"), labels=AGES),
        Column("count", _("Settlements"), "count", sums=True),
        Column("to_receive", _("To receive"), "money", currency="currency", sums=True),
        Column("to_pay", _("To pay"), "money", currency="currency", sums=True),
        Column("oldest_due_date", _("Oldest due date"), "date"),
        Column("settled_quantity", _("Settled quantity"), "quantity"),
        Column("quantity_to_receive", _("To receive"), "quantity"),
        Column("quantity_to_deliver", _("To deliver"), "quantity"),
        Column("trade_date_quantity", _("Trade-date quantity"), "quantity"),
        Column("price", _("Price"), "price"),
        Column("price_date", _("Price date"), "date"),
        Column("price_state", _("Price state"), labels=PRICES),
        Column("market_value", _("Market value"), "money", currency="currency", sums=True),
        Column("settled_amount", _("Settled"), "money", currency="currency", sums=True),
        Column("expected_amount", _("Expected"), "money", currency="currency", sums=True),
    ),
    sections=(
        Section("settlements", _("Settlements"), (
            "entity", "place", "currency", "status", "count", "to_receive", "to_pay")),
        Section("fails", _("Fails by age"), (
            "entity", "place", "currency", "age", "reason", "count", "to_receive", "to_pay",
            "oldest_due_date")),
        Section("positions", _("Positions"), (
            "entity", "owner", "isin", "place", "settled_quantity", "quantity_to_receive",
            "quantity_to_deliver", "trade_date_quantity", "price", "price_date", "price_state",
            "market_value", "currency")),
        Section("cash", _("Cash"), (
            "entity", "owner", "place", "currency", "settled_amount", "to_receive", "to_pay",
            "expected_amount")),
    ),
    rows=rows,
)  # fmt: skip
