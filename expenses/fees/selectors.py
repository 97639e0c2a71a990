"""Reading fees: accruals and their totals, bills with what differs, invoices; and what a schedule makes of examples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from backoffice.workflow.models import StatefulModel
from expenses.fees.comparing import OURS
from expenses.fees.models import FeeAccrual, FeeBreak, FeeInvoice, FeeLine, FeeStatement
from expenses.fees.rules import payable
from expenses.fees.state import BreakState
from refdata.fee_kinds import Basis
from refdata.fees import fee_of
from refdata.models import FeeSchedule
from refdata.scopes import visible
from refdata.selectors import reference_data

Row = TypeVar("Row", bound=StatefulModel)


def accruals(*, visible_to: User) -> QuerySet[FeeAccrual]:
    """Those a person may see, newest first."""
    rows = FeeAccrual.objects.select_related("entity", "party", "owner", "book", "schedule")
    return visible(rows.order_by("-id"), visible_to, book="book_id")


def totals(rows: QuerySet[FeeAccrual]) -> list[dict[str, Any]]:
    """What accruals come to, by side, party, kind and currency."""
    grouped = rows.order_by().values("side", "party__code", "kind", "currency")
    sums = grouped.annotate(count=Count("pk"), net=Sum("net"), vat=Sum("vat"), amount=Sum("amount"))
    ordered: Any = sums.order_by("side", "party__code", "kind", "currency")
    return list(ordered)


def statements(*, visible_to: User) -> QuerySet[FeeStatement]:
    """Those of the entities that a person sees whole, newest first."""
    rows = FeeStatement.objects.select_related("entity", "party", "received_by")
    return visible(rows.order_by("-id"), visible_to)


def breaks(*, visible_to: User) -> QuerySet[FeeBreak]:
    rows = FeeBreak.objects.select_related("entity", "party", "statement")
    return visible(rows.order_by("-id"), visible_to)


def invoices(*, visible_to: User) -> QuerySet[FeeInvoice]:
    rows = FeeInvoice.objects.select_related("entity", "party", "proposed_by")
    return visible(rows.order_by("-id"), visible_to)


def _one(rows: QuerySet[Row], reference: str, prefix: str, what: str) -> Row:
    row = rows.filter(pk=number_in(reference, prefix, what)).first()
    if row is None:
        raise NotFound(what=what, reference=reference)
    return row


def statement(reference: str, *, visible_to: User) -> FeeStatement:
    """The bill of a reference such as `FS-2`. Raises NotFound."""
    return _one(statements(visible_to=visible_to), reference, "FS", "bill of fees")


def fee_break(reference: str, *, visible_to: User) -> FeeBreak:
    """The difference of a reference such as `FB-2`. Raises NotFound."""
    return _one(breaks(visible_to=visible_to), reference, "FB", "fee break")


def invoice(reference: str, *, visible_to: User) -> FeeInvoice:
    """The invoice of a reference such as `FI-2`. Raises NotFound."""
    return _one(invoices(visible_to=visible_to), reference, "FI", "invoice of fees")


def lines_of(row: FeeStatement) -> QuerySet[FeeLine]:
    return FeeLine.objects.filter(statement=row).order_by("number")


class Sums(NamedTuple):
    """What a bill comes to in a currency, beside what we have accrued; `payable` with what they took back."""

    currency: str
    billed: Decimal
    accrued: Decimal
    payable: Decimal

    @property
    def difference(self) -> Decimal:
        return self.billed - self.accrued


def sums_of(row: FeeStatement) -> list[Sums]:
    """By currency, in the order of their codes."""
    billed = dict(lines_of(row).order_by().values_list("currency").annotate(Sum("amount")))
    ours = FeeAccrual.objects.filter(
        entity_id=row.entity_id, party_id=row.party_id, due_month=row.month, side="OWED"
    )
    accrued = dict(ours.values_list("currency").annotate(Sum("amount")))
    won: dict[str, list[tuple[Decimal, Decimal]]] = {}
    rows = FeeBreak.objects.filter(statement=row, state=BreakState.WON)
    for currency, mine, theirs in rows.values_list("currency", "ours", "theirs"):
        won.setdefault(currency, []).append((mine, theirs))
    zero = Decimal(0)
    return [
        Sums(code, billed.get(code, zero), accrued.get(code, zero),
             payable(billed.get(code, zero), won.get(code, ())))
        for code in sorted(billed.keys() | accrued.keys())
    ]  # fmt: skip


class Vector(NamedTuple):
    """An example of a schedule: a measure and what it costs."""

    measure: Decimal
    amount: Decimal


def schedules(*, visible_to: User, on: date) -> QuerySet[FeeSchedule]:
    """The schedules in force on a day or later."""
    rows = FeeSchedule.objects.select_related("entity", "counterparty", "place", "biller")
    return visible(rows.exclude(valid_until__lte=on).order_by("entity", "kind", "id"), visible_to)


def vectors_of(row: FeeSchedule) -> list[Vector]:
    """What a schedule makes of one (of money 100,000), of each border, of just below it, and of its bounds."""
    unit = reference_data().currencies[row.currency].minor_unit
    step = Decimal(1).scaleb(-unit)
    usual = Decimal(100_000) if row.basis in (Basis.NOTIONAL, Basis.ASSETS) else Decimal(1)
    measures = sorted({usual, *_borders(row, step)})
    return [Vector(each, fee_of(row, each, unit)) for each in measures if each > 0]


def _borders(row: FeeSchedule, step: Decimal) -> Iterator[Decimal]:
    for begins in row.tier_from:
        yield from (begins - step, begins)
    if row.rate:
        for bound in (row.minimum, row.maximum):
            if bound:
                yield (bound / row.rate).quantize(step)


def accruals_of(cause: str, cause_id: int) -> QuerySet[FeeAccrual]:
    """Everything accrued for one cause, the last first."""
    rows = FeeAccrual.objects.filter(cause=cause, cause_id=cause_id)
    return rows.select_related("party", "schedule").order_by("-id")


def accruals_about(row: FeeBreak) -> list[int]:
    """The accruals that one difference is about."""
    facts: dict[str, Any] = {
        "entity": row.entity_id, "party": row.party_id, "month": row.month, "about": row.about,
        "currency": row.currency,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({OURS}) a WHERE about = %(about)s AND currency = %(currency)s ORDER BY id",  # noqa: S608
            facts,
        )
        return [id for (id,) in cursor.fetchall()]
