"""Reading what is suspected of deals, and who may see it."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from deals.checks.models import Suspicion
from refdata.scopes import visible


def suspicions(*, visible_to: User) -> QuerySet[Suspicion]:
    """What is suspected of the deals that a person may see."""
    return visible(Suspicion.objects.all(), visible_to, book="deal__book_id")


def suspicion(reference: str, *, visible_to: User) -> Suspicion:
    id = number_in(reference, "DS", "suspicion")
    row = suspicions(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="suspicion", reference=reference)
    return row
