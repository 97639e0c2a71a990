"""FX value dates: the vectors D6 to D9 and D16 of the rules, and their borders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.spot_dates import is_value_date, spot_date, spot_trade_date

NEW_YORK, AUCKLAND = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")
DAYS = {"EUR": 2, "GBP": 2, "JPY": 2, "NZD": 2, "CAD": 1, "RUB": 1, "TRY": 1, "PHP": 1}
NO_HOLIDAYS: dict[str, list[str]] = {}
MAY_2024 = {"USD": ["2024-05-27"], "GBP": ["2024-05-27"], "CAD": ["2024-05-20"]}


def day(text: str) -> date:
    return date.fromisoformat(text)


def value_date(pair: str, trade_date: str, holidays: dict[str, list[str]]) -> date:
    calendars = {
        code: BusinessDays(code, {day(each): False for each in holidays.get(code, ())})
        for code in (*DAYS, "USD")
    }
    base, quote = pair.split("/")
    found = spot_date(day(trade_date), base, quote, days=DAYS, calendars=calendars)
    assert is_value_date(found, base, quote, calendars)
    return found


def traded(text: str, zone: ZoneInfo, pair: str = "EUR/USD") -> date:
    moment = datetime.fromisoformat(text).replace(tzinfo=zone)
    return spot_trade_date(moment, *pair.split("/"))


class TestSpotDate:
    def test_d6_a_us_holiday_between_does_not_move_a_pair_of_two_days(self) -> None:
        assert value_date("EUR/USD", "2024-05-24", MAY_2024) == day("2024-05-28")

    def test_d7_a_holiday_of_the_other_currency_does(self) -> None:
        assert value_date("GBP/USD", "2024-05-24", MAY_2024) == day("2024-05-29")

    def test_d8_a_pair_of_one_day_waits_for_the_us_holiday_on_its_value_date(self) -> None:
        assert value_date("USD/CAD", "2024-05-24", MAY_2024) == day("2024-05-28")

    @pytest.mark.parametrize("trade_date", ["2024-06-03", "2024-06-04", "2024-06-05"])
    def test_d9_a_cross_settles_with_the_later_of_its_legs(self, trade_date: str) -> None:
        expected = day(trade_date) + timedelta(days=2)
        assert value_date("GBP/CAD", trade_date, NO_HOLIDAYS) == expected

    @pytest.mark.parametrize("pair", ["USD/CAD", "USD/TRY", "USD/RUB", "USD/PHP"])
    def test_four_pairs_settle_the_day_after(self, pair: str) -> None:
        code = pair.removeprefix("USD/")
        assert DAYS[code] == 1
        assert value_date(pair, "2024-06-04", NO_HOLIDAYS) == day("2024-06-05")
        assert value_date(pair, "2024-06-04", {code: ["2024-06-05"]}) == day("2024-06-06")
        assert value_date(pair, "2024-06-04", {"USD": ["2024-06-05"]}) == day("2024-06-06")

    def test_a_cross_of_two_short_legs_is_short(self) -> None:
        assert value_date("CAD/RUB", "2024-06-04", NO_HOLIDAYS) == day("2024-06-05")

    def test_no_cross_is_paid_on_a_us_holiday(self) -> None:
        assert value_date("EUR/GBP", "2024-07-02", {"USD": ["2024-07-04"]}) == day("2024-07-05")

    def test_a_holiday_of_one_leg_on_the_value_date_moves_both(self) -> None:
        assert value_date("EUR/JPY", "2024-06-04", {"JPY": ["2024-06-06"]}) == day("2024-06-07")

    def test_a_deal_on_a_holiday_of_its_own_is_counted_from_it(self) -> None:
        assert value_date("EUR/USD", "2024-05-27", MAY_2024) == day("2024-05-29")

    def test_a_friday_is_paid_on_tuesday(self) -> None:
        assert value_date("EUR/USD", "2024-06-07", NO_HOLIDAYS) == day("2024-06-11")


class TestSpotTradeDate:
    def test_d16_before_and_after_five_in_new_york(self) -> None:
        before, after = (traded(f"2024-05-21T{t}", NEW_YORK) for t in ("16:55", "17:05"))
        assert (before, after) == (day("2024-05-21"), day("2024-05-22"))
        assert value_date("EUR/USD", before.isoformat(), MAY_2024) == day("2024-05-23")
        assert value_date("EUR/USD", after.isoformat(), MAY_2024) == day("2024-05-24")

    def test_d16_to_the_minute(self) -> None:
        assert traded("2024-05-21T16:59:59.999999", NEW_YORK) == day("2024-05-21")
        assert traded("2024-05-21T17:00", NEW_YORK) == day("2024-05-22")

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            # Clocks change on 10 March and 3 November 2024 in New York, later in Europe.
            ("2024-03-08T21:59:00+00:00", "2024-03-08"),
            ("2024-03-08T22:00:00+00:00", "2024-03-11"),
            ("2024-03-11T20:59:00+00:00", "2024-03-11"),
            ("2024-03-11T21:00:00+00:00", "2024-03-12"),
            ("2024-11-01T20:59:00+00:00", "2024-11-01"),
            ("2024-11-01T21:00:00+00:00", "2024-11-04"),
            ("2024-11-04T21:59:00+00:00", "2024-11-04"),
            ("2024-11-04T22:00:00+00:00", "2024-11-05"),
        ],
    )
    def test_in_the_weeks_in_which_clocks_change(self, moment: str, expected: str) -> None:
        assert spot_trade_date(datetime.fromisoformat(moment), "EUR", "USD") == day(expected)

    @pytest.mark.parametrize(
        "moment", ["2024-05-24T17:00", "2024-05-25T12:00", "2024-05-26T16:59", "2024-05-26T17:00"]
    )
    def test_the_weekend_belongs_to_monday(self, moment: str) -> None:
        assert traded(moment, NEW_YORK) == day("2024-05-27")

    @pytest.mark.parametrize("pair", ["NZD/USD", "EUR/NZD"])
    def test_the_new_zealand_dollar_rolls_at_seven_in_auckland(self, pair: str) -> None:
        assert traded("2024-05-22T06:59", AUCKLAND, pair) == day("2024-05-21")
        assert traded("2024-05-22T07:00", AUCKLAND, pair) == day("2024-05-22")
        assert traded("2024-05-25T06:59", AUCKLAND, pair) == day("2024-05-24")  # a Saturday there
        assert traded("2024-05-25T07:00", AUCKLAND, pair) == day("2024-05-27")

    def test_the_new_zealand_dollar_in_the_week_its_clocks_change(self) -> None:
        # 29 September 2024, forward: 07:00 is 19:00 UTC the day before, then 18:00.
        for moment, expected in (
            ("2024-09-26T18:59:00+00:00", "2024-09-26"),
            ("2024-09-26T19:00:00+00:00", "2024-09-27"),
            ("2024-09-30T17:59:00+00:00", "2024-09-30"),
            ("2024-09-30T18:00:00+00:00", "2024-10-01"),
        ):
            found = spot_trade_date(datetime.fromisoformat(moment), "NZD", "USD")
            assert found == day(expected), moment
