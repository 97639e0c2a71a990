"""What waits for a manager because a payroll journal was brought, or a file of salaries was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.state import PAY_FILE_LIFECYCLE, PayFileState
from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from expenses.payroll.models import PayrollJournal
from expenses.payroll.state import PAYROLL_LIFECYCLE, PayrollState
from refdata.firm_days import FIRM_ZONE

JOURNAL, FILE = "payroll-journal", "pay-file"
PAYROLL_EVENTS = (
    "payrolljournal.receive", "payfile.prepare",
    *(f"payrolljournal.{name}" for name in PAYROLL_LIFECYCLE.transitions),
    *(f"payfile.{name}" for name in PAY_FILE_LIFECYCLE.transitions),
)  # fmt: skip


def tell_of_payroll(events: Sequence[Happened], *, at: datetime) -> None:
    """A journal waits to be accepted, a file to be let out, until the day of pay. Items name no amounts."""

    def of(subject: str) -> Sequence[int]:
        return subjects_of([each for each in events if each.subject_type == subject])

    journals = PayrollJournal.objects.filter(pk__in=of("payrolljournal")).order_by("pk")
    _tell(JOURNAL, "payrolljournal", of("payrolljournal"), [
        _item(JOURNAL, "payrolljournal", row, row) for row in journals
        if row.state == PayrollState.PROPOSED
    ], at)  # fmt: skip
    files = PayFile.objects.filter(pk__in=of("payfile")).select_related("journal").order_by("pk")
    _tell(FILE, "payfile", of("payfile"), [
        _item(FILE, "payfile", row, row.journal) for row in files
        if row.state == PayFileState.PREPARED
    ], at)  # fmt: skip


def _item(
    kind: str, subject: str, row: PayrollJournal | PayFile, journal: PayrollJournal
) -> NewItem:
    return NewItem(
        kind=kind, queue="manager", subject_type=subject, subject_id=row.pk, entity_id=row.entity_id,
        due_at=datetime.combine(journal.pay_date, time(12), tzinfo=FIRM_ZONE),
    )  # fmt: skip


def _tell(
    kind: str, subject: str, ids: Sequence[int], waiting: Sequence[NewItem], at: datetime
) -> None:
    over = sorted({*ids} - {item.subject_id for item in waiting})
    close_items(subject_type=subject, subject_ids=over, kinds=[kind], at=at)
    open_items(list(waiting), at=at)
