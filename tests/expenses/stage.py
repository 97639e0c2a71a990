"""A venue that bills fees, schedules of every kind, and what was accrued by them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from expenses.fees.accruing import accrue_fees
from expenses.fees.models import FeeAccrual
from ledger.models import LedgerAccount
from ledger.selectors import balances
from refdata.models import Entity, FeeSchedule, Party
from refdata.selectors import forget_reference_data
from tests.flows.test_changing import captured

D = Decimal
DAY, NOVEMBER, DECEMBER = date(2026, 11, 23), date(2026, 11, 1), date(2026, 12, 1)
VENUE = "FEE-VENUE"


@pytest.fixture
def venue(own_database: None) -> Party:
    return Party.objects.create(code=VENUE, name="A venue", roles=["COUNTERPARTY"])


def schedule(venue: Party | None = None, **more: Any) -> FeeSchedule:
    """0.01 % of each share deal, billed by the venue by the month."""
    told: dict[str, Any] = {
        "entity": Entity.objects.get(code="RUS"), "kind": "VENUE", "product": "equity", "currency": "RUB",
        "rate": D("0.0001"), "collected": "INVOICED", "biller": venue, "valid_from": date(2020, 1, 1),
    }  # fmt: skip
    row = FeeSchedule.objects.create(**told | more)
    forget_reference_data()
    return row


def accrue(day: date = DAY) -> int:
    found = accrue_fees(entity_id=Entity.objects.get(code="RUS").pk, day=day, at=timezone.now())
    return found.count


def standing() -> list[tuple[str, Decimal]]:
    """What accruals come to, by what they are for."""
    rows = FeeAccrual.objects.order_by().values("cause", "cause_id").annotate(sum=Sum("amount"))
    return sorted((f"{r['cause']}-{r['cause_id']}", r["sum"]) for r in rows if r["sum"])


def booked(kind: str) -> Decimal:
    """The balance of our accounts of a kind in rubles."""
    own = Entity.objects.get(code="RUS").own_party
    ids = list(LedgerAccount.objects.filter(kind=kind, owner=own).values_list("pk", flat=True))
    return sum((each.amount for each in balances(account_ids=ids)), D(0))


def executed(api: Any, sample: dict[str, Any], ref: str = "F-1", **more: Any) -> str:
    return captured(api, sample, external_ref=ref, stage="executed", **more)
