"""Letters as they are asked for: one for each reaction that sends one, whoever looks how often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.connectors.channels.references import CHASE
from backoffice.events.consumers import Happened
from settlements.fails.processing.kinds import CHASE_FAIL, SENDS_CHASE

MAIL = "E-MAIL"  # the channel of letters: of no place, and there without being set up
# A letter has the number of its reaction among those of its settlement, so that the same is never queued twice.
_QUEUE = """
INSERT INTO connectors_outboundmessage (place_id, settlement_id, entity_id, function, number, channel, body, created_at)
SELECT s.place_id, s.id, s.entity_id, %(function)s, r.number, %(channel)s,
       jsonb_build_object('reference', 'S-' || s.id, 'function', %(function)s::text, 'step', r.key,
                          'version', 'RL-' || r.version_id, 'since', r.begun_on), %(at)s
  FROM (SELECT c.subject_id, c.key, c.begun_on, c.version_id,
               row_number() OVER (PARTITION BY c.subject_id ORDER BY c.id) AS number
          FROM refdata_casereaction c
         WHERE c.process = %(process)s AND c.subject_type = 'settlement' AND c.subject_id = ANY(%(ids)s)) r
  JOIN unnest(%(ids)s::bigint[], %(keys)s::text[], %(begun)s::date[]) AS g(id, key, begun_on)
    ON g.id = r.subject_id AND g.key = r.key AND g.begun_on = r.begun_on
  JOIN settlements_settlement s ON s.id = r.subject_id
 ORDER BY r.subject_id, r.number
ON CONFLICT (settlement_id, function, number) DO NOTHING
"""


def queue_letters(events: Sequence[Happened], *, at: datetime) -> None:
    """Make the letters that reactions ask for; in the caller's transaction."""
    asked = [e for e in events if e.facts.get("sends") == SENDS_CHASE]
    if asked:
        values: dict[str, Any] = {
            "function": CHASE, "channel": MAIL, "process": CHASE_FAIL.name, "at": at,
            "ids": [e.subject_id for e in asked], "keys": [e.facts["step"] for e in asked],
            "begun": [e.facts["begun"] for e in asked],
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE, values)
