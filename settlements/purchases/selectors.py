"""Reading purchases from individuals: one, many, and the checklist of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.documents.kinds import DocumentKind
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.purchases.models import Purchase
from settlements.purchases.papers import latest, may_issue
from settlements.purchases.proofs import proof_of
from settlements.purchases.state import PURCHASE_LIFECYCLE, STEPS, PurchaseState


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step is, who takes it, what proves it, and the document that belongs to it."""

    title: Any
    role: str
    needs: Any
    paper: DocumentKind | None = None


WANTED = {
    "identify": Wanted(_("Identify the seller"), "clerk",
                       _("Identity document, address and bank, put in force by two people")),
    "screen": Wanted(_("Screen the seller"), "clerk", _("Nothing stands against the seller")),
    "contract": Wanted(_("Sign the contract"), "clerk", _("The signed contract, accepted by another person"),
                       DocumentKind.PURCHASE_CONTRACT),
    "order": Wanted(_("Have the transfer order accepted"), "clerk",
                    _("The order with the depository's mark, accepted by another person"),
                    DocumentKind.TRANSFER_ORDER),
    "credit": Wanted(_("Record the credit of the securities"), "clerk",
                     _("Evidence that the securities are on our account")),
    "act": Wanted(_("Sign the act of acceptance"), "checker",
                  _("The signed act, accepted by another person"), DocumentKind.ACCEPTANCE_ACT),
    "pay": Wanted(_("Pay the seller"), "checker",
                  _("The payment order, the payment released by another person, and its evidence"),
                  DocumentKind.PAYMENT_ORDER),
}  # fmt: skip


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
    points = []
    for number, step in enumerate(STEPS):
        wanted = WANTED[step]
        state = "DONE" if number < place else "NEXT" if number == place else "LATER"
        paper = latest(row, wanted.paper) if wanted.paper else None
        points.append(
            Point(
                step, wanted, state, taken.get(step) if state == "DONE" else None,
                _lacking(row, step, at) if state == "NEXT" else None, paper,
                wanted.paper is not None and may_issue(row, wanted.paper),
            )
        )  # fmt: skip
    return points


def _lacking(row: Purchase, step: str, at: datetime) -> Refusal | None:
    try:
        PURCHASE_LIFECYCLE.require(step, source=row.state)
        proof_of(row, step, at)
    except Refusal as refusal:
        return refusal
    return None
