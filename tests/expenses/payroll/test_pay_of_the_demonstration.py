"""The demonstration's payroll journal: it waits for the manager, agrees with the scale, and can be paid as it is."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from backoffice.connectors.salaries.services import prepare_pay_file
from backoffice.demonstration.firm import load_people
from backoffice.demonstration.pay import EMPLOYEES, load_pay
from backoffice.demonstration.ruble_bank import NUMBER, load_ruble_bank
from expenses.payroll.models import PayrollJournal
from expenses.payroll.taxing import oddities
from tests.expenses.payroll.stage import accept
from tests.instructing import person

pytestmark = pytest.mark.django_db


def test_it_waits_agrees_with_the_scale_and_is_paid_by_one_file() -> None:
    at = timezone.now()
    load_ruble_bank(at=at)
    for _ in range(2):
        load_pay(load_people(), today=date(2026, 11, 30), at=at)
    row = PayrollJournal.objects.get()
    assert (row.state, row.people, row.month) == ("PROPOSED", len(EMPLOYEES), date(2026, 10, 1))
    assert oddities(row) == []
    accept(row).raise_single()
    file = prepare_pay_file(journal=row, account=NUMBER, actor=person("accountant"), at=at)
    assert (file.total, file.payments) == (row.net, len(EMPLOYEES))
