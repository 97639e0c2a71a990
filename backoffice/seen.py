"""Which events and work items a person may see: those about subjects that it may see.

Both name their entity; of which book a subject is, the subject itself knows. What names no entity is the
whole firm's: seen by those who see everything. Only what came in without a known book is everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Model, Q

from backoffice.access.models import User
from backoffice.connectors.models import FixMapping, OutboundMessage
from backoffice.documents.models import Document, SignedCopy
from deals.checks.models import Suspicion
from deals.models import Deal, Inbound, ReceivedConfirmation
from deals.selectors import inbound
from limits.models import Breach, CapChange, Closing, Limit, Opening, Override
from refdata.scopes import scope_of
from settlements.models import EvidenceClaim, Settlement
from settlements.purchases.models import Purchase

# subject: its table, and by which name that knows the book
OF_BOOKS: Mapping[str, tuple[type[Model], str]] = {
    "deal": (Deal, "book_id"),
    "inbound": (Inbound, "book_id"),
    "suspicion": (Suspicion, "deal__book_id"),
    "confirmation": (ReceivedConfirmation, "book_id"),
    "settlement": (Settlement, "book_id"),
    "evidence": (EvidenceClaim, "settlement__book_id"),
    "fixmapping": (FixMapping, "book_id"),
    "message": (OutboundMessage, "settlement__book_id"),
    "document": (Document, "book_id"),
    "signedcopy": (SignedCopy, "document__book_id"),
    "purchase": (Purchase, "deal__book_id"),
    "limit": (Limit, "book_id"),
    "breach": (Breach, "limit__book_id"),
    "override": (Override, "limit__book_id"),
    "cap": (CapChange, "limit__book_id"),
    "opening": (Opening, "book_id"),
    "closing": (Closing, "limit__book_id"),
}


def about_seen(user: User, *, prefix: str = "") -> Q:
    """The condition for rows with `subject_type`, `subject_id` and `entity_id`, found under a prefix."""
    scope = scope_of(user)
    if scope.everything:
        return Q()
    found = scope.within(entity=f"{prefix}entity_id")
    for subject, (table, book) in OF_BOOKS.items() if scope.books else ():
        rows = table._default_manager.filter(**{f"{book}__in": scope.books})
        found |= _about(subject, rows.values("pk"), prefix)
    unknown_then = inbound(visible_to=user).order_by().values("pk")
    return found | (Q(**{f"{prefix}entity_id": None}) & _about("inbound", unknown_then, prefix))


def _about(subject: str, keys: object, prefix: str) -> Q:
    return Q(**{f"{prefix}subject_type": subject, f"{prefix}subject_id__in": keys})
