"""Comparing a place's statement with what we have counted, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from refdata.dated_rules.selectors import rule_in_force
from refdata.selectors import business_days
from settlements.fails.days import collection_days
from settlements.fails.kinds import COLLECTION
from settlements.fails.reading import LAST
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.fails.statements.rules import difference_of
from settlements.fails.statements.state import BreakState

# Both sides summed by what a line is about; a line about a settlement that is not ours is by its own name.
_COMPARED = f"""
WITH theirs AS (
  SELECT l.settlement_id, CASE WHEN l.settlement_id IS NULL THEN l.their_ref ELSE '' END AS their_ref,
         l.day, l.kind, l.payer, l.currency, sum(l.amount) AS amount
    FROM settlements_penaltyline l WHERE l.statement_id = %(statement)s GROUP BY 1, 2, 3, 4, 5, 6),
     ours AS (
  SELECT p.settlement_id, '' AS their_ref, p.day, p.kind, p.payer, p.currency, p.amount
    FROM ({LAST.format(where="p.entity_id = %(entity)s AND p.counted_on >= %(first)s AND p.counted_on < %(next)s")}) p
    JOIN settlements_settlement s ON s.id = p.settlement_id AND s.place_id = %(place)s
   WHERE p.amount > 0)
SELECT settlement_id, their_ref, day, kind, payer, currency, o.amount, t.amount
  FROM ours o FULL JOIN theirs t USING (settlement_id, their_ref, day, kind, payer, currency)
 WHERE coalesce(o.amount, 0) <> coalesce(t.amount, 0)
 ORDER BY settlement_id, their_ref, day, kind, payer, currency
"""  # noqa: S608


class Compared(NamedTuple):
    """What differs: none where a side says nothing."""

    settlement_id: int | None
    their_ref: str
    day: date
    kind: str
    payer: str
    currency: str
    ours: Decimal | None
    theirs: Decimal | None

    @property
    def key(self) -> tuple[Any, ...]:
        return self[:6]


def compare(row: PenaltyStatement, *, actor: User | None, at: datetime) -> None:
    """Open what differs; what stood open of that month and is equal now is settled as ours.

    In the caller's transaction, who holds the entity's lock. Who brought the statement accepts no
    difference of it.
    """
    found = {each.key: each for each in _compared(row)}
    standing = {
        (each.settlement_id, each.their_ref, each.day, each.kind, each.payer, each.currency): each
        for each in PenaltyBreak.objects.filter(
            entity_id=row.entity_id, place_id=row.place_id, month=row.month
        )
    }
    waiting = {key: each for key, each in standing.items() if each.state in _WAITING}
    equal = sorted(each.pk for key, each in waiting.items() if key not in found)
    advance(PenaltyBreak, "settle", [Step(id, str(row)) for id in equal], actor=None, at=at)
    again = []
    for key, each in standing.items():
        if key in found and _refresh(each, found[key], row):
            again.append(Step(each.pk, str(row)))
    advance(PenaltyBreak, "reopen", sorted(again, key=_id), actor=None, at=at)
    _open([each for key, each in found.items() if key not in standing], row, actor, at)


_WAITING = (BreakState.OPEN, BreakState.APPEALED)


def _compared(row: PenaltyStatement) -> Iterator[Compared]:
    following = (row.month + 32 * date.resolution).replace(day=1)
    facts: dict[str, Any] = {
        "statement": row.pk, "entity": row.entity_id, "place": row.place_id, "first": row.month,
        "next": following,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, facts)
        yield from (Compared(*each) for each in cursor.fetchall())


def _refresh(each: PenaltyBreak, found: Compared, row: PenaltyStatement) -> bool:
    """It differs in the last statement, maybe by another amount; whether it has to be looked at anew.

    What was accepted stays accepted as long as both say what they said.
    """
    ours, theirs = found.ours or Decimal(0), found.theirs or Decimal(0)
    same = (each.ours, each.theirs) == (ours, theirs)
    each.statement, each.what = row, difference_of(found.settlement_id, found.ours, found.theirs)
    each.ours, each.theirs = ours, theirs
    each.save(update_fields=["statement", "what", "ours", "theirs"])
    return each.state not in _WAITING and not (each.state == BreakState.ACCEPTED and same)


def _id(step: Step) -> int:
    return step.id


def _open(found: list[Compared], row: PenaltyStatement, actor: User | None, at: datetime) -> None:
    appeal_by = appeal_by_of(row)
    rows = PenaltyBreak.objects.bulk_create(
        PenaltyBreak(
            entity_id=row.entity_id, place_id=row.place_id, month=row.month, statement=row,
            settlement_id=each.settlement_id, their_ref=each.their_ref, day=each.day,
            kind=each.kind, payer=each.payer, currency=each.currency,
            what=difference_of(each.settlement_id, each.ours, each.theirs),
            ours=each.ours or Decimal(0), theirs=each.theirs or Decimal(0), appeal_by=appeal_by,
            makers=[actor.pk] if actor else [], opened_at=at,
        )
        for each in found
    )  # fmt: skip
    events = [
        NewEvent(
            kind="penaltybreak.open", subject_type="penaltybreak", subject_id=each.pk,
            entity_id=each.entity_id, target=each.state,
            facts={"ours": plain(each.ours), "theirs": plain(each.theirs), "statement": str(row)},
        )
        for each in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk if actor else None, at=at)


def appeal_by_of(row: PenaltyStatement) -> date:
    """Until when the place hears us, by the rule in force in its month. Raises NoRuleInForce."""
    rule = rule_in_force(COLLECTION, row.month)
    calendar = business_days(row.place.calendar.code)
    return collection_days(row.month, rule.appeal_day, rule.due_day, calendar)[0]
