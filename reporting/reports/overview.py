"""The firm at a glance: what a period brought, took and cost, with deals, settlements, fails, breaks and breaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.rounding import half_up_minor
from ledger.accounting.attribution import Driver, attributed, by_driver
from ledger.accounting.books import sums_of
from ledger.accounting.chart import Line
from ledger.valuing import NoRateToValue
from refdata.models import Entity
from refdata.quotes import rate_on
from refdata.selectors import reference_data
from reporting.overview import spending
from reporting.overview.counting import Counted, Period, counted
from reporting.overview.figures import MONEY, Alert, Measure, Sums, figures_of, in_and_out
from reporting.reports.base import Column, Known, Parameter, Picture, Report, Row, Section
from reporting.reports.income_statement import earned_between
from reporting.reports.result_attribution import known_on
from reporting.reports.stated import entities, row_of
from settlements.fails.state import Cause

ZERO = Decimal(0)


class Glance(NamedTuple):
    """All that is told of one entity in one period; money of other currencies by the rates of its last day.

    `lines` of the result are None where rates are lacking to value it: of a time before anything was quoted.
    """

    entity: Entity
    period: Period
    counted: Counted
    lines: Mapping[Line, Decimal] | None
    known: Known

    def base(self, amount: Decimal, currency: str) -> Decimal:
        """In base currency, to its minor unit, half up. Raises NoRateToValue."""
        base, rate = self.entity.base_currency, Decimal(1)
        if amount and currency != base:
            found = rate_on(currency, base, self.period.last, horizon=self.known.horizon)
            if found is None:
                raise NoRateToValue(currency=currency, base=base, day=self.period.last.isoformat())
            rate = found.value
        return half_up_minor(amount * rate, reference_data().currencies[base].minor_unit)

    def worth(self, rows: Iterable[Any], name: str) -> Decimal:
        """What an amount of all these rows comes to, each in base currency. Raises NoRateToValue."""
        return sum((self.base(getattr(row, name), row.currency) for row in rows), ZERO)

    def of(self, rows: Sequence[Any]) -> Iterator[Any]:
        return (row for row in rows if row.entity_id == self.entity.pk)

    def sums(self) -> Sums:
        income, expenses = in_and_out(self.lines)
        found = self.counted
        deals, due, fails = (list(self.of(r)) for r in (found.deals, found.due, found.fails))
        return Sums(
            income=income, expenses=expenses, deals=sum(d.deals for d in deals),
            straight=sum(d.straight for d in deals), due=sum(d.due for d in due),
            on_time=sum(d.on_time for d in due),
            due_value=self.worth(due, "due_value"),
            on_time_value=self.worth(due, "on_time_value"),
            fails=sum(f.fails for f in fails), fail_cost=self.worth(fails, "cost"),
            breaks=sum(b.breaks for b in self.of(found.breaks)),
            breaches=sum(b.breaches for b in self.of(found.breaches)),
            fees=self.worth(self.of(found.fees), "charged"),
        )  # fmt: skip


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    now = Period(parameters["seen_from"], parameters["seen_until"])
    before = before_(now)
    glances = list(zip(_glances(now, known), _glances(before, known), strict=True))
    for section in (_figures, _income):
        for this, other in glances:
            yield from section(this, other)
    for of_one in (_drivers, _deals, _steps, _due, _fails, _breaks, _breaches, _fees):
        for this, _other in glances:
            yield from of_one(this)
    for name, cells_of in spending.SPENDING.items():
        for this, _other in glances:
            for cells in cells_of(this.entity, this.period, this.known):
                yield row_of(REPORT, name, this.entity, **cells)


def before_(period: Period) -> Period:
    """As many days, right before it."""
    days = period.last - period.first + timedelta(days=1)
    return Period(period.first - days, period.last - days)


def _glances(period: Period, known: Known) -> Iterator[Glance]:
    found = counted(period, known)
    for entity in entities(known):
        yield Glance(entity, period, found, _earned(entity, period, known), known)


def _earned(entity: Entity, period: Period, known: Known) -> Mapping[Line, Decimal] | None:
    try:
        return sums_of(earned_between(entity, *period, known))
    except NoRateToValue:
        return None


def _figures(this: Glance, other: Glance) -> Iterator[Row]:
    for each in figures_of(this.sums(), other.sums()):
        is_money = each.measure in MONEY
        kind = "amount" if is_money else "number"
        yield REPORT.row(
            section="figures", entity=this.entity.code, measure=each.measure.value,
            alert=each.alert.value if each.alert else None,
            currency=this.entity.base_currency if is_money else None,
            **{kind: _plain(each.now), f"{kind}_before": _plain(each.before)},
        )  # fmt: skip


def _income(this: Glance, other: Glance) -> Iterator[Row]:
    for line in Line:
        now, before = (
            None if each.lines is None else each.lines.get(line, ZERO) for each in (this, other)
        )
        if now or before:
            yield row_of(
                REPORT, "income", this.entity, line=line.value, earned=_plain(now), earned_before=_plain(before)
            )  # fmt: skip


def _drivers(this: Glance) -> Iterator[Row]:
    if this.lines is None:
        return
    eve = this.period.first - timedelta(days=1)
    then = known_on(eve, this.known)
    parts = attributed(this.entity, eve, this.period.last, known=this.known.mark, then=then)
    for driver, amount in by_driver(parts).items():
        yield row_of(REPORT, "drivers", this.entity, driver=driver.value, changed=f"{amount:f}")


def _deals(this: Glance) -> Iterator[Row]:
    for day, some in _by(this.of(this.counted.deals), "day"):
        yield row_of(
            REPORT, "deals", this.entity, day=day, deals=_total(some, "deals"), straight=_total(some, "straight"),
            dealt=_plain(this.worth(some, "dealt")),
        )  # fmt: skip


def _steps(this: Glance) -> Iterator[Row]:
    for each in this.of(this.counted.steps):
        yield row_of(REPORT, "steps", this.entity, step=each.step, touched=str(each.deals))


def _due(this: Glance) -> Iterator[Row]:
    for day, some in _by(this.of(this.counted.due), "day"):
        due, late, on_time = (
            sum(getattr(d, name) for d in some) for name in ("due", "late", "on_time")
        )
        yield row_of(
            REPORT, "due", this.entity, day=day, due=str(due), on_time=str(on_time), late=str(late),
            open=str(due - late - on_time),
            due_value=_plain(this.worth(some, "due_value")),
            on_time_value=_plain(this.worth(some, "on_time_value")),
        )  # fmt: skip


def _fails(this: Glance) -> Iterator[Row]:
    for cause, some in _by(this.of(this.counted.fails), "cause"):
        yield row_of(
            REPORT, "fails", this.entity, cause=cause, fails=_total(some, "fails"),
            cost=_plain(this.worth(some, "cost")),
        )  # fmt: skip


def _breaks(this: Glance) -> Iterator[Row]:
    for age, some in _by(this.of(this.counted.breaks), "age"):
        yield row_of(
            REPORT, "breaks", this.entity, age=age, breaks=_total(some, "breaks"),
            difference=_plain(this.worth(some, "difference")),
        )  # fmt: skip


def _breaches(this: Glance) -> Iterator[Row]:
    for each in this.of(this.counted.breaches):
        yield row_of(
            REPORT, "breaches", this.entity, day=each.day.isoformat(), breaches=str(each.breaches)
        )


def _fees(this: Glance) -> Iterator[Row]:
    for kind, some in _by(this.of(this.counted.fees), "kind"):
        yield row_of(
            REPORT, "fees", this.entity, fee=kind, charged=_plain(this.worth(some, "charged"))
        )


def _by(found: Iterator[Any], name: str) -> Iterator[tuple[str, list[Any]]]:
    """What has the same day, cause or kind, whatever its currency; in the order of what comes first."""
    groups: dict[Any, list[Any]] = {}
    for each in found:
        groups.setdefault(getattr(each, name), []).append(each)
    return ((str(key), some) for key, some in groups.items())


def _total(some: Sequence[Any], name: str) -> str:
    return str(sum(getattr(each, name) for each in some))


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


AGES = {
    "1": _("Up to a day"), "5": _("2 to 5 days"), "30": _("6 to 30 days"), "MORE": _("More than 30 days"),
}  # fmt: skip

REPORT = Report(
    name="overview",
    title=_("The firm at a glance"),
    purpose=_(
        "What a period brought and took beside as many days before it: result, straight-through deals, settlement on"
        " time, fails and what they cost, breaks by age, breaches, fees. Releasing is not counted as work by hand."
    ),
    parameters=(
        Parameter("seen_from", _("Seen from")),
        Parameter("seen_until", _("Seen until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("measure", _("Measure"), labels=dict(Measure.choices)),
        Column("amount", _("Amount"), "money", currency="currency"),
        Column("amount_before", _("Amount before"), "money", currency="currency"),
        Column("number", _("How many, or %"), "quantity"),
        Column("number_before", _("How many before"), "quantity"),
        Column("alert", _("Why to look at it"), labels=dict(Alert.choices)),
        Column("line", _("Line"), labels=dict(Line.choices)),
        Column("earned", _("Earned, below zero spent"), "money", currency="currency", sums=True),
        Column("earned_before", _("In the period before"), "money", currency="currency", sums=True),
        Column("driver", _("Driver"), labels=dict(Driver.choices)),
        Column("changed", _("Change of the result"), "money", currency="currency", sums=True),
        Column("day", _("Day"), "date"),
        Column("deals", _("Deals"), "count", sums=True),
        Column("straight", _("Straight through"), "count", sums=True),
        Column("dealt", _("Dealt"), "money", currency="currency", sums=True),
        Column("step", _("What persons did")),
        Column("touched", _("For how many deals"), "count"),
        Column("due", _("Settlements due"), "count", sums=True),
        Column("on_time", _("On time"), "count", sums=True),
        Column("late", _("Late"), "count", sums=True),
        Column("open", _("Not settled"), "count", sums=True),
        Column("due_value", _("Money due"), "money", currency="currency", sums=True),
        Column("on_time_value", _("Money on time"), "money", currency="currency", sums=True),
        Column("cause", _("Caused by"), labels=dict(Cause.choices)),
        Column("fails", _("Fails"), "count", sums=True),
        Column("cost", _("Cost, below zero received"), "money", currency="currency", sums=True),
        Column("age", _("How old"), labels=AGES),
        Column("breaks", _("Breaks"), "count", sums=True),
        Column("difference", _("Difference"), "money", currency="currency", sums=True),
        Column("breaches", _("Breaches"), "count", sums=True),
        Column("fee", _("Fee")),
        Column("charged", _("Charged"), "money", currency="currency", sums=True),
        *spending.COLUMNS,
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("figures", _("Figures"), (
            "entity", "measure", "amount", "amount_before", "number", "number_before", "alert", "currency")),
        Section("income", _("Income and expenses"), ("entity", "line", "earned", "earned_before", "currency")),
        Section("drivers", _("Why the result changed"), ("entity", "driver", "changed", "currency")),
        Section("deals", _("Deals by day"), ("entity", "day", "deals", "straight", "dealt", "currency")),
        Section("steps", _("Work by hand"), ("entity", "step", "touched")),
        Section("due", _("Settlements by due day"), (
            "entity", "day", "due", "on_time", "late", "open", "due_value", "on_time_value", "currency")),
        Section("fails", _("Fails by cause"), ("entity", "cause", "fails", "cost", "currency")),
        Section("breaks", _("Open breaks by age"), ("entity", "age", "breaks", "difference", "currency")),
        Section("breaches", _("Breaches of limits by day"), ("entity", "day", "breaches")),
        Section("fees", _("Fees by kind"), ("entity", "fee", "charged", "currency")),
        *spending.SECTIONS,
    ),
    pictures=(
        Picture("income", "line", "earned"), Picture("drivers", "driver", "changed"),
        Picture("deals", "day", "deals", part="straight"), Picture("due", "day", "due", part="on_time"),
        Picture("fails", "cause", "fails"), Picture("breaks", "age", "breaks"),
        Picture("breaches", "day", "breaches"), Picture("fees", "fee", "charged"),
        *spending.PICTURES,
    ),
    rows=rows,
)  # fmt: skip
