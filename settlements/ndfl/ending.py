"""The end of a tax year: what every client owes is withheld from what it has, and what it has not is told."""

from __future__ import annotations

from collections.abc import Sequence
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
from ledger.ndfl.withholding import AtEnd, due_at_end
from ledger.services import AccountKey, effective_dates
from ledger.state import AccountKind
from refdata.firm_days import firm_day
from refdata.models import Asset, Entity, Party, Place
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data
from settlements.fails.booking import Move, Source, post
from settlements.inventory.selectors import spendable
from settlements.naming import named
from settlements.ndfl.keeping import (
    AT_ITS_END,
    Due,
    YearNotReckoned,
    bases_of,
    keep_withholding,
    lock_taxpayer,
)
from settlements.ndfl.models import TaxYear, TaxYearResult
from settlements.ndfl.state import TaxYearState
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
        return self.tax - self.year.withheld


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
    other = TaxYear.objects.filter(entity=books, year=year).exclude(state=TaxYearState.DECLINED)
    if (row := other.select_for_update().first()) is not None:
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
        row = TaxYear.objects.select_related("entity").filter(pk=id).first()
        if row is None:
            raise NotFound(what="tax year", reference=f"TY-{id}")
        key = (row.entity_id, firm_day(at))
        day = effective_dates({key})[key]
        found = [_end(row, each, day, at) for each in reckoned(row.entity, row.year) if each.left]
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
        found.append(Owed(each, tax_on_bases(each, rules, last, without=AT_ITS_END)))
    return found


def _end(row: TaxYear, owed: Owed, day: date, at: datetime) -> AtEnd:
    """Withhold what one client owes from what it has, place after place, and keep what became of it."""
    entity, client = row.entity, Party.objects.get(code=owed.year.taxpayer.owner)
    lock_taxpayer(client.pk)
    at_hand = spendable(entity_id=entity.pk, owner=client.code, asset=entity.base_currency, day=day)
    money = sum(at_hand.values(), ZERO) // 1  # tax is in whole rubles
    end = due_at_end(owed.tax, owed.year.withheld, money)
    result = TaxYearResult.objects.create(
        tax_year=row, taxpayer=client, tax=owed.tax, before=owed.year.withheld, withheld=end.withheld,
        unwithheld=end.unwithheld, excess=end.excess,
    )  # fmt: skip
    if end.withheld:
        _book(row, client, result.pk, _shared(end.withheld, at_hand), day=day, at=at)
        due = Due(owed.tax, owed.year.withheld, end.withheld, bases_of(owed.year))
        keep_withholding(
            due, entity=entity, client=client, source=(SOURCE, result.pk), payment=money, day=day,
            year_end=date(row.year, 12, 31), at=at,
        )  # fmt: skip
    return end


def _shared(amount: Decimal, at_hand: dict[str, Decimal]) -> dict[str, Decimal]:
    """What is taken at which place, in the order of their codes."""
    taken = {}
    for place, free in at_hand.items():
        part = min(free, amount)
        if part:
            taken[place] = part
            amount -= part
    return taken


def _book(
    row: TaxYear, client: Party, result_id: int, taken: dict[str, Decimal], *, day: date, at: datetime
) -> None:  # fmt: skip
    """TAX of the client ◄── its CASH, and our CASH ◄── our TAX, at each place."""
    us, money = row.entity.own_party_id, Asset.objects.get(code=row.entity.base_currency).pk
    places = dict(Place.objects.filter(code__in=taken).values_list("code", "pk"))
    kept = {
        owner: AccountKey(row.entity_id, AccountKind.TAX.value, owner) for owner in (us, client.pk)
    }
    moves = []
    for code, amount in taken.items():
        cash = {
            owner: AccountKey(row.entity_id, AccountKind.CASH.value, owner, place_id=places[code])
            for owner in (us, client.pk)
        }
        moves.append(Move(kept[client.pk], cash[client.pk], money, amount))
        moves.append(Move(cash[us], kept[us], money, amount))
    post(Source(row.entity_id, f"{SOURCE}.approve", SOURCE, result_id), moves, day=day, at=at)
