"""Reading purchases from individuals: one, many, and the checklist of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.references import number_in
from refdata.processes.cases import OpenCase
from refdata.scopes import visible
from settlements.purchases.models import Purchase
from settlements.purchases.papers import latest, may_issue
from settlements.purchases.processing.steps import case_of, require_turn
from settlements.purchases.proofs import proof_of
from settlements.purchases.state import PURCHASE_LIFECYCLE, STEPS, PurchaseState
from settlements.purchases.wanted import WANTED, Wanted


@dataclass(frozen=True, slots=True)
class Point:
    """A line of the checklist: done by whom and when, or what it still lacks."""

    step: str
    wanted: Wanted
    state: str  # DONE, NEXT or LATER
    event: Event | None
    lacks: Refusal | None
    paper: Any
    may_issue: bool


def purchases(*, visible_to: User) -> QuerySet[Purchase]:
    rows = Purchase.objects.select_related(
        "entity__own_party", "deal__book", "deal__counterparty", "deal__instrument__asset"
    )
    return visible(rows.order_by("-id"), visible_to, book="deal__book_id")


def purchase(reference: str, *, visible_to: User) -> Purchase:
    """The row of a reference such as `PU-3`. Raises NotFound."""
    id = number_in(reference, "PU", "purchase")
    row = purchases(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="purchase", reference=reference)
    return row


def checklist(row: Purchase, *, at: datetime) -> list[Point]:
    """What is there, what is next and what it lacks, what comes later."""
    events: Sequence[Event] = history_of("purchase", row.pk)
    taken = {event.kind.partition(".")[2]: event for event in events}
    place = list(PurchaseState).index(PurchaseState(row.state))
    case = case_of(row.pk) if row.state != PurchaseState.PAID else None
    points = []
    for number, step in enumerate(STEPS):
        wanted = WANTED[step]
        state = "DONE" if number < place else "NEXT" if number == place else "LATER"
        paper = latest(row, wanted.paper) if wanted.paper else None
        points.append(
            Point(
                step, wanted, state, taken.get(step) if state == "DONE" else None,
                _lacking(row, step, case, at) if state == "NEXT" else None, paper,
                wanted.paper is not None and may_issue(row, wanted.paper),
            )
        )  # fmt: skip
    return points


def _lacking(row: Purchase, step: str, case: OpenCase | None, at: datetime) -> Refusal | None:
    try:
        PURCHASE_LIFECYCLE.require(step, source=row.state)
        require_turn(row, step, case)
        proof_of(row, step, at)
    except Refusal as refusal:
        return refusal
    return None
