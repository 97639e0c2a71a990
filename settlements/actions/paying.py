"""What a place paid or delivered: reconciled with what is expected of it, booked, and any difference kept.

A difference is never booked away by itself: what came is shared out among those who were owed it, the rest stays
owed until two people accept that it does not come. What came beyond what is owed is nobody's until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import allocate
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.firm_days import firm_day
from refdata.models import Entity, Place
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data
from settlements.actions.blocking import keep_blocked
from settlements.actions.booking import book_receipts, write_off
from settlements.actions.models import Election, Entitlement, IncomeDifference, IncomePayment
from settlements.actions.reshaping import keep_receipts
from settlements.actions.state import WITH_THE_PLACE, EntitlementState
from settlements.evidence import SettledInFuture
from settlements.inventory.selectors import UnknownCode
from settlements.models import RecordEvent
from settlements.proving import Proof

DOCUMENT = "document"  # the kind of proof that two people record
ZERO = Decimal(0)


class NothingExpected(Conflict):
    code = "nothing-expected"
    title = gettext_noop("Nothing is expected there")
    detail = gettext_noop("Nothing of %(event)s is expected at %(place)s any more.")
    hint = gettext_noop("Look at which event and place the document is about.")


class NotOnePayment(Invalid):
    code = "not-one-payment"
    title = gettext_noop("These are not paid together")
    detail = gettext_noop("They are of several events, places or entities, or paid already.")
    hint = gettext_noop("Name what one place pays of one event.")


class DifferenceUnexplained(Invalid):
    code = "difference-unexplained"
    title = gettext_noop("It is not what is expected, and nobody says why")
    detail = gettext_noop("%(expected)s is expected of %(event)s at %(place)s, and %(paid)s came.")
    hint = gettext_noop("Say why; the difference is kept until two people have cleared it.")


class NotShared(Conflict):
    code = "difference-not-shared"
    title = gettext_noop("What came cannot be shared out among its owners")
    detail = gettext_noop(
        "Some of them are owed and others owe: %(expected)s in all, and %(paid)s came."
    )
    hint = gettext_noop("Have the place pay what is owed, and ask for the rest by itself.")


def pay(
    *, entitlement_ids: Sequence[int], amount: Decimal, proof: Proof, reason: str = "", at: datetime,
    payment: IncomePayment | None = None,
) -> IncomeDifference | None:  # fmt: skip
    """These are paid by what a place paid in all, as a proof shows; the difference, where there is one.

    For a matched line of a statement as for a document. Raises NotOnePayment, DifferenceUnexplained, NotShared,
    WouldBeNegative.
    """
    with transaction.atomic():
        event = _locked_event(entitlement_ids)
        rows = list(
            Entitlement.objects.select_for_update(of=("self",))
            .filter(pk__in=entitlement_ids, state=EntitlementState.EXPECTED)
            .order_by("pk")
        )
        whose = {(row.event_id, row.entity_id, row.place_id) for row in rows}
        money = {row.money_asset_id for row in rows} - {None}
        if len(whose) != 1 or len(money) > 1 or len(rows) != len(set(entitlement_ids)):
            raise NotOnePayment()
        received = _shared(event, rows, amount, reason)
        day = firm_day(proof.settled_at)
        steps = [
            Step(
                row.pk, facts={"evidence": str(proof), "amount": plain(received[row])},
                columns={
                    "paid_on": day, "paid_amount": received[row], "proof": str(proof),
                    "payment_id": payment and payment.pk,
                },
            )
            for row in rows
        ]  # fmt: skip
        advance(Entitlement, "pay", steps, actor=None, at=at)
        book_receipts(event, received, day=day, at=at)
        keep_receipts(event, received, day=day, at=at)
        keep_blocked(_elections_of(event, rows), at=at)
        expected = sum((row.receipt for row in rows), ZERO)
        if amount == expected:
            return None
        return _kept(event, rows[0], (expected, amount), reason, proof, payment, at)


def _elections_of(event: RecordEvent, rows: Sequence[Entitlement]) -> list[Election]:
    """The elections with the place that these follow from."""
    owners = {(row.entity_id, row.owner_id, row.place_id) for row in rows if row.option_id}
    if not owners:
        return []
    found = Election.objects.filter(event=event, state__in=WITH_THE_PLACE).select_related("event")
    return [row for row in found if (row.entity_id, row.owner_id, row.place_id) in owners]


def _locked_event(entitlement_ids: Sequence[int]) -> RecordEvent:
    """Held against a correction of what is paid, which holds it too. Raises NotOnePayment."""
    of = Entitlement.objects.filter(pk__in=entitlement_ids).values("event")
    row = (
        RecordEvent.objects.select_for_update(of=("self",)).filter(pk__in=of).order_by("pk").first()
    )
    if row is None:
        raise NotOnePayment()
    return row


def _shared(
    event: RecordEvent, rows: Sequence[Entitlement], amount: Decimal, reason: str
) -> dict[Entitlement, Decimal]:
    """What of what came is whose: all that is owed, or of what is less each in proportion."""
    owed = [row.receipt for row in rows]
    expected = sum(owed, ZERO)
    if amount != expected and not reason:
        raise DifferenceUnexplained(
            event=str(event), place=rows[0].place.code, expected=plain(expected), paid=plain(amount)
        )
    if amount >= expected:
        return dict(zip(rows, owed, strict=True))
    if min(owed) < 0 or amount < 0:
        raise NotShared(expected=plain(expected), paid=plain(amount))
    units = reference_data().minor_units
    money = next((row.money_asset_id for row in rows if row.money_asset_id), 0)
    parts = allocate(amount, owed, units.get(money, 2))
    return dict(zip(rows, parts, strict=True))


def _kept(
    event: RecordEvent, row: Entitlement, sums: tuple[Decimal, Decimal], reason: str, proof: Proof,
    payment: IncomePayment | None, at: datetime,
) -> IncomeDifference:  # fmt: skip
    money_id = row.money_asset_id or event.money_asset_id
    if money_id is None:
        raise NotOnePayment()  # money for what brings none
    made = IncomeDifference.objects.create(
        event=event, entity_id=row.entity_id, place_id=row.place_id, payment=payment,
        money_asset_id=money_id, expected=sums[0], paid=sums[1], reason=reason,
        proof=str(proof), found_at=at,
        makers=[] if payment is None else payment.makers,
    )  # fmt: skip
    facts = {"expected": plain(sums[0]), "paid": plain(sums[1])}
    _record(
        "incomedifference.open", "incomedifference", made.pk, row.entity_id, "OPEN", facts, None, at
    )
    return made


@transaction.atomic
def propose_payment(
    *, event: RecordEvent, entity: str, place: str, amount: Decimal, settled_at: datetime, document: str,
    actor: User, at: datetime, reason: str = "",
) -> IncomePayment:  # fmt: skip
    """Record what a document says a place paid; nothing follows before other eyes accept it.

    Raises UnknownCode, OutOfScope, SettledInFuture, NothingExpected, DifferenceUnexplained.
    """
    if settled_at > at:
        raise SettledInFuture(settled_at=settled_at.isoformat())
    books, where = (
        Entity.objects.filter(code=entity).first(),
        Place.objects.filter(code=place).first(),
    )
    if books is None or where is None:
        what, value = ("entity", entity) if books is None else ("place", place)
        raise UnknownCode(what=what, value=value)
    if not scope_of(actor).covers(entity_id=books.pk):
        raise OutOfScope(what=entity)
    rows = _expected(event.pk, books.pk, where.pk)
    if not rows:
        raise NothingExpected(event=str(event), place=where.code)
    _shared(event, rows, amount, reason)
    row = IncomePayment.objects.create(
        event=event, entity=books, place=where, amount=amount, settled_at=settled_at,
        document=document, reason=reason, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    facts = {"amount": plain(amount), "document": document, "event": str(event)}
    _record(
        "incomepayment.propose", "incomepayment", row.pk, books.pk, "PROPOSED", facts, actor, at
    )
    return row


def accept_payments(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As other eyes: the money and the securities came, and are booked. Refuses with what `pay` raises."""

    def take(id: int) -> None:
        row = IncomePayment.objects.select_related("proposed_by").filter(pk=id).first()
        if row is None:
            raise NotFound(what="incomepayment", reference=f"PY-{id}")
        advance(IncomePayment, "accept", [Step(id)], actor=actor, at=at).raise_single()
        rows = _expected(row.event_id, row.entity_id, row.place_id)
        if not rows:
            raise NothingExpected(event=str(row.event), place=row.place.code)
        proof = Proof(
            kind=DOCUMENT, reference=row.document, settled_at=row.settled_at,
            details={"payment": str(row), "proposed_by": row.proposed_by.username, "accepted_by": actor.username},
        )  # fmt: skip
        pay(
            entitlement_ids=[each.pk for each in rows], amount=row.amount, proof=proof,
            reason=row.reason, at=at, payment=row,
        )  # fmt: skip

    return each_by_itself(ids, take)


