"""Taking in what counterparties send. A parsed message of whatever format becomes a confirmation here.

The same message again adds nothing; a changed one of the same reference is its next version and
replaces the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from psycopg2 import errors

from backoffice.access.models import User
from backoffice.events.copying import copy_rows, new_ids
from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Step, advance
from deals.confirming.holding import hold_matching
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.state import LIVE
from deals.confirming.terms import Parsed, ParsedWithdrawal

CHUNK = 5_000
RECEIVED, DUPLICATE, WITHDRAWN, UNKNOWN = "received", "duplicate", "withdrawn", "unknown"
Key = tuple[int, int, str]  # entity, sender, their reference


class Received(NamedTuple):
    """What became of a message, and of which confirmation; None where it withdraws what was not sent."""

    outcome: str
    id: int | None


@dataclass(slots=True)
class _Known:
    """What is there under a reference: the last version, and the digests of all."""

    last: int = 0
    number: int = 0
    live: bool = False
    digests: dict[bytes, int] | None = None


# A rival that brought the same reference meanwhile is found by the second look.
@retried(errors.UniqueViolation)
@transaction.atomic
def receive_confirmations(
    messages: Sequence[Parsed | ParsedWithdrawal], *, source: str, actor: User | None, at: datetime
) -> list[Received]:
    """Keep messages in the order they came, at most CHUNK of them; one outcome each.

    `source` says by which road they came; nobody brought what came through a channel. Matching is the next
    step, and whoever follows `confirmation.receive` takes it in any case.
    """
    hold_matching()
    known = _known({_key(message) for message in messages})
    count = sum(isinstance(message, Parsed) for message in messages)
    ids = iter(new_ids("deals_receivedconfirmation", count))
    found, rows, replaced, withdrawn = [], [], list[Step](), list[Step]()
    for message in messages:
        there = known.setdefault(_key(message), _Known(digests={}))
        assert there.digests is not None
        if isinstance(message, ParsedWithdrawal):
            if there.live:
                withdrawn.append(Step(there.last, message.reason))
                there.live = False
                found.append(Received(WITHDRAWN, there.last))
            else:
                found.append(Received(UNKNOWN, there.last or None))
            continue
        if message.digest in there.digests:
            found.append(Received(DUPLICATE, there.digests[message.digest]))
            continue
        id = next(ids)
        if there.live:
            replaced.append(Step(there.last, facts={"by": f"RC-{id}"}))
        rows.append(_row(id, message, there, source, actor, at))
        there.digests[message.digest] = id
        there.last, there.number, there.live = id, there.number + 1, True
        found.append(Received(RECEIVED, id))
    copy_rows("deals_receivedconfirmation", ", ".join(_COLUMNS), rows)
    _tell(rows, actor, at)
    advance(ReceivedConfirmation, "replace", replaced, actor=actor, at=at)
    advance(ReceivedConfirmation, "withdraw", withdrawn, actor=actor, at=at)
    return found


def _key(message: Parsed | ParsedWithdrawal) -> Key:
    return message.entity_id, message.sender_id, message.their_ref


_KNOWN = """
SELECT c.entity_id, c.sender_id, c.their_ref, c.id, c.number, c.state = ANY(%s), c.digest
  FROM deals_receivedconfirmation c
  JOIN unnest(%s::bigint[], %s::bigint[], %s::text[]) AS k(entity_id, sender_id, their_ref)
    ON k.entity_id = c.entity_id AND k.sender_id = c.sender_id AND k.their_ref = c.their_ref
 ORDER BY c.id FOR UPDATE OF c
"""


def _known(keys: Iterable[Key]) -> dict[Key, _Known]:
    found: dict[Key, _Known] = {}
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[state.value for state in LIVE], *columns])
        for entity, sender, their_ref, id, number, live, digest in cursor.fetchall():
            there = found.setdefault((entity, sender, their_ref), _Known(digests={}))
            assert there.digests is not None
            there.digests[bytes(digest)] = id
            if number > there.number:
                there.last, there.number, there.live = id, number, live
    return found


_COLUMNS = (
    "id", "entity_id", "sender_id", "their_ref", "number", "digest", "source", "raw", "our_ref", "uti",
    "side", "told", "instrument_id", "pair", "quantity", "price", "currency", "amount", "trade_date",
    "settlement_date", "place", "sent_at", "state", "replaces_id", "received_by_id", "received_at",
    "makers",
)  # fmt: skip


def _row(
    id: int, m: Parsed, there: _Known, source: str, actor: User | None, at: datetime
) -> tuple[Any, ...]:
    return (
        id, m.entity_id, m.sender_id, m.their_ref, there.number + 1, f"\\x{m.digest.hex()}", source,
        m.raw, m.our_ref, m.uti, m.side, m.told, m.instrument_id, m.pair, m.quantity, m.price,
        m.currency, m.amount, m.trade_date, m.settlement_date, m.place, m.sent_at, "RECEIVED",
        there.last or None, actor and actor.pk, at.isoformat(), f"{{{actor.pk}}}" if actor else "{}",
    )  # fmt: skip


def _tell(rows: Sequence[tuple[Any, ...]], actor: User | None, at: datetime) -> None:
    events = [
        NewEvent(
            kind="confirmation.receive", subject_type="confirmation", subject_id=row[0],
            entity_id=row[1], target="RECEIVED", facts={"their_ref": row[3], "number": row[4]},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk if actor else None, at=at)
