"""Coupons that issuers paid on the firm's own securities: an income beside disposals (art. 250 p. 6, 328).

Counted on the day they were paid, at the official rate of that day. Interest that has accrued by the end of a month and
is not paid yet (art. 271 p. 6, 328 p. 4) is not told here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from settlements.profit_tax.facts import ProfitFacts

# By entries that nothing had reversed by then; gross, of what was kept back at the source too.
_PAID = """
SELECT n.code, n.jurisdiction, n.base_currency, b.minor_unit, a.code, coalesce(i.isin, a.code), e.effective_date,
       m.code, sum(CASE WHEN c.kind IN ('RECEIVABLE', 'INCOME') THEN p.quantity
                        WHEN d.kind IN ('RECEIVABLE', 'INCOME') THEN -p.quantity ELSE 0 END)
  FROM ledger_journalentry e
  JOIN settlements_entitlement r ON r.id = e.source_id
  JOIN refdata_entity n ON n.id = e.entity_id AND n.own_party_id = r.owner_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN settlements_recordevent v ON v.id = r.event_id AND v.action = 'COUPON'
  JOIN refdata_instrument i ON i.asset_id = v.instrument_id
  JOIN refdata_asset a ON a.id = i.asset_id
  JOIN refdata_currency m ON m.asset_id = r.money_asset_id
  JOIN ledger_posting p ON p.entry_id = e.id AND p.asset_id = r.money_asset_id
  JOIN ledger_ledgeraccount d ON d.id = p.debit_account_id
  JOIN ledger_ledgeraccount c ON c.id = p.credit_account_id
 WHERE e.source_type = 'entitlement' AND e.kind = 'entitlement.pay' AND e.reverses_id IS NULL
   AND e.effective_date BETWEEN %(from)s AND %(until)s AND e.recorded_tx < %(horizon)s
   AND r.owner_id = ANY(%(owners)s::bigint[])
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   AND NOT EXISTS (SELECT FROM ledger_journalentry z WHERE z.reverses_id = e.id AND z.recorded_tx < %(horizon)s)
 GROUP BY e.id, n.code, n.jurisdiction, n.base_currency, b.minor_unit, a.code, i.isin, e.effective_date, m.code
 ORDER BY n.code, a.code, e.effective_date, e.id
"""


class _Payment(NamedTuple):
    entity: str
    jurisdiction: str
    base_currency: str
    unit: int
    asset: str
    isin: str
    day: date
    currency: str
    amount: Decimal


class Coupons(NamedTuple):
    """What issuers paid on one security, in base currency; `missing` counts payments without a rate."""

    amount: Decimal = Decimal(0)
    missing: int = 0


def coupons_between(
    facts: ProfitFacts, start: date, until: date
) -> Mapping[tuple[str, str, str], Coupons]:
    """By entity, code and ISIN of the security what its issuer paid between two days."""
    entities = None if facts.entity_ids is None else list(facts.entity_ids)
    asked: dict[str, Any] = {
        "from": start, "until": until, "horizon": facts.horizon, "entities": entities,
        "owners": list(facts.owner_ids or ()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PAID, asked)
        payments = [_Payment._make(row) for row in cursor.fetchall()]
    found: defaultdict[tuple[str, str, str], Coupons] = defaultdict(Coupons)
    for each in payments:
        key = (each.entity, each.asset, each.isin)
        sums, rate = found[key], facts.rate(each.currency, each, each.day)
        if rate is None:
            found[key] = sums._replace(missing=sums.missing + 1)
            continue
        found[key] = sums._replace(amount=sums.amount + rate.worth(each.amount, each.unit))
    return found
