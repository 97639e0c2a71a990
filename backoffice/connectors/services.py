"""Messages to places. Each is a row first: a lost file is written again.

A place with a channel gets them in the channel's format (`channels/`). One that has none gets one JSON line for
each in a file of its out-folder; it names what it is linked with at the same place (WITH, BEFORE, AFTER, as it
sees the other).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backoffice.connectors.channels.choosing import CHANNEL_OF, PAYMENTS, SECURITIES
from backoffice.connectors.channels.references import CANCEL as CANCEL
from backoffice.connectors.channels.references import HOLD, RELEASE
from backoffice.connectors.channels.references import NEW as NEW
from backoffice.connectors.models import OutboundMessage
from backoffice.events.faults import reached
from backoffice.kernel.whole_files import write_whole
from backoffice.workflow.transitions import Alike, advance
from refdata.firm_days import firm_day

BATCH = 5_000

_QUEUE = f"""
INSERT INTO connectors_outboundmessage (place_id, settlement_id, entity_id, function, number, channel, body, created_at)
SELECT s.place_id, s.id, s.entity_id, %(function)s, asked.number, coalesce(way.code, ''), jsonb_build_object(
         'reference', 'S-' || s.id, 'function', %(function)s::text, 'place', p.code, 'method', s.method,
         'delivers', s.delivers, 'isin', CASE a.kind WHEN 'SECURITY' THEN a.code END,
         'quantity', (s.quantity - s.settled_quantity)::text, 'partial', s.partial_allowed,
         'minimum', trim_scale(s.minimum)::text, 'priority', s.priority,
         'amount', (s.amount - s.settled_amount)::text, 'currency', m.code, 'due_date', s.due_date,
         'owner', o.code, 'counterparty', c.code, 'account', s.ssi_snapshot ->> 'depository_account',
         'cash_account', s.ssi_snapshot ->> 'cash_account', 'nostro', s.ssi_snapshot ->> 'nostro',
         'links', linked.links, 'on_hold', s.hold = 'OURS'), %(at)s
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_asset a ON a.id = s.asset_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  JOIN refdata_party c ON c.id = s.counterparty_id
  JOIN refdata_party o ON o.id = s.owner_id
 CROSS JOIN LATERAL (
       SELECT greatest(1, count(*)) AS number FROM events_event e
        WHERE %(function)s = 'CANC' AND e.subject_type = 'settlement' AND e.subject_id = s.id
          AND e.kind = 'settlement.request_cancel') asked
  LEFT JOIN LATERAL ({CHANNEL_OF}) way ON true
 CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(jsonb_build_object('kind', k.kind, 'reference', 'S-' || k.other) ORDER BY k.other),
                       '[]') AS links
         FROM (SELECT l.id, l.second_id AS other, l.kind::text AS kind FROM settlements_settlementlink l
                WHERE l.first_id = s.id
                UNION ALL
               SELECT l.id, l.first_id, CASE l.kind WHEN 'BEFORE' THEN 'AFTER' ELSE l.kind END
                 FROM settlements_settlementlink l WHERE l.second_id = s.id) k
         JOIN settlements_settlement o ON o.id = k.other AND o.place_id = s.place_id
          AND o.settlement <> 'SETTLED' AND o.cancellation <> 'AGREED' AND o.netted_by_id IS NULL
        WHERE NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = k.id)) linked
 WHERE s.id = ANY(%(ids)s) AND (%(function)s = 'NEWM' OR s.transmission <> 'NONE')
   AND (way.code IS NULL OR way.format NOT IN ({PAYMENTS}) OR NOT s.delivers)
 ORDER BY (SELECT d.position FROM settlements_rundecision d
            WHERE d.settlement_id = s.id AND d.outcome = 'SEND' ORDER BY d.run_id DESC, d.id DESC LIMIT 1), s.id
ON CONFLICT (settlement_id, function, number) DO NOTHING
"""  # noqa: S608
# What a person held or let go after it was sent, in the order in which it happened: only a channel of securities
# carries that. The place is told of each once.
_COMMANDS = f"""
INSERT INTO connectors_outboundmessage (place_id, settlement_id, entity_id, function, number, channel, body, created_at)
SELECT s.place_id, s.id, s.entity_id, e.function, e.number, way.code,
       jsonb_build_object('reference', 'S-' || s.id, 'function', e.function), %(at)s
  FROM (SELECT e.id, e.subject_id, CASE e.kind WHEN 'settlement.hold' THEN %(hold)s ELSE %(release)s END AS function,
               row_number() OVER (PARTITION BY e.subject_id, e.kind ORDER BY e.id) AS number
          FROM events_event e
         WHERE e.subject_type = 'settlement' AND e.subject_id = ANY(%(ids)s)
           AND e.kind IN ('settlement.hold', 'settlement.unhold')
           AND e.id > (SELECT max(b.id) FROM events_event b WHERE b.subject_type = 'settlement'
                          AND b.subject_id = e.subject_id AND b.kind = 'settlement.send')) e
  JOIN settlements_settlement s ON s.id = e.subject_id
  JOIN LATERAL ({CHANNEL_OF}) way ON way.format IN ({SECURITIES})
 WHERE EXISTS (SELECT 1 FROM connectors_outboundmessage m WHERE m.settlement_id = s.id AND m.function = 'NEWM')
 ORDER BY e.id
ON CONFLICT (settlement_id, function, number) DO NOTHING
"""  # noqa: S608
_UNWRITTEN = """
SELECT o.id, p.code, o.body FROM connectors_outboundmessage o JOIN refdata_place p ON p.id = o.place_id
 WHERE o.state = 'QUEUED' AND o.channel = '' AND o.choice_id IS NULL ORDER BY o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""


def queue_instructions(*, settlement_ids: Sequence[int], at: datetime, function: str = NEW) -> None:
    """Make the messages of sent settlements, or the requests to cancel them: one each time.

    They leave in the order in which their run let them go.
    """
    if settlement_ids:
        values: dict[str, Any] = {
            "ids": list(settlement_ids), "at": at, "function": function, "day": firm_day(at),
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE, values)


def queue_commands(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """Make the messages by which places are told that sent settlements are held, or let go: one each time."""
    if settlement_ids:
        values: dict[str, Any] = {
            "ids": list(settlement_ids), "at": at, "day": firm_day(at), "hold": HOLD,
            "release": RELEASE,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_COMMANDS, values)


@transaction.atomic
def write_instructions(folder: Path, *, at: datetime) -> int:
    """Write queued messages of places without a channel into the out-folder, one file for each place and batch.

    A file's name comes from its first and last message: killed between file and commit, the
    same file is written again over itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNWRITTEN, [BATCH])
        rows = cursor.fetchall()
        by_place: dict[str, list[tuple[int, Any]]] = {}
        for id, place, body in rows:
            by_place.setdefault(place, []).append((id, body))
        for place, messages in by_place.items():
            name = f"{place}-{messages[0][0]:012d}-{messages[-1][0]:012d}.jsonl"
            lines = (body if isinstance(body, str) else json.dumps(body) for _, body in messages)
            write_whole(folder / name, (f"{line}\n".encode() for line in lines))
        reached("file.written")
        cursor.execute(
            "UPDATE connectors_outboundmessage SET written_at = %s WHERE id = ANY(%s)",
            [at, [row[0] for row in rows]],
        )
    advance(OutboundMessage, "send", Alike([row[0] for row in rows]), actor=None, at=at)
    return len(rows)