@transaction.atomic
def decline_payments(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The document does not show it; another may be recorded."""
    return advance(IncomePayment, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def accept_differences(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """As other eyes than recorded the payment: what is short does not come, and is owed no more."""

    def take(id: int) -> None:
        row = IncomeDifference.objects.select_related("event").filter(pk=id).first()
        if row is None:
            raise NotFound(what="incomedifference", reference=f"ID-{id}")
        advance(IncomeDifference, "accept", [Step(id, reason)], actor=actor, at=at).raise_single()
        paid = Entitlement.objects.filter(
            event=row.event, entity=row.entity_id, place=row.place_id, proof=row.proof
        )
        short = {each: each.receipt - (each.paid_amount or ZERO) for each in paid.order_by("pk")}
        source = ("incomedifference", row.entity_id, row.pk)
        write_off(row.event, short, source=source, day=firm_day(at), at=at)

    return each_by_itself(ids, take)


def _expected(event_id: int, entity_id: int, place_id: int) -> list[Entitlement]:
    rows = Entitlement.objects.filter(
        event=event_id, entity=entity_id, place=place_id, state=EntitlementState.EXPECTED
    )
    return list(rows.select_related("place").order_by("pk"))


def _record(
    kind: str, subject: str, id: int, entity_id: int, target: str, facts: dict[str, Any],
    actor: User | None, at: datetime,
) -> None:  # fmt: skip
    event = NewEvent(
        kind=kind,
        subject_type=subject,
        subject_id=id,
        entity_id=entity_id,
        target=target,
        facts=facts,
    )
    record_events([event], actor_id=actor.pk if actor else None, at=at)
