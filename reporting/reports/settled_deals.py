"""Settled deals: what was final between two dates, to the minor unit, valued at the stored price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Known, Parameter, Report, Row, read

# Read from immutable rows only: entries of final settlements, evidence, deal versions, prices.
_ROWS = """
WITH final AS (
  SELECT s.source_id AS deal_id, max(e.effective_date) AS settled_date, count(*) AS settled,
         string_agg(v.kind || ':' || v.reference, ' ' ORDER BY v.id) AS evidence
    FROM ledger_journalentry e
    JOIN settlements_settlement s ON s.id = e.source_id
    JOIN settlements_evidence v ON v.settlement_id = s.id AND v.recorded_tx < %(horizon)s
   WHERE e.kind = 'settlement.settle' AND e.source_type = 'settlement' AND s.source_type = 'deal'
     AND e.recorded_tx < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   GROUP BY s.source_id),
     version AS (
  SELECT DISTINCT ON (v.deal_id) v.*
    FROM deals_dealversion v JOIN final f ON f.deal_id = v.deal_id
   WHERE v.recorded_tx < %(horizon)s ORDER BY v.deal_id, v.number DESC)
SELECT n.code, 'D-' || d.id, d.external_ref, d.trade_date, f.settled_date, b.code, o.code, p.code,
       v.side, i.isin, a.name, trim_scale(v.quantity), trim_scale(v.price),
       round(v.gross_amount, c.minor_unit), round(abs(v.net_amount - v.gross_amount), c.minor_unit),
       round(v.net_amount, c.minor_unit),
       v.currency, f.evidence, coalesce(m.value::text, 'no price'), m.currency, m.price_date,
       round(m.value * v.quantity, mc.minor_unit)
  FROM final f
  JOIN version v ON v.deal_id = f.deal_id
  JOIN deals_deal d ON d.id = f.deal_id
  JOIN refdata_entity n ON n.id = d.entity_id
  JOIN refdata_book b ON b.id = d.book_id
  JOIN refdata_party o ON o.id = d.owner_id
  JOIN refdata_party p ON p.id = d.counterparty_id
  JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  JOIN refdata_asset a ON a.id = i.asset_id
  JOIN refdata_currency c ON c.code = v.currency
  LEFT JOIN LATERAL (
       SELECT trim_scale(r.value) AS value, r.currency, r.price_date FROM refdata_price r
        WHERE r.instrument_id = d.instrument_id AND r.price_date <= f.settled_date
          AND r.recorded_tx < %(horizon)s
        ORDER BY r.price_date DESC, r.id DESC LIMIT 1) m ON true
  LEFT JOIN refdata_currency mc ON mc.code = m.currency
 WHERE f.settled_date BETWEEN %(settled_from)s AND %(settled_until)s
   AND f.settled = CASE v.method WHEN 'DVP' THEN 1 ELSE
                        1 + (v.net_amount <> 0)::int END
 ORDER BY n.code, f.settled_date, d.id
"""


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    return read(
        _ROWS,
        {
            "horizon": known.horizon,
            "entities": None if known.entity_ids is None else list(known.entity_ids),
            "settled_from": parameters["settled_from"],
            "settled_until": parameters["settled_until"],
        },
    )


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
        Column("external_ref", _("External reference")),
        Column("trade_date", _("Trade date"), "date"),
        Column("settled_date", _("Settled on"), "date"),
        Column("book", _("Book")),
        Column("owner", _("Owner")),
        Column("counterparty", _("Counterparty")),
        Column("side", _("Side")),
        Column("isin", _("ISIN")),
        Column("instrument", _("Instrument")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Price"), "quantity"),
        Column("gross_amount", _("Gross amount"), "money"),
        Column("fees", _("Fees"), "money"),
        Column("net_amount", _("Net amount"), "money"),
        Column("currency", _("Currency")),
        Column("evidence", _("Evidence")),
        Column("market_price", _("Market price"), "quantity"),
        Column("market_currency", _("Market currency")),
        Column("market_date", _("Price date"), "date"),
        Column("market_value", _("Market value"), "money"),
    ),
    rows=rows,
)
