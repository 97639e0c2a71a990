"""What months brought and cost is kept as they close; the one in which expense outran income is told, and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from expenses.costs.booking import lock
from expenses.costs.expecting import months_after
from expenses.watching.models import AlertDriver, ExpenseAlert, MonthlyResult
from expenses.watching.rules import INCOME, Outrun, Told, outrun
from refdata.models import Entity
from refdata.selectors import reference_data

SUBJECT = "expensealert"
TRAILING = 12  # months that say what is usual


class AnswerMissing(Invalid):
    code = "alert-answer-missing"
    title = gettext_noop("An alert is answered in words")
    detail = gettext_noop("The answer is empty.")
    hint = gettext_noop("Say what it came of, and what is done about it.")


def known_months(
    entity_id: int, first: date, last: date, *, horizon: int | None = None
) -> dict[date, Told]:
    """What months came to, by their last telling."""
    rows = MonthlyResult.objects.filter(entity_id=entity_id, month__range=(first, last))
    if horizon is not None:
        rows = rows.filter(recorded_tx__lt=horizon)
    told: dict[date, tuple[int, dict[str, Decimal]]] = {}
    ordered = rows.order_by("month", "number", "pk")
    for month, number, cause, amount in ordered.values_list("month", "number", "cause", "amount"):
        before = told.get(month)
        if before is None or before[0] != number:
            told[month] = before = (number, {})
        before[1][cause] = amount
    return {
        month: Told(
            causes.get(INCOME, Decimal(0)),
            {cause: amount for cause, amount in causes.items() if cause != INCOME},
        )
        for month, (_number, causes) in told.items()
    }


@transaction.atomic
def keep_month(
    *, entity: Entity, month: date, income: Decimal, expenses: Mapping[str, Decimal], at: datetime
) -> bool:
    """Keep what a month came to, unless it stands so already; whether it is new."""
    lock(entity.pk)
    told = Told(income, {cause: amount for cause, amount in expenses.items() if amount})
    if known_months(entity.pk, month, month).get(month) == told:
        return False
    rows = MonthlyResult.objects.filter(entity=entity, month=month)
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    MonthlyResult.objects.bulk_create(
        MonthlyResult(
            entity=entity, month=month, number=number, cause=cause, amount=amount, recorded_at=at
        )
        for cause, amount in {INCOME: income, **told.expenses}.items()
    )
    return True


@transaction.atomic
def watch_month(*, entity: Entity, month: date, at: datetime) -> ExpenseAlert | None:
    """Tell that expense outran income in a month that is kept, against the months before it; once for a month."""
    lock(entity.pk)
    if ExpenseAlert.objects.filter(entity=entity, month=month).exists():
        return None
    months = known_months(entity.pk, months_after(month, -TRAILING), month)
    now = months.pop(month, None)
    if now is None:
        return None
    unit = reference_data().currencies[entity.base_currency].minor_unit
    before = list(months.values())
    found = outrun(now, before, unit)
    return None if found is None else _raise(entity, month, now, found, len(before), at)


def _raise(
    entity: Entity, month: date, now: Told, found: Outrun, trailing: int, at: datetime
) -> ExpenseAlert:
    row = ExpenseAlert.objects.create(
        entity=entity, month=month, income=now.income, expense=now.expense, swing=found.swing,
        trailing=trailing, raised_at=at,
    )  # fmt: skip
    AlertDriver.objects.bulk_create(
        AlertDriver(
            alert=row, number=number, cause=each.cause, amount=each.amount, usual=each.usual,
            worse_by=each.worse_by,
        )
        for number, each in enumerate(found.drivers, 1)
    )  # fmt: skip
    event = NewEvent(
        kind=f"{SUBJECT}.raise", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state,
        facts={"month": month.isoformat(), "gap": plain(found.gap),
               "drivers": [each.cause for each in found.drivers]},
    )  # fmt: skip
    record_events([event], actor_id=None, at=at)
    return row


@transaction.atomic
def answer_alerts(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say what it came of and what is done about it."""
    if not reason.strip():
        raise AnswerMissing
    steps = [Step(id, reason, columns={"answer": reason[:500]}) for id in ids]
    return advance(ExpenseAlert, "answer", steps, actor=actor, at=at)
