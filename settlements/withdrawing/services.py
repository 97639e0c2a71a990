"""Withdrawals: proposed by one, approved by another who thereby lets the payment go, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.services import effective_dates
from refdata.firm_days import firm_day
from refdata.models import Entity, Party, Place
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data
from settlements.inventory.selectors import UnknownCode
from settlements.models import Settlement
from settlements.naming import asset_named, named, require_amount
from settlements.ndfl.keeping import (
    NOTHING,
    Due,
    Kept,
    due_of_payment,
    keep_withholdings,
    lock_taxpayer,
    take_back_withholdings,
)
from settlements.services import release_settlements
from settlements.state import Cancellation, Finality
from settlements.withdrawing.booking import SOURCE, book_withdrawal, take_back_entries
from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.preparing import prepare_payment, ways_to_pay
from settlements.withdrawing.selectors import free_money
from settlements.withdrawing.state import WITHDRAWAL_LIFECYCLE, WithdrawalState


class NotSoMuchMoney(Conflict):
    code = "not-so-much-money"
    title = gettext_noop("The client has not so much free money there")
    detail = gettext_noop("%(client)s has %(free)s %(currency)s free at %(place)s.")
    hint = gettext_noop("Take out less: what is owed for deals or pledged is not free.")


class NotAClientsMoney(Invalid):
    code = "not-a-client"
    title = gettext_noop("It is no client's money")
    detail = gettext_noop("%(client)s is ourselves, or no client.")
    hint = gettext_noop("Our own money moves by a transfer between accounts.")


class TaxInOtherCurrency(Conflict):
    code = "tax-in-other-currency"
    title = gettext_noop("The tax is owed in another currency")
    detail = gettext_noop("%(client)s owes %(tax)s %(currency)s of tax.")
    hint = gettext_noop("Take out money in that currency first, or exchange what the tax needs.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWithdrawal:
    """What a client takes out, by codes; `order` is the document by which it asks."""

    entity: str
    client: str
    place: str
    currency: str
    amount: Decimal
    order: str


@transaction.atomic
def propose_withdrawal(*, new: NewWithdrawal, actor: User, at: datetime) -> Withdrawal:
    """Propose that a client's money goes to its bank.

    Raises UnknownCode, OutOfScope, NotAClientsMoney, NotSoDivisible, NotSoMuchMoney, NowhereToPay.
    """
    entity, client = named(Entity, "entity", new.entity), named(Party, "client", new.client)
    place, money = named(Place, "place", new.place), asset_named(new.currency)
    if money.code not in reference_data().currencies:
        raise UnknownCode(what="currency", value=new.currency)
    if not scope_of(actor).covers(entity_id=entity.pk):
        raise OutOfScope(what=entity.code)
    if client.pk == entity.own_party_id or "CLIENT" not in client.roles:
        raise NotAClientsMoney(client=client.code)
    require_amount(money, new.amount)
    row = Withdrawal(
        entity=entity, client=client, place=place, money_asset=money, amount=new.amount, order=new.order,
        makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    day = firm_day(at)
    _require_money(row, day)
    ways_to_pay(row, day=due_date(row, day))
    row.save()
    facts = {"amount": plain(new.amount), "currency": new.currency, "client": client.code}
    event = NewEvent(
        kind=f"{SOURCE}.propose", subject_type=SOURCE, subject_id=row.pk, entity_id=entity.pk,
        target=row.state, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def approve_withdrawals(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Other eyes let the money go: tax is kept back first, the rest leaves as one payment that they release.

    Refuses with NotSoMuchMoney, NowhereToPay, YearNotReckoned, TaxInOtherCurrency, and with whatever stops the
    payment's release: then nothing is kept back either.
    """

    def take(row: Withdrawal, day: date) -> None:
        WITHDRAWAL_LIFECYCLE.require("approve", source=row.state)
        lock_taxpayer(row.entity_id, row.client_id)
        _require_money(row, day)
        due = due_of(row, day)
        payment = prepare_payment(row, amount=row.amount - due.now, due=due_date(row, day), at=at)
        step = Step(
            row.pk, columns={"tax": due.now, "settlement_id": payment},
            facts={"tax": plain(due.now), "of_year": plain(due.tax), "before": plain(due.before),
                   "bases": due.bases, "settlement": f"S-{payment}"},
        )  # fmt: skip
        advance(Withdrawal, "approve", [step], actor=actor, at=at).raise_single()
        book_withdrawal(row, tax=due.now, day=day, at=at)
        if due.now:
            kept = Kept(due, row.client_id, (SOURCE, row.pk), row.amount)
            keep_withholdings([kept], entity=row.entity, day=day, at=at)
        release_settlements(ids=[payment], actor=actor, at=at).raise_single()

    return _each(ids, take, at)


@transaction.atomic
def decline_withdrawals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Nothing is taken out."""
    return advance(Withdrawal, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def follow_payments(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """What became of payments: final ones are paid; of cancelled ones all is taken back, the tax too."""
    rows = Withdrawal.objects.filter(settlement__in=settlement_ids, state=WithdrawalState.PAYING)
    found = list(rows.order_by("pk").select_related("settlement"))
    if not found:
        return
    paid = [Step(row.pk) for row in found if _payment(row).settlement == Finality.SETTLED]
    advance(Withdrawal, "pay", paid, actor=None, at=at)
    gone = [Step(row.pk) for row in found if _payment(row).cancellation == Cancellation.AGREED]
    done = advance(Withdrawal, "take_back", gone, actor=None, at=at).done
    if done:
        take_back_entries(done, reason=gettext_noop("The payment was cancelled"), at=at)
        take_back_withholdings(SOURCE, done, at=at)


def _payment(row: Withdrawal) -> Settlement:
    assert row.settlement is not None
    return row.settlement


def due_of(row: Withdrawal, day: date) -> Due:
    """What is kept back of it on a day. Raises YearNotReckoned, NoRuleInForce, TaxInOtherCurrency."""
    base, code = row.entity.base_currency, row.money_asset.code
    payment = row.amount if code == base else Decimal(0)
    due = due_of_payment(entity=row.entity, client=row.client, payment=payment, day=day)
    if code != base and due.tax > due.before:
        owed = plain(due.tax - due.before)
        raise TaxInOtherCurrency(client=row.client.code, tax=owed, currency=base)
    return due if code == base else NOTHING


def due_date(row: Withdrawal, day: date) -> date:
    """The day, or the next on which its currency is paid."""
    calendar = reference_data().calendar_of(row.money_asset.code, day)
    return calendar.following(day) if calendar else day


@transaction.atomic
def _each(ids: Sequence[int], take: Callable[[Withdrawal, date], None], at: datetime) -> Outcome:
    """Each by itself, on the oldest day from today on that its books are open for."""

    def decide(id: int) -> None:
        rows = Withdrawal.objects.select_related("entity", "client", "place", "money_asset")
        row = rows.filter(pk=id).select_for_update(of=("self",)).first()
        if row is None:
            raise NotFound(what="withdrawal", reference=f"WD-{id}")
        key = (row.entity_id, firm_day(at))
        take(row, effective_dates({key})[key])

    return each_by_itself(ids, decide)


def _require_money(row: Withdrawal, day: date) -> None:
    free = free_money(row, day=day)
    if row.amount > free:
        raise NotSoMuchMoney(
            client=row.client.code, free=plain(free), currency=row.money_asset.code, place=row.place.code
        )  # fmt: skip
