"""Prepares settlements for confirmed deals: obligations, standing instruction, place. Set-based.

What a live settlement of the deal settles already is left alone: a rest is prepared by itself.

Deals in instruments are prepared here, deals in money alone as payments (`payments.py`), cleared deals
by their net (`clearing/`). What is due on one date settles together, by the deal's method; a deal of
several dates has several settlements.

The most specific standing instruction that is approved and valid on the due date is taken and kept
as evidence; it is checked again when the settlement is released and when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.services import NewItem, open_items
from backoffice.workflow.transitions import Step, advance
from deals.models import Deal
from deals.services import settle_deals
from refdata.firm_days import FIRM_ZONE
from settlements.payments import prepare_payments
from settlements.remaining import INTEREST_BEFORE, LIVE, SETTLED_BEFORE, partly_settled

SSI_MISSING = "ssi-missing"
DAY_BEGINS = time(9, 0)

# Before anything is joined: after waiting, PostgreSQL looks anew at the deal, and not at its version.
_LOCK = "SELECT 1 FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
# Each date on which a deal owes something, with the instruction that is good on it.
_READY = f"""
SELECT d.id, d.entity_id, s.id, abs(v.net_amount), v.currency, f.due_date
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_instrument i ON i.asset_id = d.instrument_id
 CROSS JOIN LATERAL (
       SELECT DISTINCT f.due_date FROM deals_flow f
        WHERE f.deal_id = d.id AND f.version = d.version AND NOT {LIVE}) f
  LEFT JOIN LATERAL (
       SELECT s.id FROM refdata_standinginstruction s
        WHERE s.party_id = d.counterparty_id AND s.status = 'APPROVED'
          AND s.valid_from <= f.due_date AND (s.valid_until IS NULL OR s.valid_until > f.due_date)
          AND (s.entity_id IS NULL OR s.entity_id = d.entity_id)
          AND s.instrument_kind IN ('', i.kind) AND s.market IN ('', i.market)
          AND s.currency IN ('', v.currency)
        ORDER BY (s.entity_id IS NOT NULL)::int + (s.instrument_kind <> '')::int
                 + (s.market <> '')::int + (s.currency <> '')::int DESC, s.valid_from DESC, s.id DESC
        LIMIT 1) s ON true
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED' AND v.details -> 'clearing' ->> 'mode' IS DISTINCT FROM 'CCP'
 ORDER BY d.id, f.due_date FOR UPDATE OF d
"""  # noqa: S608
_OWING_NOTHING = """
SELECT d.id FROM deals_deal d
 WHERE d.id = ANY(%s) AND d.state = 'CONFIRMED' AND NOT EXISTS (
       SELECT 1 FROM deals_flow f WHERE f.deal_id = d.id AND f.version = d.version)
 ORDER BY d.id FOR UPDATE OF d
