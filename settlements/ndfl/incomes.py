"""What individuals earned through us in a period, as the tax counts it: securities sold, coupons, dividends, pay.

As known below a horizon, in the base currency of the entity that is their agent. Of income that others tax at the
source, or that the individual declares, nothing is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.events.selectors import NO_HORIZON
from ledger.ndfl.bases import TaxBase
from settlements.realised.closings import closings_between
from settlements.realised.facts import Facts
from settlements.realised.results import COUNTED, Closing

ZERO = Decimal(0)


class IncomeKind(StrEnum):
    SALE = "SALE"
    COUPON = "COUPON"
    DIVIDEND = "DIVIDEND"
    PAY = "PAY"


KINDS = {
    IncomeKind.SALE.value: _("Sales of securities"), IncomeKind.COUPON.value: _("Coupons"),
    IncomeKind.DIVIDEND.value: _("Dividends"), IncomeKind.PAY.value: pgettext_lazy("payroll", "Pay"),
}  # fmt: skip


class Taxpayer(NamedTuple):
    """An individual as the client of one entity. `resident` goes by the country, as income of securities does."""

    entity: str
    owner: str
    resident: bool
    currency: str
    unit: int


class Income(NamedTuple):
    """`costs` are what of the income is not taxed; `withheld` was kept back when it was paid.

    `base` is none, and so are the amounts, where something to reckon it by is missing. `full_years` are those for
    which the security was held, `issuer` is the country of its ISIN. Pay says its own `codes`, of the income and of its
    deductions, and whether its taxpayer was a `resident` when it was paid.
    """

    taxpayer: Taxpayer
    base: TaxBase | None
    kind: IncomeKind
    day: date
    income: Decimal = ZERO
    costs: Decimal = ZERO
    withheld: Decimal = ZERO
    full_years: int = 0
    issuer: str = ""
    codes: tuple[str, str] = ("", "")
    resident: bool = True

    @property
    def result(self) -> Decimal:
        return self.income - self.costs


# What came to a client of ours and what we kept back of it: by entries that nothing had reversed by then.
_PAID = """
SELECT n.code, n.jurisdiction, n.base_currency, b.minor_unit, o.code, o.country = n.jurisdiction, e.effective_date,
       v.action, i.market, left(i.isin, 2), m.code, x.came, x.kept, r.id, e.entity_id, r.owner_id
  FROM ledger_journalentry e
  JOIN settlements_entitlement r ON r.id = e.source_id AND r.withheld_by = 'US'
  JOIN settlements_recordevent v ON v.id = r.event_id AND v.action IN ('DIVIDEND', 'COUPON')
  JOIN refdata_instrument i ON i.asset_id = v.instrument_id
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = r.owner_id AND o.kind = 'INDIVIDUAL'
 CROSS JOIN LATERAL (
       SELECT p.asset_id,
              sum(CASE WHEN c.kind IN ('RECEIVABLE', 'INCOME') THEN p.quantity
                       WHEN d.kind IN ('RECEIVABLE', 'INCOME') THEN -p.quantity ELSE 0 END) AS came,
              sum(CASE WHEN d.kind = 'TAX' AND d.owner_id = r.owner_id THEN p.quantity
                       WHEN c.kind = 'TAX' AND c.owner_id = r.owner_id THEN -p.quantity ELSE 0 END) AS kept
         FROM ledger_posting p
         JOIN ledger_ledgeraccount d ON d.id = p.debit_account_id
         JOIN ledger_ledgeraccount c ON c.id = p.credit_account_id
        WHERE p.entry_id = e.id AND p.asset_id = r.money_asset_id GROUP BY 1) x
  JOIN refdata_currency m ON m.asset_id = x.asset_id
 WHERE e.source_type = 'entitlement' AND e.kind = 'entitlement.pay' AND e.reverses_id IS NULL AND x.came <> 0
   AND e.effective_date BETWEEN %(from)s AND %(until)s AND e.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   AND (%(owners)s::bigint[] IS NULL OR r.owner_id = ANY(%(owners)s::bigint[]))
   AND (%(ids)s::bigint[] IS NULL OR r.id = ANY(%(ids)s::bigint[]))
   AND NOT EXISTS (SELECT FROM ledger_journalentry z WHERE z.reverses_id = e.id AND z.recorded_tx < %(horizon)s)
 ORDER BY n.code, o.code, e.effective_date, e.id
"""


_BEFORE = """
SELECT n.code, o.code, o.country = n.jurisdiction, n.base_currency, b.minor_unit, i.base, i.kind, i.day, i.income,
       i.costs, i.withheld, i.full_years, i.issuer
  FROM ledger_ndflincome i
  JOIN refdata_entity n ON n.id = i.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = i.taxpayer_id
 WHERE i.day BETWEEN %(from)s AND %(until)s AND i.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR i.entity_id = ANY(%(entities)s::bigint[]))
   AND (%(owners)s::bigint[] IS NULL OR i.taxpayer_id = ANY(%(owners)s::bigint[]))
 ORDER BY n.code, o.code, i.id
