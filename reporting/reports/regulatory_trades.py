"""Trades of a day with every field that reports of trades to regulators and repositories ask for, and which lack.

A trade is told when it is binding: executed when it came, or agreed by both sides; when its terms change; and when it
is cancelled. What it was at that moment is told, whatever it became. Parties are told by their codes, beside which
readers see the LEI that is recorded by now. Submitting is somebody else's work.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Parameter, Report, Section, asked_of
from reporting.reports.settled_deals import SIDES

# Who and what a deal `d` had with its version `v`: what an amendment changed of it is kept with the next version.
HEAD_THEN = """CROSS JOIN LATERAL (
       SELECT jsonb_build_object('counterparty_id', d.counterparty_id, 'owner_id', d.owner_id, 'instrument_id',
              d.instrument_id, 'capacity', d.capacity, 'trade_date', d.trade_date, 'due_date', d.due_date)
           || coalesce((SELECT x.head_before FROM deals_dealversion x
                         WHERE x.deal_id = d.id AND x.number > v.number AND x.head_before IS NOT NULL
                         ORDER BY x.number LIMIT 1), '{}') AS head) t
"""
# What happened on the day, with the version of that moment; who and what it had then is kept with the next version.
_TRADES = f"""
WITH happened AS (
  SELECT e.subject_id AS deal_id, e.tx, e.id, e.recorded_at,
         CASE e.kind WHEN 'deal.cancel' THEN 'CANCELLED' WHEN 'deal.amend' THEN 'CHANGED' ELSE 'NEW' END AS action
    FROM events_event e JOIN deals_deal d ON d.id = e.subject_id
   WHERE e.subject_type = 'deal' AND e.tx < %(horizon)s
     AND e.recorded_at >= %(reported_on)s::timestamp AT TIME ZONE %(firm_zone)s
     AND e.recorded_at < (%(reported_on)s + 1)::timestamp AT TIME ZONE %(firm_zone)s
     AND CASE WHEN d.stage = 'executed' THEN e.kind IN ('deal.capture', 'deal.amend', 'deal.cancel')
              ELSE e.kind IN ('deal.approve', 'deal.affirm')
                   OR e.kind IN ('deal.amend', 'deal.cancel') AND EXISTS (
                      SELECT FROM events_event a WHERE a.subject_type = 'deal' AND a.subject_id = e.subject_id
                         AND a.kind IN ('deal.approve', 'deal.affirm') AND a.id < e.id) END
     AND (%(entities)s::bigint[] IS NULL OR d.entity_id = ANY(%(entities)s::bigint[]))),
     trade AS (
  SELECT n.code AS entity, 'D-' || d.id AS deal, h.action, to_char(h.recorded_at AT TIME ZONE 'UTC',
         'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS happened_at, v.number AS version, d.external_ref, v.details ->> 'uti' AS uti,
         u.code AS lei, p.code AS counterparty, p.code AS counterparty_lei, t.head ->> 'capacity' AS capacity,
         CASE WHEN t.head ->> 'capacity' <> 'OWN' THEN o.code END AS client,
         v.details ->> 'trader' AS trader, d.product,
         coalesce(i.isin, v.details ->> 'pair') AS instrument, v.side, trim_scale(v.quantity)::text AS quantity,
         trim_scale(v.price)::text AS price, round(v.gross_amount, c.minor_unit)::text AS gross, v.currency,
         t.head ->> 'trade_date' AS trade_date, to_char(v.traded_at AT TIME ZONE 'UTC',
         'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS traded_at, t.head ->> 'due_date' AS due_date,
         v.details -> 'execution' ->> 'venue' AS venue, v.details -> 'execution' ->> 'venue_trade_id' AS venue_trade,
         coalesce(v.details -> 'clearing' ->> 'mode', 'BILATERAL') AS clearing, v.details ->> 'agreement' AS agreement,
         h.id
    FROM happened h
    JOIN deals_deal d ON d.id = h.deal_id
   CROSS JOIN LATERAL (
         SELECT x.* FROM deals_dealversion x WHERE x.deal_id = d.id AND x.recorded_tx <= h.tx
          ORDER BY x.number DESC LIMIT 1) v
{HEAD_THEN}    JOIN refdata_entity n ON n.id = d.entity_id
    JOIN refdata_party u ON u.id = n.own_party_id
    JOIN refdata_currency c ON c.code = v.currency
    JOIN refdata_party o ON o.id = (t.head ->> 'owner_id')::bigint
    JOIN refdata_party p ON p.id = (t.head ->> 'counterparty_id')::bigint
    LEFT JOIN refdata_instrument i ON i.asset_id = (t.head ->> 'instrument_id')::bigint),
     told AS (
  SELECT t.*, array_remove(ARRAY[
           CASE WHEN uti IS NULL AND clearing = 'BILATERAL' AND venue_trade IS NULL THEN 'uti' END,
           CASE WHEN trader IS NULL THEN 'trader' END, CASE WHEN instrument IS NULL THEN 'instrument' END,
           CASE WHEN venue IS NULL THEN 'venue' END,
           CASE WHEN capacity <> 'OWN' AND client IS NULL THEN 'client' END], NULL) AS lacks FROM trade t)
"""  # noqa: S608 - the head is our own text
_COLUMNS = (
    "entity, deal, action, happened_at, version::text, external_ref, uti, lei, counterparty, counterparty_lei,"
    " capacity, client, trader, product, instrument, side, quantity, price, gross, currency, trade_date, traded_at,"
    " due_date, venue, venue_trade, clearing, agreement"
)
_ROWS = f"""{_TRADES}
SELECT * FROM (
  SELECT 'trades' AS section, {_COLUMNS},
         nullif(array_to_string(lacks, ' '), '') AS lacking, NULL AS field, NULL AS count
    FROM told ORDER BY entity, id) a
 UNION ALL
SELECT * FROM (
  SELECT 'lacking', entity, {", ".join(["NULL"] * (_COLUMNS.count(",") + 1))}, field, count(*)::text
    FROM told, unnest(lacks) AS field GROUP BY entity, field ORDER BY entity, field) b
"""  # noqa: S608

ACTIONS = {"NEW": _("New"), "CHANGED": _("Changed"), "CANCELLED": _("Cancelled")}

REPORT = Report(
    name="regulatory-trades",
    title=_("Trades for regulators"),
    purpose=_(
        "Trades that became binding, changed or were cancelled on a day, with every field that reports of trades ask"
        " for, as they were then; and which fields they lack."
    ),
    parameters=(Parameter("reported_on", _("Reported on")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("deal", _("Deal")),
        Column("action", _("What happened"), labels=ACTIONS),
        Column("happened_at", _("When"), printed=False),
        Column("version", _("Version"), "count", printed=False),
        Column("external_ref", _("External reference"), printed=False),
        Column("uti", _("UTI")),
        Column("lei", _("Our LEI"), names="lei", printed=False),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("counterparty_lei", _("LEI of the counterparty"), names="lei"),
        Column("capacity", _("Capacity")),
        Column("client", _("Client"), names="party"),
        Column("trader", _("Trader"), printed=False),
        Column("product", _("Product"), printed=False),
        Column("instrument", _("Instrument")),
        Column("side", _("Side"), labels=SIDES),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Price"), "price"),
        Column("gross", _("Amount"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
        Column("trade_date", _("Trade date"), "date"),
        Column("traded_at", _("Dealt at"), printed=False),
        Column("due_date", _("Settlement date"), "date", printed=False),
        Column("venue", _("Venue")),
        Column("venue_trade", _("Number at the venue"), printed=False),
        Column("clearing", _("Clearing"), printed=False),
        Column("agreement", _("Agreement"), printed=False),
        Column("lacking", _("Lacks")),
        Column("field", _("Field")),
        Column("count", _("How many"), "count", sums=True),
    ),
    sections=(
        Section("trades", _("Trades"), (
            "entity", "deal", "action", "happened_at", "version", "external_ref", "uti", "lei", "counterparty",
            "counterparty_lei", "capacity", "client", "trader", "product", "instrument", "side", "quantity", "price",
            "gross", "currency", "trade_date", "traded_at", "due_date", "venue", "venue_trade", "clearing", "agreement",
            "lacking")),
        Section("lacking", _("Fields that are lacking"), ("entity", "field", "count")),
    ),
    rows=asked_of(_ROWS),
)  # fmt: skip
