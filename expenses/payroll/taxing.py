"""The tax of a payroll journal held against the scale, person by person, of the year so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from backoffice.kernel.decimals import plain
from expenses.payroll.checks import tax_differences
from expenses.payroll.models import PayrollJournal, PayrollLine
from expenses.payroll.state import PayrollState, Remark
from ledger.models import NdflPay
from ledger.ndfl.brackets import BRACKETS
from ledger.ndfl.pay import pay_scale
from refdata.dated_rules.rows import NoRuleInForce
from refdata.selectors import reference_data

ZERO = Decimal(0)


class Odd(NamedTuple):
    """What is odd about the tax of a person: at a rate, or because no scale is in force."""

    person_id: int
    what: Remark
    rate: Decimal | None
    told: Decimal
    reckoned: Decimal | None


def oddities(row: PayrollJournal) -> list[Odd]:
    """Of a journal that waits: where it withholds otherwise than the scale, after all that is accepted already."""
    rules, found = reference_data().rules, []
    bases = _bases_before(row)
    before = withheld_before(row)
    for person_id, person in _people_of(row).items():
        try:
            scale = rules.in_force(BRACKETS, row.pay_date, pay_scale(person.resident))
        except NoRuleInForce:
            found.append(
                Odd(person_id, Remark.NO_RULE, None, sum(person.by_rate.values(), ZERO), None)
            )
            continue
        differing = tax_differences(
            person.by_rate, base=bases.get(person_id, ZERO) + person.base, before=before[person_id],
            brackets=scale.brackets,
        )  # fmt: skip
        found += [Odd(person_id, Remark.WITHHELD, *each) for each in differing]
    return found


class _Person(NamedTuple):
    resident: bool
    base: Decimal
    by_rate: Mapping[Decimal, Decimal]


def _people_of(row: PayrollJournal) -> dict[int, _Person]:
    people: dict[int, _Person] = {}
    for line in PayrollLine.objects.filter(journal=row).order_by("number"):
        before = people.get(line.person_id, _Person(line.resident, ZERO, {}))
        rates = added(before.by_rate, line.by_rate)
        people[line.person_id] = _Person(line.resident, before.base + line.base, rates)
    return people


def added(rates: Mapping[Decimal, Decimal], told: Mapping[str, str]) -> dict[Decimal, Decimal]:
    """Tax by rate with that of another row, as rows keep it."""
    found = dict(rates)
    for rate, tax in told.items():
        found[Decimal(rate)] = found.get(Decimal(rate), ZERO) + Decimal(tax)
    return found


def as_kept(rates: Mapping[Decimal, Decimal]) -> dict[str, str]:
    return {plain(rate): plain(tax) for rate, tax in sorted(rates.items())}


def _bases_before(row: PayrollJournal) -> dict[int, Decimal]:
    """What is taxed of the pay of the year so far, but of the journal that this one corrects."""
    rows = NdflPay.objects.filter(
        entity_id=row.entity_id, day__year=row.pay_date.year, day__lte=row.pay_date
    )
    if row.replaces_id is not None:
        mine = PayrollLine.objects.filter(journal=row.replaces_id).values("pk")
        rows = rows.exclude(source_id__in=mine)
    sums = rows.values_list("taxpayer_id").annotate(Sum("income"), Sum("costs"))
    return {taxpayer: income - costs for taxpayer, income, costs in sums}


def withheld_before(row: PayrollJournal) -> dict[int, dict[Decimal, Decimal]]:
    """By person and rate what the journals of the year that are accepted withheld, but the one that this corrects."""
    found: defaultdict[int, dict[Decimal, Decimal]] = defaultdict(dict)
    lines = PayrollLine.objects.filter(
        journal__entity_id=row.entity_id, journal__state=PayrollState.ACCEPTED,
        journal__pay_date__year=row.pay_date.year, journal__pay_date__lte=row.pay_date,
    ).exclude(journal_id__in=[row.pk, row.replaces_id or row.pk])  # fmt: skip
    for person_id, rates in lines.values_list("person_id", "by_rate"):
        found[person_id] = added(found[person_id], rates)
    return found
