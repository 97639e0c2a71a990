"""The end of a tax year: what every client owes is withheld from what it has, and what it has not is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.selectors import NO_HORIZON
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.ndfl.withholding import due_at_end
from ledger.services import effective_dates
from refdata.firm_days import firm_day
from refdata.models import Entity, Party, Place
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data
from settlements.fails.booking import Move, Source, moves_of_tax, post_all
from settlements.inventory.selectors import spendable
from settlements.naming import named
from settlements.ndfl.keeping import (
    NOT_OF_PAYMENTS,
    Due,
    Kept,
    YearNotReckoned,
    bases_of,
    keep_withholdings,
    lock_agent,
)
from settlements.ndfl.models import TaxYear, TaxYearResult
from settlements.ndfl.state import TAX_YEAR_LIFECYCLE, TaxYearState
from settlements.ndfl.years import YearSoFar, tax_on_bases, years_so_far

SOURCE = "taxyear"
ZERO = Decimal(0)


class YearNotOver(Conflict):
    code = "tax-year-not-over"
    title = gettext_noop("The year is not over")
    detail = gettext_noop("%(year)s ends after %(day)s.")
    hint = gettext_noop("Until then tax is withheld when money is paid out.")


class YearEndedAlready(Conflict):
    code = "tax-year-ended-already"
    title = gettext_noop("The year has been ended, or waits for it")
    detail = gettext_noop("%(reference)s is of %(year)s.")
    hint = gettext_noop("What became known later changes the next corrections, not the year's end.")


class NoTaxAgent(Conflict):
    code = "no-tax-agent"
    title = gettext_noop("The entity is no tax agent")
    detail = gettext_noop("By its profile %(entity)s withholds no NDFL.")
    hint = gettext_noop("See its profile under Reference data.")


@dataclass(frozen=True, slots=True)
class Owed:
    """What a taxpayer's year came to at its end."""

    year: YearSoFar
    tax: Decimal

    @property
    def left(self) -> Decimal:
        return self.tax - self.year.of_securities