"""
# What a deal owes of each asset on each date, netted. Against payment the securities of a date go with
# its money, unless both go the same way (fees beyond the proceeds); all else settles by itself. Securities for
# securities (collateral that is substituted) go free both ways, and are released together.
_PREPARE = f"""
WITH rests AS MATERIALIZED (
  SELECT * FROM unnest(%(rest_deals)s::bigint[], %(rest_dates)s::date[], %(rest_assets)s::bigint[],
                       %(rest_kinds)s::text[], %(rest_wholes)s::numeric[], %(rests)s::numeric[], %(rest_places)s::int[])
         AS r(deal_id, due_date, asset_id, kind, whole, rest, places)),
     due AS MATERIALIZED (
  SELECT g.deal_id, g.due_date, g.ssi_id, v.method = 'DVP' AS against, d.instrument_id, c.asset_id AS money_id,
         f.asset_id, a.kind = 'CURRENCY' AS is_money, f.net, f.interest
    FROM unnest(%(deals)s::bigint[], %(dates)s::date[], %(ssis)s::bigint[]) AS g(deal_id, due_date, ssi_id)
    JOIN deals_deal d ON d.id = g.deal_id
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
    JOIN refdata_currency c ON c.code = v.currency
   CROSS JOIN LATERAL (
         SELECT f.asset_id, sum(s.signed) - {SETTLED_BEFORE} AS net,
                coalesce(sum(s.signed) FILTER (WHERE f.kind = 'INTEREST'), 0) - {INTEREST_BEFORE} AS interest
           FROM deals_flow f
          CROSS JOIN LATERAL (SELECT CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END
                             AS signed) s
          WHERE f.deal_id = d.id AND f.version = d.version AND f.due_date = g.due_date
            AND NOT {LIVE}
          GROUP BY f.asset_id, f.due_date) f
    JOIN refdata_asset a ON a.id = f.asset_id),
     securities AS (
  SELECT s.*, m.net AS paid, coalesce(m.interest, 0) AS paid_interest,
         s.against AND coalesce(sign(m.net), 0) <> sign(s.net)
         AND (m.net IS NOT NULL OR count(*) OVER (PARTITION BY s.deal_id, s.due_date) = 1)
         AND row_number() OVER (PARTITION BY s.deal_id, s.due_date ORDER BY s.asset_id) = 1 AS with_money
    FROM due s
    LEFT JOIN due m ON m.deal_id = s.deal_id AND m.due_date = s.due_date AND m.asset_id = s.money_id
   WHERE NOT s.is_money AND s.net <> 0),
     part AS (
  SELECT deal_id, due_date, ssi_id, CASE WHEN with_money THEN 'DVP' ELSE 'FOP' END AS method,
         net < 0 AS delivers, asset_id, abs(net) AS quantity, money_id,
         CASE WHEN with_money THEN coalesce(abs(paid), 0) ELSE 0 END AS amount,
         CASE WHEN with_money THEN paid_interest ELSE 0 END AS interest
    FROM securities
   UNION ALL
  SELECT m.deal_id, m.due_date, m.ssi_id, 'PFOD', m.net > 0, m.instrument_id, 0, m.asset_id, abs(m.net), m.interest
    FROM due m
    LEFT JOIN securities s ON s.with_money AND s.deal_id = m.deal_id AND s.due_date = m.due_date
     AND s.money_id = m.asset_id
   WHERE m.is_money AND m.net <> 0 AND s.deal_id IS NULL),
     put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id,
          ssi_snapshot, method, delivers, asset_id, quantity, money_asset_id, amount, interest, due_date,
          makers, prepared_at)
  SELECT d.entity_id, d.book_id, d.owner_id, d.counterparty_id, 'deal', d.id, s.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account,
                            'cash_account', s.cash_account, 'place', s.place_id),
         p.method, p.delivers, p.asset_id, p.quantity, p.money_id, p.amount, p.interest, p.due_date,
         d.makers, %(at)s
    FROM part p
    JOIN deals_deal d ON d.id = p.deal_id
    JOIN refdata_standinginstruction s ON s.id = p.ssi_id
   ORDER BY d.id, p.due_date, p.method, p.asset_id
  RETURNING id, entity_id, source_id, method, asset_id, money_asset_id, due_date),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction,
                                      asset_id, quantity, due_date)
  SELECT o.entity_id, o.settlement_id, 'flow', o.id, o.direction, o.asset_id, o.quantity, o.due_date FROM (
  SELECT p.entity_id, p.id AS settlement_id, f.id, f.direction, f.asset_id, f.due_date,
         CASE WHEN r.deal_id IS NULL THEN f.quantity
              ELSE round(r.rest * sum(f.quantity) OVER flows / r.whole, r.places)
                   - round(r.rest * (sum(f.quantity) OVER flows - f.quantity) / r.whole, r.places) END AS quantity
    FROM put p
    JOIN deals_deal d ON d.id = p.source_id
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version AND f.due_date = p.due_date
     AND (p.method <> 'PFOD' AND f.asset_id = p.asset_id
          OR p.method <> 'FOP' AND f.asset_id = p.money_asset_id)
    LEFT JOIN rests r ON r.deal_id = d.id AND r.due_date = f.due_date AND r.asset_id = f.asset_id
     AND r.kind = f.kind
  WINDOW flows AS (PARTITION BY p.id, f.asset_id, f.kind ORDER BY f.id)) o
   WHERE o.quantity > 0 ORDER BY o.id),
     linked AS (
  INSERT INTO settlements_settlementlink (first_id, second_id, kind)
  SELECT a.id, b.id, 'WITH' FROM put a JOIN put b ON b.source_id = a.source_id AND b.due_date = a.due_date
   AND a.id < b.id AND a.method = 'FOP' AND b.method = 'FOP')
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('deal', 'D-' || p.source_id)
  FROM put p ORDER BY p.id
