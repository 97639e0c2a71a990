"""What beside the balance decides: credit lines, earmarks, restrictions and the least to keep, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from refdata.scopes import Scope
from refdata.selectors import reference_data
from settlements.ladder.kinds import LEAST_CASH, LeastCash
from settlements.ladder.rules import ZERO, Key, Standing

# A client is lent nobody else's money, whatever is written (`ledger.inventory`).
_SET = """
SELECT 'LENT', c.entity_id, c.owner_id, c.place_id, a.id, c.amount, c.valid_from, c.valid_until
  FROM refdata_creditline c
  JOIN refdata_party o ON o.id = c.owner_id AND NOT 'CLIENT' = ANY(o.roles)
  JOIN refdata_asset a ON a.code = c.currency AND a.kind = 'CURRENCY'
 WHERE c.valid_from <= %(until)s AND (c.valid_until IS NULL OR c.valid_until > %(on)s)
   AND (%(entities)s::bigint[] IS NULL OR c.entity_id = ANY(%(entities)s::bigint[]))
 UNION ALL
SELECT 'SET_APART', k.entity_id, k.owner_id, k.place_id, k.asset_id, k.quantity, k.valid_from, k.valid_until
  FROM refdata_earmark k JOIN refdata_asset a ON a.id = k.asset_id AND a.kind = 'CURRENCY'
 WHERE k.valid_from <= %(until)s AND (k.valid_until IS NULL OR k.valid_until > %(on)s)
   AND (%(entities)s::bigint[] IS NULL OR k.entity_id = ANY(%(entities)s::bigint[]))
"""
_FORBIDDEN = """
SELECT r.entity_id, r.asset_id, r.party_id, r.place_id, r.act, r.permit, r.permit_until, r.valid_from,
       r.valid_until,
       CASE WHEN r.account <> '' THEN ARRAY(
            SELECT n.place_id || '/' || n.owner_id FROM refdata_nostroaccount n WHERE n.number = r.account
             UNION
            SELECT d.place_id || '/' || d.owner_id FROM refdata_depositoryaccount d WHERE d.number = r.account
             UNION
            SELECT b.place_id || '/' || b.owner_id FROM refdata_accountmember b WHERE b.account = r.account) END
  FROM refdata_restriction r
 WHERE r.act IN ('NO_PAY', 'PERMIT_REQUIRED') AND r.valid_from <= %(until)s
   AND (r.valid_until IS NULL OR r.valid_until > %(on)s)
"""


class _Set(NamedTuple):
    kind: str
    key: Key
    amount: Decimal
    valid_from: date
    valid_until: date | None


class _Forbidden(NamedTuple):
    """A restriction on paying; a key of None means all. `accounts` are the places and owners of its account."""

    entity_id: int | None
    asset_id: int | None
    party_id: int | None
    place_id: int | None
    act: str
    permit: str
    permit_until: date | None
    valid_from: date
    valid_until: date | None
    accounts: Sequence[str] | None

    def stops(self, key: Key, on: date) -> bool:
        if not (self.valid_from <= on and (self.valid_until is None or on < self.valid_until)):
            return False
        permitted = self.permit and (self.permit_until is None or on < self.permit_until)
        if self.act == "PERMIT_REQUIRED" and permitted:
            return False
        pairs = (
            (self.entity_id, key.entity_id), (self.asset_id, key.asset_id),
            (self.party_id, key.owner_id), (self.place_id, key.place_id),
        )  # fmt: skip
        return all(mine in (None, theirs) for mine, theirs in pairs) and (
            self.accounts is None or f"{key.place_id}/{key.owner_id}" in self.accounts
        )


@dataclass(frozen=True, slots=True)
class Standings:
    """All that was set and forbidden in a span of days."""

    rows: Mapping[Key, Sequence[_Set]]
    forbidden: Sequence[_Forbidden]

    @property
    def keys(self) -> set[Key]:
        return set(self.rows)

    def on(self, key: Key, on: date, names: Any) -> Standing:
        """What holds for a line on a day; `names` are its codes, by which the least to keep is known."""
        sums = {"LENT": ZERO, "SET_APART": ZERO}
        for row in self.rows.get(key, ()):
            if row.valid_from <= on and (row.valid_until is None or on < row.valid_until):
                sums[row.kind] += row.amount
        rule: LeastCash | None = None
        if names.whose == "OWN":
            rules = reference_data().rules
            rule = rules.find(LEAST_CASH, on, f"{names.entity}/{names.place}/{names.currency}")
        return Standing(
            sums["LENT"], sums["SET_APART"], any(each.stops(key, on) for each in self.forbidden),
            Decimal(rule.amount) if rule is not None else ZERO,
        )  # fmt: skip


def standings(on: date, until: date, *, scope: Scope) -> Standings:
    """What is set and forbidden on any day of a span."""
    entities = None if scope.entities is None else list(scope.entities)
    facts = {"on": on, "until": until, "entities": entities}
    rows: dict[Key, list[_Set]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SET, facts)
        for kind, *key, amount, first, last in cursor.fetchall():
            rows.setdefault(Key(*key), []).append(_Set(kind, Key(*key), amount, first, last))
        cursor.execute(_FORBIDDEN, facts)
        return Standings(rows, [_Forbidden(*row) for row in cursor.fetchall()])
