"""Budgets: a version proposed by one person, approved by another; the one before it counts no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.budgets.models import Budget, BudgetLine
from expenses.budgets.state import BudgetState
from expenses.costs.booking import lock
from expenses.costs.contracts import centre_of, entity_for
from settlements.naming import asset_named, require_amount

SUBJECT = "budget"


class BudgetUnsound(Invalid):
    code = "budget-unsound"
    title = gettext_noop("The budget cannot be used as it is")
    detail = gettext_noop("%(count)s lines; %(wrong)s is twice, or of another year.")
    hint = gettext_noop("A centre has one line at most for each kind and month of the year.")


class PlannedLine(NamedTuple):
    """A centre (empty: none), a kind of cost, a month by its first day, and how much."""

    centre: str
    kind: str
    month: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBudget:
    entity: str
    year: int
    lines: Sequence[PlannedLine]
    note: str = ""


@transaction.atomic
def propose_budget(*, new: NewBudget, actor: User, at: datetime) -> Budget:
    """Propose the next version. Raises NotFound, OutOfScope, BudgetUnsound, CentreUnknown, NotSoDivisible."""
    entity = entity_for(actor, new.entity)
    lock(entity.pk)
    _require_sound(new)
    asset = asset_named(entity.base_currency)
    for line in new.lines:
        require_amount(asset, line.amount)
    rows = Budget.objects.filter(entity=entity, year=new.year)
    row = Budget.objects.create(
        entity=entity, year=new.year, number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
        note=new.note, total=sum((line.amount for line in new.lines), Decimal(0)),
        proposed_by=actor, proposed_at=at, makers=[actor.pk],
    )  # fmt: skip
    centres = {
        key: centre_of(entity, *key)
        for key in {(line.centre, line.month) for line in new.lines if line.centre}
    }
    BudgetLine.objects.bulk_create(
        BudgetLine(
            budget=row, centre=centres.get((line.centre, line.month)), kind=line.kind,
            month=line.month, amount=line.amount,
        )
        for line in new.lines
    )  # fmt: skip
    event = NewEvent(
        kind=f"{SUBJECT}.propose", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state, facts={"year": new.year, "total": plain(row.total), "lines": len(new.lines)},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _require_sound(new: NewBudget) -> None:
    known = set[tuple[str, str, date]]()
    for line in new.lines:
        key = (line.centre, line.kind, line.month)
        if key in known or line.month.year != new.year:
            wrong = f"{line.centre or '–'} {line.kind} {line.month:%Y-%m}"
            raise BudgetUnsound(count=len(new.lines), wrong=wrong)
        known.add(key)
    if not new.lines:
        raise BudgetUnsound(count=0, wrong="–")


@transaction.atomic
def approve_budgets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """It counts from now on, as other eyes than proposed it say; the version before it is replaced."""
    rows = _locked(ids)

    def approve(id: int) -> None:
        row = _one(rows, id)
        before = Budget.objects.filter(
            entity=row.entity_id, year=row.year, state=BudgetState.APPROVED
        )
        steps = [Step(each, str(row)) for each in before.values_list("pk", flat=True)]
        advance(Budget, "replace", steps, actor=None, at=at)
        advance(Budget, "approve", [Step(id)], actor=actor, at=at).raise_single()

    return each_by_itself(ids, approve)


@transaction.atomic
def decline_budgets(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not what is meant."""
    return advance(Budget, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def _locked(ids: Sequence[int]) -> dict[int, Budget]:
    rows = Budget.objects.in_bulk(ids)
    for entity_id in sorted({row.entity_id for row in rows.values()}):
        lock(entity_id)
    return rows


def _one(rows: dict[int, Budget], id: int) -> Budget:
    if id not in rows:
        raise NotFound(what="budget", reference=f"BU-{id}")
    return rows[id]
