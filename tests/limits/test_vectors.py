"""The vectors C1 to C7 of the rules of limits, by name; borders beside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from limits.models import Limit
from limits.rules import (
    LateFactor,
    LimitRequest,
    Need,
    NettedDeal,
    late_exposure,
    netted_exposure,
    price_move,
    settlement_exposure,
)
from limits.services import LimitExceeded, expire_holds
from tests.guards.test_rivals import at_once
from tests.reserving import reserve

CRR_378 = [
    LateFactor(5, Decimal("0.08")), LateFactor(16, Decimal("0.5")),
    LateFactor(31, Decimal("0.75")), LateFactor(46, Decimal(1)),
]  # fmt: skip


def netted(*rows: tuple[int, int, str]) -> list[NettedDeal]:
    return [NettedDeal(Decimal(n), Decimal(worth), Decimal(rate)) for n, worth, rate in rows]


def test_c1_one_netting_set_by_the_current_exposure_method() -> None:
    found = netted_exposure(
        netted(
            (10_000_000, 150_000, "0.01"), (5_000_000, -80_000, "0.05"),
            (20_000_000, 200_000, "0.015"),
        ),
        minor_unit=2,
    )  # fmt: skip
    assert found.gross_add_on == Decimal("650000.00")
    assert found.ratio.quantize(Decimal("0.000001")) == Decimal("0.771429")
    assert found.potential == Decimal("560857.14")
    assert found.exposure == Decimal("830857.14")


def test_c1_without_anything_worth_to_us_four_tenths_of_the_add_on_stay() -> None:
    found = netted_exposure(netted((1_000_000, -5, "0.01")), minor_unit=2)
    assert (found.gross_add_on, found.ratio) == (Decimal(10_000), Decimal(0))
    assert found.potential == found.exposure == Decimal(4_000)
    assert netted_exposure([], minor_unit=2).exposure == 0


def late(days: int) -> Decimal:
    move = price_move(
        buys=True, agreed=Decimal(50_000 * 20), market=Decimal(50_000) * Decimal("21.5")
    )
    return late_exposure(move, working_days_late=days, factors=CRR_378, minor_unit=2)


def test_c2_seventeen_days_late_half_of_the_price_move_counts() -> None:
    assert late(17) == Decimal("37500.00")


def test_c3_three_days_late_nothing_counts() -> None:
    assert late(3) == 0


def test_c3_each_step_begins_on_its_day() -> None:
    steps = {4: 0, 5: 6_000, 15: 6_000, 16: 37_500, 30: 37_500, 31: 56_250, 45: 56_250, 46: 75_000}
    assert {days: late(days) for days in steps} == steps
    falls = price_move(buys=False, agreed=Decimal(100), market=Decimal(90))
    assert falls == 10
    assert price_move(buys=False, agreed=Decimal(100), market=Decimal(110)) == 0


def bank() -> Limit:
    return Limit.objects.get(name="Demo Bank One")


def held(amount: int, at: datetime, seconds: int = 60) -> bool:
    needs = LimitRequest([Need(bank().pk, Decimal(amount))])
    try:
        reserve(needs, ttl_seconds=seconds, actor=User.objects.get(username="dealer"), at=at)
    except LimitExceeded:
        return False
    return True


@pytest.mark.usefixtures("own_database")
def test_c4_of_two_at_once_exactly_one_fits() -> None:
    Limit.objects.filter(pk=bank().pk).update(cap=1_000_000, used=700_000)
    assert sorted(at_once(lambda n: held(200_000, timezone.now()), 2)) == [False, True]


@pytest.mark.usefixtures("own_database")
def test_c5_a_reservation_without_a_deal_gives_its_room_back_after_its_seconds() -> None:
    Limit.objects.filter(pk=bank().pk).update(cap=100)
    at = timezone.now()
    assert held(100, at)
    assert not held(1, at + timedelta(seconds=59))
    assert held(1, at + timedelta(seconds=60))  # nobody had to sweep
    assert bank().reserved == 1
    expire_holds(at=at + timedelta(hours=2))
    assert bank().reserved == 0


MONDAY, TUESDAY = (datetime.fromisoformat(f"2026-11-{day}T00:00:00+00:00") for day in (23, 24))
DEADLINE, PAID = MONDAY + timedelta(hours=13), MONDAY + timedelta(hours=15)
SEEN = TUESDAY + timedelta(hours=8, minutes=10)
MOMENT = timedelta(microseconds=1)


def at_risk(at: datetime, **changes: Any) -> Decimal:
    terms: dict[str, Any] = {
        "receives": Decimal(1_000_000), "price_move": Decimal(1_234), "against_payment": False,
        "left_at": PAID, "stop_by": DEADLINE, "received_at": SEEN, "at": at,
    }  # fmt: skip
    return settlement_exposure(**terms | changes)


def test_c7_all_of_it_from_the_last_moment_to_stop_until_it_is_on_the_statement() -> None:
    moments = {
        DEADLINE - MOMENT: 0, DEADLINE: 1_000_000, PAID: 1_000_000, TUESDAY: 1_000_000,
        SEEN - MOMENT: 1_000_000, SEEN: 0,
    }  # fmt: skip
    assert {at: at_risk(at) for at in moments} == moments


def test_c7_what_left_earlier_counts_from_then_and_what_is_not_seen_counts_on() -> None:
    early = DEADLINE - timedelta(hours=2)
    assert at_risk(early - MOMENT, left_at=early) == 0
    assert at_risk(early, left_at=early) == 1_000_000
    assert at_risk(DEADLINE, left_at=None) == 1_000_000  # it can no longer be stopped
    assert at_risk(SEEN + timedelta(days=9), received_at=None) == 1_000_000


def test_c7_against_payment_only_the_price_move_is_at_risk() -> None:
    assert at_risk(TUESDAY, against_payment=True) == 1_234
    assert at_risk(SEEN, against_payment=True) == 0
