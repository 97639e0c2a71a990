"""What realised results look up: pools, days on which money moved, rates, rules.

All of it as known below a horizon, and asked for many at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from django.db import connection

from backoffice.kernel.rounding import half_up_minor
from ledger.ndfl.bases import TAX_BASES, base_named
from ledger.ndfl.fx_date import FX_DATE, SECURITY, SOVEREIGN_EXTERNAL_BOND, CostDay
from refdata.dated_rules.rows import rules_as_known
from refdata.firm_days import FIRM_ZONE
from refdata.firm_profiles.rows import profiles_as_known

# Whose rates count, by the jurisdiction of the entity.
OFFICIAL_SOURCE = {"RU": "CBR"}
ELSEWHERE = "ECB"
OLD_AFTER_DAYS = 12  # no official rate is set over the longest holidays, those of January
UNTRADED_MARKETS = frozenset({"", "XOFF", "XXXX"})

# Pools in which something was paid for between two dates; only there can a result be realised then.
_TOUCHED = """
SELECT DISTINCT c.pool_id
  FROM ledger_journalentry e
  JOIN settlements_settlement s ON s.id = e.source_id AND s.source_type = 'deal'
  JOIN ledger_lotchange c ON c.entity_id = e.entity_id AND c.source_type = 'deal'
       AND c.source_id = s.source_id AND c.reverses_id IS NULL
 WHERE e.kind = 'settlement.settle' AND e.source_type = 'settlement'
   AND e.effective_date BETWEEN %(from)s AND %(until)s AND e.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
 UNION
SELECT c.pool_id  -- of deals that a clearing house settles by nets
  FROM ledger_journalentry e
  JOIN settlements_settlement s ON s.id = e.source_id AND s.source_type = 'net'
  JOIN settlements_nettedflow k ON k.obligation_id = s.source_id
  JOIN ledger_lotchange c ON c.entity_id = e.entity_id AND c.source_type = 'deal'
       AND c.source_id = k.deal_id AND c.reverses_id IS NULL
 WHERE e.kind = 'settlement.settle' AND e.source_type = 'settlement'
   AND e.effective_date BETWEEN %(from)s AND %(until)s AND e.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
 UNION
SELECT c.pool_id  -- and of those whose nets come to nothing
  FROM settlements_netobligation n
  JOIN events_event z ON z.subject_type = 'netobligation' AND z.subject_id = n.id
   AND z.kind = 'netobligation.settle' AND z.tx < %(horizon)s
  JOIN settlements_nettedflow k ON k.obligation_id = n.id
  JOIN ledger_lotchange c ON c.entity_id = n.entity_id AND c.source_type = 'deal'
       AND c.source_id = k.deal_id AND c.reverses_id IS NULL
 WHERE n.quantity = 0 AND n.due_date <= %(until)s
   AND greatest(n.due_date, (z.recorded_at AT TIME ZONE %(firm_zone)s)::date) BETWEEN %(from)s AND %(until)s
   AND (%(entities)s::bigint[] IS NULL OR n.entity_id = ANY(%(entities)s::bigint[]))
 UNION
SELECT c.pool_id  -- and of what corporate actions sold or paid back
  FROM ledger_lotchange c
 WHERE c.source_type = 'entitlement' AND c.reverses_id IS NULL AND c.recorded_tx < %(horizon)s
   AND c.trade_date BETWEEN %(from)s AND %(until)s
   AND (%(entities)s::bigint[] IS NULL OR c.entity_id = ANY(%(entities)s::bigint[]))
 UNION
SELECT p.id
  FROM ledger_lotconversion c JOIN ledger_lotpool p ON p.entity_id = c.entity_id AND p.asset_id = c.asset_id
 WHERE c.rate IS NOT NULL AND c.reverses_id IS NULL AND c.recorded_tx < %(horizon)s
   AND c.day BETWEEN %(from)s AND %(until)s
   AND (%(entities)s::bigint[] IS NULL OR c.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY pool_id
"""
_OF_OWNERS = """
SELECT p.id FROM ledger_lotpool p
 WHERE p.owner_id = ANY(%(owners)s::bigint[])
   AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY p.id
"""
_POOLS = """
SELECT p.id, n.code, n.jurisdiction, n.base_currency, b.minor_unit, o.code, o.kind, o.country, p.account,
       a.code, coalesce(i.isin, a.code), i.market, i.kind, i.nominal_currency, i.registration_number
  FROM ledger_lotpool p
  JOIN refdata_entity n ON n.id = p.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
  JOIN refdata_party o ON o.id = p.owner_id
  JOIN refdata_asset a ON a.id = p.asset_id
  JOIN refdata_instrument i ON i.asset_id = p.asset_id
 WHERE p.id = ANY(%(pools)s)
"""
# The day money moved under a deal: that of its last payment; of a deal without one, of its delivery.
_MONEY_DAYS = """
SELECT s.source_id, (coalesce(max(e.effective_date) FILTER (WHERE s.amount > 0), max(e.effective_date))
                     - DATE '1970-01-01')::int
  FROM settlements_settlement s
  JOIN ledger_journalentry e ON e.entity_id = s.entity_id AND e.source_type = 'settlement'
       AND e.source_id = s.id AND e.kind = 'settlement.settle' AND e.recorded_tx < %(horizon)s
 WHERE s.source_type = 'deal' AND s.source_id = ANY(%(deals)s)
   AND s.cancellation <> 'AGREED'  -- what is settled is never cancelled: a constant for these rows
   AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                    WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s)
 GROUP BY s.source_id
