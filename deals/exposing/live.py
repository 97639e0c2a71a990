"""Deals as they are stored, as the rule of what they use of limits asks for them (`deals.exposing.needs`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from deals.exposing.exposure import LimitRow, definitions
from deals.exposing.needs import DealFacts, Wanted
from deals.exposing.valuing import Basis
from limits.add_ons import asset_class_of

LIVE = ("CAPTURED", "PENDING_APPROVAL", "CONFIRMED", "SETTLING")


class LiveDeal(NamedTuple):
    """What of a deal its exposure is made from."""

    id: int
    entity_id: int
    book_id: int
    trader: str
    counterparty_id: int
    counterparty_group_id: int | None
    instrument_id: int | None
    instrument_kind: str | None
    issuer_id: int | None
    issuer_group_id: int | None
    matures_on: date | None
    capacity: str
    trade_date: date
    due_date: date
    captured_at: datetime
    side: str
    quantity: Decimal
    currency: str
    gross: Decimal
    method: str
    asset_currency: str
    netting_id: int | None  # the agreement that it counts under


class LiveFlow(NamedTuple):
    """One thing due under a deal; `code` is its currency, none for a security."""

    deal_id: int
    direction: str
    asset_id: int
    code: str | None
    quantity: Decimal
    due_date: date


class Exposure(NamedTuple):
    """What counts under a limit, before rates."""

    limit: LimitRow
    want: Wanted


# Deals in a live state, from a key on, with the security that is held now: all of them, or those that
# certain prices or rates concern.
_LIVE = """
SELECT d.id, d.entity_id, d.book_id, coalesce(v.details->>'trader', u.username), d.counterparty_id,
       c.group_id, i.asset_id, i.kind, i.issuer_id, s.group_id, b.maturity_date, d.capacity,
       d.trade_date, d.due_date, d.captured_at, v.side, v.quantity, v.currency, v.gross_amount, v.method,
       coalesce(i.currency, ''), n.id
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN access_user u ON u.id = d.captured_by_id
  JOIN refdata_party c ON c.id = d.counterparty_id
  LEFT JOIN refdata_asset h ON h.code = v.details -> 'substitutions' -> -1 ->> 'instrument'
  LEFT JOIN refdata_instrument i ON i.asset_id = coalesce(h.id, d.instrument_id)
  LEFT JOIN refdata_party s ON s.id = i.issuer_id
  LEFT JOIN refdata_bondterms b ON b.instrument_id = i.asset_id
  LEFT JOIN LATERAL (
       SELECT a.id FROM refdata_agreement a
        WHERE a.entity_id = d.entity_id AND a.party_id = d.counterparty_id AND v.method <> 'FOP'
          AND a.netting AND (a.netting_until IS NULL OR %(day)s < a.netting_until)
          AND a.valid_from <= %(day)s AND (a.valid_until IS NULL OR %(day)s < a.valid_until)
          AND (a.products = '{}' OR d.product = ANY(a.products))
          AND (a.currencies = '{}' OR v.currency = ANY(a.currencies))
          AND coalesce(v.details->>'agreement', a.number) = a.number
        ORDER BY a.id LIMIT 1) n ON true
 WHERE d.id > %(after)s AND (%(ids)s::bigint[] IS NULL OR d.id = ANY(%(ids)s::bigint[]))
   AND (%(netting)s::bigint IS NULL OR n.id = %(netting)s) AND d.state = ANY(%(live)s)
   AND (%(all)s OR i.asset_id = ANY(%(instruments)s::bigint[])
        OR (%(rates)s AND EXISTS (
              SELECT 1 FROM limits_reservation r JOIN limits_limit l ON l.id = r.limit_id
               WHERE r.source_type = 'deal' AND r.source_id = d.id AND r.state = 'COMMITTED'
                 AND l.currency <> v.currency)))
 ORDER BY d.id LIMIT %(most)s
"""
_FLOWS = """
SELECT f.deal_id, f.direction, f.asset_id, CASE WHEN a.kind = 'CURRENCY' THEN a.code END, f.quantity,
       f.due_date
  FROM deals_flow f JOIN deals_deal d ON d.id = f.deal_id AND d.version = f.version
  JOIN refdata_asset a ON a.id = f.asset_id
 WHERE f.deal_id = ANY(%s) ORDER BY f.id
"""


def live_deals(chosen: Mapping[str, Any]) -> list[LiveDeal]:
    """The next live deals: all, those of `ids`, or those that prices, rates or agreements concern."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"live": list(LIVE), "netting": None, "ids": None, **chosen})
        return [LiveDeal(*row) for row in cursor.fetchall()]


def flows_by_deal(ids: Sequence[int]) -> dict[int, list[LiveFlow]]:
    """What is due under the present versions of some deals."""
    found: dict[int, list[LiveFlow]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FLOWS, [list(ids)])
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(LiveFlow(*row))
    return found


class Wants:
    """What a deal wants of limits on a day, and what it wanted when what is taken was worked out.

    The rule is that of capture (`deals.exposing.needs`), from stored terms. As time passes what still runs
    becomes shorter: another add-on, another bucket.
    """

    def __init__(self, deal: LiveDeal, flows: Sequence[LiveFlow], day: date) -> None:
        self.deal, self.flows, self.day = deal, flows, max(day, deal.trade_date)

    def today(self) -> list[Exposure]:
        return self._on(self.day)

    def at_first(self, limit_id: int) -> Wanted | None:
        """What it wanted of a limit when it was dealt."""
        return self.then(limit_id, None)

    def then(self, limit_id: int, words: str | None) -> Wanted | None:
        """What it wanted of a limit on the day that is named beside the amount."""
        days = [part[1:] for part in (words or "").split() if part.startswith("D")]
        day = date.fromisoformat(days[0]) if days else self.deal.trade_date
        found = (each.want for each in self._on(day) if each.limit.id == limit_id)
        return next(found, None)

    def words(self, basis: Basis) -> str:
        """What was used, as it is kept beside the amount; the day too, once it matters."""
        if self.day == self.deal.trade_date:
            return basis.words()
        return f"{basis.words()} D{self.day:%Y%m%d}".strip()

    def _on(self, day: date) -> list[Exposure]:
        facts = facts_of(self.deal, self.flows, day)
        return [Exposure(limit, want) for limit, want in definitions().wanted(facts)]


def facts_of(deal: LiveDeal, flows: Sequence[LiveFlow], day: date) -> DealFacts:
    ends = [deal.due_date, *(flow.due_date for flow in flows)]
    if deal.matures_on is not None:
        ends.append(deal.matures_on)
    others = (flow.code for flow in flows if flow.code not in (None, deal.currency))
    return DealFacts(
        deal.entity_id, deal.book_id, deal.trader, deal.counterparty_id, deal.counterparty_group_id,
        deal.instrument_id, deal.issuer_id, deal.issuer_group_id,
        asset_class_of(
            instrument_kind=deal.instrument_kind, traded=next(others, None) or deal.currency,
            currency=deal.currency,
        ),
        deal.method, deal.capacity == "OWN", day, max(ends), deal.currency, deal.gross, flows,
        deal.asset_currency,
    )  # fmt: skip
