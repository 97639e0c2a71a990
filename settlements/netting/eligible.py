"""Which payments may be netted under an agreement, and what those that belong together come to.

Together are payments of one agreement, value date and currency, by the same instruction and account of
ours, for the same owner in the same capacity and account (domain-decisions 13). What has left, is held, netted
already or being cancelled is none of them; of what is partly settled it is the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

KEY = (
    "entity_id", "counterparty_id", "owner_id", "capacity", "account", "place_id", "ssi_id", "nostro",
    "agreement_id", "asset_id", "money_asset_id", "due_date",
)  # fmt: skip
_KEYS = ", ".join(KEY)
# What may move by itself may be netted: on both axes nothing has begun outside our books.
FREE = """
    s.netted_by_id IS NULL AND s.hold = 'NONE' AND s.cancellation IN ('NONE', 'DENIED')
    AND s.transmission = 'NONE' AND s.settlement IN ('PENDING', 'FAILING', 'PARTIAL')
    AND s.approval IN ('PREPARED', 'APPROVED')
"""
PAYMENTS = f"""
  SELECT s.id, s.entity_id, s.counterparty_id, s.owner_id, d.capacity,
         coalesce(v.details ->> 'account', '') AS account, s.place_id, s.ssi_id,
         coalesce(s.ssi_snapshot ->> 'nostro', '') AS nostro, a.id AS agreement_id,
         s.money_asset_id AS asset_id, s.money_asset_id, s.due_date, s.quantity,
         (s.amount - s.settled_amount) * CASE WHEN s.delivers THEN 1 ELSE -1 END AS signed
    FROM settlements_settlement s
    JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
     AND d.cancellation IN ('NONE', 'DENIED')
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
    JOIN refdata_asset c ON c.id = s.money_asset_id
    JOIN LATERAL (
         SELECT a.id FROM refdata_agreement a
          WHERE a.entity_id = s.entity_id AND a.party_id = s.counterparty_id AND a.payment_netting
            AND a.valid_from <= s.due_date AND (a.valid_until IS NULL OR s.due_date < a.valid_until)
            AND (a.products = '{{}}' OR d.product = ANY(a.products))
            AND (a.currencies = '{{}}' OR c.code = ANY(a.currencies))
            AND coalesce(v.details ->> 'agreement', a.number) = a.number
          ORDER BY a.id LIMIT 1) a ON true
   WHERE s.quantity = 0 AND {FREE}
"""  # noqa: S608
# Deliveries and receipts of one security with one counterparty, of which a person named some.
PAIRS = f"""
  SELECT s.id, s.entity_id, s.counterparty_id, s.owner_id, d.capacity,
         coalesce(v.details ->> 'account', '') AS account, s.place_id, s.ssi_id,
         coalesce(s.ssi_snapshot ->> 'nostro', '') AS nostro, NULL::bigint AS agreement_id,
         s.asset_id, s.money_asset_id, s.due_date,
         (s.quantity - s.settled_quantity) * CASE WHEN s.delivers THEN -1 ELSE 1 END AS quantity,
         (s.amount - s.settled_amount) * CASE WHEN s.delivers THEN 1 ELSE -1 END AS signed
    FROM settlements_settlement s
    JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
     AND d.cancellation IN ('NONE', 'DENIED')
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
   WHERE s.quantity > 0 AND {FREE}
"""  # noqa: S608
# Only what two parties signed can be netted: the few agreements are looked at first.
_GROUPS = f"""
WITH party AS MATERIALIZED (
       SELECT DISTINCT entity_id, party_id FROM refdata_agreement WHERE payment_netting)
SELECT {_KEYS}, count(*), sum(quantity), sum(abs(quantity)), sum(signed), sum(abs(signed)), array_agg(id ORDER BY id)
  FROM ({PAYMENTS} AND s.due_date BETWEEN %(since)s AND %(until)s
        AND (s.entity_id, s.counterparty_id) IN (SELECT * FROM party)
        AND (%(ids)s::bigint[] IS NULL OR s.id = ANY(%(ids)s::bigint[]))) p
 GROUP BY {_KEYS} ORDER BY {_KEYS}
"""  # noqa: S608


_PAIRS = f"""
SELECT {_KEYS}, count(*), sum(quantity), sum(abs(quantity)), sum(signed), sum(abs(signed)), array_agg(id ORDER BY id)
  FROM ({PAIRS} AND s.id = ANY(%(ids)s)) p
 GROUP BY {_KEYS} ORDER BY {_KEYS}
"""  # noqa: S608


_EACH = f"""
SELECT {_KEYS}, 1, quantity, abs(quantity), signed, abs(signed), ARRAY[id] FROM ({PAIRS} AND s.id = ANY(%(ids)s)) p
 ORDER BY id
"""  # noqa: S608


class Group(NamedTuple):
    """Settlements that belong together: above zero the owner receives in all."""

    key: tuple[Any, ...]
    size: int
    quantity: Decimal
    gross_quantity: Decimal
    amount: Decimal
    gross: Decimal
    ids: list[int]

    @property
    def counterparty_id(self) -> int:
        return int(self.key[1])

    @property
    def due_date(self) -> date:
        found = self.key[-1]
        assert isinstance(found, date)
        return found


def groups(*, since: date, until: date, ids: Sequence[int] | None = None) -> list[Group]:
    """What may be netted with a value date between two days: all of it, or of some settlements."""
    return _read(
        _GROUPS, {"since": since, "until": until, "ids": None if ids is None else list(ids)}
    )


def pairs(ids: Sequence[int]) -> list[Group]:
    """Those of some settlements that may be paired off, by what belongs together."""
    return _read(_PAIRS, {"ids": list(ids)})


def each_of(ids: Sequence[int]) -> list[Group]:
    """Those of some settlements in a security that may move, each by itself."""
    return _read(_EACH, {"ids": list(ids)})


def _read(statement: str, values: dict[str, Any]) -> list[Group]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        width = len(KEY)
        return [Group(tuple(row[:width]), *row[width:]) for row in cursor.fetchall()]
