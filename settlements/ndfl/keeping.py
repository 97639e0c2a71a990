"""What is withheld of a payment to an individual: reckoned on the year so far, and kept as a fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from backoffice.events.selectors import NO_HORIZON
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from ledger.models import NdflWithholding
from ledger.ndfl.bases import TaxBase
from ledger.ndfl.brackets import BRACKETS, NON_RESIDENT, RESIDENT
from ledger.ndfl.transfer import TRANSFER_DAYS, transfer_by
from ledger.ndfl.withholding import withheld_at_payment
from refdata.dated_rules.selectors import rule_in_force
from refdata.models import Entity, Party
from refdata.selectors import reference_data
from settlements.ndfl.incomes import incomes_of
from settlements.ndfl.years import YearSoFar, tax_on_bases, years_so_far

ZERO = Decimal(0)
ENTITLEMENT = "entitlement"  # the source of what is kept back of coupons and dividends
LOCK_OF_TAXPAYERS, LOCK_OF_AGENTS = 7_000_041, 7_000_042  # advisory locks, together with a number
# Results of an investment account are taxed when it ends (art. 214.9, 226.1 p. 9.1), pay when it is paid (226 p. 4).
NOT_OF_PAYMENTS = frozenset({TaxBase.IIS, TaxBase.PAYROLL})


class YearNotReckoned(Conflict):
    code = "tax-year-not-reckoned"
    title = gettext_noop("The client's tax cannot be reckoned")
    detail = gettext_noop("%(count)s incomes of %(client)s this year lack a rate or a rule.")
    hint = gettext_noop("See the NDFL register and the realised result, and load what is missing.")


@dataclass(frozen=True, slots=True)
class Due:
    """What is kept back of one payment: the tax of the year so far, what of it was withheld before, what is now."""

    tax: Decimal
    before: Decimal
    now: Decimal
    bases: dict[str, str]


NOTHING = Due(ZERO, ZERO, ZERO, {})


def due_of_payment(*, entity: Entity, client: Party, payment: Decimal, day: date) -> Due:
    """What would be kept back of a payment in base currency on a day. Raises YearNotReckoned, NoRuleInForce.

    Nothing where the firm is no agent of the client: an organisation, or an entity whose profile says so.
    """
    reference = reference_data()
    if client.kind != "INDIVIDUAL" or not reference.profiles.of(entity.code, day).withholds_ndfl:
        return NOTHING
    years = years_so_far(day, horizon=NO_HORIZON, entity_ids=[entity.pk], owner_ids=[client.pk])
    if not years:
        return NOTHING
    (year,) = years
    if year.missing:
        raise YearNotReckoned(count=year.missing, client=client.code)
    tax = tax_on_bases(year, reference.rules, day, without=NOT_OF_PAYMENTS)
    key = RESIDENT if year.taxpayer.resident else NON_RESIDENT
    brackets = rule_in_force(BRACKETS, day, key).brackets
    now = withheld_at_payment(tax, year.of_securities, payment, brackets)
    return Due(tax, year.of_securities, now, bases_of(year))


def bases_of(year: YearSoFar) -> dict[str, str]:
    """What is taxed of each base but pay, as facts say it."""
    bases = sorted((base, each) for base, each in year.bases.items() if base != TaxBase.PAYROLL)
    return {base.value: plain(each.taxable) for base, each in bases}


def lock_taxpayer(entity_id: int, client_id: int) -> None:
    """Two payments of one client are reckoned one after the other, none while its year is ended; in the caller's
    transaction.
    """
    _lock("pg_advisory_xact_lock_shared", LOCK_OF_AGENTS, entity_id)
    _lock("pg_advisory_xact_lock", LOCK_OF_TAXPAYERS, client_id)


def lock_agent(entity_id: int) -> None:
    """The years of an entity's clients stand still; in the caller's transaction."""
    _lock("pg_advisory_xact_lock", LOCK_OF_AGENTS, entity_id)


def _lock(how: str, kind: int, id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(%s, hashint8(%s))", [kind, id])


@dataclass(frozen=True, slots=True)
class Kept:
    """Tax that is kept back of a payment: of which source, and of how much money."""

    due: Due
    client_id: int
    source: tuple[str, int]
    payment: Decimal


def keep_withholdings(
    kept: Sequence[Kept], *, entity: Entity, day: date, at: datetime, year_end: date | None = None
) -> None:
    """Keep what is withheld on a day, with the day by which it is transferred; at a year's end it belongs to that."""
    of, by = year_end or day, _transfer_by(entity, day)
    NdflWithholding.objects.bulk_create(
        NdflWithholding(
            entity=entity, taxpayer_id=each.client_id, year=of.year, day=of, source_type=each.source[0],
            source_id=each.source[1], payment=each.payment, tax=each.due.tax, before=each.due.before,
            withheld=each.due.now, bases=each.due.bases, transfer_by=by, recorded_at=at,
        )
        for each in kept
    )  # fmt: skip


def _transfer_by(entity: Entity, day: date) -> date:
    rule = rule_in_force(TRANSFER_DAYS, day)
    return transfer_by(rule, day, reference_data().calendars[entity.jurisdiction])


def keep_income_withholdings(entitlement_ids: Sequence[int], *, at: datetime) -> None:
    """Keep what was kept back of coupons and dividends that were just paid to individuals.

    One whose rate or rule is missing is left to the register, which counts it as not reckoned.
    """
    if not entitlement_ids:
        return
    entities = Entity.objects.in_bulk()
    NdflWithholding.objects.bulk_create(
        NdflWithholding(
            entity_id=each.entity_id, taxpayer_id=each.owner_id, year=income.day.year, day=income.day,
            source_type=ENTITLEMENT, source_id=each.entitlement_id, payment=income.income,
            tax=income.withheld, before=0, withheld=income.withheld,
            bases={income.base.value: plain(income.income)}, recorded_at=at,
            transfer_by=_transfer_by(entities[each.entity_id], income.day),
        )
        for each in incomes_of(entitlement_ids)
        if (income := each.income).base is not None and income.withheld
    )  # fmt: skip


def take_back_withholdings(source_type: str, ids: Sequence[int], *, at: datetime) -> None:
    """Of payments that did not happen nothing is withheld: a row below zero for each, once."""
    rows = NdflWithholding.objects.filter(
        source_type=source_type, source_id__in=ids, reverses=None, reversed_by=None
    )
    NdflWithholding.objects.bulk_create(
        NdflWithholding(
            entity_id=row.entity_id, taxpayer_id=row.taxpayer_id, year=row.year, day=row.day,
            source_type=row.source_type, source_id=row.source_id, payment=row.payment, tax=row.tax,
            before=row.before, withheld=-row.withheld, bases=row.bases, transfer_by=row.transfer_by,
            reverses=row, recorded_at=at,
        )
        for row in rows.order_by("pk")
    )  # fmt: skip
