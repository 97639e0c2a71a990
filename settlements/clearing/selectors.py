"""Reading net obligations: one, many, the deals within, the figures of the house, and the likely cause."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, DecimalField, QuerySet, Value, When
from django.db.models.functions import Abs, Cast, Coalesce

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.clearing.keys import WITHIN, Key
from settlements.clearing.models import ClearingFigure, NetObligation, NettedFlow
from settlements.clearing.rules import Candidate, Cause, likely_cause
from settlements.models import Settlement

_MONEY: DecimalField[Decimal, Decimal] = DecimalField(max_digits=24, decimal_places=4)


def net_obligations(*, visible_to: User) -> QuerySet[NetObligation]:
    """Those of the entities that a person sees whole."""
    rows = NetObligation.objects.select_related(
        "entity", "counterparty", "owner", "asset", "figure"
    ).order_by("-id")
    return visible(rows, visible_to)


def nets_with_money(*, visible_to: User) -> QuerySet[NetObligation]:
    """The same with what is summed of many: money as `amount`; a security adds nothing in its currency."""
    return net_obligations(visible_to=visible_to).annotate(
        currency=Coalesce("asset__currency__code", "asset__instrument__currency"),
        amount=Case(
            When(asset__kind="CURRENCY", then=Cast(Abs("quantity"), _MONEY)),
            default=Value(Decimal(0)),
            output_field=_MONEY,
        ),
    )


def net_obligation(reference: str, *, visible_to: User) -> NetObligation:
    """The net obligation of a reference such as `NO-12`. Raises NotFound."""
    id = number_in(reference, "NO", "net obligation")
    row = net_obligations(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="net obligation", reference=reference)
    return row


def key_of(row: NetObligation | ClearingFigure) -> Key:
    return Key(*(getattr(row, name) for name in Key._fields))


def figures_of(row: NetObligation) -> QuerySet[ClearingFigure]:
    """All figures of the house about its account and date, the last first."""
    rows = ClearingFigure.objects.filter(**key_of(row)._asdict()).select_related("received_by")
    return rows.order_by("-number")


def figures(*, visible_to: User) -> QuerySet[ClearingFigure]:
    """Everything that clearing houses said of the entities that a person sees whole, the last first."""
    rows = ClearingFigure.objects.select_related(
        "entity", "counterparty", "owner", "asset", "received_by"
    ).order_by("-id")
    return visible(rows, visible_to)


def flows_of(row: NetObligation) -> QuerySet[NettedFlow]:
    """The flows within by the version that the row has, in the order they joined."""
    joined = NettedFlow.objects.filter(obligation=row, since__lte=row.version)
    rows = joined.exclude(left__since__lte=row.version).select_related("flow", "deal")
    return rows.order_by("since", "flow_id")


def settlement_of(row: NetObligation) -> Settlement | None:
    """What settles it, where it is agreed; what was withdrawn before is in the timeline."""
    rows = Settlement.objects.filter(source_type="net", source_id=row.pk)
    return rows.exclude(cancellation="AGREED").first()


# Cleared deals with the same house that could explain a difference: those within, those that are netted
# on another account or a date nearby, and those that wait to be agreed on.
_CANDIDATES = f"""
WITH net AS (SELECT * FROM settlements_netobligation WHERE id = %(id)s),
     found AS (
  SELECT k.deal_id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS amount,
         o.id = n.id AS within, false AS waiting, false AS reversed
    FROM net n
    JOIN settlements_netobligation o ON o.entity_id = n.entity_id AND o.counterparty_id = n.counterparty_id
     AND o.asset_id = n.asset_id AND o.due_date BETWEEN n.due_date - 10 AND n.due_date + 10
    JOIN settlements_nettedflow k ON k.obligation_id = o.id AND {WITHIN}
    JOIN deals_flow f ON f.id = k.flow_id
   GROUP BY k.deal_id, o.id, n.id
   UNION ALL
  SELECT d.id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END), false, true, false
    FROM net n
    JOIN deals_deal d ON d.entity_id = n.entity_id AND d.state IN ('CAPTURED', 'PENDING_APPROVAL')
     AND d.counterparty_id = n.counterparty_id
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
     AND v.details -> 'clearing' ->> 'mode' = 'CCP'
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version AND f.asset_id = n.asset_id
   GROUP BY d.id, f.due_date
   UNION ALL
  SELECT k.deal_id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END), true, false, true
    FROM net n
    JOIN settlements_nettedflow k ON k.obligation_id = n.id
    JOIN settlements_leftflow u ON u.netted_id = k.id
    JOIN deals_flow f ON f.id = k.flow_id
   GROUP BY k.deal_id)
SELECT deal_id, amount, within, waiting, reversed FROM found
 WHERE abs(amount) = ANY(%(amounts)s::numeric[]) ORDER BY deal_id LIMIT 200
"""  # noqa: S608


def cause_of(row: NetObligation) -> Cause | None:
    """Why theirs is likely another figure than ours; None where they are equal, or theirs is not there."""
    if row.theirs is None or row.theirs == row.quantity:
        return None
    gap = abs(row.theirs - row.quantity)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"id": row.pk, "amounts": [gap, gap / 2]})
        found = [Candidate(*each) for each in cursor.fetchall()]
    return likely_cause(row.quantity, row.theirs, found)


def rounds_of(row: NetObligation) -> Sequence[Any]:
    """The other rounds of the same account, asset and date."""
    rows = NetObligation.objects.filter(**key_of(row)._asdict()).exclude(pk=row.pk)
    return list(rows.order_by("round"))
