"""What rules and clocks do about deals that nobody has confirmed: affirm those that need no word, tell the late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.workflow.services import NewItem, open_items
from deals.confirming.clocks import Stage, cut_off, late_from
from deals.confirming.kinds import FX, NOT_REQUIRED, WEEKDAYS, Traits, is_not_required
from deals.confirming.reading import cut_offs_of
from deals.services import affirm_deals
from refdata.dated_rules.vectors import value_of
from refdata.selectors import reference_data

UNCONFIRMED = "unconfirmed"
AT_ONCE = 5_000  # late deals that are told in one look
_TRAITS = """
SELECT d.id, d.trade_date, d.product, coalesce(i.market, ''), coalesce(v.details->'execution'->>'venue', ''),
       coalesce(v.details->'clearing'->>'mode', 'BILATERAL'), e.code, p.code
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_entity e ON e.id = d.entity_id JOIN refdata_party p ON p.id = d.counterparty_id
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
 WHERE d.id = ANY(%s) AND d.state = 'CAPTURED'
"""


@transaction.atomic
def affirm_not_required(*, deal_ids: Sequence[int], at: datetime) -> None:
    """Deals that need no confirmation by the rule of their trade date are affirmed by it."""
    rules = reference_data().rules
    with connection.cursor() as cursor:
        cursor.execute(_TRAITS, [list(deal_ids)])
        rows = cursor.fetchall()
    evidence: dict[int, str] = {}
    for id, trade_date, product, market, venue, clearing, entity, counterparty in rows:
        row = rules.row_of(NOT_REQUIRED, trade_date)
        traits = Traits(
            product=product, market=market, venue=venue, clearing=clearing, entity=entity,
            counterparty=counterparty,
        )  # fmt: skip
        if row is not None and is_not_required(value_of(NOT_REQUIRED, row.value), traits):
            evidence[id] = row.reference
    affirm_deals(evidence=evidence, how="not-required", at=at)


_WAITING = """
SELECT DISTINCT coalesce(i.market, ''), d.trade_date
  FROM deals_deal d LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
 WHERE d.state IN ('CAPTURED', 'PENDING_APPROVAL')
"""
_LATE = """
SELECT d.id, d.entity_id, abs(v.net_amount), v.currency, due.by
  FROM unnest(%(markets)s::text[], %(dates)s::date[], %(bys)s::timestamptz[], %(lates)s::timestamptz[],
              %(late_bys)s::timestamptz[]) AS g(market, trade_date, by, late, late_by)
  JOIN deals_deal d ON d.trade_date = g.trade_date AND d.state IN ('CAPTURED', 'PENDING_APPROVAL')
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
  CROSS JOIN LATERAL (SELECT CASE WHEN v.traded_at > g.late THEN g.late_by ELSE g.by END AS by) due
 WHERE coalesce(i.market, '') = g.market AND due.by <= %(at)s
   AND NOT EXISTS (SELECT 1 FROM workflow_workitem w WHERE w.kind = %(kind)s AND w.subject_type = 'deal'
                      AND w.subject_id = d.id AND w.closed_at IS NULL)
 ORDER BY d.id LIMIT %(most)s
"""


@transaction.atomic
def tell_unconfirmed(*, at: datetime) -> int:
    """Open work for deals that are past the confirmation cut-off of their market; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        clocks = [clock for row in cursor.fetchall() if (clock := _clock(*row)) is not None]
        if not clocks:
            return 0
        names = ("markets", "dates", "bys", "lates", "late_bys")
        facts: dict[str, Any] = dict(zip(names, map(list, zip(*clocks, strict=True)), strict=True))
        cursor.execute(_LATE, facts | {"at": at, "kind": UNCONFIRMED, "most": AT_ONCE})
        rows = cursor.fetchall()
    items = [
        NewItem(
            kind=UNCONFIRMED, queue="clerk", subject_type="deal", subject_id=id, entity_id=entity_id,
            amount=amount, currency=currency, due_at=by,
        )
        for id, entity_id, amount, currency, by in rows
    ]  # fmt: skip
    open_items(items, at=at)
    return len(items)


def _clock(market: str, trade_date: Any) -> tuple[Any, ...] | None:
    """Until when deals of a market and date are confirmed in time, and those that were dealt late."""
    rule = cut_offs_of(market or FX, trade_date)
    if rule is None:
        return None
    calendar = reference_data().calendars.get(rule.calendar, WEEKDAYS)
    late = late_from(rule, Stage.CONFIRMATION, trade_date)
    in_time = cut_off(rule, Stage.CONFIRMATION, trade_date, None, calendar)
    last = cut_off(
        rule, Stage.CONFIRMATION, trade_date, datetime.max.replace(tzinfo=late.tzinfo), calendar
    )
    return market, trade_date, in_time, late, last
