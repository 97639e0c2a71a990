"""Messages to and from places, through files. Each is a row first: a lost file is written again.

An instruction out is one JSON line in a file of the place's out-folder; an answer in is one JSON
line: `{"reference": "S-12", "message": "m-1", "event": "acknowledged" | "matched" | "settled" |
"rejected", "at": "...", "reason"?}`. The formats of real places plug in here later.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.connectors.models import InboundFile
from backoffice.workflow.transitions import Step, advance
from settlements.models import Settlement
from settlements.services import Proof, settle_settlements

BATCH = 5_000

_QUEUE = """
INSERT INTO connectors_outboundmessage (place_id, settlement_id, body, created_at)
SELECT s.place_id, s.id, jsonb_build_object(
         'reference', 'S-' || s.id, 'function', 'NEWM', 'place', p.code, 'method', s.method,
         'delivers', s.delivers, 'isin', a.code, 'quantity', s.quantity::text,
         'amount', s.amount::text, 'currency', m.code, 'due_date', s.due_date,
         'counterparty', c.code, 'account', s.ssi_snapshot ->> 'depository_account'), %s
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_asset a ON a.id = s.asset_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  JOIN refdata_party c ON c.id = s.counterparty_id
 WHERE s.id = ANY(%s)
 ORDER BY s.id
ON CONFLICT (settlement_id) DO NOTHING
"""
_UNWRITTEN = """
SELECT o.id, p.code, o.body FROM connectors_outboundmessage o JOIN refdata_place p ON p.id = o.place_id
 WHERE o.written_at IS NULL ORDER BY o.id LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""


class Answer(NamedTuple):
    """One line of what a place says about one of our instructions."""

    settlement_id: int
    event: str
    message: str
    at: datetime
    reason: str


def queue_instructions(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """Make the messages of sent settlements; each settlement has one."""
    if settlement_ids:
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE, [at, list(settlement_ids)])


@transaction.atomic
def write_instructions(folder: Path, *, at: datetime) -> int:
    """Write queued messages into the out-folder, one file for each place and batch.

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
            _write(
                folder / name,
                (body if isinstance(body, str) else json.dumps(body) for _, body in messages),
            )
        cursor.execute(
            "UPDATE connectors_outboundmessage SET written_at = %s WHERE id = ANY(%s)",
            [at, [row[0] for row in rows]],
        )
    return len(rows)


def _write(path: Path, lines: Iterator[str]) -> None:
    """Whole or not at all: written beside, flushed, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with beside.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_answers(path: Path, *, at: datetime) -> InboundFile:
    """Take in a file of answers, once: good lines work, each bad one is kept with its reason."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    known = InboundFile.objects.filter(sha256=digest).first()
    if known is not None:
        return known
    answers, problems = _parse(raw)
    with transaction.atomic():
        for event in ("acknowledged", "matched", "rejected"):
            _note([a for a in answers if a.event == event], event, at)
        _settled([a for a in answers if a.event == "settled"], at)
        return InboundFile.objects.create(
            name=path.name, sha256=digest, lines=len(answers), problems=problems, received_at=at
        )


def _parse(raw: bytes) -> tuple[list[Answer], list[dict[str, Any]]]:
    answers, problems = [], []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        try:
            document = json.loads(line)
            answers.append(
                Answer(
                    int(document["reference"].removeprefix("S-")), document["event"],
                    str(document["message"]), datetime.fromisoformat(document["at"]),
                    str(document.get("reason", "")),
                )
            )  # fmt: skip
            if answers[-1].at.tzinfo is None:
                raise ValueError("the time has no offset")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append({"line": number, "problem": repr(error)})
    return answers, problems


_TRANSITIONS = {"acknowledged": "acknowledge", "matched": "match", "rejected": "bounce"}


def _note(answers: Sequence[Answer], event: str, at: datetime) -> None:
    steps = {
        a.settlement_id: Step(a.settlement_id, a.reason, {"message": a.message}) for a in answers
    }
    advance(Settlement, _TRANSITIONS[event], list(steps.values()), actor=None, at=at)


def _settled(answers: Sequence[Answer], at: datetime) -> None:
    by_day: dict[Any, dict[int, Proof]] = {}
    for a in answers:
        proof = Proof(kind="place-message", reference=a.message, settled_at=a.at)
        by_day.setdefault(a.at.date(), {})[a.settlement_id] = proof
    for day, proofs in sorted(by_day.items()):
        settle_settlements(proofs=proofs, settled_date=day, at=at)
