"""Reading record-date events, and what each changed of the settlements that a person sees."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.actions.models import EventOption
from settlements.models import MarketClaim, RecordEvent, Settlement, Transformation


def record_events() -> QuerySet[RecordEvent]:
    """All of them: what happens to a security concerns everybody who sees settlements."""
    rows = RecordEvent.objects.select_related("instrument", "money_asset", "outturn")
    options = EventOption.objects.select_related("money_asset", "outturn").order_by("number")
    return rows.prefetch_related(Prefetch("options", options)).order_by("-id")


def record_event(reference: str, *, visible_to: User) -> RecordEvent:
    """The event of a reference such as `CA-12`. Raises NotFound."""
    row = record_events().filter(pk=number_in(reference, "CA", "record-date event")).first()
    if row is None:
        raise NotFound(what="record-date event", reference=reference)
    return row


def transformations_of(row: RecordEvent, *, visible_to: User) -> QuerySet[Transformation]:
    """The settlements that it replaced, with the set whose settlements took their place."""
    rows = Transformation.objects.filter(event=row).select_related(
        "settlement", "netting_set", "event__money_asset"
    )
    return visible(
        rows.order_by("id"), visible_to, entity="settlement__entity_id", book="settlement__book_id"
    )


def claims_of(row: RecordEvent, *, visible_to: User) -> QuerySet[MarketClaim]:
    """The claims that it led to."""
    rows = MarketClaim.objects.filter(event=row).select_related("settlement__counterparty")
    return visible(
        rows.order_by("id"), visible_to, entity="settlement__entity_id", book="settlement__book_id"
    )


def settled_by(claims: list[MarketClaim]) -> dict[int, Settlement]:
    """The settlement of each of these claims."""
    rows = Settlement.objects.filter(
        source_type="claim", source_id__in=[each.pk for each in claims]
    )
    return {row.source_id: row for row in rows}
