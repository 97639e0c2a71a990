"""Whom and what the rows of a payroll journal name: people, cost centres and codes as reference data has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q

from backoffice.kernel.i18n import gettext_noop
from expenses.centres import CostCentre
from expenses.payroll.reading import Problems
from expenses.payroll.told import ToldJournal, ToldPay
from ledger.ndfl.pay import PAY_CODES
from refdata.dated_rules.selectors import rule_in_force
from refdata.models import Party, PartyIdentifier
from refdata.models.parties import PartyKind


class Placed(NamedTuple):
    """A row with the party and the cost centre that it names."""

    told: ToldPay
    person_id: int
    centre_id: int


def last_day_of(month: date) -> date:
    return (month.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)


def placed(told: ToldJournal, *, entity_id: int) -> list[Placed]:
    """Every row with what it names. Raises InvalidJournal with all that is not known, NoRuleInForce."""
    problems = Problems()
    codes = rule_in_force(PAY_CODES, told.pay_date)
    people, centres = _people(told.lines), _centres(told, entity_id)
    found = []
    for line in told.lines:
        person_id = _person(line, people, problems)
        centre_id = centres.get(line.centre)
        if centre_id is None:
            problems.add(
                line.line, "centre", "unknown-centre",
                gettext_noop("No cost centre of the entity was %(value)s in that month."),
                gettext_noop("Propose it under Cost centres in the administration."), line.centre,
            )  # fmt: skip
        if line.code and line.code not in codes.incomes:
            _unknown_code(line, "code", line.code, problems)
        for code in line.deductions:
            if code not in codes.deductions:
                _unknown_code(line, "deductions", code, problems)
        if person_id is not None and centre_id is not None:
            found.append(Placed(line, person_id, centre_id))
    problems.refuse_if_any()
    return found


def _unknown_code(line: ToldPay, name: str, code: str, problems: Problems) -> None:
    problems.add(
        line.line, name, "unknown-code",
        gettext_noop("%(value)s is not among the codes of pay on that day."),
        gettext_noop("See the rule ndfl.pay_codes, which a colleague may extend."), code,
    )  # fmt: skip


class _People(NamedTuple):
    by_code: dict[str, int]
    by_inn: dict[str, int]


def _people(lines: Iterable[ToldPay]) -> _People:
    people = Party.objects.filter(kind=PartyKind.INDIVIDUAL)
    codes = {line.person for line in lines if line.person}
    numbers = {line.inn for line in lines if line.inn}
    named = PartyIdentifier.objects.filter(
        scheme="INN", value__in=numbers, party__kind=PartyKind.INDIVIDUAL
    )
    return _People(
        dict(people.filter(code__in=codes).values_list("code", "pk")),
        dict(named.values_list("value", "party_id")),
    )


def _person(line: ToldPay, people: _People, problems: Problems) -> int | None:
    """By tax number, else by the code of a party; both have to be the same person where both are known."""
    by_code, by_inn = people.by_code.get(line.person), people.by_inn.get(line.inn)
    if by_code and by_inn and by_code != by_inn:
        problems.add(
            line.line, "inn", "another-person", gettext_noop("The INN %(value)s is of another person."),
            gettext_noop("Look which of both is right: the person or the INN."), line.inn,
        )  # fmt: skip
        return None
    found = by_inn or by_code
    if found is None:
        problems.add(
            line.line, "person", "unknown-person", gettext_noop("Nobody is known as %(value)s."),
            gettext_noop("Propose the person as a party with its INN under Reference data."),
            line.inn or line.person,
        )  # fmt: skip
    return found


def _centres(told: ToldJournal, entity_id: int) -> dict[str, int]:
    """Those that were in force on some day of the month."""
    rows = CostCentre.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=told.month),
        entity_id=entity_id, valid_from__lte=last_day_of(told.month),
    )  # fmt: skip
    return dict(rows.values_list("code", "pk"))
