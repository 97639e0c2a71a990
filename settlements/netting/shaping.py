"""Shapes: what is larger than its place takes in one instruction is instructed in several, before it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.workflow.transitions import Step, advance
from refdata.selectors import reference_data
from settlements.models import NettingSet, Settlement
from settlements.netting.binding import bind
from settlements.netting.eligible import Group, each_of
from settlements.netting.forming import put_sets
from settlements.netting.kinds import LargestShape, largest_at, places_with_shapes
from settlements.netting.rules import Leg, shapes_of
from settlements.netting.services import prepare
from settlements.netting.state import SetMode

# Not released yet: other eyes release the shapes.
_LARGE = """
SELECT s.id, p.code, s.due_date, i.kind, s.quantity - s.settled_quantity
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id AND p.code = ANY(%(places)s)
  JOIN refdata_instrument i ON i.asset_id = s.asset_id
 WHERE s.id = ANY(%(ids)s) AND s.source_type = 'deal' AND s.approval = 'PREPARED' AND s.quantity > 0
 ORDER BY s.id
"""
_LOCK = "SELECT id FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


@transaction.atomic
def shape_settlements(*, ids: Sequence[int], at: datetime) -> int:
    """Put in shapes those of these prepared settlements that a dated rule of their place asks for; how many.

    Running twice does nothing the second time: what is in shapes is bound.
    """
    found = _too_large(ids)
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(found)])
    groups = each_of(sorted(found))
    sets = put_sets([(group, None) for group in groups], SetMode.SHAPES, at=at)
    members = {set_id: group.ids for set_id, group in zip(sets, groups, strict=True)}
    bind(members)
    steps = [
        Step(set_id, facts={"amount": group.amount}, columns={"evidence": ""})
        for set_id, group in zip(sets, groups, strict=True)
    ]
    advance(NettingSet, "agree", steps, actor=None, at=at)
    methods = dict(Settlement.objects.filter(pk__in=found).values_list("pk", "method"))
    units = reference_data().minor_units
    legs = {
        set_id: _legs(group, methods[group.ids[0]], found[group.ids[0]], units)
        for set_id, group in zip(sets, groups, strict=True)
    }
    prepare(legs, at, shapes=True)
    return len(sets)


def _too_large(ids: Sequence[int]) -> dict[int, tuple[LargestShape, str]]:
    """Those of some settlements beyond the rule of their place, with it and their kind of instrument."""
    places = places_with_shapes()
    if not places:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LARGE, {"ids": list(ids), "places": places})
        rows = cursor.fetchall()
    found = {}
    for id, place, due_date, kind, quantity in rows:
        rule = largest_at(place, due_date)
        if rule is not None and quantity > rule.of(kind):
            found[id] = rule, kind
    return found


def _legs(
    group: Group, method: str, rule: tuple[LargestShape, str], units: dict[int, int]
) -> list[Leg]:
    largest, kind = rule
    shapes = shapes_of(
        group.gross_quantity, group.gross, most=largest.of(kind), minor_unit=units[group.key[10]]
    )
    return [Leg(method, group.quantity < 0, each.quantity, each.amount) for each in shapes]
