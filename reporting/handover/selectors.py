"""Reading batches for the bookkeeping."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from reporting.handover.models import LedgerBatch


def ledger_batches(*, visible_to: User) -> QuerySet[LedgerBatch]:
    """Those of the entities that a person sees whole, newest first."""
    rows = LedgerBatch.objects.select_related("entity", "run", "before", "documents")
    return visible(rows.order_by("-id"), visible_to)


def ledger_batch(reference: str, *, visible_to: User) -> LedgerBatch:
    """The batch of a reference such as `LB-3`. Raises NotFound."""
    id = number_in(reference, "LB", "batch of entries")
    row = ledger_batches(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="batch of entries", reference=reference)
    return row