HAVING bool_or(s.amount > 0) OR (
       SELECT v.net_amount FROM deals_dealversion v
        WHERE v.deal_id = s.source_id AND v.recorded_tx < %(horizon)s
        ORDER BY v.number DESC LIMIT 1) = 0
 UNION ALL
SELECT k.deal_id, (coalesce(max(e.effective_date) FILTER (WHERE s.amount > 0), max(e.effective_date))
                   - DATE '1970-01-01')::int
  FROM settlements_nettedflow k
  JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = k.obligation_id
       AND s.cancellation <> 'AGREED'
  JOIN ledger_journalentry e ON e.entity_id = s.entity_id AND e.source_type = 'settlement'
       AND e.source_id = s.id AND e.kind = 'settlement.settle' AND e.recorded_tx < %(horizon)s
 WHERE k.deal_id = ANY(%(deals)s)
   AND NOT EXISTS (SELECT 1 FROM ledger_journalentry r
                    WHERE r.reverses_id = e.id AND r.recorded_tx < %(horizon)s)
 GROUP BY k.deal_id
HAVING bool_or(s.amount > 0) OR NOT EXISTS (  -- money of which the net is nothing moves with the rest
       SELECT 1 FROM settlements_nettedflow z
         JOIN settlements_netobligation n ON n.id = z.obligation_id
         JOIN refdata_currency c ON c.asset_id = n.asset_id
         JOIN LATERAL (SELECT q.quantity FROM settlements_netquantity q
                        WHERE q.obligation_id = n.id AND q.recorded_tx < %(horizon)s
                        ORDER BY q.number DESC LIMIT 1) q ON q.quantity <> 0
        WHERE z.deal_id = k.deal_id)
 UNION ALL
SELECT k.deal_id, (max(greatest(n.due_date, (z.recorded_at AT TIME ZONE %(firm_zone)s)::date)) - DATE '1970-01-01')::int
  FROM settlements_nettedflow k  -- of which every net is nothing: the day by which all were agreed to
  JOIN settlements_netobligation n ON n.id = k.obligation_id
  LEFT JOIN events_event z ON z.subject_type = 'netobligation' AND z.subject_id = n.id
   AND z.kind = 'netobligation.settle' AND z.tx < %(horizon)s
 WHERE k.deal_id = ANY(%(deals)s)
 GROUP BY k.deal_id
HAVING bool_and(n.quantity = 0 AND z.id IS NOT NULL)
"""
_RATE = """
SELECT r.value, r.rate_date, r.base = %(base)s
  FROM refdata_fxrate r
 WHERE ((r.base = %(base)s AND r.quote = %(quote)s) OR (r.base = %(quote)s AND r.quote = %(base)s))
   AND r.source = %(source)s AND r.rate_date <= %(day)s AND r.recorded_tx < %(horizon)s
 ORDER BY r.rate_date DESC, r.id DESC LIMIT 1
