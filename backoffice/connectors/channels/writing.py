"""Writing what is queued for a channel: numbered without gaps, in its format of the day, once and for ever.

Whole or not at all: what lacks something is stopped with every problem named, and a person mends it. What is
written is kept as bytes; whoever lets it leave again lets the same leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.connectors.channels.choosing import channel_at
from backoffice.connectors.channels.details import Details, details_of
from backoffice.connectors.channels.electing import written_election
from backoffice.connectors.channels.formats import NoWriter, Outgoing, Sent, Written, written
from backoffice.connectors.channels.lines import line_if_free
from backoffice.connectors.channels.models import Channel, ChannelLine
from backoffice.connectors.channels.references import NEW, Named
from backoffice.connectors.channels.state import LineState
from backoffice.connectors.formats.refusing import Refused, refusal
from backoffice.connectors.models import OutboundMessage
from backoffice.events.faults import reached
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Alike, Step, advance

BATCH = 500
_QUEUED = """
SELECT o.id, o.settlement_id, o.choice_id, o.function, o.number, o.body, o.sequence, o.content IS NOT NULL
  FROM connectors_outboundmessage o
 WHERE o.channel = %s AND o.state = 'QUEUED' ORDER BY o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""
_KEEP = """
UPDATE connectors_outboundmessage o SET sequence = g.sequence, reference = g.reference, format = g.format,
       name = g.name, content = g.content, written_at = %s, problems = '[]'
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[])
       AS g(id, sequence, reference, format, name, content)
 WHERE o.id = g.id
"""
_PROBLEMS = """
UPDATE connectors_outboundmessage o SET problems = g.problems
  FROM unnest(%s::bigint[], %s::jsonb[]) AS g(id, problems) WHERE o.id = g.id
"""


class Queued(NamedTuple):
    id: int
    settlement_id: int | None
    choice_id: int | None
    function: str
    number: int
    body: dict[str, Any]
    sequence: int | None
    is_written: bool


@transaction.atomic
def write_messages(*, code: str, at: datetime, limit: int = BATCH) -> int:
    """Write what is queued for a channel, at most `limit`; how many were looked at.

    Its line is locked: one writer at a time numbers the messages of a channel, another finds it busy
    and does nothing. Nothing is written while it is frozen.
    """
    line = line_if_free(code)
    if line is None or line.state == LineState.FROZEN:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_QUEUED, [code, limit])
        found: list[Any] = cursor.fetchall()
    rows = [Queued(*row)._replace(body=_read(row[5])) for row in found]
    again = [row.id for row in rows if row.is_written]  # taken back: it has its number and bytes
    fresh = [row for row in rows if not row.is_written]
    good, bad = _drafted(fresh, code, at)
    _number(line, code, good, at)
    reached("message.numbered")
    advance(
        OutboundMessage,
        "write",
        Alike(sorted([*again, *(m.row.id for m in good)])),
        actor=None,
        at=at,
    )
    _stop(bad, at)
    return len(rows)


def _read(body: Any) -> dict[str, Any]:
    """A body as JSON; the driver may leave that to us."""
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return found


class Draft(NamedTuple):
    row: Queued
    written: Written


def _drafted(
    rows: Sequence[Queued], code: str, at: datetime
) -> tuple[list[Draft], list[tuple[Queued, Refused]]]:
    if not rows:
        return [], []
    channel = channel_at(code, at)
    if channel is None:
        return [], [(row, _without_channel()) for row in rows]
    about = [row.settlement_id for row in rows if row.settlement_id is not None]
    details = details_of(about) if about else {}
    before = _instructed(
        [row.settlement_id for row in rows if row.function != NEW and row.settlement_id is not None]
    )
    good: list[Draft] = []
    bad: list[tuple[Queued, Refused]] = []
    for row in rows:
        try:
            good.append(Draft(row, _one(row, channel, details, before, at)))
        except (Refused, NoWriter) as refused:
            bad.append((row, refused if isinstance(refused, Refused) else refused.as_refused()))
    return good, bad


def _one(
    row: Queued,
    channel: Channel,
    details: Mapping[int, Details],
    before: dict[int, Sent],
    at: datetime,
) -> Written:
    if row.choice_id is not None:
        return written_election(row.choice_id, row.body, channel, at=at)
    assert row.settlement_id is not None
    named = Named(row.settlement_id, row.function, row.number)
    sent = before.get(row.settlement_id)
    return written(Outgoing(named, row.body, details[row.settlement_id], sent), channel, at=at)


def _instructed(settlement_ids: Sequence[int]) -> dict[int, Sent]:
    """What was sent of settlements first: a request to cancel repeats that, whatever was changed since."""
    rows = OutboundMessage.objects.filter(
        settlement_id__in=settlement_ids, function="NEWM", content__isnull=False
    )
    found = rows.values_list("settlement_id", "format", "content")
    return {id: Sent(format, bytes(content or b"")) for id, format, content in found}


def _number(line: ChannelLine, code: str, good: Sequence[Draft], at: datetime) -> None:
    if not good:
        return
    numbers = range(line.number + 1, line.number + 1 + len(good))
    columns: list[list[Any]] = [
        [m.row.id for m in good], list(numbers), [m.written.reference for m in good],
        [m.written.format for m in good],
        [f"{code}-{n:09d}.{m.written.ending}" for n, m in zip(numbers, good, strict=True)],
        [m.written.content for m in good],
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [at, *columns])
    ChannelLine.objects.filter(pk=line.pk).update(number=numbers[-1])


def _stop(bad: Sequence[tuple[Queued, Refused]], at: datetime) -> None:
    if not bad:
        return
    told = [[_told(each) for each in refused.problems] for _, refused in bad]
    with connection.cursor() as cursor:
        ids = [row.id for row, _ in bad]
        cursor.execute(_PROBLEMS, [ids, [json.dumps(each) for each in told]])
    steps = [
        Step(row.id, _in_a_line(problems), {"about": row.body.get("reference", "")})
        for (row, _), problems in zip(bad, told, strict=True)
    ]
    advance(OutboundMessage, "stop", steps, actor=None, at=at)


def _told(problem: FieldProblem) -> dict[str, Any]:
    return {
        "where": problem.pointer, "code": problem.code, "detail": problem.detail,
        "hint": problem.hint, "facts": dict(problem.facts),
    }  # fmt: skip


def _in_a_line(problems: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{each['where']}: {each['code']}" for each in problems)


def _without_channel() -> Refused:
    problem = FieldProblem(
        "channel", "channel-ended",
        gettext_noop("The channel of its place is not valid any more."),
        gettext_noop("Give the channel new terms, or send it outside and say so."),
    )  # fmt: skip
    return refusal("channel", [problem])
