"""Keeping executed deals that came in and cannot be booked yet; those of a log many at once, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction
from psycopg2 import errors

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import FieldProblem
from deals.models import Inbound
from refdata.rows import BookRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An executed deal as a session told it: its members as far as they are known, and what is wrong.

    The external reference is unique in the session. A worth of None is one that is not known.
    """

    source: str
    external_ref: str
    members: Mapping[str, Any]
    raw: str
    problems: Sequence[FieldProblem]
    worth: Decimal | None
    currency: str
    book: BookRow | None = None  # where it is known already


# A rival that brought the same log meanwhile is found by the second look.
@retried(errors.UniqueViolation)
@transaction.atomic
def keep_received(received: Sequence[Received], *, actor: User, at: datetime) -> list[Inbound]:
    """Keep those that are not there yet, for repair: counted and valued. Returns all, old and new."""
    wanted = {(each.source, each.external_ref): each for each in received}
    known = _rows_of(wanted.keys())
    rows = [_row(each, actor, at) for key, each in wanted.items() if key not in known]
    Inbound.objects.bulk_create(rows)
    tell_received(rows, actor=actor, at=at)
    found = known | {(row.source, row.external_ref): row for row in rows}
    return [found[key] for key in wanted]


def tell_received(rows: Sequence[Inbound], *, actor: User, at: datetime) -> None:
    """Their events: what came in, what is wrong with it, what it is worth, and of which session."""
    events = [
        NewEvent(
            kind="inbound.receive", subject_type="inbound", subject_id=row.pk,
            entity_id=row.entity_id, target="REPAIR",
            facts={
                "external_ref": row.external_ref, "problems": sorted({p["code"] for p in row.problems}),
                "amount": str(row.amount or ""), "currency": row.currency,
            } | ({"source": row.source} if row.source else {}),
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)


def problem_documents(problems: Sequence[FieldProblem]) -> list[dict[str, Any]]:
    """What is wrong, as it is kept with what came in."""
    return [{"pointer": p.pointer, "code": p.code, "facts": dict(p.facts)} for p in problems]


def known_of(keys: Sequence[tuple[str, str]]) -> int:
    """How many of these (source, external reference) are kept already."""
    return len(_rows_of(keys))


def _rows_of(keys: Any) -> dict[tuple[str, str], Inbound]:
    sources, references = {source for source, _ in keys}, {reference for _, reference in keys}
    rows = Inbound.objects.filter(source__in=sources, external_ref__in=references)
    found = {(row.source, row.external_ref): row for row in rows}
    return {key: row for key, row in found.items() if key in keys}


def _row(each: Received, actor: User, at: datetime) -> Inbound:
    return Inbound(
        entity_id=each.book.entity_id if each.book else None,
        book_id=each.book.id if each.book else None, source=each.source, external_ref=each.external_ref, raw=each.raw,
        body=msgspec.json.encode(dict(each.members)).decode(),
        problems=problem_documents(each.problems),
        amount=each.worth, currency=each.currency, received_by=actor, received_at=at,
        makers=[actor.pk],
    )  # fmt: skip