"""


class Pool(NamedTuple):
    """Whose lots of what, and what decides on their tax."""

    id: int
    entity: str
    jurisdiction: str
    base_currency: str
    base_unit: int
    owner: str
    owner_kind: str
    owner_country: str
    account: str
    asset: str
    isin: str
    market: str
    kind: str
    nominal_currency: str
    registration_number: str

    @property
    def traded(self) -> bool:
        """Whether it is traded on an organised market."""
        return self.market not in UNTRADED_MARKETS

    @property
    def category(self) -> str:
        """Bonds of external loans of a sovereign are counted by the rate of the day of income."""
        sovereign = self.kind == "BOND" and self.registration_number.startswith("RSFM-EURO")
        return SOVEREIGN_EXTERNAL_BOND if sovereign else SECURITY


class InBooks(Protocol):
    """What is reckoned in an entity's base currency, at the official rates of where it is."""

    @property
    def jurisdiction(self) -> str: ...
    @property
    def base_currency(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency was worth on a day; `value` as it is shown, `exact` as it counts.

    `old` is told by its day alone, not by what its source declares now: a run says the same for ever.
    """

    value: Decimal
    exact: Fraction
    day: date | None
    old: bool

    def worth(self, amount: Decimal, unit: int) -> Decimal:
        """What an amount of the currency was worth, to so many decimals of base currency, half up."""
        return half_up_minor(amount * self.exact.numerator / self.exact.denominator, unit)


def money_days(deal_ids: Sequence[int], *, horizon: int) -> Mapping[int, int]:
    """The day, since 1970, on which the money of each deal moved; unpaid deals are absent."""
    facts: dict[str, Any] = {
        "deals": list(deal_ids), "horizon": horizon, "firm_zone": FIRM_ZONE.key,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MONEY_DAYS, facts)
        return dict(cursor.fetchall())


class Facts:
    """Everything that is looked up, remembered until all is reckoned; of all owners, or of some."""

    def __init__(
        self,
        *,
        horizon: int,
        entity_ids: Sequence[int] | None,
        owner_ids: Sequence[int] | None = None,
    ) -> None:
        self.horizon, self.entity_ids, self.owner_ids = horizon, entity_ids, owner_ids
        self.rates: dict[tuple[str, str, str, date], Rate | None] = {}
        self.rules, self.profiles = rules_as_known(horizon), profiles_as_known(horizon)
        self.cost_days: dict[tuple[str, date], CostDay | None] = {}
        self.bases: dict[tuple[str, bool, date], str | None] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT asset_id, code, minor_unit FROM refdata_currency")
            self.currencies = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}

    def touched_pools(self, start: date, until: date) -> dict[int, Pool]:
        """The pools in which money moved between two dates; of some owners all that they have."""
        facts: dict[str, Any] = {
            "from": start, "until": until, "horizon": self.horizon, "firm_zone": FIRM_ZONE.key,
            "entities": None if self.entity_ids is None else list(self.entity_ids),
            "owners": None if self.owner_ids is None else list(self.owner_ids),
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED if self.owner_ids is None else _OF_OWNERS, facts)
            ids = [row[0] for row in cursor.fetchall()]
            cursor.execute(_POOLS, {"pools": ids})
            return {row[0]: Pool(*row) for row in cursor.fetchall()}

    def rate(self, currency: str, of: InBooks, day: date) -> Rate | None:
        """The official rate in force on a day: the last one set for it or for a day before."""
        base, source = of.base_currency, OFFICIAL_SOURCE.get(of.jurisdiction, ELSEWHERE)
        if currency == base:
            return Rate(Decimal(1), Fraction(1), None, old=False)
        key = (currency, base, source, day)
        if key not in self.rates:
            self.rates[key] = self._read_rate(*key)
        return self.rates[key]

    def _read_rate(self, currency: str, base: str, source: str, day: date) -> Rate | None:
        facts: dict[str, Any] = {
            "base": currency, "quote": base, "source": source, "day": day, "horizon": self.horizon,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_RATE, facts)
            row = cursor.fetchone()
        if row is None:
            return None
        value, rate_date, direct = row
        exact = Fraction(value) if direct else 1 / Fraction(value)
        shown = value if direct else (1 / value).quantize(Decimal("1e-12"))
        return Rate(shown, exact, rate_date, (day - rate_date).days > OLD_AFTER_DAYS)

    def taxed(self, pool: Pool, day: date) -> bool:
        """Whether the entity reckons NDFL by its profile; one without a profile is taken for an agent."""
        profile = self.profiles.find(pool.entity, day)
        return profile is None or profile.withholds_ndfl

    def cost_day(self, pool: Pool, day: date) -> CostDay | None:
        """Which day's rate a cost is counted with, by the rule in force on the day of income.

        Where no NDFL is reckoned, that of the day it was paid.
        """
        if not self.taxed(pool, day):
            return CostDay.DEBITED
        key = (pool.category, day)
        if key not in self.cost_days:
            rule = self.rules.find(FX_DATE, day, pool.category)
            self.cost_days[key] = rule.cost if rule else None
        return self.cost_days[key]

    def tax_base(self, pool: Pool, day: date) -> str | None:
        """The base that the result belongs to, by the rule in force on the day of income; of NDFL only."""
        if not self.taxed(pool, day):
            return None
        return self.base_of(pool.account, pool.market, day)

    def base_of(self, account: str, market: str, day: date) -> str | None:
        """The base of what an account holds of a market's securities, by the rule in force; None without one."""
        key = (account, market not in UNTRADED_MARKETS, day)
        if key not in self.bases:
            rule = self.rules.find(TAX_BASES, day)
            base = base_named(rule, key[0], key[1]) if rule else None
            self.bases[key] = base.value if base else None
        return self.bases[key]
