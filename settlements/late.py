"""Deliveries against payment that are late: how long, and what of the price move counts for it.

A clearing house gives a net of securities against money only (decision 0137): it is late as a delivery
against payment is, for what the deals within paid for it.
The steps are a dated rule (CRR Art. 378; rules, section 12, C2 and C3). What counts here is the own
funds that a late delivery asks for; under limits the price move counts as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from limits.rule_kinds import LATE_DELIVERY, late_factors
from limits.rules import late_exposure, price_move
from refdata.dated_rules.rows import NoRuleInForce
from refdata.dated_rules.selectors import rule_in_force
from refdata.selectors import reference_data

_LATE = """
SELECT s.id, s.due_date, k.code, NOT s.delivers, s.asset_id, s.quantity - s.settled_quantity,
       CASE WHEN s.source_type = 'net' THEN CASE WHEN s.delivers THEN -net.cost ELSE net.cost END
            ELSE v.gross_amount END
       * CASE WHEN s.settled_quantity > 0 THEN (s.quantity - s.settled_quantity) / s.quantity ELSE 1 END,
       CASE WHEN s.source_type = 'net' THEN m.code ELSE v.currency END
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar k ON k.id = p.calendar_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  LEFT JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE f.direction WHEN 'RECEIVE' THEN w.gross_amount ELSE -w.gross_amount END), 0)
              AS cost
         FROM settlements_nettedflow n
         JOIN deals_flow f ON f.id = n.flow_id
         JOIN deals_dealversion w ON w.deal_id = n.deal_id AND w.number = f.version AND w.currency = m.code
        WHERE s.source_type = 'net' AND n.obligation_id = s.source_id
          AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = n.id)) net
 WHERE s.id = ANY(%s) AND s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED' AND s.due_date < %s
   AND s.netted_by_id IS NULL
   AND (s.method = 'DVP' AND d.id IS NOT NULL OR s.source_type = 'net' AND s.quantity > 0)
 ORDER BY s.id
"""


class LateDelivery(NamedTuple):
    """How many working days of its place it is late, its price move against us, and what counts of it."""

    working_days: int
    price_move: Decimal
    exposure: Decimal
    currency: str


def late_deliveries(ids: Sequence[int], *, on: date) -> dict[int, LateDelivery]:
    """Those of some settlements that are late on a day and have a price by then."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [list(ids), on])
        rows = cursor.fetchall()
    if not rows:
        return {}
    try:
        factors = late_factors(rule_in_force(LATE_DELIVERY, on))
    except NoRuleInForce:  # nobody has put one in force: nothing is said rather than a wrong number
        return {}
    reference = reference_data()
    market = Market(reference, on, {row[4] for row in rows})
    found = {}
    for id, due, calendar, buys, asset_id, quantity, agreed, currency in rows:
        basis = market.today(asset_id, True)
        if basis.price is None:
            continue
        try:
            worth = market.worth(quantity, currency, basis)
        except NoRate:
            continue
        days = working_days_late(due, on, reference.calendars[calendar])
        move = price_move(buys=buys, agreed=agreed, market=worth)
        unit = reference.currencies[currency].minor_unit
        counts = late_exposure(move, working_days_late=days, factors=factors, minor_unit=unit)
        found[id] = LateDelivery(days, move, counts, currency)
    return found


def working_days_late(due: date, on: date, calendar: BusinessDays) -> int:
    """The working days after the due date up to a day, that day included."""
    days, day = 0, due
    while day < on:
        day += ONE_DAY
        days += calendar.is_business_day(day)
    return days
