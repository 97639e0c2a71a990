"""Dividends and coupons of which others kept tax back: what was paid, what was kept, and what that is in base currency.

As known below a horizon: of each payment the entry that booked it, unless it was reversed by then. The terms are
those of the entitlement, which never change; a correction of one is a payment of its own and may be below zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from settlements.realised.facts import Facts, Rate

# Money is what its entry moved: to the owner's cash, and as tax that somebody else has.
_PAID = """
SELECT n.code, n.jurisdiction, n.base_currency, b.minor_unit, o.code, v.action, a.code, i.isin,
       nullif(left(i.isin, 2), 'XS'), v.record_date, e.effective_date, r.quantity, m.code, m.minor_unit, r.gross,
       r.tax_rate, x.kept, x.came, r.id, e.id
  FROM ledger_journalentry e
  JOIN settlements_entitlement r ON r.id = e.source_id AND r.withheld_by = 'SOURCE'
  JOIN settlements_recordevent v ON v.id = r.event_id AND v.action IN ('DIVIDEND', 'COUPON')
  JOIN refdata_asset a ON a.id = v.instrument_id
  JOIN refdata_instrument i ON i.asset_id = v.instrument_id
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = r.owner_id
  JOIN refdata_currency m ON m.asset_id = r.money_asset_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE WHEN d.kind = 'TAX' THEN p.quantity WHEN c.kind = 'TAX' THEN -p.quantity END), 0)
              AS kept,
              coalesce(sum(CASE WHEN d.kind = 'CASH' THEN p.quantity WHEN c.kind = 'CASH' THEN -p.quantity END), 0)
              AS came
         FROM ledger_posting p
         JOIN ledger_ledgeraccount d ON d.id = p.debit_account_id
         JOIN ledger_ledgeraccount c ON c.id = p.credit_account_id
        WHERE p.entry_id = e.id AND p.asset_id = r.money_asset_id) x
 WHERE e.source_type = 'entitlement' AND e.kind = 'entitlement.pay' AND e.reverses_id IS NULL AND x.kept <> 0
   AND e.effective_date BETWEEN %(from)s AND %(until)s AND e.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   AND NOT EXISTS (SELECT FROM ledger_journalentry z WHERE z.reverses_id = e.id AND z.recorded_tx < %(horizon)s)
 ORDER BY n.code, e.effective_date, o.code, a.code, e.id
"""


class Kept(NamedTuple):
    """One payment, in its currency to `unit` decimals. `country` is that of the ISIN, empty where it names none.

    `gross` and `rate` are those of the entitlement; `kept` and `came` what was booked as tax and as money.
    """

    entity: str
    jurisdiction: str
    base_currency: str
    base_unit: int
    owner: str
    action: str
    asset: str
    isin: str
    country: str | None
    record_date: date
    paid_on: date
    quantity: Decimal
    currency: str
    unit: int
    gross: Decimal
    tax_rate: Decimal
    kept: Decimal
    came: Decimal
    entitlement_id: int
    entry_id: int

    @property
    def net(self) -> Decimal:
        return self.gross - self.kept


class InBase(NamedTuple):
    """The same in base currency, at the official rate of the day of payment: gross and tax half up, net the rest."""

    rate: Rate
    gross: Decimal
    kept: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.kept


def kept_elsewhere(
    start: date, until: date, *, horizon: int, entity_ids: Sequence[int] | None
) -> Iterator[tuple[Kept, InBase | None]]:
    """The payments between two days, each with what it is in base currency; None where no rate is known for it."""
    asked: dict[str, Any] = {
        "from": start, "until": until, "horizon": horizon,
        "entities": None if entity_ids is None else list(entity_ids),
    }  # fmt: skip
    facts = Facts(horizon=horizon, entity_ids=entity_ids)
    with connection.cursor() as cursor:
        cursor.execute(_PAID, asked)
        found = [Kept(*row) for row in cursor.fetchall()]
    for each in found:
        rate = facts.rate(each.currency, each, each.paid_on)
        yield each, None if rate is None else _in_base(each, rate)


def _in_base(each: Kept, rate: Rate) -> InBase:
    gross, kept = (rate.worth(amount, each.base_unit) for amount in (each.gross, each.kept))
    return InBase(rate, gross, kept)
