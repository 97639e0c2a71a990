"""Comparing a bill with what we have accrued for its month, thing by thing."""

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
from expenses.fees.kinds import APPEAL, Ended, days_after
from expenses.fees.models import FeeBreak, FeeStatement
from expenses.fees.rules import difference_of
from expenses.fees.state import WAITING, BreakState
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

# What an accrual is for, as lines of bills name it: a deal, a settlement, else a fee of the whole month by its
# kind. A difference that was accepted counts where it was found.
OURS = """
  SELECT CASE a.cause WHEN 'deal' THEN 'D-' || a.cause_id WHEN 'settlement' THEN 'S-' || a.cause_id
              WHEN 'message' THEN 'S-' || (SELECT e.subject_id FROM events_event e WHERE e.id = a.cause_id)
              WHEN 'feebreak' THEN (SELECT b.about FROM expenses_feebreak b WHERE b.id = a.cause_id)
              ELSE '#' || a.kind END AS about, a.currency, a.amount, a.id
    FROM expenses_feeaccrual a
   WHERE a.entity_id = %(entity)s AND a.party_id = %(party)s AND a.due_month = %(month)s AND a.side = 'OWED'"""
_COMPARED = f"""
WITH theirs AS (
  SELECT l.about, l.currency, sum(l.amount) AS amount FROM expenses_feeline l
   WHERE l.statement_id = %(statement)s GROUP BY 1, 2),
     accrued AS ({OURS}),
     ours AS (SELECT about, currency, sum(amount) AS amount FROM accrued GROUP BY 1, 2 HAVING sum(amount) <> 0)
SELECT about, currency, o.amount, t.amount FROM ours o FULL JOIN theirs t USING (about, currency)
 ORDER BY about, currency
"""  # noqa: S608


class Compared(NamedTuple):
    """One thing with both sums: none where a side says nothing."""

    about: str
    currency: str
    ours: Decimal | None
    theirs: Decimal | None

    @property
    def differs(self) -> bool:
        return (self.ours or 0) != (self.theirs or 0)


def compared(row: FeeStatement) -> list[Compared]:
    """Everything that a bill or our accruals name, side by side."""
    facts: dict[str, Any] = {
        "statement": row.pk, "entity": row.entity_id, "party": row.party_id, "month": row.month,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, facts)
        return [Compared(*each) for each in cursor.fetchall()]


def compare(row: FeeStatement, *, actor: User | None, at: datetime) -> None:
    """Open what differs; what stood open of that month and is equal now is settled as ours.

    In the caller's transaction, who holds the entity's lock. Who brought the bill accepts no difference of it.
    """
    found = {(each.about, each.currency): each for each in compared(row) if each.differs}
    rows = FeeBreak.objects.filter(entity_id=row.entity_id, party_id=row.party_id, month=row.month)
    standing = {(each.about, each.currency): each for each in rows}
    equal = sorted(e.pk for key, e in standing.items() if e.state in WAITING and key not in found)
    advance(FeeBreak, "settle", [Step(id, str(row)) for id in equal], actor=None, at=at)
    again = [
        Step(each.pk, str(row))
        for key, each in standing.items()
        if key in found and _refresh(each, found[key], row)
    ]
    advance(FeeBreak, "reopen", sorted(again, key=lambda step: step.id), actor=None, at=at)
    _open([each for key, each in found.items() if key not in standing], row, actor, at)


def _refresh(each: FeeBreak, found: Compared, row: FeeStatement) -> bool:
    """It differs in the last bill, maybe by another amount; whether it has to be looked at anew.

    What was won stays so until they say something else.
    """
    ours, theirs = found.ours or Decimal(0), found.theirs or Decimal(0)
    same = (each.ours, each.theirs) == (ours, theirs)
    each.statement, each.what = row, difference_of(found.about, found.ours, found.theirs)
    each.ours, each.theirs = ours, theirs
    each.save(update_fields=["statement", "what", "ours", "theirs"])
    return each.state not in WAITING and not (each.state == BreakState.WON and same)


def _open(found: list[Compared], row: FeeStatement, actor: User | None, at: datetime) -> None:
    appeal_by = appeal_by_of(row.party.code, firm_day(at))
    rows = FeeBreak.objects.bulk_create(
        FeeBreak(
            entity_id=row.entity_id, party_id=row.party_id, month=row.month, statement=row,
            about=each.about, currency=each.currency,
            what=difference_of(each.about, each.ours, each.theirs), ours=each.ours or Decimal(0),
            theirs=each.theirs or Decimal(0), appeal_by=appeal_by,
            makers=[actor.pk] if actor else [], opened_at=at,
        )
        for each in found
    )  # fmt: skip
    record_events(list(_events(rows, row)), actor_id=actor.pk if actor else None, at=at)


def _events(rows: list[FeeBreak], row: FeeStatement) -> Iterator[NewEvent]:
    for each in rows:
        yield NewEvent(
            kind="feebreak.open", subject_type="feebreak", subject_id=each.pk,
            entity_id=each.entity_id, target=each.state,
            facts={"ours": plain(each.ours), "theirs": plain(each.theirs), "statement": str(row)},
        )  # fmt: skip


def appeal_by_of(party: str, received: date) -> date:
    """Until when they hear us: by the rule for them, or for all. Raises NoRuleInForce."""
    rules = reference_data().rules
    rule = rules.find(APPEAL, received, party) or rules.in_force(APPEAL, received)
    return days_after(rule, Ended(received))
