"""6-NDFL: the figures of the form, of all individuals whose tax agent an entity is, with its control ratios.

The same year that the NDFL register tells person by person: what is due when, the tax by rate, the sums of the year,
and whether they agree with each other and with the entries of the tax.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.ndfl.brackets import PAY, PAY_NON_RESIDENT
from refdata.dated_rules.rows import RuleBook, rules_as_known
from reporting.reports.base import Cell, Column, Known, Parameter, Report, Row, Section
from reporting.reports.ndfl_certificates import at_rates, kbk_of, oktmo_of, status_of
from reporting.reports.ndfl_register import STATUSES, kopecks
from reporting.reports.ratios import RATIOS, held, ratio_columns
from settlements.ndfl.kept import kept_in_entries
from settlements.ndfl.transferring import Transfer, transfers_until
from settlements.ndfl.years import YearSoFar, years_so_far

ZERO = Decimal(0)
OF_PAY = (PAY, PAY_NON_RESIDENT)
SCALES = {"SECURITIES": _("Securities and their income"), "PAY": pgettext_lazy("payroll", "Pay")}


class _At(NamedTuple):
    """By what section 2 is told: one code of the budget each."""

    status: str
    scale: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class _Form:
    """What one entity tells of a year until a day."""

    entity: str
    currency: str
    years: Sequence[YearSoFar]
    transfers: Sequence[Transfer]
    booked: Decimal

    @property
    def tax(self) -> Decimal:
        return sum((year.tax or ZERO for year in self.years), ZERO)

    @property
    def withheld(self) -> Decimal:
        return sum((year.withheld for year in self.years), ZERO)

    def row(self, section: str, **cells: Cell) -> Row:
        return REPORT.row(section=section, entity=self.entity, currency=self.currency, **cells)

    def due(self) -> Iterator[Row]:
        for each in self.transfers:
            yield self.row(
                "due", transfer_by=each.transfer_by.isoformat(), withheld=kopecks(each.withheld),
                transferred=kopecks(each.transferred), left=kopecks(each.left),
            )  # fmt: skip

    def by_rate(self, rules: RuleBook, day: date) -> dict[_At, list[Decimal]]:
        """Of each scale and rate how many taxpayers, base and tax, rounded for each, and what was withheld."""
        sums: defaultdict[_At, list[Decimal]] = defaultdict(lambda: [ZERO] * 6)
        for year in self.years:
            for each in at_rates(year, rules, day):
                at = _At(status_of(each.scale, year.taxpayer.resident), each.scale, each.rate)
                left = max(each.left, ZERO), max(-each.left, ZERO)
                one = (Decimal(bool(each.base)), each.base, each.tax, each.withheld, *left)
                sums[at] = [a + b for a, b in zip(sums[at], one, strict=True)]
        return {at: found for at, found in sorted(sums.items()) if any(found)}

    def rates(self, rules: RuleBook, day: date) -> Iterator[Row]:
        for at, (people, base, tax, withheld, unwithheld, excess) in self.by_rate(
            rules, day
        ).items():
            yield self.row(
                "rates", status=at.status, scale="PAY" if at.scale in OF_PAY else "SECURITIES", rate=f"{at.rate:f}",
                kbk=kbk_of(at.scale, at.rate, rules, day), oktmo=oktmo_of(self.entity, rules, day), people=str(people),
                base=kopecks(base), tax=kopecks(tax), withheld=kopecks(withheld), unwithheld=kopecks(unwithheld),
                excess=kopecks(excess),
            )  # fmt: skip

    def sums(self) -> Row:
        bases = [base for year in self.years for base in year.bases.values()]
        income, taxable = (
            sum((getattr(b, name) for b in bases), ZERO) for name in ("income", "taxable")
        )
        left = [(year.tax or ZERO) - year.withheld for year in self.years]
        return self.row(
            "sums", people=str(len(self.years)), income=kopecks(income), costs=kopecks(income - taxable),
            base=kopecks(taxable), tax=kopecks(self.tax), withheld=kopecks(self.withheld),
            unwithheld=kopecks(sum((max(each, ZERO) for each in left), ZERO)),
            excess=kopecks(sum((max(-each, ZERO) for each in left), ZERO)),
            missing=str(missing) if (missing := sum(year.missing for year in self.years)) else None,
        )  # fmt: skip

    def ratios(self, rules: RuleBook, day: date) -> Iterator[Row]:
        rates = list(self.by_rate(rules, day).values())
        by_rates, withheld = (sum((each[n] for each in rates), ZERO) for n in (2, 3))
        due = sum((each.withheld for each in self.transfers), ZERO)
        for name, one, other in (
            ("TAX_BY_RATE", self.tax, by_rates), ("WITHHELD_BY_RATE", self.withheld, withheld),
            ("WITHHELD_BY_DAY", self.withheld, due),
            ("WITHHELD_IN_ENTRIES", self.withheld, self.booked),
        ):  # fmt: skip
            yield self.row("ratios", **held(name, one, other))


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    day, forms = parameters["business_date"], _forms(parameters["business_date"], known)
    rules = rules_as_known(known.horizon)
    for form in forms:
        yield from form.due()
    for form in forms:
        yield from form.rates(rules, day)
    for form in forms:
        yield form.sums()
    for form in forms:
        yield from form.ratios(rules, day)


def _forms(day: date, known: Known) -> list[_Form]:
    years = years_so_far(day, horizon=known.horizon, entity_ids=known.entity_ids)
    transfers = transfers_until(day, horizon=known.horizon, entity_ids=known.entity_ids)
    booked = kept_in_entries(day, horizon=known.horizon, entity_ids=known.entity_ids)
    entities = sorted({(year.taxpayer.entity, year.taxpayer.currency) for year in years})
    return [
        _Form(
            entity, currency, [year for year in years if year.taxpayer.entity == entity],
            [each for each in transfers.get(entity, ()) if each.year == day.year], booked.get(entity, ZERO),
        )
        for entity, currency in entities
    ]  # fmt: skip


LABELS = {
    "TAX_BY_RATE": _("Tax of all taxpayers = tax by rate"),
    "WITHHELD_BY_RATE": _("Withheld of all taxpayers = withheld by rate"),
    "WITHHELD_BY_DAY": _("Withheld of all taxpayers = what is due by day"),
    "WITHHELD_IN_ENTRIES": _("Withheld of all taxpayers = entries on accounts of the tax"),
}

REPORT = Report(
    name="ndfl-form",
    title=_("6-NDFL: the figures of the form"),
    purpose=_(
        "Of all individuals whose tax agent we are the year until a day: what is transferred by when, base and tax"
        " by rate, the sums of the year, and the control ratios."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("transfer_by", _("Transferred by"), "date"),
        Column("status", _("Status"), labels=STATUSES),
        Column("scale", _("Income"), labels=SCALES),
        Column("rate", _("Rate"), "price"),
        Column("kbk", _("Budget code (KBK)")),
        Column("oktmo", _("OKTMO")),
        Column("people", _("Taxpayers"), "count"),
        Column("income", _("Income received"), "money", currency="currency"),
        Column("costs", _("Costs deducted"), "money", currency="currency"),
        Column("base", _("Taxable"), "money", currency="currency"),
        Column("tax", _("Tax"), "money", currency="currency"),
        Column("withheld", _("Withheld"), "money", currency="currency"),
        Column("transferred", _("Transferred"), "money", currency="currency"),
        Column("left", _("Still to be transferred"), "money", currency="currency"),
        Column("unwithheld", _("Left to withhold"), "money", currency="currency"),
        Column("excess", _("Withheld too much"), "money", currency="currency"),
        Column("missing", _("Not reckoned"), "count"),
        *ratio_columns(LABELS),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("due", _("Transferred by when"), (
            "entity", "transfer_by", "withheld", "transferred", "left", "currency")),
        Section("rates", _("By rate"), (
            "entity", "status", "scale", "rate", "kbk", "oktmo", "people", "base", "tax", "withheld", "unwithheld",
            "excess", "currency")),
        Section("sums", _("Sums of the year"), (
            "entity", "people", "income", "costs", "base", "tax", "withheld", "unwithheld", "excess", "missing",
            "currency")),
        RATIOS,
    ),
    rows=rows,
)  # fmt: skip
