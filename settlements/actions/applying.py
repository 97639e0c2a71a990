"""Applying corporate actions when they are due: entitlements at the close of the record date, defaults, coupons.

Every step may run twice, by any number of workers: it finds nothing of what is done.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from settlements.actions.computing import holders
from settlements.actions.early import open_early, take_over
from settlements.actions.electing import open_elections
from settlements.actions.entitling import Changed, entitle_all
from settlements.actions.reshaping import convert_lots
from settlements.actions.state import Participation
from settlements.models import RecordEvent
from settlements.transforming.state import IN_FORCE

LOOKED_AFTER = timedelta(days=45)  # so long a position that changes late is found


def entitle_due(*, business_date: date, at: datetime, entity_id: int | None = None) -> Changed:
    """Work out the entitlements of every event whose record date has closed, of one entity's books or of all.

    Of events of the last weeks too: what was settled late, as of the record date, is found.
    """
    rows = RecordEvent.objects.filter(
        state__in=IN_FORCE, record_date__lte=business_date,
        record_date__gte=business_date - LOOKED_AFTER,
    )  # fmt: skip
    open_early(business_date=business_date, entity_id=entity_id, at=at)
    found = Changed()
    for id in rows.order_by("record_date", "pk").values_list("pk", flat=True):
        found = found.plus(entitle(event_id=id, at=at, entity_id=entity_id))
    return found


@transaction.atomic
def entitle(*, event_id: int, at: datetime, entity_id: int | None = None) -> Changed:
    """What everybody is entitled to of one event that is in force, and what becomes of lots.

    Where there is a choice, everybody who holds may choose.
    """
    event = RecordEvent.objects.select_for_update().get(pk=event_id)
    if event.state not in IN_FORCE:
        return Changed()
    convert_lots(event, at=at)
    entities = None if entity_id is None else [entity_id]
    if event.participation == Participation.MANDATORY:
        return entitle_all(event, at=at, entity_ids=entities)
    held = holders(event, entities)
    opened = open_elections(event, held, on=event.record_date, at=at)
    take_over(event, held, entity_ids=entities, at=at)
    return Changed(opened)
