"""What the profit tax looks up beside what realised results do: whose positions are the firm's, its rules, its deals.

Rates. Income is counted at the official rate of the day on which the security passed to the buyer, or was repaid, cost
at that of the day on which it was taken on (art. 280 p. 2, 3; 271 p. 8, 272 p. 10), whatever NDFL says of the same
security: it has no rule by which a cost counts at the rate of the day of income. The day of both is here the one on
which the money of the deal moved (`realised`): with delivery against payment that is the day of delivery. What was
paid ahead counts at the rate of the payment, as here; what was delivered and is paid later counts at the rate of the
delivery and belongs to its period, which is not told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.db import connection
from django.db.models import Max

from backoffice.kernel.day_counts import months_after
from ledger.lots.conversions import conversions_known
from ledger.lots.methods import LOT_METHODS, Method, Purpose, allows
from ledger.profit_tax.bases import (
    COUPON_APART,
    PROFIT_BASES,
    ProfitBase,
    base_named,
    is_apart,
)
from ledger.profit_tax.market_price import MARKET_PRICE, MarketPrice
from refdata.dated_rules.kinds import RuleKind
from refdata.price_order import PRICE_ORDER
from refdata.price_ranges import PriceRange, calculated_on, range_on
from settlements.profit_tax.changes import Told
from settlements.realised.facts import Facts, Pool

Value = TypeVar("Value", bound=msgspec.Struct)
TAXED_IN = "RU"

_OWN = """
SELECT n.code, n.own_party_id, p.code, b.minor_unit, n.base_currency
  FROM refdata_entity n
  JOIN refdata_party p ON p.id = n.own_party_id
  JOIN refdata_currency b ON b.code = n.base_currency
 WHERE n.jurisdiction = %(jurisdiction)s
   AND (%(entities)s::bigint[] IS NULL OR n.id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code
"""


class OwnEntity(NamedTuple):
    """An entity that is taxed, and the party that its own positions belong to."""

    code: str
    party_id: int
    party: str
    unit: int
    currency: str


class ProfitFacts(Facts):
    """Facts of the own positions of entities that are taxed here."""

    def __init__(self, *, horizon: int, entity_ids: Sequence[int] | None) -> None:
        with connection.cursor() as cursor:
            entities = None if entity_ids is None else list(entity_ids)
            cursor.execute(_OWN, {"jurisdiction": TAXED_IN, "entities": entities})
            self.own = {row[0]: OwnEntity(*row) for row in cursor.fetchall()}
        owners = [each.party_id for each in self.own.values()]
        super().__init__(horizon=horizon, entity_ids=entity_ids, owner_ids=owners)
        self._found: dict[tuple[str, str, date], Any] = {}
        self._ranges: dict[tuple[int, bool, date], PriceRange | None] = {}

    def is_own(self, pool: Pool) -> bool:
        """Whether what is held is the entity's own; a party of the group may be a client of another entity."""
        entity = self.own.get(pool.entity)
        return entity is not None and entity.party == pool.owner

    def taxed(self, pool: Pool, day: date) -> bool:
        """NDFL says nothing of a firm: its cost counts at the rate of the day it was paid."""
        return False

    def _rule(self, kind: RuleKind[Value], day: date, key: str = "") -> Value | None:
        """What the rule in force says, asked once for a day."""
        asked = (kind.name, key, day)
        if asked not in self._found:
            self._found[asked] = self.rules.find(kind, day, key)
        found: Value | None = self._found[asked]
        return found

    def admits_fifo(self, day: date) -> bool:
        rule = self._rule(LOT_METHODS, day, Purpose.RU_PROFIT_TAX)
        return rule is not None and allows(rule, Method.FIFO)

    def profit_base(self, pool: Pool, day: date) -> ProfitBase | None:
        """The base of a disposal, by the rule for the entity's licence if there is one, else by that for all."""
        profile = self.profiles.find(pool.entity, day)
        licence = "" if profile is None else profile.licence
        rule = self._rule(PROFIT_BASES, day, licence) or self._rule(PROFIT_BASES, day)
        return None if rule is None else base_named(rule, pool.traded)

    def coupon_is_apart(self, pool: Pool, day: date) -> bool:
        rule = self._rule(COUPON_APART, day)
        return rule is not None and is_apart(rule, pool.registration_number)

    def market_rule(self, day: date) -> MarketPrice | None:
        return self._rule(MARKET_PRICE, day)

    def range_of(self, told: Told, rule: MarketPrice) -> PriceRange | None:
        """What the price of a deal is held against: the range of its day or of the last day before that had one.

        Of what is not traded the calculated price, if one is stored. What was said before a corporate action that
        made other units of it, or smaller ones, says nothing.
        """
        key = (told.asset_id, told.traded, told.day)
        if key not in self._ranges:
            id = told.asset_id
            since = max(months_before(told.day, rule.months), self._comparable_since(told))
            self._ranges[key] = (
                range_on(
                    id, told.kind, told.day, since=since, orders=self.rules.by_key(PRICE_ORDER, told.day),
                    horizon=self.horizon,
                )
                if told.traded
                else calculated_on(id, told.day, since=since, horizon=self.horizon)
            )  # fmt: skip
        return self._ranges[key]

    def _comparable_since(self, told: Told) -> date:
        rows = conversions_known(self.horizon).filter(asset=told.asset_id, day__lte=told.day)
        last: date | None = rows.aggregate(last=Max("day"))["last"]
        return last or date.min

    def unit_of(self, currency: str) -> int:
        """How many decimals its minor unit has."""
        return int(next(unit for code, unit in self.currencies.values() if code == currency))


def months_before(day: date, months: int) -> date:
    """The same day some months before; where that month is shorter, its last day."""
    return months_after(day, -months, day.day)
