"""Five employees, one of them a client too, and their pay of two months, reckoned by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from backoffice.workflow.transitions import Outcome
from expenses.payroll.models import PayrollJournal
from expenses.payroll.services import accept_journals, receive_journal
from ledger.models import LedgerAccount
from ledger.selectors import balances
from refdata.models import Entity, Party, PartyIdentifier
from tests.instructing import person

D = Decimal
ANNA = "CL-ANNA"  # whose securities the firm keeps as well
PEOPLE = {
    "EMP-CHIEF": "500100732259", "EMP-CLERK": "", "EMP-GUEST": "", "EMP-TRADER": "",
}  # fmt: skip
HEADINGS = "person;inn;resident;centre;code;accrued;deductions;base;ndfl;held;contributions;net;account;bik"
SEPTEMBER = (
    "EMP-CHIEF;500100732259;yes;MGMT;2000;2300000;;2300000;13=299000;;300000;2001000;;",
    "CL-ANNA;;yes;BACK;2000;50000;;50000;13=6500;;15000;43500;;",
)
# The chief comes to 2,500,000.50: 13 % of 2,400,000 less 299,000 is 13,000, 15 % of 100,000.50 is 15,000.
OCTOBER = (
    "EMP-CHIEF;500100732259;yes;MGMT;2000;200000.50;;200000.50;13=13000 15=15000;;30000.08;172000.50;;",
    "CL-ANNA;;yes;BACK;2000;100000;126=1400;98600;13=12818;;30000;87182;;",
    "EMP-CLERK;;yes;BACK;2000;80000;;80000;13=10400;5000;24000;64600;;",
    "EMP-CLERK;;yes;BACK;2012;20000.55;;20000.55;13=2600;;6000;17400.55;;",
    "EMP-GUEST;;no;DESK;2000;50000;;50000;30=15000;;15000;35000;;",
    "EMP-TRADER;;yes;DESK;2000;60000.33;;60000.33;13=7800;;18000.10;52200.33;;",
    "EMP-TRADER;;yes;DESK;;3000;;0;;;;3000;;",
)
TOTALS = {
    "accrued": "513001.38", "ndfl": "76618", "held": "5000", "contributions": "123000.18",
    "net": "431383.38",
}  # fmt: skip
OF_SEPTEMBER = {
    "accrued": "2350000", "ndfl": "305500", "held": "0", "contributions": "315000", "net": "2044500"
}  # fmt: skip


def employ() -> None:
    """The employees as parties, the chief with the tax number that files name."""
    for code, inn in PEOPLE.items():
        party = Party.objects.create(code=code, name=code.title(), kind="INDIVIDUAL", country="RU")
        if inn:
            PartyIdentifier.objects.create(party=party, scheme="INN", value=inn)


def file_of(
    rows: Sequence[str] = OCTOBER, totals: Mapping[str, str] = TOTALS, *, number: str = "10-1",
    month: str = "2026-10-01", pay_date: str = "2026-11-05", corrects: str = "", entity: str = "RUS",
) -> bytes:  # fmt: skip
    facts = {
        "entity": entity, "number": number, "month": month, "pay date": pay_date, "corrects": corrects,
    } | {f"total {name}": total for name, total in totals.items()}  # fmt: skip
    told = [f"{name};{text}" for name, text in facts.items()]
    return "\r\n".join(["payroll journal;1", *told, "", HEADINGS, *rows, ""]).encode()


def september(**more: str) -> bytes:
    given = {"number": "09-1", "month": "2026-09-01", "pay_date": "2026-10-05"} | more
    return file_of(SEPTEMBER, OF_SEPTEMBER, **given)


def receive(content: bytes, at: datetime | None = None) -> PayrollJournal:
    row, _new = receive_journal(
        content=content, document="pay.csv", actor=person("accountant"), at=at or timezone.now()
    )
    return row


def accept(row: PayrollJournal, reason: str = "", by: str = "manager") -> Outcome:
    return accept_journals(ids=[row.pk], reason=reason, actor=person(by), at=timezone.now())


def accepted(content: bytes, reason: str = "") -> PayrollJournal:
    row = receive(content)
    accept(row, reason).raise_single()
    return PayrollJournal.objects.get(pk=row.pk)


def booked(kind: str) -> Decimal:
    """The balance of our own account of a kind, debits above zero."""
    own = Entity.objects.get(code="RUS").own_party
    ids = list(LedgerAccount.objects.filter(kind=kind, owner=own).values_list("pk", flat=True))
    return sum((each.amount for each in balances(account_ids=ids)), D(0))
