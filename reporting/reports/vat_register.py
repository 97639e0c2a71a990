"""VAT by service: what we charged and what others billed us, each at the rate of its day or exempt by its article.

VAT is of a service, by the dated rule `vat.service` of the day that it was rendered (Tax Code of Russia, art. 146, 149,
164); what others bill is recovered, or part of its cost, as the firm is before the law (art. 170 p. 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from expenses.fees.kinds import VAT
from expenses.fees.state import FeeSide
from refdata.dated_rules.rows import RuleBook, rules_as_known
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.ndfl_register import kopecks
from reporting.reports.ratios import RATIOS, held, ratio_columns

ZERO = Decimal(0)

# What stands on our account of VAT: all of what we charge, of what others bill what is recovered. Suppliers bill by
# invoices that were booked, of the last day of their last month.
_ACCRUALS = """
SELECT code, side, reference, rendered_on, party, kind, service, net, vat, amount, booked, currency FROM (
SELECT n.code, a.side, 'FA-' || a.id AS reference, a.accrued_on AS rendered_on, p.code AS party, a.kind,
       coalesce(s.service, '') AS service, a.net, a.vat, a.amount, coalesce(x.booked, 0) AS booked, a.currency,
       1 AS source, a.id, 0 AS line
  FROM expenses_feeaccrual a
  JOIN refdata_entity n ON n.id = a.entity_id
  JOIN refdata_party p ON p.id = a.party_id
  LEFT JOIN refdata_feeschedule s ON s.id = a.schedule_id
  LEFT JOIN LATERAL (
       SELECT sum(l.amount) AS booked
         FROM ledger_journalentry e
         JOIN ledger_line l ON l.entry_id = e.id
         JOIN ledger_ledgeraccount v ON v.id = l.account_id AND v.kind = 'VAT'
        WHERE e.source_type = 'feeaccrual' AND e.source_id = coalesce(a.reverses_id, a.id)
          AND (e.reverses_id IS NOT NULL) = (a.reverses_id IS NOT NULL) AND e.recorded_tx < %(horizon)s) x ON true
 WHERE a.accrued_on BETWEEN %(rendered_from)s AND %(rendered_until)s AND a.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
 UNION ALL
SELECT n.code, 'OWED', 'SI-' || i.id, r.rendered_on, p.code, l.kind, l.service, l.net, l.vat, l.net + l.vat,
       coalesce(x.booked, 0), i.currency, 2, i.id, l.number
  FROM expenses_supplierinvoice i
  JOIN expenses_supplierinvoiceline l ON l.invoice_id = i.id
  JOIN refdata_entity n ON n.id = i.entity_id
  JOIN refdata_party p ON p.id = i.party_id
 CROSS JOIN LATERAL (SELECT (i.month_until + interval '1 month' - interval '1 day')::date AS rendered_on) r
  LEFT JOIN LATERAL (
       SELECT sum(c.vat) AS booked FROM expenses_cost c
        WHERE c.source = 'supplierinvoice' AND c.source_id = i.id AND c.number / 1000 = l.number
          AND c.recorded_tx < %(horizon)s) x ON true
 WHERE r.rendered_on BETWEEN %(rendered_from)s AND %(rendered_until)s
   AND (%(entities)s::bigint[] IS NULL OR i.entity_id = ANY(%(entities)s::bigint[]))
   AND EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'supplierinvoice' AND e.subject_id = i.id
                  AND e.kind = 'supplierinvoice.book' AND e.tx < %(horizon)s)) q
 ORDER BY code, side, rendered_on, source, id, line
