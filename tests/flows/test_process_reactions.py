"""What processes do by themselves about what waits for repair, is not paid, or is not signed off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from backoffice.work.processes import tell_of_processes
from backoffice.workflow.models import WorkItem
from deals.models import Inbound
from deals.repairing.processing import react_to_inbound
from ledger.day_processing import react_to_days
from ledger.models import BusinessDay
from refdata.firm_days import firm_day
from refdata.models import Entity
from refdata.processes.reacting import weekdays_since
from settlements.purchases.models import Purchase
from settlements.purchases.processing.reacting import react_to_purchases
from settlements.purchases.services import open_purchases
from tests.flows.test_processes import EARLIER

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 27)


def called(subject: str, id: int) -> list[str]:
    rows = WorkItem.objects.filter(subject_type=subject, subject_id=id, closed_at=None)
    return list(rows.filter(kind__startswith="process-reaction").values_list("queue", flat=True))


@pytest.mark.parametrize(("days", "passed"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2)])
def test_days_are_counted_from_monday_to_friday(days: int, passed: int) -> None:
    assert weekdays_since(FRIDAY, FRIDAY + timedelta(days=days)) == passed


def at_each(
    react: Callable[..., int], subject: str, id: int, begun: date, days: int
) -> list[list[str]]:
    """Who is called on the last day on which nobody is yet, and on the next."""
    found, day = [], begun
    while weekdays_since(begun, day) < days:
        day += timedelta(days=1)
    later = day
    while weekdays_since(begun, later) == days:
        later += timedelta(days=1)
    for on in (day, later):
        react(on=on, at=EARLIER)
        found.append(called(subject, id))
    return found


def over(kind: str, id: int) -> None:
    subject = kind.partition(".")[0]
    event = {"kind": kind, "subject_type": subject, "subject_id": id, "facts": {}}
    tell_of_processes([type("Happened", (), event)()], at=EARLIER)


def test_what_is_not_repaired_is_raised_after_a_day(api: Any, sample: dict[str, Any]) -> None:
    unknown = {**sample, "stage": "executed", "instrument": "RU000UNKNOWN", "external_ref": "RE-1"}
    assert api("dealer").post("/deals/", unknown).status_code == 202
    row = Inbound.objects.get(external_ref="RE-1")

    begun = firm_day(row.received_at)
    assert at_each(react_to_inbound, "inbound", row.pk, begun, 1) == [[], ["manager"]]
    assert react_to_inbound(on=begun + timedelta(days=30), at=EARLIER) == 0
    over("inbound.replay", row.pk)
    assert called("inbound", row.pk) == []


def test_a_day_that_nobody_signs_off_is_raised(api: Any) -> None:
    entity = Entity.objects.get(code="RUS")
    row = BusinessDay.objects.create(entity=entity, day=date(2026, 6, 1), state="CLOSING")

    assert at_each(react_to_days, "businessday", row.pk, row.day, 2) == [[], ["manager"]]
    over("businessday.sign_off", row.pk)
    assert called("businessday", row.pk) == []


def test_a_purchase_that_is_not_paid_in_time_is_raised(api: Any, sample: dict[str, Any]) -> None:
    del sample["settlement"]
    bought = {
        "product": "individual_purchase", "counterparty": "FL-SIDOROVA", "external_ref": "FL-9",
        "payment_date": "2026-11-26",
    }  # fmt: skip
    answer = api("dealer").post("/deals/", sample | bought)
    assert answer.status_code == 201, answer.content
    open_purchases(deal_ids=[int(answer.json()["reference"][2:])], at=EARLIER)
    row = Purchase.objects.select_related("deal").get(deal__external_ref="FL-9")

    found = at_each(react_to_purchases, "purchase", row.pk, row.deal.due_date, 2)
    assert found == [[], ["manager"]]
    over("purchase.pay", row.pk)
    assert called("purchase", row.pk) == []
