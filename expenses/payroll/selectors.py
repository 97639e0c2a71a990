"""Reading payroll journals, with what each leaves in the books."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.payroll.booking import SOURCE, lines_of
from expenses.payroll.models import PayrollJournal, PayrollLine
from expenses.payroll.state import PayrollState
from expenses.payroll.taxing import Odd, oddities
from ledger.models import JournalEntry
from refdata.scopes import visible

SUMS = ("accrued", "base", "ndfl", "held", "contributions", "net")


def journals(*, visible_to: User) -> QuerySet[PayrollJournal]:
    """Those of the entities that a person sees whole, newest first."""
    rows = PayrollJournal.objects.select_related("entity", "received_by", "replaces")
    return visible(rows.defer("content").order_by("-id"), visible_to)


def journal(reference: str, *, visible_to: User) -> PayrollJournal:
    """The journal of a reference such as `PJ-2`. Raises NotFound."""
    id = number_in(reference, "PJ", "payroll journal")
    row = journals(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="payroll journal", reference=reference)
    return row


def lines(row: PayrollJournal) -> QuerySet[PayrollLine]:
    return lines_of(row).select_related("person", "centre")


def sums_by_centre(row: PayrollJournal) -> list[dict[str, Any]]:
    """What a journal comes to by cost centre, in the order of their codes."""
    grouped = lines_of(row).order_by().values("centre__code", "centre__name", "centre__name_ru")
    sums: Any = grouped.annotate(**{f"sum_{name}": Sum(name) for name in SUMS})
    return list(sums.order_by("centre__code"))


def entries_of(row: PayrollJournal) -> QuerySet[JournalEntry]:
    """What it left in the books, reversals too."""
    return JournalEntry.objects.filter(source_type=SOURCE, source_id=row.pk).order_by("pk")


def remarks_of(row: PayrollJournal) -> list[Odd]:
    """What is odd about its tax: as it stands while it waits, as it was kept once it is accepted."""
    if row.state == PayrollState.PROPOSED:
        return oddities(row)
    kept = row.remarks.order_by("person__code", "rate")
    return [Odd(r.person_id, r.what, r.rate, r.told, r.reckoned) for r in kept]  # type: ignore[arg-type]
