"""What an accepted payroll journal leaves in the books and in the sub-ledger of the tax.

    accrued    PERSONNEL ◄── STAFF: what is owed to employees; PERSONNEL ◄── SOCIAL: contributions; the month's last day
    withheld   STAFF ◄── TAX: owed to the budget; the day of payment
    paid       STAFF ◄── CASH, SOCIAL ◄── CASH, TAX ◄── CASH: by the bank's word (remedies of a break)

One entry for all employees: what one of them earns is in the lines, for those who may see it. What centres cost is kept
beside it, for budgets and allocation. What is held for others
stays in STAFF until it is paid to them.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from backoffice.kernel.decimals import plain
from expenses.payroll.costing import keep_costs, take_costs_back
from expenses.payroll.models import PayrollJournal, PayrollLine
from expenses.payroll.placing import last_day_of
from ledger.models import JournalEntry, NdflPay, NdflWithholding
from ledger.ndfl.bases import TaxBase
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    effective_dates,
    post_entries,
    reverse_entries,
)
from ledger.state import AccountKind
from refdata.selectors import reference_data
from settlements.ndfl.keeping import Due, Kept, keep_withholdings, take_back_withholdings

SOURCE, LINE = "payrolljournal", "payrollline"
ZERO = Decimal(0)


def book_journal(row: PayrollJournal, *, at: datetime) -> None:
    """Post the entries of a journal and keep its incomes and withholdings, in the caller's transaction."""
    own, entity_id = row.entity.own_party_id, row.entity_id
    keys = {
        kind: AccountKey(entity_id, kind.value, own)
        for kind in (AccountKind.PERSONNEL, AccountKind.STAFF, AccountKind.SOCIAL, AccountKind.TAX)
    }
    ids = account_ids(keys.values())
    asset_id = reference_data().currencies[row.entity.base_currency].asset_id

    def moved(debit: AccountKind, credit: AccountKind, amount: Decimal) -> list[NewPosting]:
        sides = ids[keys[debit]], ids[keys[credit]]
        return [NewPosting(*sides, asset_id, amount)] if amount else []

    days = {"accrue": last_day_of(row.month), "withhold": row.pay_date}
    dates = effective_dates({(entity_id, day) for day in days.values()})
    moves = {
        "accrue": [
            *moved(AccountKind.PERSONNEL, AccountKind.STAFF, row.accrued),
            *moved(AccountKind.PERSONNEL, AccountKind.SOCIAL, row.contributions),
        ],
        "withhold": moved(AccountKind.STAFF, AccountKind.TAX, row.ndfl),
    }
    entries = [
        NewEntry(
            entity_id=entity_id, kind=f"{SOURCE}.{name}", source_type=SOURCE, source_id=row.pk,
            effective_date=dates[entity_id, days[name]], postings=postings,
        )
        for name, postings in moves.items() if postings
    ]  # fmt: skip
    post_entries(entries, at=at)
    keep_costs(row, lines_of(row), booked_on=dates[entity_id, days["accrue"]], at=at)
    _keep_incomes(row, at)
    _keep_withheld(row, at)


def lines_of(row: PayrollJournal) -> QuerySet[PayrollLine]:
    return PayrollLine.objects.filter(journal=row).order_by("number")


def _keep_incomes(row: PayrollJournal, at: datetime) -> None:
    NdflPay.objects.bulk_create(
        NdflPay(
            entity_id=row.entity_id, taxpayer_id=line.person_id, day=row.pay_date, code=line.code,
            income=line.accrued, costs=line.accrued - line.base, deductions=line.deductions,
            resident=line.resident, source_type=LINE, source_id=line.pk, recorded_at=at,
        )
        for line in lines_of(row) if line.code
    )  # fmt: skip


def _keep_withheld(row: PayrollJournal, at: datetime) -> None:
    """Of each person what was withheld, after all that was of the year before; its source is the first of its lines."""
    mine: defaultdict[int, list[PayrollLine]] = defaultdict(list)
    for line in lines_of(row):
        mine[line.person_id].append(line)
    before = _withheld_this_year(row.entity_id, row.pay_date)
    bases = _bases_until(row.entity_id, row.pay_date)
    kept = []
    for person_id, lines in mine.items():
        withheld = sum((line.ndfl for line in lines), ZERO)
        if not withheld:
            continue
        already = before.get(person_id, ZERO)
        due = Due(
            already + withheld,
            already,
            withheld,
            {TaxBase.PAYROLL.value: plain(bases.get(person_id, ZERO))},
        )
        payment = sum((line.accrued for line in lines), ZERO)
        kept.append(Kept(due, person_id, (LINE, lines[0].pk), payment))
    keep_withholdings(kept, entity=row.entity, day=row.pay_date, at=at)


def _withheld_this_year(entity_id: int, day: date) -> dict[int, Decimal]:
    rows = NdflWithholding.objects.filter(
        entity_id=entity_id, year=day.year, day__lte=day, source_type=LINE
    )
    return dict(rows.order_by().values_list("taxpayer_id").annotate(Sum("withheld")))


def _bases_until(entity_id: int, day: date) -> dict[int, Decimal]:
    rows = NdflPay.objects.filter(entity_id=entity_id, day__year=day.year, day__lte=day)
    sums = rows.order_by().values_list("taxpayer_id").annotate(Sum("income"), Sum("costs"))
    return {person_id: income - costs for person_id, income, costs in sums}


def reverse_journal(row: PayrollJournal, reason: str, *, at: datetime) -> None:
    """Take back all that a journal left, each by a row of the other sign, in the caller's transaction."""
    entries = JournalEntry.objects.filter(
        source_type=SOURCE, source_id=row.pk, reverses=None, reversed_by__isnull=True
    )
    reverse_entries(
        reasons=dict.fromkeys(entries.values_list("pk", flat=True), reason), actor_id=None, at=at
    )
    accrued = JournalEntry.objects.filter(
        source_type=SOURCE, source_id=row.pk, kind=f"{SOURCE}.accrue.reverse"
    )
    for booked_on in accrued.values_list("effective_date", flat=True):
        take_costs_back(row, reason, booked_on=booked_on, at=at)
    line_ids = list(lines_of(row).values_list("pk", flat=True))
    take_back_withholdings(LINE, line_ids, at=at)
    incomes = NdflPay.objects.filter(
        source_type=LINE, source_id__in=line_ids, reverses=None, reversed_by=None
    )
    NdflPay.objects.bulk_create(
        NdflPay(
            entity_id=each.entity_id, taxpayer_id=each.taxpayer_id, day=each.day, code=each.code,
            income=-each.income, costs=-each.costs, deductions=each.deductions,
            resident=each.resident, source_type=each.source_type, source_id=each.source_id,
            reverses=each, recorded_at=at,
        )
        for each in incomes.order_by("pk")
    )  # fmt: skip
