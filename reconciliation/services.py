"""Storing statements of banks: every line is a booking once, and what does not agree is said, not refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from reconciliation import keeping, rules
from reconciliation.accounts import Accounts
from reconciliation.placing import Placed, place
from reconciliation.terms import NewStatement, Stored
from refdata.models import NostroAccount

UNDATED = (
    "undated-line",
    gettext_noop("Line %(line)s has no day, and neither has its statement."),
    gettext_noop("Ask the bank for the statement with value dates."),
)


@transaction.atomic
def store_statements(
    statements: Sequence[NewStatement], *, source: str, at: datetime, actor_id: int | None = None,
    entities: Collection[int] | None = None, taken: Collection[int] = (),
) -> list[Stored]:  # fmt: skip
    """Keep the statements of a file, each with what it adds; one outcome for each.

    A line that was told before adds nothing. One whose account cannot be told is a problem and the others are
    taken. `taken` are the positions that this file brought before; `entities` bounds whose accounts it may be of.
    """
    outcomes: dict[int, Stored] = {}
    accepted: list[tuple[NewStatement, NostroAccount]] = []
    statements = [rules.cleaned(each) for each in statements if each.position not in taken]
    accounts = Accounts(statements, entities)
    for each in statements:
        found = rules.problem_of_numbers(each) or _undated(each) or accounts.of(each)
        if isinstance(found, FieldProblem):
            outcomes[each.position] = Stored(each.position, len(each.lines), problem=found)
        else:
            accepted.append((each, found))
    for row in _store(accepted, source, at, actor_id):
        outcomes[row.position] = row
    return [outcomes[each.position] for each in statements]


def _undated(new: NewStatement) -> FieldProblem | None:
    if new.last_day:
        return None
    for line in new.lines:
        if line.value_date is None and line.booking_date is None:
            code, detail, hint = UNDATED
            facts = {"line": line.position, "lines": len(new.lines)}
            return FieldProblem(f"statement {new.position}", code, detail, hint, facts)
    return None


def _store(
    accepted: Sequence[tuple[NewStatement, NostroAccount]], source: str, at: datetime,
    actor_id: int | None,
) -> list[Stored]:  # fmt: skip
    keeping.lock_accounts(nostro.pk for _, nostro in accepted)
    placed = place(accepted)
    rows = [_row(each, source, at) for each in placed]
    keeping.copy_statements(row for row, _ in rows)
    keeping.copy_lines(line for each in placed for line in each.fresh)
    keeping.copy_repeated([line for each in placed for line in each.repeated])
    outcomes = [outcome for _, outcome in rows]
    record_events(
        [_event(each, outcome, source) for each, outcome in zip(placed, outcomes, strict=True)],
        actor_id=actor_id, at=at,
    )  # fmt: skip
    return outcomes


def _row(each: Placed, source: str, at: datetime) -> tuple[Sequence[Any], Stored]:
    """A statement as it is written, and what is answered about it."""
    new, nostro = each.new, each.nostro
    difference = rules.difference_of(new)
    balanced = rules.is_balanced(new, difference)
    remarks = [*new.remarks, *each.remarks, *rules.valued_later(new)]
    if difference and not {r["code"] for r in remarks} & rules.DISAGREES:
        remarks.append(_not_balanced(new, difference))
    came, went = rules.booked_sums(new)
    row = (
        each.id, nostro.entity_id, nostro.pk, new.format, new.kind, new.reference, new.number, new.sequence,
        new.from_date, new.until_date, rules.rank_of(new), _text(new.opening), _text(new.closing), new.currency,
        _text(came), _text(went), keeping.json_of(new.turnover), len(new.lines), len(each.fresh),
        _text(difference), balanced, each.follows, _text(each.gap), source, new.position, new.text,
        keeping.json_of(remarks), at.isoformat(),
    )  # fmt: skip
    return row, Stored(
        new.position, len(new.lines), each.id, nostro.entity_id, len(each.fresh), balanced
    )


def _not_balanced(new: NewStatement, difference: Decimal) -> dict[str, Any]:
    opening, closing = new.opening or Decimal(0), new.closing or Decimal(0)
    moved = rules.less(closing, opening, difference)
    return rules.remark(
        "does-not-balance", rules.DOES_NOT_BALANCE, opening=plain(opening), moved=plain(moved),
        closing=plain(closing), difference=plain(difference), currency=new.currency,
    )  # fmt: skip


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _event(each: Placed, outcome: Stored, source: str) -> NewEvent:
    return NewEvent(
        kind="statement.store", subject_type="statement", subject_id=each.id,
        entity_id=each.nostro.entity_id,
        facts={
            "source": source, "account": each.nostro.number, "lines": outcome.lines, "added": outcome.added,
            "balanced": outcome.balanced,
        },
    )  # fmt: skip
