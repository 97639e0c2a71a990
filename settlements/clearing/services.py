"""Agreeing to net obligations: one settlement each, on the net."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.models import Deal
from deals.services import settle_deals
from settlements.clearing.exposing import NET
from settlements.clearing.holding import hold_clearing
from settlements.clearing.keys import WITHIN
from settlements.clearing.models import NetObligation
from settlements.clearing.settling import settle_nets
from settlements.clearing.state import NetState
from settlements.enriching import NoInstruction


class NotCompared(Conflict):
    code = "net-not-compared"
    title = gettext_noop("There is no figure of the clearing house")
    detail = gettext_noop(
        "%(net)s is what our deals come to; the house has not said what it counts."
    )
    hint = gettext_noop(
        "Bring the figure of the clearing house first. Only a net of nothing needs none."
    )


class NoInstructionOfHouse(NoInstruction):
    code = "net-ssi-missing"
    title = gettext_noop("The clearing house has no standing instruction that fits")
    detail = gettext_noop(
        "Nothing that is approved fits %(settlement)s on its date, or we have no account."
    )
    hint = gettext_noop("Record the instruction of the clearing house, and have it approved.")


# What is settled where: a security as the instruction of the house for it says, money where our own
# account is, as in preparing.py and payments.py.
_READY = """
SELECT n.id, coalesce(o.place_id, s.place_id), s.id, o.number
  FROM settlements_netobligation n
  LEFT JOIN refdata_instrument i ON i.asset_id = n.asset_id
  LEFT JOIN refdata_currency c ON c.asset_id = n.asset_id
  JOIN LATERAL (
       SELECT s.id, s.place_id FROM refdata_standinginstruction s
        WHERE s.party_id = n.counterparty_id AND s.status = 'APPROVED'
          AND s.valid_from <= n.due_date AND (s.valid_until IS NULL OR s.valid_until > n.due_date)
          AND (s.entity_id IS NULL OR s.entity_id = n.entity_id)
          AND s.instrument_kind IN ('', coalesce(i.kind, 'CURRENCY')) AND s.market IN ('', coalesce(i.market, ''))
          AND s.currency IN ('', coalesce(c.code, i.currency))
        ORDER BY (c.code IS NOT NULL AND s.currency <> '')::int DESC,
                 (s.entity_id IS NOT NULL)::int + (s.instrument_kind <> '')::int + (s.market <> '')::int
                 + (s.currency <> '')::int DESC, s.valid_from DESC, s.id DESC
        LIMIT 1) s ON true
  LEFT JOIN LATERAL (
       SELECT n2.place_id, n2.number FROM refdata_nostroaccount n2
        WHERE n2.entity_id = n.entity_id AND n2.currency = c.code
        ORDER BY n2.place_id = s.place_id DESC, n2.owner_id = n.owner_id DESC, n2.id LIMIT 1) o ON true
 WHERE n.id = ANY(%s) AND n.quantity <> 0 AND (c.code IS NULL OR o.number IS NOT NULL)
