"""What is known of deals when their process asks: set-based, as of their present version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.decimals import plain
from backoffice.workflow.processes.conditions import Facts
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from deals.processing.kinds import CONFIRMING
from refdata.selectors import reference_data


class Measured(NamedTuple):
    """A deal as its process sees it."""

    id: int
    entity_id: int
    captured_at: datetime
    facts: Facts


_MEASURE = """
SELECT d.id, d.entity_id, d.captured_at, abs(v.net_amount), v.currency, e.base_currency, d.trade_date,
       d.product, d.capacity, d.stage, v.method, p.kind, p.code,
       EXISTS (SELECT 1 FROM deals_deal o WHERE o.counterparty_id = d.counterparty_id AND o.id < d.id
                  AND o.entity_id = d.entity_id AND o.state NOT IN ('CANCELLED', 'REPLACED')),
       coalesce((SELECT c.how FROM deals_confirmation c WHERE c.deal_id = d.id AND c.version = d.version
                  ORDER BY c.id DESC LIMIT 1), '')
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_entity e ON e.id = d.entity_id JOIN refdata_party p ON p.id = d.counterparty_id
 WHERE d.id = ANY(%s) ORDER BY d.id
"""


def measured(ids: Sequence[int]) -> list[Measured]:
    """What is known of deals; an amount that no rate brings into base currency is not."""
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, [list(ids)])
        rows = cursor.fetchall()
    markets: dict[date, Market] = {}
    found = []
    for id, entity_id, at, amount, currency, base, trade_date, *rest in rows:
        if trade_date not in markets:
            markets[trade_date] = Market(reference_data(), trade_date, ())
        product, capacity, stage, method, kind, counterparty, dealt_before, how = rest
        facts = {
            "amount": _worth(amount, currency, base, markets[trade_date]), "currency": currency,
            "product": product, "capacity": capacity, "stage": stage, "method": method,
            "counterparty_kind": kind, "counterparty": counterparty,
            "first_time": "no" if dealt_before else "yes", "how": how,
        }  # fmt: skip
        found.append(Measured(id, entity_id, at, facts))
    return found


def _worth(amount: Decimal, currency: str, base: str, market: Market) -> str:
    try:
        return plain(market.converted(amount, currency, base, market.today(None, moves=False)))
    except NoRate:
        return ""


def in_base(amount: Decimal, currency: str, base: str, on: date) -> str:
    """What an amount is worth in base currency on a day, as text; empty where no rate says it."""
    return _worth(amount, currency, base, Market(reference_data(), on, ()))


_FIELDS = """
SELECT v.details->>'agreement', v.details->>'uti', v.details->>'trader', v.details->'execution'->>'venue'
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version WHERE d.id = %s
"""


def missing_fields(id: int, wanted: Sequence[str]) -> list[str]:
    """Those of the fields that the present version of a deal leaves empty."""
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FIELDS, [id])
        found: Mapping[str, str | None] = dict(
            zip((name for name, _ in CONFIRMING.fields), cursor.fetchone(), strict=True)
        )
    return [name for name in wanted if not found[name]]
