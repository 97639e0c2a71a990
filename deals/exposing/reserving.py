"""Reservations that arrive together are made in one transaction, each once per key: group commit as in capture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from backoffice.access.idempotency import Keyed, keep_answers, open_keys
from backoffice.access.models import IdempotencyRecord
from backoffice.events.durable import wait_for_disk
from backoffice.kernel.errors import Refusal
from deals.capturing.group_commit import Group
from deals.exposing.documents import need_document
from deals.exposing.exposure import DealNeed
from limits.holding import Asked, Held, reserve_all


@dataclass(frozen=True, slots=True)
class Reserving:
    """A request for room: whose and which it is, what its deal needs, and for how long."""

    request: Keyed
    needs: Sequence[DealNeed]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Reserved:
    """The answer that is kept for a request, or why it holds nothing; `replayed` when it was kept before."""

    record: IdempotencyRecord | None = None
    refusal: Refusal | None = None
    replayed: bool = False


@transaction.atomic
def reserve_batch(batch: Sequence[Reserving]) -> list[Reserved]:
    """One outcome for each, none raises. What is refused leaves nothing, so its key may be used again.

    The commit does not wait for the disk: whoever answers does.
    """
    opened = open_keys([each.request for each in batch], waits=False)
    new = [index for index, found in enumerate(opened) if found is None]
    made = reserve_all([batch[index].asked for index in new]) if new else []
    answers = [
        (batch[index].request, 201, *_answer(batch[index], held))
        for index, held in zip(new, made, strict=True)
        if isinstance(held, Held)
    ]
    kept = iter(keep_answers(answers) if answers else ())
    outcomes = [
        Reserved(refusal=found)
        if isinstance(found, Refusal)
        else Reserved(record=found, replayed=True)
        for found in opened
    ]
    for index, held in zip(new, made, strict=True):
        outcomes[index] = (
            Reserved(record=next(kept)) if isinstance(held, Held) else Reserved(refusal=held)
        )
    return outcomes


reserve_group: Group[Reserving, Reserved] = Group(reserve_batch, then=wait_for_disk)


def _answer(row: Reserving, held: Held) -> tuple[str, str]:
    """Where the hold is, and the document that tells what it holds of which limit."""
    reference = f"H-{held.hold.pk}"
    amounts = [need.amount for need in held.needs]
    document: dict[str, Any] = {
        "reference": reference,
        "status": "HELD",
        "expires_at": held.hold.expires_at.isoformat(),
        "limits": [
            need_document(need, reserved=amount)
            for need, amount in zip(row.needs, amounts, strict=True)
        ],
    }
    return f"/api/v1/limits/reservations/{reference}/", msgspec.json.encode(document).decode()
