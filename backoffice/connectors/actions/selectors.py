"""Reading what places say of corporate actions."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backoffice.access.models import User
from backoffice.connectors.actions.models import EventMessage
from refdata.scopes import visible_or_shared
from settlements.models import RecordEvent


def event_messages(*, visible_to: User) -> QuerySet[EventMessage]:
    """What is about nobody's account, and about those of the entities that a person sees whole; newest first."""
    rows = EventMessage.objects.select_related("place", "event", "entity").order_by("-id")
    return visible_or_shared(rows, visible_to)


def messages_of(event: RecordEvent, *, visible_to: User) -> QuerySet[EventMessage]:
    """What was said of an event and of those that it replaced; words by its name that came before it was known too."""
    chain, row = [event], event
    while row.replaces is not None:
        row = row.replaces
        chain.append(row)
    told = EventMessage.objects.filter(event__in=chain)
    same = Q(event__in=chain)
    for place_id, called in set(told.values_list("place_id", "called")):
        same |= Q(event=None, place=place_id, called=called)
    return event_messages(visible_to=visible_to).filter(same)
