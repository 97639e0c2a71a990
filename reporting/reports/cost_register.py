"""Costs of the firm: every cost with what it was booked for, and every invoice with its contract or its reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from expenses.costs.state import CostKind, Source, SupplierInvoiceState, Unexplained
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read

# In the currency of the books, by kind and month; what was taken back is below zero.
_SUMS = """
SELECT 'sums', n.code, to_char(c.month, 'YYYY-MM'), c.kind, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
       NULL::text, NULL::date, NULL::text, NULL::text, NULL::text, NULL::numeric, NULL::numeric, NULL::text,
       sum(c.base), n.base_currency
  FROM expenses_cost c JOIN refdata_entity n ON n.id = c.entity_id
 WHERE c.month BETWEEN date_trunc('month', %(spent_from)s::date) AND %(spent_until)s AND c.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR c.entity_id = ANY(%(entities)s::bigint[]))
 GROUP BY n.code, n.base_currency, c.month, c.kind ORDER BY n.code, c.month, c.kind
"""
_COSTS = """
SELECT 'costs', n.code, to_char(c.month, 'YYYY-MM'), c.kind, z.code, p.code, 'CO-' || c.id, 'CT-' || c.contract_id,
       c.source, CASE WHEN c.source = 'supplierinvoice' THEN 'SI-' || c.source_id
                      WHEN c.source = 'costaccrual' THEN 'CT-' || c.source_id ELSE 'EQ-' || c.source_id END,
       c.booked_on, NULL::text, NULL::text, NULL::text, c.amount, c.vat, c.currency, c.base, n.base_currency
  FROM expenses_cost c
  JOIN refdata_entity n ON n.id = c.entity_id
  LEFT JOIN expenses_costcentre z ON z.id = c.centre_id
  LEFT JOIN refdata_party p ON p.id = c.party_id
 WHERE c.month BETWEEN date_trunc('month', %(spent_from)s::date) AND %(spent_until)s AND c.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR c.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, c.month, c.kind, c.id
"""
# As known then: the state by its last step, contract and reason by when it was last held against the contracts.
_INVOICES = """
SELECT 'invoices', n.code, to_char(i.month_from, 'YYYY-MM'), NULL::text, NULL::text, p.code, 'SI-' || i.id,
       nullif(x.facts ->> 'contract', ''), NULL::text, i.number, i.dated, s.target, nullif(x.facts ->> 'reason', ''),
       s.reason, i.net, i.vat, i.currency, i.total, i.currency
  FROM expenses_supplierinvoice i
  JOIN refdata_entity n ON n.id = i.entity_id
  JOIN refdata_party p ON p.id = i.party_id
 CROSS JOIN LATERAL (
       SELECT e.target, e.reason FROM events_event e
        WHERE e.subject_type = 'supplierinvoice' AND e.subject_id = i.id AND e.target <> '' AND e.tx < %(horizon)s
        ORDER BY e.id DESC LIMIT 1) s
  LEFT JOIN LATERAL (
       SELECT e.facts FROM events_event e
        WHERE e.subject_type = 'supplierinvoice' AND e.subject_id = i.id AND e.kind = 'supplierinvoice.explain'
          AND e.tx < %(horizon)s
        ORDER BY e.id DESC LIMIT 1) x ON true
 WHERE i.month_from <= %(spent_until)s AND i.month_until >= date_trunc('month', %(spent_from)s::date)
   AND (%(entities)s::bigint[] IS NULL OR i.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, i.month_from, i.id
"""


def rows(parameters: object, known: Known) -> list[Query]:
    assert isinstance(parameters, dict)
    facts = known.facts | parameters
    return [read(sql, facts) for sql in (_SUMS, _COSTS, _INVOICES)]


REPORT = Report(
    name="cost-register",
    title=_("Costs of the firm"),
    purpose=_(
        "What the firm spent in the months between two dates, by kind; every cost with its centre, supplier, contract"
        " and what it was booked for, and every invoice with the contract that explains it or the reason why none does."
    ),
    parameters=(
        Parameter("spent_from", _("Spent from")),
        Parameter("spent_until", _("Spent until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("month", _("Month")),
        Column("kind", _("Kind"), labels=dict(CostKind.choices)),
        Column("centre", _("Cost centre")),
        Column("party", _("Supplier"), names="party"),
        Column("reference", _("Reference")),
        Column("contract", _("Contract")),
        Column("source", _("Booked for"), labels=dict(Source.choices)),
        Column("document", _("Document")),
        Column("day", _("Date"), "date"),
        Column("status", _("State"), labels=dict(SupplierInvoiceState.choices)),
        Column("unexplained", _("Not explained"), labels=dict(Unexplained.choices)),
        Column("reason", _("Reason")),
        Column("net", _("Net"), "money", currency="currency"),
        Column("vat", _("VAT"), "money", currency="currency"),
        Column("currency", _("Currency")),
        Column("amount", _("Amount"), "money", currency="of_amount", sums=True),
        Column("of_amount", _("Currency of the amount")),
    ),
    sections=(
        Section("sums", _("By month and kind"), ("entity", "month", "kind", "amount", "of_amount")),
        Section("costs", _("Costs"), (
            "entity", "month", "kind", "centre", "party", "reference", "contract", "source", "document", "day", "net",
            "vat", "currency", "amount", "of_amount")),
        Section("invoices", _("Invoices of suppliers"), (
            "entity", "month", "party", "reference", "document", "day", "status", "contract", "unexplained", "reason",
            "net", "vat", "currency", "amount", "of_amount")),
    ),
    rows=rows,
)  # fmt: skip