"""
_COLUMNS = (
    "entity", "side", "accrual", "rendered_on", "party", "kind", "service", "net", "vat", "total", "booked",
    "currency",
)  # fmt: skip


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    rules = rules_as_known(known.horizon)
    found = [
        each | by_rule(rules, each["service"], each["rendered_on"])
        for each in _accruals(parameters, known)
    ]
    yield from _sums(found)
    for each in found:
        told = {name: each[name] for name in _TOLD}
        yield REPORT.row(
            section="services", rendered_on=each["rendered_on"].isoformat(), **told,
            **{name: kopecks(each[name]) for name in ("net", "vat", "total")},
        )  # fmt: skip
    yield from _ratios(found)


_TOLD = ("entity", "side", "accrual", "party", "kind", "service", "rate", "exempt", "currency")


def _accruals(parameters: Mapping[str, Any], known: Known) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCRUALS, known.facts | dict(parameters))
        return [dict(zip(_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def by_rule(rules: RuleBook, service: str, day: date) -> dict[str, str | None]:
    """The rate of a service on a day, or the article by which it is exempt; a fee of no service has neither."""
    rule = rules.find(VAT, day, service) if service else None
    if rule is None:
        return {"rate": None, "exempt": None}
    return {"rate": None if rule.exempt else rule.rate, "exempt": rule.exempt or None}


def _sums(found: list[dict[str, Any]]) -> Iterator[Row]:
    """By side, service and rate, in each currency."""
    names = ("entity", "side", "service", "rate", "exempt", "currency")
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for each in found:
        at = sums.setdefault(tuple(each[name] for name in names), [ZERO] * 4)
        for number, name in enumerate(("net", "vat", "total", "booked")):
            at[number] += each[name]
    for key in sorted(sums, key=lambda key: tuple(part or "" for part in key)):
        net, vat, total, booked = sums[key]
        side = key[1]
        budget = -booked if side == FeeSide.CHARGED else booked
        yield REPORT.row(
            section="sums", **dict(zip(names, key, strict=True)), net=kopecks(net), vat=kopecks(vat),
            total=kopecks(total), booked=kopecks(budget), cost=kopecks(vat - budget),
        )  # fmt: skip


def _ratios(found: list[dict[str, Any]]) -> Iterator[Row]:
    """All VAT that we charged stands on the account of VAT: as much as the accruals say."""
    for entity, currency in sorted({(each["entity"], each["currency"]) for each in found}):
        charged = [
            each for each in found
            if (each["entity"], each["currency"], each["side"]) == (entity, currency, FeeSide.CHARGED)
        ]  # fmt: skip
        one = sum((each["vat"] for each in charged), ZERO)
        other = -sum((each["booked"] for each in charged), ZERO)
        yield REPORT.row(
            section="ratios", entity=entity, currency=currency, **held("CHARGED", one, other)
        )


LABELS = {"CHARGED": _("VAT of what we charged = entries on the account of VAT")}

REPORT = Report(
    name="vat-register",
    title=_("VAT by service"),
    purpose=_(
        "What we charged for services and what others billed us between two dates: net and VAT at the rate of its day,"
        " or the article by which it is exempt; what is with the budget and what is part of the cost."
    ),
    parameters=(
        Parameter("rendered_from", _("Rendered from")),
        Parameter("rendered_until", _("Rendered until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("side", _("Side"), labels=dict(FeeSide.choices)),
        Column("accrual", _("Accrual")),
        Column("rendered_on", _("Rendered on"), "date"),
        Column("party", _("Party"), names="party"),
        Column("kind", _("Kind")),
        Column("service", _("Service")),
        Column("rate", _("Rate"), "price"),
        Column("exempt", _("Exempt by")),
        Column("net", _("Net"), "money", currency="currency", sums=True),
        Column("vat", _("VAT"), "money", currency="currency", sums=True),
        Column("total", _("Total"), "money", currency="currency", sums=True),
        Column("booked", _("With the budget"), "money", currency="currency", sums=True),
        Column("cost", _("Part of the cost"), "money", currency="currency", sums=True),
        *ratio_columns(LABELS),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("sums", _("By service and rate"), (
            "entity", "side", "service", "rate", "exempt", "net", "vat", "total", "booked", "cost", "currency")),
        Section("services", _("One by one"), (
            "entity", "side", "accrual", "rendered_on", "party", "kind", "service", "rate", "exempt", "net", "vat",
            "total", "currency")),
        RATIOS,
    ),
    rows=rows,
)  # fmt: skip
