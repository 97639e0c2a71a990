"""Equipment and licences: what stands in the books on a day, with its depreciation; and what left until then."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from expenses.assets.state import AssetKind, Disposal, Method
from reporting.reports.base import Column, Parameter, Report, Section, asked_of

# Those that other eyes took in and that were bought by the day; what was disposed of by then stands at nothing.
_ASSETS = """
WITH held AS (
  SELECT a.*, n.code AS entity, o.id IS NOT NULL AS gone,
         coalesce((SELECT sum(c.amount) FROM expenses_cost c
                    WHERE c.source = 'depreciation' AND c.source_id = a.id AND c.booked_on <= %(business_date)s
                      AND c.recorded_tx < %(horizon)s), 0) AS spent
    FROM expenses_fixedasset a
    JOIN refdata_entity n ON n.id = a.entity_id
    LEFT JOIN LATERAL (
         SELECT e.id FROM events_event e
          WHERE e.subject_type = 'fixedasset' AND e.subject_id = a.id AND e.kind = 'fixedasset.dispose'
            AND e.tx < %(horizon)s AND a.disposed_on <= %(business_date)s LIMIT 1) o ON true
   WHERE a.bought_on <= %(business_date)s
     AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
     AND EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'fixedasset' AND e.subject_id = a.id
                    AND e.kind = 'fixedasset.accept' AND e.tx < %(horizon)s))
SELECT CASE WHEN h.gone THEN 'gone' ELSE 'held' END, h.entity, 'EQ-' || h.id, h.number, h.name, h.kind, z.code,
       h.method, h.months, h.in_use_on, h.cost, h.salvage, h.spent,
       CASE WHEN h.gone THEN NULL ELSE h.cost - h.spent END, CASE WHEN h.gone THEN h.disposal END,
       CASE WHEN h.gone THEN h.disposed_on END, CASE WHEN h.gone THEN h.proceeds END,
       CASE WHEN h.gone THEN h.proceeds - (h.cost - h.spent) END, h.currency
  FROM held h LEFT JOIN expenses_costcentre z ON z.id = h.centre_id
 ORDER BY h.gone, h.entity, h.number, h.id
"""

REPORT = Report(
    name="asset-register",
    title=_("Register of equipment and licences"),
    purpose=_(
        "What stood in the books on a day at cost, with what was depreciated by then and what it stands at; and what"
        " was sold or scrapped until that day, with its result."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("asset", _("Asset")),
        Column("number", _("Number")),
        Column("name", _("Name")),
        Column("kind", _("Kind"), labels=dict(AssetKind.choices)),
        Column("centre", _("Cost centre")),
        Column("method", _("Method of depreciation"), labels=dict(Method.choices)),
        Column("months", _("Months"), "count"),
        Column("in_use_on", _("In use since"), "date"),
        Column("cost", _("Cost"), "money", currency="currency", sums=True),
        Column("salvage", _("What is left at the end"), "money", currency="currency", sums=True),
        Column("spent", _("Depreciated"), "money", currency="currency", sums=True),
        Column("carried", _("Stands at"), "money", currency="currency", sums=True),
        Column("disposal", _("How"), labels=dict(Disposal.choices)),
        Column("disposed_on", _("Left on"), "date"),
        Column("proceeds", _("Sold for, without VAT"), "money", currency="currency", sums=True),
        Column("result", _("Result"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("held", _("In the books"), (
            "entity", "asset", "number", "name", "kind", "centre", "method", "months", "in_use_on", "cost", "salvage",
            "spent", "carried", "currency")),
        Section("gone", _("Disposed of"), (
            "entity", "asset", "number", "name", "kind", "cost", "spent", "disposal", "disposed_on", "proceeds",
            "result", "currency")),
    ),
    rows=asked_of(_ASSETS),
)  # fmt: skip