@transaction.atomic
def propose_tax_year(*, entity: str, year: int, actor: User, at: datetime) -> TaxYear:
    """Propose to end a year that is over.

    Raises UnknownCode, OutOfScope, NoTaxAgent, YearNotOver, YearEndedAlready, YearNotReckoned, NoRuleInForce.
    """
    books = named(Entity, "entity", entity)
    if not scope_of(actor).covers(entity_id=books.pk):
        raise OutOfScope(what=books.code)
    today = firm_day(at)
    if year >= today.year:
        raise YearNotOver(year=year, day=today.isoformat())
    if not reference_data().profiles.of(books.code, date(year, 12, 31)).withholds_ndfl:
        raise NoTaxAgent(entity=books.code)
    lock_agent(books.pk)
    other = TaxYear.objects.filter(entity=books, year=year).exclude(state=TaxYearState.DECLINED)
    if (row := other.first()) is not None:
        raise YearEndedAlready(reference=str(row), year=year)
    owed = [each for each in reckoned(books, year) if each.left]
    row = TaxYear.objects.create(
        entity=books, year=year, people=len(owed), makers=[actor.pk], proposed_by=actor, proposed_at=at,
        owed=sum((max(each.left, ZERO) for each in owed), ZERO),
    )  # fmt: skip
    facts = {"year": year, "people": row.people, "owed": plain(row.owed)}
    event = NewEvent(
        kind=f"{SOURCE}.propose", subject_type=SOURCE, subject_id=row.pk, entity_id=books.pk, target=row.state,
        facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def approve_tax_years(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Other eyes end the year: what each client owes is reckoned anew, withheld and booked, in one transaction.

    Refuses with YearNotReckoned and NoRuleInForce.
    """

    def take(id: int) -> None:
        rows = TaxYear.objects.select_related("entity").filter(pk=id)
        row = rows.select_for_update(of=("self",)).first()
        if row is None:
            raise NotFound(what="tax year", reference=f"TY-{id}")
        TAX_YEAR_LIFECYCLE.require("approve", source=row.state)
        key = (row.entity_id, firm_day(at))
        day = effective_dates({key})[key]
        lock_agent(row.entity_id)
        found = _end(row, [each for each in reckoned(row.entity, row.year) if each.left], day, at)
        facts = {"people": len(found)} | {
            name: plain(sum((getattr(each, name) for each in found), ZERO))
            for name in ("withheld", "unwithheld", "excess")
        }
        step = Step(row.pk, facts=facts, columns={"ended_on": day})
        advance(TaxYear, "approve", [step], actor=actor, at=at).raise_single()

    with transaction.atomic():
        return each_by_itself(ids, take)


@transaction.atomic
def decline_tax_years(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not ended yet."""
    return advance(TaxYear, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def reckoned(entity: Entity, year: int) -> list[Owed]:
    """Every client's year. Raises YearNotReckoned for the first that lacks something, NoRuleInForce."""
    last, rules = date(year, 12, 31), reference_data().rules
    found = []
    for each in years_so_far(last, horizon=NO_HORIZON, entity_ids=[entity.pk]):
        if each.missing:
            raise YearNotReckoned(count=each.missing, client=each.taxpayer.owner)
        found.append(Owed(each, tax_on_bases(each, rules, last, without=NOT_OF_PAYMENTS)))
    return found


def _end(row: TaxYear, owed: Sequence[Owed], day: date, at: datetime) -> list[TaxYearResult]:
    """Withhold what clients owe from what they have, place after place, and keep what became of each."""
    entity = row.entity
    clients = dict(Party.objects.filter(kind="INDIVIDUAL").values_list("code", "pk"))
    at_hand = spendable(entity_id=entity.pk, asset=entity.base_currency, day=day)
    results, of_result = [], []
    for each in owed:
        code = each.year.taxpayer.owner
        money = sum(at_hand.get(code, {}).values(), ZERO) // 1  # tax is in whole rubles
        end = due_at_end(each.tax, each.year.of_securities, money)
        results.append(TaxYearResult(
            tax_year=row, taxpayer_id=clients[code], tax=each.tax, before=each.year.of_securities,
            withheld=end.withheld, unwithheld=end.unwithheld, excess=end.excess,
        ))  # fmt: skip
        of_result.append((each, money, at_hand.get(code, {})))
    kept, moves, place_ids = [], {}, dict(Place.objects.values_list("code", "pk"))
    for result, (each, money, places) in zip(
        TaxYearResult.objects.bulk_create(results), of_result, strict=True
    ):
        if result.withheld:
            due = Due(result.tax, result.before, result.withheld, bases_of(each.year))
            kept.append(Kept(due, result.taxpayer_id, (SOURCE, result.pk), money))
            source = Source(entity.pk, f"{SOURCE}.approve", SOURCE, result.pk)
            taken = _shared(result.withheld, places)
            moves[source] = list(
                _moves(row, result, {place_ids[code]: part for code, part in taken.items()})
            )
    post_all(moves, day=day, at=at)
    keep_withholdings(kept, entity=entity, day=day, year_end=date(row.year, 12, 31), at=at)
    return results


def _shared(amount: Decimal, at_hand: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What is taken at which place, in the order of their codes."""
    taken = {}
    for place, free in at_hand.items():
        part = min(free, amount)
        if part:
            taken[place] = part
            amount -= part
    return taken


def _moves(row: TaxYear, result: TaxYearResult, taken: Mapping[int, Decimal]) -> Iterator[Move]:
    money = reference_data().currencies[row.entity.base_currency].asset_id
    for place_id, amount in taken.items():
        yield from moves_of_tax(
            row.entity_id, row.entity.own_party_id, result.taxpayer_id, place_id=place_id,
            asset_id=money, amount=amount,
        )  # fmt: skip
