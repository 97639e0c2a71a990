"""Reading limits without locking them: what was so a moment ago, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from limits.models import Limit
from refdata.selectors import visible_entity_ids


def available(row: Limit) -> Decimal:
    """What is left under a limit, never below zero."""
    return max(row.cap + row.override - row.used - row.reserved, Decimal(0))


def available_under(limit_ids: Sequence[int]) -> dict[int, Decimal]:
    """What is left under each of some limits now."""
    return {row.pk: available(row) for row in Limit.objects.filter(pk__in=limit_ids)}


def limits(*, visible_to: User) -> QuerySet[Limit]:
    """The limits a person may see."""
    rows = Limit.objects.select_related("entity", "book", "party")
    entities = visible_entity_ids(visible_to)
    return rows if entities is None else rows.filter(entity_id__in=entities)


def limit_of(reference: str, *, visible_to: User) -> Limit:
    """The limit of a reference such as `L-7`. Raises NotFound."""
    row = limits(visible_to=visible_to).filter(pk=number_in(reference, "L", "limit")).first()
    if row is None:
        raise NotFound(what="limit", reference=reference)
    return row
