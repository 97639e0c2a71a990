"""What penalties would have come to under a rule that is not in force: a draft, or one adopted and not begun.

Asked of what the nights counted, as it counts now; who failed, with what and on which price stays. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.dated_rules.kinds import kind_named
from refdata.dated_rules.selectors import rule, rules
from refdata.dated_rules.state import RuleState
from refdata.dated_rules.vectors import value_of
from refdata.models import DatedRule
from refdata.selectors import reference_data
from settlements.fails.days import days_of
from settlements.fails.kinds import (
    CASH_RATE,
    PENALTY_RATE,
    TERMS,
    CashRate,
    PenaltyRate,
    Terms,
    cash_amount,
    penalty_of_day,
    terms_amount,
)
from settlements.fails.reading import central_bank_rate
from settlements.fails.selectors import penalties
from settlements.fails.state import Lack, Payer, PenaltyStatus, Scheme

MOST = 20_000  # penalties that are worked out anew; more are told as more
LARGEST = 50  # of what changes, that are named
SUPPOSABLE = (PENALTY_RATE.name, CASH_RATE.name, TERMS.name)


class NotSupposed(Conflict):
    code = "rule-not-supposed"
    title = gettext_noop("That rule is not asked about")
    detail = gettext_noop(
        "%(rule)s is no draft and none that is adopted, or says nothing of what fails cost."
    )
    hint = gettext_noop(
        "Propose a rate or terms under Reference data, Dated rules, and ask about that."
    )


class Counted(NamedTuple):
    """A penalty as it counts now, and what is needed to count it otherwise."""

    id: int
    settlement_id: int
    place: str
    calendar: str
    currency: str
    counted_on: date
    day: date
    days: int
    payer: str
    base: Decimal
    rate: Decimal | None
    amount: Decimal
    due_date: date
    original_due_date: date | None
    ruled: Any  # the value of the rule by which it was counted


class Supposed(NamedTuple):
    """A penalty, and what it would be; none where that cannot be told from what was counted."""

    penalty: Counted
    would_be: Decimal | None

    @property
    def change(self) -> Decimal:
        return Decimal(0) if self.would_be is None else self.would_be - self.penalty.amount


class Sum(NamedTuple):
    """What the penalties of a place come to in a currency, now and then: what we pay, and what we are owed."""

    place: str
    currency: str
    penalties: int
    ours: Decimal
    theirs: Decimal
    ours_then: Decimal
    theirs_then: Decimal

    @property
    def change(self) -> Decimal:
        """How much more it would cost us, less what we would be owed more."""
        return (self.ours_then - self.ours) - (self.theirs_then - self.theirs)


class Answer(NamedTuple):
    rule: DatedRule
    sums: Sequence[Sum]
    largest: Sequence[Supposed]
    undecided: int
    whole: bool


def suppose(reference: str, *, since: date, until: date, visible_to: User) -> Answer:
    """What the penalties that nights counted from one day to another would be, had that rule been in force.

    As far as a person may see them. Raises NotFound, NotSupposed.
    """
    row = supposed_rule(reference)
    found = _concerned(row, since, until, visible_to)
    whole, found = len(found) <= MOST, found[:MOST]
    value = value_of(kind_named(row.kind), row.value)
    supposed = [each for each in _supposed(value, found) if each.penalty.counted_on >= since]
    changed = [each for each in supposed if each.change]
    changed.sort(key=lambda each: (-abs(each.change), each.penalty.id))
    undecided = sum(each.would_be is None for each in supposed)
    return Answer(row, _sums(supposed), changed[:LARGEST], undecided, whole)


def supposed_rule(reference: str) -> DatedRule:
    """A rule that may be asked about. Raises NotFound, NotSupposed."""
    row = rule(reference)
    if row.kind not in SUPPOSABLE or row.state not in (RuleState.DRAFT, RuleState.ADOPTED):
        raise NotSupposed(rule=reference)
    return row


def _concerned(row: DatedRule, since: date, until: date, visible_to: User) -> list[Counted]:
    """What the rule would count otherwise; of terms with all earlier days, because of cap and free days."""
    rows = penalties(visible_to=visible_to).filter(
        counted_on__lte=until, amount__isnull=False, base__isnull=False
    )
    rows = rows.exclude(status=PenaltyStatus.REMO).exclude(payer=Payer.UNKNOWN)
    if row.kind == PENALTY_RATE.name:
        rows = rows.filter(scheme=Scheme.CSDR, rule__kind=row.kind, rule__key=row.key)
    elif row.kind == CASH_RATE.name:
        rows = rows.filter(scheme=Scheme.CSDR, lack=Lack.CASH, currency=row.key)
    else:
        scheme, _, party = row.key.partition("/")
        rows = rows.filter(scheme=scheme)
        rows = (
            rows.filter(settlement__counterparty__code=party)
            if party
            else rows.filter(rule__key=scheme)
        )
    within = rows.filter(counted_on__gte=since)
    if row.kind == TERMS.name:
        within = rows.filter(settlement_id__in=within.order_by().values("settlement_id"))
    found = within.order_by("settlement_id", "day", "id").values_list(
        "id", "settlement_id", "settlement__place__code", "settlement__place__calendar__code", "currency",
        "counted_on", "day", "days", "payer", "base", "rate", "amount", "settlement__due_date",
        "settlement__original_due_date", "rule__value",
    )  # fmt: skip
    return [Counted._make(each) for each in found[: MOST + 1]]


def _supposed(value: Any, rows: Sequence[Counted]) -> Iterator[Supposed]:
    units = {code: row.minor_unit for code, row in reference_data().currencies.items()}
    if isinstance(value, Terms):
        yield from _by_terms(value, rows, units)
        return
    annual: dict[date, Decimal | None] = {}
    for row in rows:
        unit = units[row.currency]
        if isinstance(value, PenaltyRate):
            yield Supposed(row, penalty_of_day(value, row.base, unit))
        else:
            assert isinstance(value, CashRate)
            if row.day not in annual:
                annual[row.day] = central_bank_rate(value.rate, row.day)
            rate = annual[row.day]
            yield Supposed(row, None if rate is None else cash_amount(value, row.base, rate, unit))


def _by_terms(terms: Terms, rows: Sequence[Counted], units: dict[str, int]) -> Iterator[Supposed]:
    """Day by day, with what the days before would have come to. What was instructed anew counts by itself."""
    calendars = reference_data().calendars
    so_far: dict[tuple[int, str], tuple[Decimal, int]] = {}
    for row in rows:
        if (row.ruled or {}).get("base", "MONEY") != terms.base:  # the other base was not kept
            yield Supposed(row, None)
            continue
        days = 1
        if terms.days == "CALENDAR":
            intended = min(filter(None, (row.due_date, row.original_due_date)))
            days = days_of(row.day, intended, calendars[row.calendar])
        before, late = so_far.get((row.settlement_id, row.payer), (Decimal(0), 0))
        _, amount = terms_amount(
            terms, base=row.base, days=days, late_before=late, so_far=before,
            minor_unit=units[row.currency],
        )  # fmt: skip
        so_far[row.settlement_id, row.payer] = before + amount, late + days
        yield Supposed(row, amount)


def _sums(supposed: Sequence[Supposed]) -> list[Sum]:
    """By place and currency; what cannot be told is in neither sum."""
    found: dict[tuple[str, str], Sum] = {}
    for row, would_be in supposed:
        if would_be is None:
            continue
        key = row.place, row.currency
        ours = row.payer == Payer.OURS
        each = found.get(key, Sum(*key, 0, *[Decimal(0)] * 4))
        found[key] = each._replace(
            penalties=each.penalties + 1,
            ours=each.ours + (row.amount if ours else 0), ours_then=each.ours_then + (would_be if ours else 0),
            theirs=each.theirs + (0 if ours else row.amount),
            theirs_then=each.theirs_then + (0 if ours else would_be),
        )  # fmt: skip
    return [found[key] for key in sorted(found)]


def supposable() -> QuerySet[DatedRule]:
    """The rules that may be asked about, newest first."""
    return rules().filter(kind__in=SUPPOSABLE, state__in=(RuleState.DRAFT, RuleState.ADOPTED))
