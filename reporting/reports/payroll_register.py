"""Payroll register: what pay cost by cost centre, and what each person earned, of the journals paid in a period.

Of journals that were accepted and not corrected by then. What they cost is held against the entries, their tax against
the sub-ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.ndfl_register import kopecks
from reporting.reports.ratios import RATIOS, held, ratio_columns

ZERO = Decimal(0)
AMOUNTS = ("accrued", "contributions", "base", "ndfl", "held", "net")

# A journal is there once it was booked, and no more once that was reversed.
_LINES = """
SELECT n.code AS entity, n.base_currency AS currency, 'PJ-' || j.id AS journal, to_char(j.month, 'YYYY-MM') AS month,
       c.code AS centre, o.code AS owner, l.code, l.accrued, l.contributions, l.base, l.ndfl, l.held, l.net, j.id
  FROM expenses_payrolljournal j
  JOIN expenses_payrollline l ON l.journal_id = j.id AND l.recorded_tx < %(horizon)s
  JOIN refdata_entity n ON n.id = j.entity_id
  JOIN expenses_costcentre c ON c.id = l.centre_id
  JOIN refdata_party o ON o.id = l.person_id
  JOIN ledger_journalentry e ON e.source_type = 'payrolljournal' AND e.source_id = j.id
   AND e.kind = 'payrolljournal.accrue' AND e.reverses_id IS NULL AND e.recorded_tx < %(horizon)s
 WHERE j.pay_date BETWEEN %(paid_from)s AND %(paid_until)s
   AND NOT EXISTS (SELECT FROM ledger_journalentry z WHERE z.reverses_id = e.id AND z.recorded_tx < %(horizon)s)
   AND (%(entities)s::bigint[] IS NULL OR j.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, c.code, j.month, o.code, l.journal_id, l.number
"""
_BOOKED = """
SELECT e.source_id, sum(CASE WHEN t.kind = 'PERSONNEL' THEN l.amount ELSE 0 END),
       sum(CASE WHEN t.kind = 'TAX' THEN -l.amount ELSE 0 END)
  FROM ledger_journalentry e
  JOIN ledger_line l ON l.entry_id = e.id
  JOIN ledger_ledgeraccount t ON t.id = l.account_id
 WHERE e.source_type = 'payrolljournal' AND e.source_id = ANY(%(ids)s) AND e.recorded_tx < %(horizon)s
 GROUP BY 1
"""
_KEPT = """
SELECT l.journal_id, sum(w.withheld)
  FROM ledger_ndflwithholding w
  JOIN expenses_payrollline l ON w.source_type = 'payrollline' AND l.id = w.source_id
 WHERE l.journal_id = ANY(%(ids)s) AND w.recorded_tx < %(horizon)s GROUP BY 1
"""


class _Line(NamedTuple):
    entity: str
    currency: str
    journal: str
    month: str
    centre: str
    owner: str
    code: str
    accrued: Decimal
    contributions: Decimal
    base: Decimal
    ndfl: Decimal
    held: Decimal
    net: Decimal
    journal_id: int


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, known.facts | dict(parameters))
        lines = [_Line(*row) for row in cursor.fetchall()]
    yield from _sums("centres", lines, lambda each: (each.entity, each.centre, each.month, None))
    yield from _sums(
        "people", lines, lambda each: (each.entity, each.centre, each.month, each.owner)
    )
    yield from _ratios(lines, known)


def _sums(
    section: str, lines: Sequence[_Line], key: Callable[[_Line], tuple[str, str, str, str | None]]
) -> Iterator[Row]:
    sums: dict[tuple[str, str, str, str | None], list[_Line]] = {}
    for line in lines:
        sums.setdefault(key(line), []).append(line)
    for (entity, centre, month, owner), its in sums.items():
        total = {name: sum((getattr(each, name) for each in its), ZERO) for name in AMOUNTS}
        yield REPORT.row(
            section=section, entity=entity, centre=centre, month=month, owner=owner,
            people=str(len({each.owner for each in its})), currency=its[0].currency,
            cost=kopecks(total["accrued"] + total["contributions"]),
            **{name: kopecks(amount) for name, amount in total.items()},
        )  # fmt: skip


def _ratios(lines: Sequence[_Line], known: Known) -> Iterator[Row]:
    """What the journals of each entity cost and withhold is what entries and the sub-ledger have of them."""
    asked = known.facts | {"ids": sorted({each.journal_id for each in lines})}
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, asked)
        booked = {id: (cost, tax) for id, cost, tax in cursor.fetchall()}
        cursor.execute(_KEPT, asked)
        kept: dict[int, Decimal] = dict(cursor.fetchall())
    for entity, currency in sorted({(each.entity, each.currency) for each in lines}):
        its = [each for each in lines if each.entity == entity]
        ids = {each.journal_id for each in its}
        cost, tax = (sum((booked.get(id, (ZERO, ZERO))[n] for id in ids), ZERO) for n in (0, 1))
        withheld = sum((kept.get(id, ZERO) for id in ids), ZERO)
        ndfl = sum((each.ndfl for each in its), ZERO)
        for name, one, other in (
            ("COST_IN_ENTRIES", sum((e.accrued + e.contributions for e in its), ZERO), cost),
            ("NDFL_IN_ENTRIES", ndfl, tax), ("NDFL_WITHHELD", ndfl, withheld),
        ):  # fmt: skip
            yield REPORT.row(
                section="ratios", entity=entity, currency=currency, **held(name, one, other)
            )


LABELS = {
    "COST_IN_ENTRIES": _("Pay and contributions = entries of personnel expenses"),
    "NDFL_IN_ENTRIES": _("NDFL of the journals = entries of the tax"),
    "NDFL_WITHHELD": _("NDFL of the journals = sub-ledger of the tax"),
}

REPORT = Report(
    name="payroll-register",
    title=_("Payroll register"),
    purpose=_(
        "Of the payroll journals paid between two dates what pay cost by cost centre and month, what each person earned"
        " there, and whether it agrees with the books and with the sub-ledger of the tax."
    ),
    parameters=(
        Parameter("paid_from", _("Paid from")),
        Parameter("paid_until", _("Paid until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("centre", _("Cost centre")),
        Column("month", _("Month")),
        Column("owner", _("Employee"), names="party"),
        Column("people", _("Employees"), "count"),
        Column("accrued", _("Accrued"), "money", currency="currency", sums=True),
        Column("contributions", _("Contributions"), "money", currency="currency", sums=True),
        Column("cost", _("Cost of pay"), "money", currency="currency", sums=True),
        Column("base", _("Taxable"), "money", currency="currency", sums=True),
        Column("ndfl", _("NDFL"), "money", currency="currency", sums=True),
        Column("held", _("Held for others"), "money", currency="currency", sums=True),
        Column("net", _("To be paid"), "money", currency="currency", sums=True),
        *ratio_columns(LABELS),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("centres", _("By cost centre and month"), (
            "entity", "centre", "month", "people", "accrued", "contributions", "cost", "ndfl", "held", "net",
            "currency")),
        Section("people", _("By person"), (
            "entity", "centre", "month", "owner", "accrued", "base", "ndfl", "held", "net", "contributions",
            "currency")),
        RATIOS,
    ),
    needs="expenses.view_payrolljournal",
    rows=rows,
)  # fmt: skip
