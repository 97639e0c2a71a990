"""NDFL register: what individuals earned this year so far, base by base, the tax on it and what was withheld.

Every sale in it is a row of the realised result, every coupon and dividend an entitlement that was paid. What could
not be reckoned is counted, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ledger.ndfl.bases import LABELS as BASES
from refdata.dated_rules.rows import RuleBook, rules_as_known
from reporting.reports.base import Cell, Column, Known, Parameter, Report, Row, Section
from settlements.ndfl.incomes import KINDS
from settlements.ndfl.years import YearSoFar, by_month, codes_of, years_so_far


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    day = parameters["business_date"]
    years = years_so_far(day, horizon=known.horizon, entity_ids=known.entity_ids)
    rules = rules_as_known(known.horizon)
    yield from map(_taxpayer, years)
    for year in years:
        yield from _bases(year)
    for year in years:
        yield from _incomes(year, rules, day)


def _row(section: str, year: YearSoFar, **cells: Cell) -> Row:
    who = year.taxpayer
    return REPORT.row(
        section=section, entity=who.entity, owner=who.owner, currency=who.currency, **cells
    )  # fmt: skip


def kopecks(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _taxpayer(year: YearSoFar) -> Row:
    status = "RESIDENT" if year.taxpayer.resident else "NON_RESIDENT"
    tax = year.tax
    return _row(
        "taxpayers", year, status=status, taxable=kopecks(year.taxable), withheld=kopecks(year.withheld),
        tax=None if tax is None else kopecks(tax), left=None if tax is None else kopecks(tax - year.withheld),
        missing=str(year.missing) if year.missing else None,
    )  # fmt: skip


def _bases(year: YearSoFar) -> Iterator[Row]:
    for base, each in sorted(year.bases.items()):
        yield _row(
            "bases", year, tax_base=base.value, income=kopecks(each.income), costs=kopecks(each.costs),
            result=kopecks(each.result), lowered=kopecks(each.lowered), taxable=kopecks(each.taxable),
            free=kopecks(each.free_if_asked) if each.free_if_asked else None,
        )  # fmt: skip


def _incomes(year: YearSoFar, rules: RuleBook, day: date) -> Iterator[Row]:
    for told, earned in by_month(year).items():
        codes = codes_of(told, rules, day)
        deduction = codes.deduction if codes and earned.costs else None
        yield _row(
            "incomes", year, month=told.month, tax_base=told.base.value, kind=told.kind.value,
            code=codes.income if codes else None, deduction=deduction, income=kopecks(earned.income),
            costs=kopecks(earned.costs), withheld=kopecks(earned.withheld),
        )  # fmt: skip


STATUSES = {"RESIDENT": _("Resident"), "NON_RESIDENT": _("Not resident")}

REPORT = Report(
    name="ndfl-register",
    title=_("NDFL register"),
    purpose=_(
        "Of each individual whose tax agent we are the year until a day: income and costs by base and by code,"
        " what losses lower, the tax, what was withheld and what is left to withhold."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Taxpayer"), names="party"),
        Column("status", _("Status"), labels=STATUSES),
        Column("month", _("Month")),
        Column("tax_base", _("Tax base"), labels=BASES),
        Column("kind", _("Income"), labels=KINDS),
        Column("code", _("Income code")),
        Column("income", _("Income received"), "money", currency="currency", sums=True),
        Column("deduction", _("Deduction code")),
        Column("costs", _("Costs deducted"), "money", currency="currency", sums=True),
        Column("result", _("Result"), "money", currency="currency", sums=True),
        Column("lowered", _("Lowered by other losses"), "money", currency="currency", sums=True),
        Column("taxable", _("Taxable"), "money", currency="currency", sums=True),
        Column("free", _("Free of tax if asked for"), "money", currency="currency"),
        Column("tax", _("Tax"), "money", currency="currency", sums=True),
        Column("withheld", _("Withheld"), "money", currency="currency", sums=True),
        Column("left", _("Left to withhold"), "money", currency="currency", sums=True),
        Column("missing", _("Not reckoned"), "count"),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("taxpayers", _("Taxpayers"), (
            "entity", "owner", "status", "taxable", "tax", "withheld", "left", "missing", "currency")),
        Section("bases", _("Bases"), (
            "entity", "owner", "tax_base", "income", "costs", "result", "lowered", "taxable", "free", "currency")),
        Section("incomes", _("Incomes by month and code"), (
            "entity", "owner", "month", "tax_base", "kind", "code", "income", "deduction", "costs", "withheld",
            "currency")),
    ),
    needs="expenses.view_payrolljournal",
    rows=rows,
)  # fmt: skip
