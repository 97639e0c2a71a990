"""Reading what counterparties say is open."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from reconciliation.models import CounterpartyPosition
from refdata.scopes import visible


def positions(*, visible_to: User) -> QuerySet[CounterpartyPosition]:
    """Everything that they said, the latest first, of the entities that a person sees whole."""
    rows = CounterpartyPosition.objects.select_related(
        "statement__entity", "statement__party", "statement__received_by", "place", "asset"
    )
    return visible(rows.order_by("-id"), visible_to, entity="statement__entity_id")
