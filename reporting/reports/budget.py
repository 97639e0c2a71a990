"""Budget against actual: what each centre meant to spend and spent, until a month and in the whole year.

The version that counts is the one approved last as known then. What the year will come to stands on the page of a
budget: it follows from contracts as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from expenses.budgets.models import Budget
from expenses.budgets.rules import months_of
from expenses.budgets.selectors import booked, planned
from expenses.centres import CostCentre
from expenses.costs.state import CostKind
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.stated import entities, row_of

ZERO = Decimal(0)

_APPROVED = """
SELECT b.id FROM expenses_budget b
  JOIN events_event e ON e.subject_type = 'budget' AND e.subject_id = b.id AND e.kind = 'budget.approve'
 WHERE b.entity_id = %s AND b.year = %s AND e.tx < %s ORDER BY e.id DESC LIMIT 1
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    until: date = parameters["spent_until"].replace(day=1)
    found = [(entity, _lines(entity, until, known)) for entity in entities(known)]
    for entity, lines in found:
        yield from _sums(entity, lines)
    for entity, lines in found:
        for centre, kind, amounts in lines:
            yield _row("lines", entity, amounts, centre=centre, kind=kind)


Amounts = tuple[
    Decimal, Decimal, Decimal
]  # planned until the month, spent until it, planned for the year
Line = tuple[str | None, str, Amounts]


def _lines(entity: Entity, until: date, known: Known) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(_APPROVED, [entity.pk, until.year, known.horizon])
        row = cursor.fetchone()
    plan = planned(Budget.objects.get(pk=row[0]) if row else None)
    actual = booked(entity.pk, until.year, recorded_tx__lt=known.horizon)
    codes = dict(CostCentre.objects.filter(entity=entity).values_list("pk", "code"))
    over = [month for month in months_of(until.year) if month <= until]
    found = []
    for key in sorted({*plan, *actual}, key=lambda key: (codes.get(key[0] or 0, ""), key[1])):
        amounts = (
            sum((plan[key].get(month, ZERO) for month in over), ZERO),
            sum((actual[key].get(month, ZERO) for month in over), ZERO),
            sum(plan[key].values(), ZERO),
        )
        if any(amounts):
            found.append((codes.get(key[0]) if key[0] else None, key[1], amounts))
    return found


def _sums(entity: Entity, lines: list[Line]) -> Iterator[Row]:
    """By kind of cost."""
    sums: dict[str, list[Decimal]] = {}
    for _centre, kind, amounts in lines:
        at = sums.setdefault(kind, [ZERO] * 3)
        for number, amount in enumerate(amounts):
            at[number] += amount
    for kind in sorted(sums):
        one, two, three = sums[kind]
        yield _row("sums", entity, (one, two, three), kind=kind)


def _row(section: str, entity: Entity, amounts: Amounts, **more: str | None) -> Row:
    plan, actual, year = amounts
    return row_of(
        REPORT, section, entity, planned=f"{plan:f}", spent=f"{actual:f}", over=f"{actual - plan:f}",
        planned_year=f"{year:f}", left=f"{year - actual:f}", **more,
    )  # fmt: skip


REPORT = Report(
    name="budget",
    title=_("Budget and actual"),
    purpose=_(
        "What each cost centre meant to spend and spent from the beginning of a year until a month, by kind, above the"
        " budget above zero; and what is left of the budget of the year."
    ),
    parameters=(Parameter("spent_until", _("Spent until")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("centre", _("Cost centre")),
        Column("kind", _("Kind"), labels=dict(CostKind.choices)),
        Column("planned", _("Budget"), "money", currency="currency", sums=True),
        Column("spent", _("Actual"), "money", currency="currency", sums=True),
        Column("over", _("Above the budget"), "money", currency="currency", sums=True),
        Column("planned_year", _("Budget of the year"), "money", currency="currency", sums=True),
        Column("left", _("Left of the year"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("sums", _("By kind"), (
            "entity", "kind", "planned", "spent", "over", "planned_year", "left", "currency")),
        Section("lines", _("By cost centre"), (
            "entity", "centre", "kind", "planned", "spent", "over", "planned_year", "left", "currency")),
    ),
    rows=rows,
)  # fmt: skip
