"""What messages need beside what was instructed: identifiers, accounts and the deal behind, for many at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection


class Details(NamedTuple):
    """Of one settlement, as reference data have it now. What is not there is empty."""

    settlement_id: int
    entity: str
    place: str
    place_bic: str
    place_bik: str
    place_name: str
    isin: str
    kind: str
    nominal: Decimal | None
    account: str
    cash_account: str
    own_name: str
    own_name_ru: str
    own_country: str
    own_town: str
    is_own: bool
    own_ids: dict[str, str]
    their_name: str
    their_name_ru: str
    their_country: str
    their_town: str
    their_ids: dict[str, str]
    their_account: str
    their_cash_account: str
    their_bank_bic: str
    their_bank_bik: str
    their_bank_name: str
    trade_date: date | None
    product: str
    side: str
    price: Decimal | None
    accrued: Decimal | None
    deal: str


# Our own account at the place: the owner's, else one of several clients' that it is behind.
_ACCOUNT = """
       SELECT d.number FROM refdata_depositoryaccount d
        WHERE d.place_id = s.place_id AND d.entity_id = s.entity_id
          AND (d.owner_id = s.owner_id AND d.kind IN ('OWN', 'CLIENT_SEGREGATED', 'CLIENT_OMNIBUS')
               OR EXISTS (SELECT 1 FROM refdata_accountmember m
                           WHERE m.place_id = d.place_id AND m.account = d.number AND m.owner_id = s.owner_id
                             AND m.valid_from <= s.due_date AND (m.valid_until IS NULL OR m.valid_until > s.due_date)))
        ORDER BY d.owner_id = s.owner_id DESC, d.kind = 'CLIENT_OMNIBUS', d.id LIMIT 1
"""
_CASH_ACCOUNT = """
       SELECT n.number FROM refdata_nostroaccount n
        WHERE n.place_id = s.place_id AND n.entity_id = s.entity_id AND n.currency = m.code
          AND (n.closed_on IS NULL OR n.closed_on > s.due_date)
        ORDER BY n.owner_id = s.owner_id DESC, n.id LIMIT 1
"""
_IDS = """
       SELECT coalesce(jsonb_object_agg(i.scheme, i.value), '{{}}') AS ids FROM refdata_partyidentifier i
        WHERE i.party_id = {party}
"""
# The price and what accrued belong to the whole deal: a rest, a net or a part has neither.
_DETAILS = f"""
SELECT s.id, y.code, p.code, p.bic, p.bik, p.name, coalesce(x.isin, ''), coalesce(x.kind, ''), x.nominal,
       coalesce(account.number, ''), coalesce(s.ssi_snapshot ->> 'nostro', cash.number, ''),
       o.name, o.name_ru, o.country, o.town, o.id = y.own_party_id, own.ids,
       c.name, c.name_ru, c.country, c.town, theirs.ids,
       coalesce(s.ssi_snapshot ->> 'depository_account', ''), coalesce(s.ssi_snapshot ->> 'cash_account', ''),
       coalesce(q.bic, ''), coalesce(q.bik, ''), coalesce(q.name, ''),
       d.trade_date, coalesce(d.product, ''), coalesce(v.side, ''),
       CASE WHEN whole.it AND v.details ->> 'price_kind' IS DISTINCT FROM 'dirty' THEN v.price END,
       CASE WHEN whole.it THEN (v.details -> 'figures' ->> 'accrued')::numeric END, coalesce('D-' || d.id, '')
  FROM settlements_settlement s
  JOIN refdata_entity y ON y.id = s.entity_id
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  JOIN refdata_party o ON o.id = s.owner_id
  JOIN refdata_party c ON c.id = s.counterparty_id
  LEFT JOIN refdata_place q ON q.id = (s.ssi_snapshot ->> 'place')::bigint
  LEFT JOIN refdata_instrument x ON x.asset_id = s.asset_id
  LEFT JOIN LATERAL ({_ACCOUNT}) account ON true
  LEFT JOIN LATERAL ({_CASH_ACCOUNT}) cash ON true
  LEFT JOIN LATERAL ({_IDS.format(party="o.id")}) own ON true
  LEFT JOIN LATERAL ({_IDS.format(party="c.id")}) theirs ON true
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
  LEFT JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 CROSS JOIN LATERAL (SELECT d.product IN ('equity', 'bond') AND s.quantity = v.quantity AS it) whole
 WHERE s.id = ANY(%s)
"""  # noqa: S608


def details_of(settlement_ids: Sequence[int]) -> dict[int, Details]:
    """The details of settlements, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(_DETAILS, [sorted(set(settlement_ids))])
        rows: list[Any] = cursor.fetchall()
    found = (Details(*row) for row in rows)
    return {
        each.settlement_id: each._replace(
            own_ids=_read(each.own_ids), their_ids=_read(each.their_ids)
        )
        for each in found
    }


def _read(ids: Any) -> dict[str, str]:
    """Identifiers by scheme; the driver may leave JSON to us."""
    found: dict[str, str] = json.loads(ids) if isinstance(ids, str) else ids
    return found
