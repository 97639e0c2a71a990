"""What waits for people about corporate actions: documents of payment, differences, choices with their deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.actions.models import Election, IncomeDifference, IncomePayment
from settlements.actions.state import (
    DIFFERENCE_LIFECYCLE,
    ELECTION_LIFECYCLE,
    PAYMENT_LIFECYCLE,
    DifferenceState,
    ElectionState,
    PaymentState,
)

PAYMENT, DIFFERENCE, ELECTION = "incomepayment", "incomedifference", "election"
INCOME_EVENTS = (
    f"{PAYMENT}.propose", f"{DIFFERENCE}.open",
    *(f"{PAYMENT}.{name}" for name in PAYMENT_LIFECYCLE.transitions),
    *(f"{DIFFERENCE}.{name}" for name in DIFFERENCE_LIFECYCLE.transitions),
)  # fmt: skip
ELECTION_EVENTS = (
    f"{ELECTION}.open",
    *(f"{ELECTION}.{name}" for name in ELECTION_LIFECYCLE.transitions),
    "recordevent.cancel", "recordevent.replace",
)  # fmt: skip
INSTRUCT = "election-instruct"


def tell_of_income(events: Sequence[Happened], *, at: datetime) -> None:
    """A document of payment waits for other eyes, and so does what it differs by."""
    ids = subjects_of([e for e in events if e.subject_type == PAYMENT])
    payments = IncomePayment.objects.filter(pk__in=ids, state=PaymentState.PROPOSED)
    waiting = [
        NewItem(
            kind="income-payment", queue="checker", subject_type=PAYMENT, subject_id=row.pk,
            entity_id=row.entity_id, reason=f"{row.event} {row.document}", amount=row.amount,
            currency=row.event.money_asset.code if row.event.money_asset else "",
        )
        for row in payments.select_related("event__money_asset").order_by("pk")
    ]  # fmt: skip
    _replace(PAYMENT, ids, ["income-payment"], waiting, at)
    ids = subjects_of([e for e in events if e.subject_type == DIFFERENCE])
    differences = IncomeDifference.objects.filter(pk__in=ids, state=DifferenceState.OPEN)
    waiting = [
        NewItem(
            kind="income-difference", queue="checker", subject_type=DIFFERENCE, subject_id=row.pk,
            entity_id=row.entity_id, reason=row.reason, amount=abs(row.expected - row.paid),
            currency=row.money_asset.code,
        )
        for row in differences.select_related("money_asset").order_by("pk")
    ]  # fmt: skip
    _replace(DIFFERENCE, ids, ["income-difference"], waiting, at)


def tell_of_elections(events: Sequence[Happened], *, at: datetime) -> None:
    """Who may choose waits for a clerk by the deadline, what is chosen for a checker; what is over for nobody."""
    ids = subjects_of([e for e in events if e.subject_type == ELECTION])
    over = subjects_of([e for e in events if e.subject_type == "recordevent"])
    gone = set(Election.objects.filter(event__in=over).values_list("pk", flat=True))
    rows = Election.objects.filter(
        pk__in={*ids} - gone, state__in=(ElectionState.WAITING, ElectionState.CHOSEN)
    )
    waiting = [
        NewItem(
            kind=ELECTION if row.state == ElectionState.WAITING else INSTRUCT,
            queue="clerk" if row.state == ElectionState.WAITING else "checker",
            subject_type=ELECTION, subject_id=row.pk, entity_id=row.entity_id,
            reason=f"{row.event} {row.owner.code}", due_at=row.event.deadline_at,
        )
        for row in rows.select_related("event", "owner").order_by("pk")
    ]  # fmt: skip
    _replace(ELECTION, sorted({*ids, *gone}), [ELECTION, INSTRUCT], waiting, at)


def _replace(
    subject: str, ids: Sequence[int], kinds: list[str], waiting: Sequence[NewItem], at: datetime
) -> None:
    """What still waits for the same stays open as it was; the rest is closed, what is new is opened."""
    still = {(item.kind, item.subject_id) for item in waiting}
    for kind in kinds:
        over = [id for id in ids if (kind, id) not in still]
        close_items(subject_type=subject, subject_ids=over, kinds=[kind], at=at)
    open_items(waiting, at=at)
