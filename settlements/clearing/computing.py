"""Folding cleared deals into net obligations: their flows join, each once; the sum is another version.

A deal that comes after the settlement of its obligation was released belongs to the next round: it is
settled by itself, and compared together with what has gone before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Step, advance
from settlements.clearing.comparing import compare_nets
from settlements.clearing.exposing import expose_nets
from settlements.clearing.holding import hold_clearing
from settlements.clearing.keys import COLUMNS, GIVEN, Key, arrays, last_of, same
from settlements.clearing.models import NetObligation
from settlements.clearing.state import OPEN, NetState
from settlements.clearing.withdrawing import withdraw_nets


class Sum(NamedTuple):
    """What joins an obligation: the signed sum, of how many flows."""

    quantity: Decimal
    flows: int


# Flows of cleared deals that both sides agree on, and that no obligation has yet.
_JOINING = """
  SELECT f.id AS flow_id, d.id AS deal_id, d.entity_id, d.counterparty_id,
         coalesce(v.details -> 'clearing' ->> 'clearing_account', '') AS account, d.owner_id,
         f.asset_id, f.due_date,
         CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END AS signed
    FROM deals_deal d
    JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
    JOIN deals_flow f ON f.deal_id = d.id AND f.version = d.version
   WHERE d.id = ANY(%(deals)s) AND d.state = 'CONFIRMED' AND v.details -> 'clearing' ->> 'mode' = 'CCP'
     AND NOT EXISTS (SELECT 1 FROM settlements_nettedflow n WHERE n.flow_id = f.id)
"""
_SUMS = f"""
SELECT {COLUMNS}, sum(signed), count(*) FROM ({_JOINING}) j GROUP BY {COLUMNS} ORDER BY {COLUMNS}
"""  # noqa: S608
_OPEN = f"""
INSERT INTO settlements_netobligation ({COLUMNS}, round, version, quantity, state, makers, opened_at)
SELECT {", ".join(f"g.{name}" for name in Key._fields)}, r.round, 1, r.quantity, 'COMPUTED', '{{}}', %(at)s
  FROM (SELECT g.*, row_number() OVER () AS place FROM {GIVEN}) g
  JOIN unnest(%(rounds)s::int[], %(quantities)s::numeric[]) WITH ORDINALITY AS r(round, quantity, place)
    ON r.place = g.place
 ORDER BY g.place
RETURNING {COLUMNS}, id
"""  # noqa: S608
_PUT_VERSIONS = """
INSERT INTO settlements_netquantity (obligation_id, number, quantity, joined, computed_at)
SELECT g.id, n.version, n.quantity, g.joined, %s
  FROM unnest(%s::bigint[], %s::int[]) AS g(id, joined) JOIN settlements_netobligation n ON n.id = g.id
"""
_JOIN = f"""
INSERT INTO settlements_nettedflow (flow_id, deal_id, obligation_id, since)
SELECT j.flow_id, j.deal_id, n.id, n.version
  FROM ({_JOINING}) j
  JOIN settlements_netobligation n ON {same("n", "j")} AND n.id = ANY(%(nets)s)
 ORDER BY j.flow_id
"""  # noqa: S608


@retried()
@transaction.atomic
def net_deals(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Let the flows of these cleared deals join their net obligations; return how many obligations changed.

    Running twice does nothing the second time: a flow is in one obligation only. What was agreed and
    not released is computed anew: its settlement is withdrawn, and their figure is asked again.
    """
    hold_clearing()
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"deals": list(deal_ids)})
        width = len(Key._fields)
        joining = {Key(*row[:width]): Sum(*row[width:]) for row in cursor.fetchall()}
    if not joining:
        return 0
    nets = _grown(joining, at)
    rest = {key: each for key, each in joining.items() if key not in nets}
    nets |= open_nets(rest, at=at)
    ids = sorted(nets.values())
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, {"deals": list(deal_ids), "nets": ids})
    put_versions({id: joining[key].flows for key, id in nets.items()}, at)
    compare_nets(ids=ids, at=at)
    expose_nets(ids, at=at)
    return len(ids)


def _grown(joining: Mapping[Key, Sum], at: datetime) -> dict[Key, int]:
    """Those that are open still have another version; which, by key."""
    last = last_of(joining)
    agreed = [each.id for each in last.values() if each.state == NetState.AGREED]
    entities = {key.entity_id for key in joining}
    released = withdraw_nets(agreed, at=at, entity_ids=entities)
    steps = {
        each.id: Step(
            each.id,
            facts={
                "version": each.version + 1,
                "before": each.quantity,
                "quantity": each.quantity + joining[key].quantity,
            },
            columns={
                "version": each.version + 1,
                "quantity": each.quantity + joining[key].quantity,
            },
        )
        for key, each in last.items()
        if each.state in OPEN and each.id not in released
    }
    done = set(advance(NetObligation, "recompute", list(steps.values()), actor=None, at=at).done)
    return {key: each.id for key, each in last.items() if each.id in done}


def open_nets(
    sums: Mapping[Key, Sum], *, at: datetime, actor_id: int | None = None
) -> dict[Key, int]:
    """The next round of each key, or the first, in the caller's transaction; its version is put by `net_deals`."""
    if not sums:
        return {}
    last = last_of(sums)
    rounds = [last[key].round + 1 if key in last else 1 for key in sums]
    quantities = [each.quantity for each in sums.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN, {**arrays(sums), "rounds": rounds, "quantities": quantities, "at": at}
        )
        found = {Key(*row[:-1]): row[-1] for row in cursor.fetchall()}
    events = [
        NewEvent(
            kind="netobligation.compute", subject_type="netobligation", subject_id=id,
            entity_id=key.entity_id, target=NetState.COMPUTED.value,
            facts={"version": 1, "quantity": sums[key].quantity, "round": round},
        )
        for (key, id), round in zip(found.items(), rounds, strict=True)
    ]  # fmt: skip
    record_events(events, actor_id=actor_id, at=at)
    return found


def put_versions(joined: Mapping[int, int], at: datetime) -> None:
    values: list[Any] = [at, list(joined), list(joined.values())]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_VERSIONS, values)
