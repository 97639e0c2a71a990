"""Claiming interest for a fail, and buying in: proposed by one, whatever moves money by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, Sum

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import StatefulModel
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.selectors import reference_data
from settlements.fails.claims.booking import book_claim, book_difference, book_payment, take_back
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.rules import difference_of, share_of
from settlements.fails.claims.state import Claimant
from settlements.fails.selectors import last_versions
from settlements.fails.state import Payer, Scheme
from settlements.models import Settlement

Row = TypeVar("Row", bound=StatefulModel)


class NothingToClaim(Conflict):
    code = "nothing-to-claim"
    title = gettext_noop("There is nothing to claim for")
    detail = gettext_noop("No penalty by contract of %(settlement)s is on the other side.")
    hint = gettext_noop(
        "Look at its penalties: the night counts them by the terms of the contract."
    )


class AlreadyClaimed(Conflict):
    code = "fail-already-claimed"
    title = gettext_noop("It is claimed for already")
    detail = gettext_noop("A claim or buy-in of %(settlement)s is open.")
    hint = gettext_noop("Bring the open one to its end first.")


class NotToBuyIn(Conflict):
    code = "not-to-buy-in"
    title = gettext_noop("There is nothing to buy in")
    detail = gettext_noop("%(settlement)s is not a delivery to us that fails.")
    hint = gettext_noop("Only what a counterparty owes us after its date is bought in.")


@transaction.atomic
def propose_claim(
    *, settlement: Settlement, claimant: str, amount: Decimal | None, document: str, actor: User,
    at: datetime,
) -> InterestClaim:  # fmt: skip
    """Propose a claim for what the contract gives by now: ours as it is computed, theirs as they wrote.

    Raises NothingToClaim, AlreadyClaimed.
    """
    payer = Payer.THEIRS if claimant == Claimant.US else Payer.OURS
    rows = last_versions().filter(
        settlement=settlement, payer=payer, scheme__in=(Scheme.CONTRACT, Scheme.CCP), amount__gt=0
    )
    found = rows.aggregate(total=Sum("amount"), first=Min("day"), last=Max("day"))
    computed = found["total"] or Decimal(0)
    claimed = computed if claimant == Claimant.US else amount
    if not claimed:
        raise NothingToClaim(settlement=str(settlement))
    day = settlement.due_date
    row: InterestClaim = _once(settlement, lambda: InterestClaim.objects.create(
        entity_id=settlement.entity_id, settlement=settlement, claimant=claimant,
        first_day=found["first"] or day, last_day=found["last"] or day, computed=computed,
        amount=claimed, currency=settlement.money_asset.code, document=document,
        makers=[actor.pk], proposed_by=actor, proposed_at=at,
    ))  # fmt: skip
    _record(
        row, "interestclaim", {"amount": plain(claimed), "computed": plain(computed)}, actor, at
    )
    return row


@transaction.atomic
def propose_buy_in(*, settlement: Settlement, execute_by: date, actor: User, at: datetime) -> BuyIn:
    """Propose to buy in what of a settlement was not delivered to us. Raises NotToBuyIn, AlreadyClaimed."""
    left = settlement.quantity - settlement.settled_quantity
    fails = settlement.settlement in ("FAILING", "PARTIAL") and settlement.cancellation != "AGREED"
    if settlement.delivers or left <= 0 or not fails:
        raise NotToBuyIn(settlement=str(settlement))
    unit = reference_data().currencies[settlement.money_asset.code].minor_unit
    agreed = share_of(settlement.amount, part=left, whole=settlement.quantity, minor_unit=unit)
    row: BuyIn = _once(settlement, lambda: BuyIn.objects.create(
        entity_id=settlement.entity_id, settlement=settlement, quantity=left, agreed=agreed,
        execute_by=execute_by, currency=settlement.money_asset.code, makers=[actor.pk],
        proposed_by=actor, proposed_at=at,
    ))  # fmt: skip
    _record(
        row, "buyin", {"quantity": plain(left), "execute_by": execute_by.isoformat()}, actor, at
    )
    return row


def _once(settlement: Settlement, make: Callable[[], Row]) -> Row:
    """Two at once meet in the database: the second is told."""
    try:
        with transaction.atomic():
            return make()
    except IntegrityError as error:
        if "_one_open" not in str(error):
            raise
        raise AlreadyClaimed(settlement=str(settlement)) from None


def _record(row: Any, subject: str, facts: dict[str, str], actor: User, at: datetime) -> None:
    event = NewEvent(
        kind=f"{subject}.propose", subject_type=subject, subject_id=row.pk, entity_id=row.entity_id,
        target=row.state, facts=facts | {"settlement": f"S-{row.settlement_id}"},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)


def approve_claims(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """The claim is right, as other eyes say: it is owed from now on, in the books."""

    def take(row: InterestClaim) -> None:
        advance(InterestClaim, "approve", [Step(row.pk)], actor=actor, at=at).raise_single()
        book_claim(row, at=at)

    return _each(InterestClaim, "IC", ids, take)


def decline_claims(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not owed."""
    steps = [Step(id, reason) for id in ids]
    with transaction.atomic():
        return advance(InterestClaim, "decline", steps, actor=actor, at=at)


