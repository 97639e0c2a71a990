"""Penalties by the night: P2, a late price, and two who count at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from backoffice.night_watch import begin_due_nights, take_steps
from ledger.days import open_day
from ledger.models import BusinessDay, NightStep
from refdata.models import Entity
from reporting.tasks import compute_reports
from settlements.fails.computing import compute_penalties
from settlements.fails.models import Penalty
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.following import until_known
from tests.settlements.fails.stage import (
    MON,
    NIGHT,
    THU,
    TUE,
    WED,
    amounts,
    failing,
    instrument,
    price,
)

pytestmark = pytest.mark.usefixtures("own_database")


def end(day: date) -> dict[str, object]:
    """The FLASH night of a day; what its penalties came to."""
    at = datetime.combine(day, time(23, 30), tzinfo=ZoneInfo("Europe/Berlin"))
    for _ in range(4):
        until_known()
        begin_due_nights(at)
        take_steps(at)
        continue_runs()
        compute_reports()
    step = NightStep.objects.get(name="penalties", night__day__day=day, night__stage="FLASH")
    assert step.state == "DONE", step.error
    return dict(step.facts)


def test_p2_by_the_night_three_rows_and_a_late_price_corrects() -> None:
    BusinessDay.objects.all().delete()
    open_day(entity_id=Entity.objects.get(code="EUR").pk, day=MON)
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    price(share, WED, "53.05")
    row = failing(share, "10000", settlement="PENDING", partial_allowed=False)

    end(MON)
    end(TUE)  # at the price of Monday: that of Tuesday is not there yet
    assert amounts(row)[TUE] == Decimal("52.30")
    price(share, TUE, "51.80")
    assert end(WED)["corrected"] == 1
    Settlement.objects.filter(pk=row.pk).update(settlement="SETTLED", settled_date=THU)
    end(THU)

    found = amounts(row)
    assert found == {MON: Decimal("52.30"), TUE: Decimal("51.80"), WED: Decimal("53.05")}
    assert sum(filter(None, found.values())) == Decimal("157.15")
    assert Penalty.objects.filter(settlement=row).count() == 4  # one of them corrected


def test_two_at_once_count_once() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    for _ in range(20):
        failing(share, "10000")
    entity_id = Entity.objects.get(code="EUR").pk
    failed: list[Exception] = []

    def once() -> None:
        try:
            compute_penalties(entity_id=entity_id, day=MON, at=NIGHT)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connection.close()

    work: list[Callable[[], None]] = [once] * 4
    threads = [threading.Thread(target=each) for each in work]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    assert set(Penalty.objects.values_list("version", "status")) == {(1, "ACTV")}
    assert Penalty.objects.count() == 20
