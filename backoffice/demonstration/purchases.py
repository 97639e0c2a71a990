"""What the demonstration has done about its purchase from an individual: the contract waits to be signed."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.documents.kinds import DocumentKind
from settlements.purchases.models import Purchase
from settlements.purchases.papers import issue_papers
from settlements.purchases.services import identify_purchases, screen_purchases
from settlements.purchases.state import PurchaseState


def begin_purchases(clerk: User, *, at: datetime) -> None:
    """Identify and screen the seller, and issue the contract; a second run does nothing."""
    for row in Purchase.objects.filter(state=PurchaseState.OPEN).order_by("pk"):
        identify_purchases(ids=[row.pk], actor=clerk, at=at).raise_single()
        screen_purchases(ids=[row.pk], actor=clerk, at=at).raise_single()
        row.refresh_from_db()
        for language in ("ru", "en"):
            issue_papers(
                purchase=row, kind=DocumentKind.PURCHASE_CONTRACT, language=language,
                actor=clerk, at=at,
            )  # fmt: skip
