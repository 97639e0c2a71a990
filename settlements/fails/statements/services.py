"""Taking in a place's penalty statement, comparing it with ours, booking it, and what follows a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from backoffice.access.models import User
from backoffice.events.copying import copy_rows
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import NotFound
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from settlements.fails.statements.booking import book, reverse_booking
from settlements.fails.statements.comparing import compare
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.state import StatementState
from settlements.fails.statements.terms import ToldLine, sha256_of

LOCK = 7_000_022  # an advisory lock together with the entity's number: statements come one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A statement that was read: whose, of which place and month, from which document."""

    entity_id: int
    place_id: int
    month: date
    document: str
    lines: Sequence[ToldLine]


@transaction.atomic
def receive_statement(
    *, new: NewStatement, actor: User | None, at: datetime
) -> tuple[PenaltyStatement, bool]:
    """Keep a place's statement and compare it with ours; whether it was a new one.

    The same lines of the same month again are the same statement. A channel brings it without an actor. It waits
    to be booked by other eyes.
    """
    _lock(new.entity_id)
    month, sha256 = new.month.replace(day=1), sha256_of(new.lines)
    same = PenaltyStatement.objects.filter(
        entity_id=new.entity_id, place_id=new.place_id, month=month
    )
    known = same.filter(sha256=sha256).exclude(state=StatementState.DECLINED).first()
    if known is not None:
        return known, False
    row = PenaltyStatement.objects.create(
        entity_id=new.entity_id, place_id=new.place_id, month=month, document=new.document,
        number=(same.aggregate(last=Max("number"))["last"] or 0) + 1, sha256=sha256,
        received_by=actor, received_at=at, makers=[actor.pk] if actor else [],
    )  # fmt: skip
    _keep(row, new.lines)
    event = NewEvent(
        kind="penaltystatement.receive", subject_type="penaltystatement", subject_id=row.pk,
        entity_id=row.entity_id, target=row.state,
        facts={"month": month.isoformat(), "lines": len(new.lines), "document": new.document},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
    compare(row, actor=actor, at=at)
    return row, True


def _lock(entity_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, entity_id])


_OWN = """
SELECT id FROM settlements_settlement WHERE id = ANY(%s) AND entity_id = %s AND place_id = %s
 ORDER BY id FOR KEY SHARE
"""


def _keep(row: PenaltyStatement, lines: Sequence[ToldLine]) -> None:
    """The lines with those settlements that we have with that place."""
    told = sorted({line.settlement_id for line in lines if line.settlement_id is not None})
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [told, row.entity_id, row.place_id])
        own = {id for (id,) in cursor.fetchall()}
    copy_rows(
        "settlements_penaltyline",
        "statement_id, number, their_ref, settlement_id, day, kind, payer, amount, currency, status",
        (
            (row.pk, number, line.their_ref or f"S-{line.settlement_id}",
             line.settlement_id if line.settlement_id in own else None, *line[2:])
            for number, line in enumerate(lines, start=1)
        ),
    )  # fmt: skip


def book_statements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Book what a place says as other eyes; what was booked of the same month before is reversed."""
    return _each(ids, lambda row: _book(row, actor, at))


def _book(row: PenaltyStatement, actor: User, at: datetime) -> None:
    advance(PenaltyStatement, "book", [Step(row.pk)], actor=actor, at=at).raise_single()
    before = PenaltyStatement.objects.filter(
        entity_id=row.entity_id, place_id=row.place_id, month=row.month, state=StatementState.BOOKED
    ).exclude(pk=row.pk)
    for old in before.order_by("pk"):
        reverse_booking(old, reason=str(row), actor=actor, at=at)
        advance(PenaltyStatement, "replace", [Step(old.pk, str(row))], actor=None, at=at)
    book(row, at=at)


def decline_statements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not the place's, or not readable as it was typed: it counts nowhere, its differences neither."""

    def decline(row: PenaltyStatement) -> None:
        advance(
            PenaltyStatement, "decline", [Step(row.pk, reason)], actor=actor, at=at
        ).raise_single()
        waiting = PenaltyBreak.objects.filter(statement=row, state__in=("OPEN", "APPEALED"))
        steps = [Step(id, str(row)) for id in waiting.order_by("pk").values_list("pk", flat=True)]
        advance(PenaltyBreak, "void", steps, actor=None, at=at)

    return _each(ids, decline)


def _each(ids: Sequence[int], take: Any) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows = PenaltyStatement.objects.in_bulk(ids)
        for entity_id in sorted({row.entity_id for row in rows.values()}):
            _lock(entity_id)

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what="penalty statement", reference=f"PS-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()


@transaction.atomic
def appeal_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """We have told the place that it is wrong, as the reason says."""
    return advance(PenaltyBreak, "appeal", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def accept_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The place is right, as other eyes say than brought its statement or appealed."""
    return advance(PenaltyBreak, "accept", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def win_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The place agrees with us, as its answer says; the money comes with its next statement."""
    return advance(PenaltyBreak, "win", [Step(id, reason) for id in ids], actor=actor, at=at)
