"""What an export cannot carry: whatever is under way and stands in no file of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps

from backoffice.going_live.books import told
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import StatefulModel
from deals.models import Deal
from ledger.models import LotConversion
from settlements.models import Settlement

# What is told by files of its own, or is the house's own business: days, nights, runs, reports, persons.
_NOT_LEFT = {Deal, Settlement}
_OWN_BUSINESS = {"ledger", "reporting", "refdata", "access", "grants"}


class HalfSettled(Conflict):
    code = "half-settled-nets"
    title = gettext_noop("Nets of a clearing house are settled on one side only")
    detail = gettext_noop(
        "%(count)s deals are settled in money or in securities, and not in the other."
    )
    hint = gettext_noop(
        "Export when both sides are settled: the other system would net them again."
    )


# Deals of a clearing house that a net has settled already: whole ones of which results are still made, and open ones
# of which another net has not.
_BY_NETS = """
SELECT count(DISTINCT d.id) FILTER (WHERE d.state NOT IN ('SETTLED', 'CLOSED')), count(DISTINCT d.id)
  FROM deals_deal d
  JOIN settlements_nettedflow k ON k.deal_id = d.id
  JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = k.obligation_id AND s.settlement = 'SETTLED'
 WHERE d.id = ANY(%(deals)s)
"""


def settled_by_nets(deal_ids: Sequence[int]) -> tuple[int, int]:
    """How many of these deals nets have settled in part, and how many at all."""
    ((half, every),) = told(_BY_NETS, deals=list(deal_ids))
    return half, every


def under_way(entity_ids: Sequence[int]) -> dict[str, int]:
    """What of entities has steps to go and stands in no file, by the name of its kind: how many."""
    found: dict[str, int] = {}
    for model in apps.get_models():
        if not issubclass(model, StatefulModel) or model in _NOT_LEFT:
            continue
        names = {each.name for each in model._meta.get_fields()}
        if model._meta.app_label in _OWN_BUSINESS or "entity" not in names:
            continue
        for lifecycle in model.lifecycles:
            going = {s for t in lifecycle.transitions.values() for s in t.sources}
            asked: dict[str, Any] = {"entity__in": entity_ids, f"{lifecycle.column}__in": going}
            count = model._default_manager.filter(**asked).count()
            if count:
                name = str(model._meta.model_name)
                found[name] = max(count, found.get(name, 0))
    others = Settlement.objects.filter(entity__in=entity_ids).exclude(source_type="deal")
    count = others.exclude(settlement="SETTLED").exclude(cancellation="AGREED").count()
    return found | ({"settlement": count} if count else {})


def left_behind(entity_ids: Sequence[int], deal_ids: Sequence[int]) -> dict[str, int]:
    """All that a folder of these entities and deals does not carry, by the name of its kind: how many.

    Raises HalfSettled.
    """
    half, by_nets = settled_by_nets(deal_ids)
    if half:
        raise HalfSettled(count=half)
    standing = LotConversion.objects.filter(entity_id__in=entity_ids, reverses=None)
    taken_back = LotConversion.objects.exclude(reverses=None).values("reverses")
    more = {
        "deal settled by a net": by_nets,
        "conversion of lots": standing.exclude(pk__in=taken_back).count(),
    }
    return under_way(entity_ids) | {name: count for name, count in more.items() if count}
