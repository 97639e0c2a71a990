"""Settled deals: what was final between two dates, to the minor unit, valued at the stored price."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Parameter, Report, asked_of

SIDES = {"buy": _("Buy"), "sell": _("Sell"), "place": _("Place (money)"), "take": _("Take (money)")}
# Read from immutable rows only: entries of final settlements, evidence, deal versions, prices, and the
# events by which nets of nothing were settled, whose quantity is final with them.
_ROWS = """
WITH settling AS NOT MATERIALIZED (
  SELECT e.* FROM ledger_journalentry e
   WHERE e.kind = 'settlement.settle' AND e.source_type = 'settlement'
     AND e.recorded_tx < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
     AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                      WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s
                        AND r.effective_date <= %(settled_until)s)),
     touched AS (
  SELECT DISTINCT s.source_id
    FROM settling e JOIN settlements_settlement s ON s.id = e.source_id
   WHERE e.effective_date BETWEEN %(settled_from)s AND %(settled_until)s
     AND s.source_type = 'deal'),
     nothing AS ( -- nets that come to nothing: settled by being agreed to, not before their date
  SELECT n.id, greatest(n.due_date, (z.recorded_at AT TIME ZONE %(firm_zone)s)::date) AS settled_on
    FROM settlements_netobligation n
    JOIN events_event z ON z.subject_type = 'netobligation' AND z.subject_id = n.id
     AND z.kind = 'netobligation.settle' AND z.tx < %(horizon)s
   WHERE n.quantity = 0 AND n.due_date <= %(settled_until)s
     AND (%(entities)s::bigint[] IS NULL OR n.entity_id = ANY(%(entities)s::bigint[]))),
     netted AS ( -- deals that a clearing house settles by nets, of which one was final then
  SELECT DISTINCT k.deal_id
    FROM settling e JOIN settlements_settlement s ON s.id = e.source_id
    JOIN settlements_nettedflow k ON k.obligation_id = s.source_id
     AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)
   WHERE e.effective_date BETWEEN %(settled_from)s AND %(settled_until)s
     AND s.source_type = 'net'
   UNION
  SELECT k.deal_id
    FROM nothing z JOIN settlements_nettedflow k ON k.obligation_id = z.id
     AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)
   WHERE z.settled_on BETWEEN %(settled_from)s AND %(settled_until)s),
     final AS (
  SELECT s.source_id AS deal_id, max(e.effective_date) AS settled_date,
         count(DISTINCT s.id) AS prepared, count(DISTINCT e.source_id) AS settled,
         string_agg(v.kind || ':' || v.reference, ' ' ORDER BY v.id) AS evidence
    FROM touched t
    JOIN settlements_settlement s ON s.source_id = t.source_id AND s.source_type = 'deal'
     AND s.cancellation <> 'AGREED' -- what is final is never cancelled; their index finds them
    LEFT JOIN settling e ON e.source_id = s.id
    LEFT JOIN settlements_evidence v ON v.settlement_id = s.id AND v.recorded_tx < %(horizon)s
   GROUP BY s.source_id
   UNION ALL
  SELECT o.deal_id, max(coalesce(e.effective_date, z.settled_on)), count(*), count(coalesce(e.id, z.id)),
         string_agg(coalesce(v.kind || ':' || v.reference, 'net:NO-' || z.id), ' ' ORDER BY v.id, z.id)
    FROM (SELECT DISTINCT k.deal_id, k.obligation_id
            FROM netted t JOIN settlements_nettedflow k ON k.deal_id = t.deal_id) o
    LEFT JOIN nothing z ON z.id = o.obligation_id -- no instruction settles it
    LEFT JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = o.obligation_id
     AND s.cancellation <> 'AGREED'
    LEFT JOIN settling e ON e.source_id = s.id
    LEFT JOIN settlements_evidence v ON v.settlement_id = s.id AND v.recorded_tx < %(horizon)s
   GROUP BY o.deal_id),
     version AS (
  SELECT DISTINCT ON (v.deal_id) v.*
    FROM deals_dealversion v JOIN final f ON f.deal_id = v.deal_id
   WHERE v.recorded_tx < %(horizon)s ORDER BY v.deal_id, v.number DESC)
