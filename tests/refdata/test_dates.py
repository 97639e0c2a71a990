"""Settlement dates: the vectors D1–D5 and D10–D15, each against the base data."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from refdata.selectors import business_days, reference_data

pytestmark = pytest.mark.django_db


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("market", "trade_date", "due"),
    [
        pytest.param("XNYS", "2024-05-24", "2024-05-29", id="D1: T+2 over Memorial Day"),
        pytest.param("XNYS", "2024-05-28", "2024-05-29", id="D2: T+1, the double settlement day"),
        pytest.param("XETR", "2027-10-08", "2027-10-12", id="D3: T+2 over a weekend"),
        pytest.param("XETR", "2027-10-11", "2027-10-12", id="D4: T+1, the double settlement day"),
        pytest.param("MISX", "2023-07-28", "2023-08-01", id="D5: the last T+2"),
        pytest.param("MISX", "2023-07-31", "2023-08-01", id="D5: the first T+1"),
    ],
)
def test_the_cycle_is_chosen_by_the_trade_date(market: str, trade_date: str, due: str) -> None:
    assert reference_data().due_date(market, "SHARE", day(trade_date)) == day(due)


def test_d10_to_d12_modified_following_stays_in_the_month() -> None:
    calendar = business_days("TARGET")
    assert calendar.modified_following(day("2026-01-31")) == day("2026-01-30")
    assert calendar.modified_following(day("2027-01-31")) == day("2027-01-29")
    assert calendar.following(day("2027-01-31")) == day("2027-02-01")


def test_d13_money_settles_while_the_exchange_is_closed() -> None:
    third_of_july = day("2026-07-03")
    assert not business_days("XNYS").is_business_day(third_of_july)
    assert business_days("US").is_business_day(third_of_july)


def test_d14_a_weekend_session_belongs_to_the_next_trade_date() -> None:
    reference = reference_data()
    dealt = datetime.fromisoformat("2026-11-28T11:00:00+03:00")
    assert reference.trade_date("MISX", dealt) == (day("2026-11-30"), True)
    assert reference.due_date("MISX", "SHARE", day("2026-11-30")) == day("2026-12-01")


def test_d15_a_weekend_without_a_session_is_closed() -> None:
    dealt = datetime.fromisoformat("2026-12-05T11:00:00+03:00")
    assert reference_data().trade_date("MISX", dealt)[1] is False
