"""Internal registers: deals by trade date, and every operation in money and in securities of each owner at each place.

Between what stood before and what stands after, each operation with the balance that it left (Bank of Russia 577-П:
registers of deals, of operations with money, of operations with securities, for clients and for the firm itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from deals.models import Capacity
from ledger.selectors import balances_query
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read, reference
from reporting.reports.regulatory_trades import HEAD_THEN
from reporting.reports.settled_deals import SIDES

# Deals that bound somebody by then, by the version that was known; who and what it had then is kept with the next one.
_DEALS = f"""
SELECT 'deals', n.code, o.code, t.head ->> 'trade_date', 'D-' || d.id, NULL, d.external_ref, NULL, NULL,
       coalesce(i.isin, v.details ->> 'pair', v.currency), p.code, t.head ->> 'capacity', v.side,
       trim_scale(v.quantity), trim_scale(v.price), round(v.gross_amount, c.minor_unit),
       round(abs(v.net_amount - v.gross_amount - a.accrued), c.minor_unit), v.currency, t.head ->> 'due_date',
       NULL, NULL, NULL, CASE WHEN z.cancelled THEN 'CANCELLED' END
  FROM deals_deal d
 CROSS JOIN LATERAL (
       SELECT x.* FROM deals_dealversion x WHERE x.deal_id = d.id AND x.recorded_tx < %(horizon)s
        ORDER BY x.number DESC LIMIT 1) v
{HEAD_THEN} CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(e.kind = 'deal.cancel'), false) AS cancelled,
              coalesce(bool_or(e.kind IN ('deal.approve', 'deal.affirm') OR e.kind = 'deal.take_on'
                               AND e.target NOT IN ('CAPTURED', 'PENDING_APPROVAL')), false) AS agreed
         FROM events_event e
        WHERE e.subject_type = 'deal' AND e.subject_id = d.id AND e.tx < %(horizon)s) z
 CROSS JOIN LATERAL (SELECT coalesce((v.details -> 'figures' ->> 'accrued')::numeric, 0) AS accrued) a
  JOIN refdata_entity n ON n.id = d.entity_id
  JOIN refdata_currency c ON c.code = v.currency
  JOIN refdata_party o ON o.id = (t.head ->> 'owner_id')::bigint
  JOIN refdata_party p ON p.id = (t.head ->> 'counterparty_id')::bigint
  LEFT JOIN refdata_instrument i ON i.asset_id = (t.head ->> 'instrument_id')::bigint
 WHERE (d.trade_date BETWEEN %(from)s AND %(until)s OR d.id IN (
        SELECT x.deal_id FROM deals_dealversion x WHERE x.head_before IS NOT NULL AND x.recorded_tx >= %(horizon)s))
   AND (t.head ->> 'trade_date')::date BETWEEN %(from)s AND %(until)s
   AND (d.stage = 'executed' OR z.agreed) AND (%(owner)s::bigint IS NULL OR o.id = %(owner)s::bigint)
   AND (%(entities)s::bigint[] IS NULL OR d.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, o.code, t.head ->> 'trade_date', d.id
"""  # noqa: S608 - the head is our own text
# Of each owner, place and asset what stood, each entry that moved it, and what stands.
_OPERATIONS = f"""
WITH stood (account_id, asset_id, amount) AS ({{balances}}),
     held AS (
  SELECT a.id, a.entity_id, a.owner_id, a.place_id FROM ledger_ledgeraccount a
   WHERE a.kind = %(kind)s AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
     AND (%(owner)s::bigint IS NULL OR a.owner_id = %(owner)s::bigint)),
     moved AS (
  SELECT h.entity_id, h.owner_id, h.place_id, l.asset_id, l.entry_id, sum(l.amount) AS amount
    FROM ledger_line l JOIN held h ON h.id = l.account_id
   WHERE l.effective_date BETWEEN %(from)s AND %(until)s AND l.recorded_tx < %(horizon)s
   GROUP BY 1, 2, 3, 4, 5 HAVING sum(l.amount) <> 0),
     before AS (
  SELECT h.entity_id, h.owner_id, h.place_id, t.asset_id, sum(t.amount) AS amount
    FROM stood t JOIN held h ON h.id = t.account_id GROUP BY 1, 2, 3, 4),
     turned AS (
  SELECT entity_id, owner_id, place_id, asset_id, sum(greatest(amount, 0)) AS incoming,
         sum(greatest(-amount, 0)) AS outgoing FROM moved GROUP BY 1, 2, 3, 4),
     spot AS (
  SELECT entity_id, owner_id, place_id, asset_id, coalesce(b.amount, 0) AS opening, t.incoming, t.outgoing
    FROM before b FULL JOIN turned t USING (entity_id, owner_id, place_id, asset_id)),
     line AS (
  SELECT s.entity_id, s.owner_id, s.place_id, s.asset_id, 'OPENING' AS line, 0 AS place_in_order,
         NULL::bigint AS entry_id, NULL::numeric AS incoming, NULL::numeric AS outgoing, s.opening AS balance
    FROM spot s
   UNION ALL
  SELECT s.entity_id, s.owner_id, s.place_id, s.asset_id, 'OPERATION', 1, m.entry_id, greatest(m.amount, 0),
         greatest(-m.amount, 0), s.opening + sum(m.amount) OVER (
         PARTITION BY s.entity_id, s.owner_id, s.place_id, s.asset_id ORDER BY e.effective_date, e.id)
    FROM spot s JOIN moved m USING (entity_id, owner_id, place_id, asset_id)
    JOIN ledger_journalentry e ON e.id = m.entry_id
   UNION ALL
  SELECT s.entity_id, s.owner_id, s.place_id, s.asset_id, 'CLOSING', 2, NULL, s.incoming, s.outgoing,
         s.opening + coalesce(s.incoming - s.outgoing, 0) FROM spot s)
SELECT %(section)s, n.code, o.code,
       coalesce(e.effective_date, CASE line WHEN 'OPENING' THEN %(from)s ELSE %(until)s END)::text, 'E-' || e.id,
       {reference("e.source_type", "e.source_id")}, NULL, r.line, p.code, coalesce(i.isin, s.code),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       trim_scale(nullif(r.incoming, 0)), trim_scale(nullif(r.outgoing, 0)), trim_scale(r.balance), NULL
  FROM line r
  JOIN refdata_entity n ON n.id = r.entity_id
  JOIN refdata_party o ON o.id = r.owner_id
  JOIN refdata_place p ON p.id = r.place_id
  JOIN refdata_asset s ON s.id = r.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = r.asset_id
  LEFT JOIN ledger_journalentry e ON e.id = r.entry_id
 ORDER BY n.code, o.code, coalesce(i.isin, s.code), p.code, r.place_in_order, e.effective_date, e.id
"""  # noqa: S608


def rows(parameters: Mapping[str, Any], known: Known) -> list[Query]:
    return registers_of(None, parameters["kept_from"], parameters["kept_until"], known)


def registers_of(owner_id: int | None, first: date, until: date, known: Known) -> list[Query]:
    """Deals, operations with money and operations with securities, of one owner or of all."""
    balances, bounds = balances_query(as_of=first - timedelta(days=1), known=known.mark)
    asked = known.facts | bounds | {"from": first, "until": until, "owner": owner_id}
    operations = _OPERATIONS.replace("{balances}", balances)
    return [
        read(_DEALS, asked),
        read(operations, asked | {"section": "money", "kind": "CASH"}),
        read(operations, asked | {"section": "securities", "kind": "HOLDING"}),
    ]


LINES = {
    "OPENING": _("Opening balance"), "OPERATION": _("Operation"), "CLOSING": _("Turnover and closing balance"),
}  # fmt: skip

REPORT = Report(
    name="internal-registers",
    title=_("Internal registers of deals and operations"),
    purpose=_(
        "Deals between two dates; and of each owner at each place what stood in money and in securities, every"
        " operation with the balance that it left, and what stands: clients and the firm itself."
    ),
    parameters=(
        Parameter("kept_from", _("Kept from")),
        Parameter("kept_until", _("Kept until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Owner"), names="party"),
        Column("day", _("Day"), "date"),
        Column("reference", _("Reference")),
        Column("source", _("Source")),
        Column("external_ref", _("External reference"), printed=False),
        Column("line", _("Line"), labels=LINES),
        Column("place", _("Place"), names="place"),
        Column("asset", _("Asset"), names="asset"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("capacity", _("Capacity"), labels=dict(Capacity.choices), printed=False),
        Column("side", _("Side"), labels=SIDES),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Price"), "price"),
        Column("gross", _("Amount"), "money", currency="currency"),
        Column("fee", _("Fee"), "money", currency="currency", printed=False),
        Column("currency", _("Currency")),
        Column("due_date", _("Settles on"), "date"),
        Column("incoming", _("In"), "money", currency="asset"),
        Column("outgoing", _("Out"), "money", currency="asset"),
        Column("balance", _("Balance"), "money", currency="asset"),
        Column("state", _("State"), labels={"CANCELLED": _("Cancelled")}),
    ),
    sections=(
        Section("deals", _("Deals"), (
            "entity", "owner", "day", "reference", "external_ref", "asset", "counterparty", "capacity", "side",
            "quantity", "price", "gross", "fee", "currency", "due_date", "state")),
        Section("money", _("Operations with money"), (
            "entity", "owner", "asset", "place", "line", "day", "reference", "source", "incoming", "outgoing",
            "balance")),
        Section("securities", _("Operations with securities"), (
            "entity", "owner", "asset", "place", "line", "day", "reference", "source", "incoming", "outgoing",
            "balance")),
    ),
    rows=rows,
)  # fmt: skip
