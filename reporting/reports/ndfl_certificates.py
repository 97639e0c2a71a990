"""Certificates of income and tax of individuals, annexed to 6-NDFL: what each earned, and at which rates it is taxed.

The same year that the register tells. A deduction is never more than what was earned: what a loss leaves is not told
here, so income less deductions is the base (form KND 1151100, annex 1). The lowest rate is withheld first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.rounding import half_up_whole
from ledger.ndfl.bases import TaxBase
from ledger.ndfl.brackets import BRACKETS, PAY, PAY_NON_RESIDENT, by_rate
from ledger.ndfl.budget import KBK, OKTMO, code_at
from ledger.ndfl.pay import pay_scale
from refdata.dated_rules.rows import RuleBook, rules_as_known
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.ndfl_register import STATUSES, kopecks
from reporting.reports.ratios import RATIOS, held, ratio_columns
from settlements.ndfl.incomes import KINDS
from settlements.ndfl.kept import kept_in_entries
from settlements.ndfl.years import YearSoFar, by_month, by_scale, codes_of, years_so_far

ZERO = Decimal(0)


@dataclass(slots=True)
class AtRate:
    """What of a taxpayer's year is taxed at one rate of one scale."""

    scale: str
    rate: Decimal
    income: Decimal
    base: Decimal
    tax: Decimal
    withheld: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """What is left to withhold; below zero it was withheld too much."""
        return self.tax - self.withheld


def at_rates(year: YearSoFar, rules: RuleBook, day: date) -> list[AtRate]:
    """The year by scale and rate: securities first, then pay. Empty where no rule says the rates.

    The lowest rate of each of the two has all that is deducted there, and is withheld first.
    """
    scales, pay = by_scale(year), pay_scale(year.resident_paid)
    of_pay = {key: whole for key, whole in scales.items() if key == pay}
    others = {key: whole for key, whole in scales.items() if key != pay}
    found = []
    for part, withheld, is_pay in (
        (others, year.of_securities, False),
        (of_pay, year.of_pay, True),
    ):
        bases = [each for base, each in year.bases.items() if (base == TaxBase.PAYROLL) == is_pay]
        deducted = sum((each.income - each.taxable for each in bases), ZERO)
        found += _withheld(_at_rates(part, rules, day), deducted, withheld)
    return found


def _at_rates(scales: Mapping[str, Decimal], rules: RuleBook, day: date) -> list[AtRate]:
    found: list[AtRate] = []
    for key, whole in scales.items():
        rule = rules.find(BRACKETS, day, key)
        for rate, base in by_rate(whole, rule.brackets) if rule else ():
            if base or not found:
                found.append(AtRate(key, rate, base, base, half_up_whole(base * rate)))
    return sorted(found, key=lambda each: each.rate)


def _withheld(found: list[AtRate], deducted: Decimal, withheld: Decimal) -> list[AtRate]:
    if not found:
        return found
    found[0].income += deducted
    for each in found:
        each.withheld = min(each.tax, withheld)
        withheld -= each.withheld
    found[-1].withheld += withheld
    return found


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    day = parameters["business_date"]
    years = years_so_far(day, horizon=known.horizon, entity_ids=known.entity_ids)
    rules = rules_as_known(known.horizon)
    certificates = [(year, at_rates(year, rules, day)) for year in years]
    for year, rates in certificates:
        for each in rates:
            yield _certificate(year, each, rules, day)
    for year in years:
        yield from _incomes(year, rules, day)
    for year, rates in certificates:
        yield from _message(year, rates, rules, day)
    booked = kept_in_entries(day, horizon=known.horizon, entity_ids=known.entity_ids)
    yield from _ratios(certificates, booked)


def _certificate(year: YearSoFar, at: AtRate, rules: RuleBook, day: date) -> Row:
    who = year.taxpayer
    return REPORT.row(
        section="certificates", entity=who.entity, owner=who.owner, tax_number=who.owner, currency=who.currency,
        status=status_of(at.scale, who.resident), rate=f"{at.rate:f}", kbk=kbk_of(at.scale, at.rate, rules, day),
        oktmo=oktmo_of(who.entity, rules, day), income=kopecks(at.income), deducted=kopecks(at.income - at.base),
        base=kopecks(at.base), tax=kopecks(at.tax), withheld=kopecks(at.withheld),
        unwithheld=kopecks(max(at.left, ZERO)), excess=kopecks(max(-at.left, ZERO)),
        missing=str(year.missing) if year.missing else None,
    )  # fmt: skip


def status_of(scale: str, resident: bool) -> str:
    """Of pay as it was told when it was paid, of all else by country."""
    told = {PAY: True, PAY_NON_RESIDENT: False}.get(scale, resident)
    return "RESIDENT" if told else "NON_RESIDENT"


def kbk_of(scale: str, rate: Decimal, rules: RuleBook, day: date) -> str | None:
    """Under which code of the budget tax of a scale and rate is paid, where a rule says it."""
    rule = rules.find(KBK, day, scale)
    return (code_at(rule, rate) or None) if rule else None


def oktmo_of(entity: str, rules: RuleBook, day: date) -> str | None:
    rule = rules.find(OKTMO, day, entity)
    return rule.oktmo if rule else None