SELECT n.code, 'D-' || d.id, d.external_ref, d.trade_date, f.settled_date, b.code, o.code, p.code,
       v.side, coalesce(i.isin, v.details ->> 'pair', v.currency), trim_scale(v.quantity), trim_scale(v.price),
       round(v.gross_amount, c.minor_unit), round(a.accrued, c.minor_unit),
       round(abs(v.net_amount - v.gross_amount - a.accrued), c.minor_unit),
       round(v.net_amount, c.minor_unit),
       v.currency, f.evidence, m.value, m.currency, m.price_date,
       round(m.value * v.quantity, mc.minor_unit)
  FROM final f
  JOIN version v ON v.deal_id = f.deal_id
  JOIN deals_deal d ON d.id = f.deal_id
  JOIN refdata_entity n ON n.id = d.entity_id
  JOIN refdata_book b ON b.id = d.book_id
  JOIN refdata_party o ON o.id = d.owner_id
  JOIN refdata_party p ON p.id = d.counterparty_id
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  JOIN refdata_currency c ON c.code = v.currency
 CROSS JOIN LATERAL (SELECT coalesce((v.details -> 'figures' ->> 'accrued')::numeric, 0) AS accrued) a
  LEFT JOIN LATERAL (
       (SELECT trim_scale(r.value) AS value, r.currency, r.price_date FROM refdata_price r
         WHERE r.instrument_id = d.instrument_id AND r.price_date <= f.settled_date
           AND r.recorded_tx < %(horizon)s
         ORDER BY r.price_date DESC, r.id DESC LIMIT 1)
       UNION ALL
       (SELECT trim_scale(r.value), r.quote, r.rate_date FROM refdata_fxrate r
         WHERE d.instrument_id IS NULL AND r.base || '/' || r.quote = v.details ->> 'pair'
           AND r.base = left(v.details ->> 'pair', 3) AND r.rate_date <= f.settled_date
           AND r.recorded_tx < %(horizon)s
         ORDER BY r.rate_date DESC, r.id DESC LIMIT 1)) m ON true
  LEFT JOIN refdata_currency mc ON mc.code = m.currency
 WHERE f.settled_date BETWEEN %(settled_from)s AND %(settled_until)s
   AND f.settled = f.prepared
 ORDER BY n.code, f.settled_date, d.id
"""


REPORT = Report(
    name="settled-deals",
    title=_("Settled deals"),
    purpose=_("Every deal that became final between two dates, with its amounts and its evidence."),
    parameters=(
        Parameter("settled_from", _("Settled from")),
        Parameter("settled_until", _("Settled until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("deal", _("Deal")),
        Column("external_ref", _("External reference"), printed=False),
        Column("trade_date", _("Trade date"), "date"),
        Column("settled_date", _("Settled on"), "date"),
        Column("book", _("Book")),
        Column("owner", _("Owner"), names="party"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("side", _("Side"), labels=SIDES),
        Column("isin", _("ISIN"), names="asset"),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Price"), "price"),
        Column("gross_amount", _("Gross amount"), "money", currency="currency", sums=True),
        Column("accrued", _("Accrued interest"), "money", currency="currency", sums=True),
        Column("fees", _("Fees"), "money", currency="currency", sums=True),
        Column("net_amount", _("Net amount"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
        Column("evidence", _("Evidence"), printed=False),
        Column("market_price", _("Market price"), "price", printed=False),
        Column("market_currency", _("Market currency"), printed=False),
        Column("market_date", _("Price date"), "date", printed=False),
        Column(
            "market_value", _("Market value"), "money", currency="market_currency", printed=False
        ),
    ),
    rows=asked_of(_ROWS),
)
