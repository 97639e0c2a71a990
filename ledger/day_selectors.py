"""Reading business days: which there are, who sees them, their nights, steps and open points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from ledger.models import BusinessDay, Night, NightStep, OpenPoint, Valuation
from refdata.scopes import visible


def days(*, visible_to: User) -> QuerySet[BusinessDay]:
    """The business days of the entities a person may see."""
    return visible(BusinessDay.objects.select_related("entity"), visible_to)


def day_of(reference: str, *, visible_to: User) -> BusinessDay:
    """The business day of a reference such as `BD-3`, with nights and points. Raises NotFound."""
    rows = days(visible_to=visible_to).prefetch_related("nights__steps", "open_points")
    row = rows.filter(pk=number_in(reference, "BD", "business day")).first()
    if row is None:
        raise NotFound(what="business day", reference=reference)
    return row


# Of each step what the last nights of its kind took, the middle of them.
_USUAL = """
SELECT s.name, percentile_cont(0.5) WITHIN GROUP (ORDER BY s.finished_at - s.started_at)
  FROM (SELECT n.id FROM ledger_night n
         WHERE n.entity_id = %(entity)s AND n.stage = %(stage)s AND n.state = 'COMPLETED' AND n.id < %(night)s
         ORDER BY n.id DESC LIMIT %(nights)s) last
  JOIN ledger_nightstep s ON s.night_id = last.id AND s.finished_at >= s.started_at
 GROUP BY s.name
"""
NIGHTS_COMPARED = 20


def usual_durations(night: Night) -> dict[str, timedelta]:
    """How long each step usually takes, by the nights of its entity and stage before this one."""
    asked: dict[str, Any] = {
        "entity": night.entity_id, "stage": night.stage, "night": night.pk, "nights": NIGHTS_COMPARED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, asked)
        return dict(cursor.fetchall())


def step_id_of(reference: str, *, visible_to: User) -> int:
    """The step of a night of a reference such as `NS-12`. Raises NotFound."""
    id = number_in(reference, "NS", "night step")
    if not NightStep.objects.filter(pk=id, night__day__in=days(visible_to=visible_to)).exists():
        raise NotFound(what="night step", reference=reference)
    return id


def point_id_of(reference: str, *, visible_to: User) -> int:
    """The open point of a reference such as `OP-12`. Raises NotFound."""
    id = number_in(reference, "OP", "open point")
    if not OpenPoint.objects.filter(pk=id, day__in=days(visible_to=visible_to)).exists():
        raise NotFound(what="open point", reference=reference)
    return id


def valuations(*, visible_to: User) -> QuerySet[Valuation]:
    """What positions were worth at each close, of the entities of which a person sees everything."""
    rows = Valuation.objects.select_related("entity", "owner", "asset", "night__day")
    return visible(rows, visible_to)
