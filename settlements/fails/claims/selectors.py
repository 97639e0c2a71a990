"""Reading interest claims and buy-ins."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.fails.claims.models import BuyIn, InterestClaim


def interest_claims(*, visible_to: User) -> QuerySet[InterestClaim]:
    """Those of the settlements that a person may see, newest first."""
    rows = InterestClaim.objects.select_related(
        "entity", "settlement__counterparty", "paid_at", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to, book="settlement__book_id")


def interest_claim(reference: str, *, visible_to: User) -> InterestClaim:
    """The claim of a reference such as `IC-2`. Raises NotFound."""
    id = number_in(reference, "IC", "interest claim")
    row = interest_claims(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="interest claim", reference=reference)
    return row


def buy_ins(*, visible_to: User) -> QuerySet[BuyIn]:
    """Those of the settlements that a person may see, newest first."""
    rows = BuyIn.objects.select_related(
        "entity", "settlement__counterparty", "settlement__asset", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to, book="settlement__book_id")


def buy_in(reference: str, *, visible_to: User) -> BuyIn:
    """The buy-in of a reference such as `BI-2`. Raises NotFound."""
    id = number_in(reference, "BI", "buy-in")
    row = buy_ins(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="buy-in", reference=reference)
    return row
