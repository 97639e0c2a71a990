"""Taking in a bill of fees, comparing it with ours, agreeing to it, and what follows a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from backoffice.access.models import User
from backoffice.events.copying import copy_rows
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.fees.accruing import NewAccrual, lock, write_accruals
from expenses.fees.comparing import compare
from expenses.fees.models import FeeBreak, FeeStatement
from expenses.fees.rules import MONTHLY, UNKNOWN
from expenses.fees.state import WAITING, Cause, FeeSide, StatementState
from expenses.fees.terms import ToldLine, sha256_of


class BreaksWaiting(Conflict):
    code = "fee-breaks-waiting"
    title = gettext_noop("Differences of the bill are not decided")
    detail = gettext_noop("%(count)s differences of %(statement)s are open or appealed.")
    hint = gettext_noop("Accept each, or record that they agree with us; then agree to the bill.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """A bill that was read: whose, by whom, of which month, from which document."""

    entity_id: int
    party_id: int
    month: date
    document: str
    lines: Sequence[ToldLine]


@transaction.atomic
def receive_statement(*, new: NewBill, actor: User, at: datetime) -> tuple[FeeStatement, bool]:
    """Keep a bill and compare it with ours; whether it was a new one.

    The same lines of the same month again are the same bill; other ones take the place of the last.
    """
    lock(new.entity_id)
    month, sha256 = new.month.replace(day=1), sha256_of(new.lines)
    same = FeeStatement.objects.filter(entity_id=new.entity_id, party_id=new.party_id, month=month)
    known = same.filter(sha256=sha256).exclude(state=StatementState.DECLINED).first()
    if known is not None:
        return known, False
    row = FeeStatement.objects.create(
        entity_id=new.entity_id, party_id=new.party_id, month=month, document=new.document,
        number=(same.aggregate(last=Max("number"))["last"] or 0) + 1, sha256=sha256,
        received_by=actor, received_at=at, makers=[actor.pk],
    )  # fmt: skip
    copy_rows(
        "expenses_feeline", "statement_id, number, their_ref, about, kind, day, amount, currency",
        _lines(row, new.lines),
    )  # fmt: skip
    event = NewEvent(
        kind="feestatement.receive", subject_type="feestatement", subject_id=row.pk,
        entity_id=row.entity_id, target=row.state,
        facts={"month": month.isoformat(), "lines": len(new.lines), "document": new.document},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    live = (StatementState.RECEIVED, StatementState.AGREED)
    before = same.filter(state__in=live).exclude(pk=row.pk).order_by("pk")
    steps = [Step(id, str(row)) for id in before.values_list("pk", flat=True)]
    advance(FeeStatement, "replace", steps, actor=None, at=at)
    compare(row, actor=actor, at=at)
    return row, True


# The deals of an entity by what a line names: our reference, else the number of the trade at its venue.
_KNOWN = """
SELECT 'D-' || d.id, NULL FROM deals_deal d WHERE d.entity_id = %(entity)s AND d.id = ANY(%(deals)s)
 UNION ALL
SELECT 'S-' || s.id, NULL FROM settlements_settlement s
 WHERE s.entity_id = %(entity)s AND s.id = ANY(%(settlements)s)
 UNION ALL
SELECT 'D-' || min(d.id), v.details -> 'execution' ->> 'venue_trade_id'
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE d.entity_id = %(entity)s AND d.trade_date >= %(first)s AND d.trade_date < %(next)s
   AND v.details -> 'execution' ->> 'venue_trade_id' = ANY(%(trades)s)
 GROUP BY 2 HAVING count(*) = 1
"""


def _lines(row: FeeStatement, lines: Sequence[ToldLine]) -> Iterator[tuple[Any, ...]]:
    """The lines with what each is for, as far as it is ours."""
    following = (row.month + timedelta(32)).replace(day=1)
    facts: dict[str, Any] = {
        "entity": row.entity_id, "first": row.month, "next": following,
        "deals": [line.deal_id for line in lines if line.deal_id],
        "settlements": [line.settlement_id for line in lines if line.settlement_id],
        "trades": sorted({line.trade_id for line in lines if line.trade_id}),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, facts)
        found = cursor.fetchall()
    ours = {about for about, trade in found if trade is None}
    trades = {trade: about for about, trade in found if trade is not None}
    for number, line in enumerate(lines, start=1):
        yield (
            row.pk, number, line.their_ref, _about(line, ours, trades), line.kind, line.day,
            line.amount, line.currency,
        )  # fmt: skip


def _about(line: ToldLine, ours: set[str], trades: dict[str, str]) -> str:
    if line.deal_id or line.settlement_id:
        named = f"D-{line.deal_id}" if line.deal_id else f"S-{line.settlement_id}"
        return named if named in ours else f"{UNKNOWN}{named}"
    if line.trade_id:
        return trades.get(line.trade_id, f"{UNKNOWN}{line.trade_id}")
    return f"{MONTHLY}{line.kind}" if line.kind else f"{UNKNOWN}{line.their_ref}"


def agree_statements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """The bill is paid as it stands, as other eyes say than brought it. Raises BreaksWaiting for each that waits."""

    def agree(row: FeeStatement) -> None:
        waiting = FeeBreak.objects.filter(statement=row, state__in=WAITING).count()
        if waiting:
            raise BreaksWaiting(count=waiting, statement=str(row))
        advance(FeeStatement, "agree", [Step(row.pk)], actor=actor, at=at).raise_single()

    return _each(FeeStatement, ids, agree, "bill of fees", "FS")


def decline_statements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not theirs, or not readable as it was typed: it counts nowhere, its differences neither."""

    def decline(row: FeeStatement) -> None:
        advance(FeeStatement, "decline", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
        waiting = FeeBreak.objects.filter(statement=row, state__in=WAITING).order_by("pk")
        steps = [Step(id, str(row)) for id in waiting.values_list("pk", flat=True)]
        advance(FeeBreak, "void", steps, actor=None, at=at)

    return _each(FeeStatement, ids, decline, "bill of fees", "FS")


@transaction.atomic
def appeal_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """We have told them that it is wrong, as the reason says."""
    return advance(FeeBreak, "appeal", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def win_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """They agree with us, as their answer says; the bill is paid without it."""
    return advance(FeeBreak, "win", [Step(id, reason) for id in ids], actor=actor, at=at)


def accept_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """They are right, as other eyes say than brought the bill or appealed: the difference is accrued."""

    def accept(row: FeeBreak) -> None:
        advance(FeeBreak, "accept", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
        row.accepted += 1
        FeeBreak.objects.filter(pk=row.pk).update(accepted=row.accepted)
        write_accruals([_correction(row)], at=at)

    return _each(FeeBreak, ids, accept, "fee break", "FB")


def _correction(row: FeeBreak) -> NewAccrual:
    """What brings our accruals to what is billed. Its VAT is that of the bill, which a line does not tell: none."""
    difference = row.theirs - row.ours
    last = (row.month + timedelta(32)).replace(day=1) - timedelta(1)
    return NewAccrual(
        row.entity_id, None, FeeSide.OWED.value, row.party_id, row.entity.own_party_id, None, None,
        "DIFFERENCE", Cause.BREAK.value, row.pk, row.accepted, last, row.month, difference,
        difference, difference, Decimal(0), row.currency, None, str(row.statement),
    )  # fmt: skip


def _each(
    model: Any, ids: Sequence[int], take: Callable[[Any], None], what: str, prefix: str
) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows = model.objects.select_related("entity").in_bulk(ids)
        for entity_id in sorted({row.entity_id for row in rows.values()}):
            lock(entity_id)

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what=what, reference=f"{prefix}-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()
