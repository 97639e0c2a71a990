"""Reading what venues reported void, and what came of it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backoffice.access.models import User
from refdata.scopes import visible
from settlements.reversing.models import VenueReversal


def reversals(*, visible_to: User) -> QuerySet[VenueReversal]:
    """Those about deals that a person may see, the last first."""
    rows = VenueReversal.objects.select_related("deal", "deal__counterparty", "received_by")
    return visible(rows.order_by("-id"), visible_to, book="deal__book_id")


def reversal_document(row: VenueReversal) -> dict[str, Any]:
    """A report as REST shows it, with where its deal stands now."""
    return {
        "reference": str(row), "deal": str(row.deal), "external_ref": row.deal.external_ref,
        "deal_status": row.deal.state, "cancellation": row.deal.cancellation,
        "document": row.document, "reason": row.reason, "late": row.late, "source": row.source,
        "received_at": row.received_at, "received_by": row.received_by.username,
    }  # fmt: skip