def _message(year: YearSoFar, rates: Sequence[AtRate], rules: RuleBook, day: date) -> Iterator[Row]:
    """What could not be withheld, which is told to the tax office and to the taxpayer (art. 226 p. 5, 226.1 p. 14)."""
    who = year.taxpayer
    for at in rates:
        if at.left > 0:
            yield REPORT.row(
                section="message", entity=who.entity, owner=who.owner, tax_number=who.owner,
                rate=f"{at.rate:f}", kbk=kbk_of(at.scale, at.rate, rules, day), base=kopecks(at.base),
                tax=kopecks(at.tax), unwithheld=kopecks(at.left), currency=who.currency,
            )  # fmt: skip


def _incomes(year: YearSoFar, rules: RuleBook, day: date) -> Iterator[Row]:
    """By month and code. What a base deducts is told with its incomes, in their order, until all of it is."""
    sums = by_month(year)
    left = {base: each.income - each.taxable for base, each in year.bases.items()}
    last = {each.base: each.month for each in sums}
    for told, (amount, costs, _withheld) in sums.items():
        month, base = told.month, told.base
        deducted = (
            left[base] if month == last[base] and left[base] > costs else min(costs, left[base])
        )
        left[base] -= deducted
        codes = codes_of(told, rules, day)
        yield REPORT.row(
            section="incomes", entity=year.taxpayer.entity, owner=year.taxpayer.owner, currency=year.taxpayer.currency,
            month=month, kind=told.kind.value, code=codes.income if codes else None, income=kopecks(amount),
            deduction=codes.deduction if codes and deducted else None, deducted=kopecks(deducted),
        )  # fmt: skip


def _ratios(
    certificates: Sequence[tuple[YearSoFar, Sequence[AtRate]]], booked: Mapping[str, Decimal]
) -> Iterator[Row]:
    """Of each entity: all certificates together are the sums of the form, and what its entries say."""
    for entity, currency in sorted(
        {(y.taxpayer.entity, y.taxpayer.currency) for y, _rates in certificates}
    ):
        its = [(year, rates) for year, rates in certificates if year.taxpayer.entity == entity]
        rates = [each for _year, all_rates in its for each in all_rates]
        for name, one, other in (
            ("BASE", sum((e.base for e in rates), ZERO), sum((y.taxable for y, _r in its), ZERO)),
            ("TAX", sum((e.tax for e in rates), ZERO), sum((y.tax or ZERO for y, _r in its), ZERO)),
            ("WITHHELD", sum((e.withheld for e in rates), ZERO), booked.get(entity, ZERO)),
        ):
            yield REPORT.row(
                section="ratios", entity=entity, currency=currency, **held(name, one, other)
            )


LABELS = {
    "BASE": _("Bases of all certificates = base of the form"),
    "TAX": _("Tax of all certificates = tax of the form"),
    "WITHHELD": _("Withheld of all certificates = entries on accounts of the tax"),
}

REPORT = Report(
    name="ndfl-certificates",
    title=_("Certificates of income and tax of individuals"),
    purpose=_(
        "Of each individual whose tax agent we are the year until a day, as the annex of 6-NDFL tells it: income,"
        " deductions, base and tax by rate, what was withheld and what was not; incomes by month and code; control"
        " ratios. What was not withheld is told to the tax office and to the individual."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Taxpayer"), names="party"),
        Column("tax_number", _("Tax number"), names="tax-number"),
        Column("status", _("Status"), labels=STATUSES),
        Column("rate", _("Rate"), "price"),
        Column("kbk", _("Budget code (KBK)")),
        Column("oktmo", _("OKTMO"), printed=False),
        Column("month", _("Month")),
        Column("kind", _("Income"), labels=KINDS),
        Column("code", _("Income code")),
        Column("income", _("Income received"), "money", currency="currency", sums=True),
        Column("deduction", _("Deduction code")),
        Column("deducted", _("Costs deducted"), "money", currency="currency", sums=True),
        Column("base", _("Taxable"), "money", currency="currency", sums=True),
        Column("tax", _("Tax"), "money", currency="currency", sums=True),
        Column("withheld", _("Withheld"), "money", currency="currency", sums=True),
        Column("unwithheld", _("Left to withhold"), "money", currency="currency", sums=True),
        Column("excess", _("Withheld too much"), "money", currency="currency", sums=True),
        Column("missing", _("Not reckoned"), "count"),
        *ratio_columns(LABELS),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("certificates", _("By taxpayer and rate"), (
            "entity", "owner", "tax_number", "status", "rate", "kbk", "oktmo", "income", "deducted", "base", "tax",
            "withheld", "unwithheld", "excess", "missing", "currency")),
        Section("incomes", _("Incomes by month and code"), (
            "entity", "owner", "month", "kind", "code", "income", "deduction", "deducted", "currency")),
        Section("message", _("Message on tax not withheld"), (
            "entity", "owner", "tax_number", "rate", "kbk", "base", "tax", "unwithheld", "currency")),
        RATIOS,
    ),
    needs="expenses.view_payrolljournal",
    rows=rows,
)  # fmt: skip