"""


class _Paid(NamedTuple):
    entity: str
    jurisdiction: str
    base_currency: str
    unit: int
    owner: str
    resident: bool
    day: date
    action: str
    market: str
    issuer: str
    currency: str
    came: Decimal
    kept: Decimal
    id: int
    entity_id: int
    owner_id: int


def incomes_between(
    start: date, until: date, *, horizon: int, entity_ids: Sequence[int] | None,
    owner_ids: Sequence[int] | None = None,
) -> Iterator[Income]:  # fmt: skip
    """What individuals earned between two days, in no order that means anything."""
    closings = closings_between(
        start, until, horizon=horizon, entity_ids=entity_ids, owner_ids=owner_ids
    )
    facts = Facts(horizon=horizon, entity_ids=entity_ids, owner_ids=owner_ids)
    for each in closings:
        if each.pool.owner_kind == "INDIVIDUAL" and facts.taxed(each.pool, each.realised):
            yield _of_sale(each)
    yield from _payments(facts, start, until)
    yield from _pay(facts, start, until)


def payments_between(
    start: date, until: date, *, horizon: int, entity_ids: Sequence[int] | None
) -> Iterator[Income]:
    """Coupons and dividends alone, and whatever was earned before our books began."""
    return _payments(Facts(horizon=horizon, entity_ids=entity_ids), start, until)


def _payments(facts: Facts, start: date, until: date) -> Iterator[Income]:
    asked: dict[str, Any] = {"from": start, "until": until, "horizon": facts.horizon, "ids": None}
    asked |= whose(facts.entity_ids, facts.owner_ids)
    for row in _paid(asked):
        yield _of_payment(row, facts)
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, asked)
        rows = cursor.fetchall()
    for *who, base, kind, day, income, costs, withheld, years, issuer in rows:
        yield Income(
            Taxpayer(*who), TaxBase(base), IncomeKind(kind), day, income, costs, withheld, years, issuer
        )  # fmt: skip


_PAY = """
SELECT n.code, o.code, o.country = n.jurisdiction, n.base_currency, b.minor_unit, p.day, p.income, p.costs, p.code,
       (SELECT coalesce(string_agg(d.code, ' ' ORDER BY d.code), '') FROM jsonb_object_keys(p.deductions) d(code)),
       p.resident
  FROM ledger_ndflpay p
  JOIN refdata_entity n ON n.id = p.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = p.taxpayer_id
 WHERE p.day BETWEEN %(from)s AND %(until)s AND p.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[]))
   AND (%(owners)s::bigint[] IS NULL OR p.taxpayer_id = ANY(%(owners)s::bigint[]))
 ORDER BY n.code, o.code, p.day, p.id
"""


def _pay(facts: Facts, start: date, until: date) -> Iterator[Income]:
    asked: dict[str, Any] = {"from": start, "until": until, "horizon": facts.horizon}
    with connection.cursor() as cursor:
        cursor.execute(_PAY, asked | whose(facts.entity_ids, facts.owner_ids))
        rows = cursor.fetchall()
    for *who, day, income, costs, code, deductions, resident in rows:
        yield Income(
            Taxpayer(*who), TaxBase.PAYROLL, IncomeKind.PAY, day, income, costs,
            codes=(code, deductions), resident=resident,
        )  # fmt: skip


class PaidIncome(NamedTuple):
    """The income of an entitlement that was paid, and whose it is."""

    entitlement_id: int
    entity_id: int
    owner_id: int
    income: Income


def incomes_of(entitlement_ids: Sequence[int]) -> list[PaidIncome]:
    """Those of entitlements of individuals that we kept tax back of, as they stand now."""
    facts = Facts(horizon=NO_HORIZON, entity_ids=None)
    asked = {
        "from": date.min,
        "until": date.max,
        "horizon": NO_HORIZON,
        "ids": list(entitlement_ids),
    }
    rows = _paid(asked | whose(None, None))
    return [PaidIncome(r.id, r.entity_id, r.owner_id, _of_payment(r, facts)) for r in rows]


def whose(entity_ids: Sequence[int] | None, owner_ids: Sequence[int] | None) -> dict[str, Any]:
    return {
        "entities": None if entity_ids is None else list(entity_ids),
        "owners": None if owner_ids is None else list(owner_ids),
    }  # fmt: skip


def _paid(asked: dict[str, Any]) -> list[_Paid]:
    with connection.cursor() as cursor:
        cursor.execute(_PAID, asked)
        return [_Paid._make(row) for row in cursor.fetchall()]


def _of_sale(c: Closing) -> Income:
    pool, money = c.pool, c.in_base
    who = Taxpayer(
        pool.entity, pool.owner, pool.owner_country == pool.jurisdiction, pool.base_currency,
        pool.base_unit,
    )  # fmt: skip
    if c.state not in COUNTED or c.tax_base is None:
        return Income(who, None, IncomeKind.SALE, c.realised)
    scale = Decimal(1).scaleb(-pool.base_unit)
    costs = money.sale_fee + money.cost + money.purchase_fee
    return Income(
        who, TaxBase(c.tax_base), IncomeKind.SALE, c.realised, money.proceeds * scale, costs * scale,
        full_years=c.held[1] if c.held else 0, issuer=pool.isin[:2],
    )  # fmt: skip


def _of_payment(row: _Paid, facts: Facts) -> Income:
    """A coupon belongs to the base of the security, a dividend to its own (art. 214.1 p. 1, 7; 210 p. 2.1)."""
    who = Taxpayer(row.entity, row.owner, row.resident, row.base_currency, row.unit)
    is_dividend = row.action == "DIVIDEND"
    kind = IncomeKind.DIVIDEND if is_dividend else IncomeKind.COUPON
    base = TaxBase.DIVIDEND if is_dividend else facts.base_of("GENERAL", row.market, row.day)
    rate = facts.rate(row.currency, row, row.day)
    if base is None or rate is None:
        return Income(who, None, kind, row.day)
    came, kept = (rate.worth(amount, row.unit) for amount in (row.came, row.kept))
    return Income(who, TaxBase(base), kind, row.day, came, withheld=kept, issuer=row.issuer)