"""  # noqa: S608


@transaction.atomic
def prepare_settlements(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Prepare what the confirmed ones among these deals owe; return how many deals were prepared.

    Running twice does nothing the second time: the deals are SETTLING then. A deal without a
    valid standing instruction for each of its dates stays confirmed and waits for a clerk.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(deal_ids)])
    nothing = _settle_what_owes_nothing(deal_ids, at)
    with connection.cursor() as cursor:
        cursor.execute(_READY, [list(deal_ids)])
        rows = cursor.fetchall()
        lacking = {row[0]: row for row in reversed(rows) if row[2] is None}
        ready = [row for row in rows if row[0] not in lacking]
        if ready:
            deals, _, ssis, _, _, dates = map(list, zip(*ready, strict=True))
            facts: dict[str, Any] = {"deals": deals, "dates": dates, "ssis": ssis, "at": at}
            cursor.execute(_PREPARE, facts | _rests(deals))
    paid, unpaid = prepare_payments(deal_ids=deal_ids, at=at)
    _ask_for_instructions([*lacking.values(), *unpaid], at)
    prepared = sorted({*(row[0] for row in ready), *paid})
    advance(Deal, "prepare", [Step(deal_id) for deal_id in prepared], actor=None, at=at)
    return len(prepared) + nothing


def _rests(deal_ids: Sequence[int]) -> dict[str, list[Any]]:
    """Of deals of which a part is settled, what is still owed of each kind of flow, as parameters of SQL."""
    names = (
        "rest_deals", "rest_dates", "rest_assets", "rest_kinds", "rest_wholes", "rests", "rest_places",
    )  # fmt: skip
    rows = partly_settled(sorted(set(deal_ids)))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, columns, strict=True))


def _settle_what_owes_nothing(deal_ids: Sequence[int], at: datetime) -> int:
    """A deal of nothing needs no instruction and waits for no settlement: every flow is settled."""
    with connection.cursor() as cursor:
        cursor.execute(_OWING_NOTHING, [list(deal_ids)])
        ids = [row[0] for row in cursor.fetchall()]
    advance(Deal, "prepare", [Step(id) for id in ids], actor=None, at=at)
    if ids:
        settle_deals(ids=ids, at=at)
    return len(ids)


def _ask_for_instructions(deals: Sequence[tuple[Any, ...]], at: datetime) -> None:
    """A clerk has until the settlement day begins."""
    items = [
        NewItem(
            kind=SSI_MISSING, queue="clerk", subject_type="deal", subject_id=id, entity_id=entity,
            amount=amount, currency=currency, due_at=datetime.combine(due, DAY_BEGINS, tzinfo=FIRM_ZONE),
        )
        for id, entity, _, amount, currency, due in deals
    ]  # fmt: skip
    open_items(items, at=at)
    events = [
        NewEvent(kind="deal.lack_ssi", subject_type="deal", subject_id=row[0], entity_id=row[1])
        for row in deals
    ]
    record_events(events, actor_id=None, at=at)
