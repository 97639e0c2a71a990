"""What may be chosen before the record date: by who holds by then, and taken over by what is held when it closes.

Until then nobody is entitled: units that were chosen are blocked, the rest may still be dealt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from backoffice.workflow.transitions import Step, advance
from ledger.settled import Holder
from settlements.actions.blocking import keep_blocked, last_choice
from settlements.actions.computing import holders
from settlements.actions.electing import entitle_elected, open_elections
from settlements.actions.models import Election, Entitlement
from settlements.actions.state import WITH_THE_PLACE, ElectionState, Participation
from settlements.models import RecordEvent
from settlements.transforming.state import IN_FORCE

ZERO = Decimal(0)


def open_early(*, business_date: date, at: datetime, entity_id: int | None = None) -> int:
    """Ask whoever holds by the end of a day of what may be chosen before its record date; how many are new.

    Who was asked and has not chosen yet may choose of what is held by now.
    """
    rows = RecordEvent.objects.filter(
        state__in=IN_FORCE, elect_from__lte=business_date, record_date__gt=business_date
    ).exclude(participation=Participation.MANDATORY)
    entities = None if entity_id is None else [entity_id]
    done = 0
    for id in rows.order_by("record_date", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            event = RecordEvent.objects.select_for_update().get(pk=id)
            if event.state in IN_FORCE:
                held = holders(event, entities, on=business_date)
                done += open_elections(event, held, on=business_date, at=at)
                _follow_holdings(event, held)
    return done


def _follow_holdings(event: RecordEvent, held: Sequence[Holder]) -> None:
    by_owner = {row[:3]: row.quantity for row in held}
    waiting = Election.objects.filter(event=event, state=ElectionState.WAITING)
    for row in waiting.select_for_update().order_by("pk"):
        now = by_owner.get((row.entity_id, row.owner_id, row.place_id))
        if now and now != row.quantity:
            Election.objects.filter(pk=row.pk).update(quantity=now)


def take_over(
    event: RecordEvent, held: Sequence[Holder], *, entity_ids: Sequence[int] | None, at: datetime
) -> None:
    """Once its record date has closed: each election is about what was held then, and entitles by that.

    Who chose more than that is asked again; what is with the place already stays as it was instructed. Running again
    finds nothing to do. In the caller's transaction.
    """
    rows = Election.objects.filter(event=event).select_related("event")
    entitled = set(
        Entitlement.objects.filter(event=event).values_list("entity_id", "owner_id", "place_id")
    )
    if entity_ids is not None:
        rows = rows.filter(entity__in=entity_ids)
    by_owner = {row[:3]: row.quantity for row in held}
    for row in rows.select_for_update(of=("self",)).order_by("pk"):
        key = (row.entity_id, row.owner_id, row.place_id)
        if key not in entitled:
            _take_over(row, by_owner.get(key, ZERO), at)


def _take_over(row: Election, held: Decimal, at: datetime) -> None:
    with_the_place, chosen = row.state in WITH_THE_PLACE, ZERO
    if with_the_place or row.state == ElectionState.CHOSEN:
        chosen = last_choice(row).aggregate(sum=Sum("quantity"))["sum"] or ZERO
    if row.state == ElectionState.CHOSEN and chosen > held:
        advance(Election, "drop", [Step(row.pk, str(row.event))], actor=None, at=at)
        row.state = ElectionState.WAITING
    now = max(held, chosen) if with_the_place else held
    if now and now != row.quantity:
        Election.objects.filter(pk=row.pk).update(quantity=now)
        row.quantity = now
    if not now and row.state == ElectionState.WAITING:
        advance(Election, "lapse", [Step(row.pk, str(row.event))], actor=None, at=at)
    elif with_the_place:
        entitle_elected(row.event, [row], at)
        keep_blocked([row], at=at)
    elif row.state == ElectionState.DEFAULTED and now:
        entitle_elected(row.event, [row], at, by_default=True)