"""
_PREPARE = f"""
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, ssi_snapshot,
          method, delivers, asset_id, quantity, money_asset_id, amount, interest, due_date, makers, prepared_at)
  SELECT n.entity_id, n.owner_id, n.counterparty_id, 'net', n.id, g.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account, 'cash_account', s.cash_account,
                            'place', s.place_id)
         || CASE WHEN m.money THEN jsonb_build_object('nostro', g.nostro) ELSE '{{}}' END,
         CASE WHEN m.money THEN 'PFOD' ELSE 'FOP' END, m.money = (n.quantity > 0), n.asset_id,
         CASE WHEN m.money THEN 0 ELSE abs(n.quantity) END, coalesce(p.asset_id, n.asset_id),
         CASE WHEN m.money THEN abs(n.quantity) ELSE 0 END, w.interest, n.due_date,
         array(SELECT DISTINCT x FROM unnest(w.makers || n.makers) x ORDER BY x), %(at)s
    FROM unnest(%(nets)s::bigint[], %(places)s::bigint[], %(ssis)s::bigint[], %(nostros)s::text[])
         AS g(id, place_id, ssi_id, nostro)
    JOIN settlements_netobligation n ON n.id = g.id
    JOIN refdata_standinginstruction s ON s.id = g.ssi_id
    LEFT JOIN refdata_instrument i ON i.asset_id = n.asset_id
    LEFT JOIN refdata_currency p ON p.code = i.currency
   CROSS JOIN LATERAL (SELECT i.asset_id IS NULL AS money) m
   CROSS JOIN LATERAL (
         SELECT coalesce(sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
                         FILTER (WHERE f.kind = 'INTEREST'), 0) AS interest,
                array(SELECT DISTINCT unnest(d.makers) FROM settlements_nettedflow k
                        JOIN deals_deal d ON d.id = k.deal_id
                       WHERE k.obligation_id = n.id AND {WITHIN}) AS makers
           FROM settlements_nettedflow k JOIN deals_flow f ON f.id = k.flow_id
          WHERE k.obligation_id = n.id AND {WITHIN}) w
   ORDER BY n.id
  RETURNING id, entity_id, source_id),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction, asset_id,
                                      quantity, due_date)
  SELECT p.entity_id, p.id, 'flow', f.id, f.direction, f.asset_id, f.quantity, f.due_date
    FROM put p JOIN settlements_nettedflow k ON k.obligation_id = p.source_id AND {WITHIN}
    JOIN deals_flow f ON f.id = k.flow_id
   ORDER BY f.id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('net', 'NO-' || p.source_id)
  FROM put p ORDER BY p.id
"""  # noqa: S608
_DEALS_OF = f"""
SELECT DISTINCT d.id FROM settlements_nettedflow k JOIN deals_deal d ON d.id = k.deal_id
 WHERE k.obligation_id = ANY(%s) AND d.state = 'CONFIRMED' AND {WITHIN} ORDER BY d.id
"""  # noqa: S608


@retried()
@transaction.atomic
def agree_nets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Agree with the clearing house: each is prepared for settlement on its net, to be released by other eyes.

    Only what is equal to their figure can be agreed to. A net of nothing is settled with it. Refuses with
    NoInstructionOfHouse what cannot be instructed.
    """
    hold_clearing()
    rows = NetObligation.objects.filter(pk__in=ids).exclude(quantity=0)
    wanted = set(rows.filter(state=NetState.MATCHED).values_list("pk", flat=True))
    ready = _ready(sorted(wanted))
    refused: dict[int, Refusal] = {
        id: NoInstructionOfHouse(settlement=f"NO-{id}") for id in sorted(wanted - ready.keys())
    }
    untold = rows.filter(state=NetState.COMPUTED).values_list("pk", flat=True)
    refused |= {id: NotCompared(net=f"NO-{id}") for id in sorted(untold)}
    steps = [Step(id) for id in ids if id not in refused]
    outcome = advance(NetObligation, "agree", steps, actor=actor, at=at)
    done = sorted(outcome.done)
    if done:
        _prepare({id: ready[id] for id in done if id in ready}, at)
        with connection.cursor() as cursor:
            cursor.execute(_DEALS_OF, [done])
            deals = [Step(row[0]) for row in cursor.fetchall()]
        advance(Deal, "prepare", deals, actor=None, at=at)
        nothing = [
            id for id in done if id not in ready
        ]  # our own deals within may pay all the same
        settle_deals(ids=settle_nets(nothing, at=at), at=at, ended={NET: nothing})
    return outcome.refusing(refused)


def _ready(ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_READY, [list(ids)])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _prepare(ready: dict[int, tuple[Any, ...]], at: datetime) -> None:
    if ready:
        places, ssis, nostros = map(list, zip(*ready.values(), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                _PREPARE,
                {"nets": list(ready), "places": places, "ssis": ssis, "nostros": nostros, "at": at},
            )