def pay_claims(
    *, ids: Sequence[int], place_id: int, document: str, actor: User, at: datetime
) -> Outcome:
    """The money has moved at a place, as a document shows, and other eyes than the makers' say so."""

    def take(row: InterestClaim) -> None:
        columns = {"paid_at": place_id, "paid_document": document}
        step = Step(row.pk, facts={"document": document}, columns=columns)
        advance(InterestClaim, "pay", [step], actor=actor, at=at).raise_single()
        book_payment(row, place_id=place_id, at=at)

    return _each(InterestClaim, "IC", ids, take)


def drop_claims(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is given up, or taken back by them: what was booked is reversed."""

    def take(row: InterestClaim) -> None:
        advance(InterestClaim, "drop", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
        take_back(row, reason=reason or str(row), actor=actor, at=at)

    return _each(InterestClaim, "IC", ids, take)


@transaction.atomic
def notify_buy_ins(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """The counterparty is told that we buy in, as other eyes agree."""
    return advance(BuyIn, "notify", [Step(id) for id in ids], actor=actor, at=at)


def execute_buy_ins(
    *, ids: Sequence[int], price: Decimal, document: str, actor: User, at: datetime
) -> Outcome:
    """It was bought at a price, as the contract note shows; the difference waits for other eyes."""

    def take(row: BuyIn) -> None:
        unit = reference_data().currencies[row.currency].minor_unit
        difference = difference_of(row.quantity, price, agreed=row.agreed, minor_unit=unit)
        columns = {"price": price, "difference": difference, "document": document}
        facts = {"price": plain(price), "difference": plain(difference), "document": document}
        step = Step(row.pk, facts=facts, columns=columns)
        advance(BuyIn, "execute", [step], actor=actor, at=at).raise_single()

    return _each(BuyIn, "BI", ids, take)


def compensate_buy_ins(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """What it cost more is owed to us, what it cost less by us: booked as other eyes say."""

    def take(row: BuyIn) -> None:
        advance(BuyIn, "compensate", [Step(row.pk)], actor=actor, at=at).raise_single()
        book_difference(row, at=at)

    return _each(BuyIn, "BI", ids, take)


@transaction.atomic
def abandon_buy_ins(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The counterparty delivers after all, or nobody sells."""
    return advance(BuyIn, "abandon", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def _each(
    model: type[Any], prefix: str, ids: Sequence[int], take: Callable[[Any], None]
) -> Outcome:
    def decide(id: int) -> None:
        row = model.objects.select_related("entity", "settlement").filter(pk=id).first()
        if row is None:
            raise NotFound(what=prefix, reference=f"{prefix}-{id}")
        take(row)

    return each_by_itself(ids, decide)
