"""The arithmetic of the ladder, the day on which money is expected, and funding by worked examples. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.business_days import BusinessDays
from settlements.ladder.funding import Possible, Proposal, last_value_date, proposals_of
from settlements.ladder.kinds import LEAST_CASH, LeastCash, lacking
from settlements.ladder.kinds import Standing as Stands
from settlements.ladder.rules import (
    Day,
    Group,
    Key,
    Line,
    Movement,
    Standing,
    expected_day,
    lines_of,
)

D = Decimal
MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY, FRIDAY, SATURDAY = (MONDAY + timedelta(n) for n in (1, 2, 4, 5))
NEXT_MONDAY = MONDAY + timedelta(7)
OPEN = BusinessDays("OPEN", {})
RUBLE = BusinessDays("RUB", {SATURDAY: True})  # a working Saturday of one currency only
HERE, THERE = Key(1, 1, 1, 1), Key(1, 1, 2, 1)


@pytest.mark.parametrize(
    ("due", "today", "missed", "calendars", "expected"),
    [
        (WEDNESDAY, MONDAY, False, [OPEN], WEDNESDAY),  # not due yet: on its day
        (WEDNESDAY, MONDAY, True, [OPEN], WEDNESDAY),  # the cut-off of today is nothing to it
        (MONDAY, MONDAY, False, [OPEN], MONDAY),  # due today, in time
        (MONDAY, MONDAY, True, [OPEN], TUESDAY),  # due today, the cut-off passed
        (MONDAY, TUESDAY, False, [OPEN], TUESDAY),  # late: today
        (MONDAY, TUESDAY, True, [OPEN], WEDNESDAY),  # late, and too late today
        (FRIDAY, FRIDAY, True, [OPEN], NEXT_MONDAY),  # over the weekend
        (FRIDAY, FRIDAY, True, [RUBLE], SATURDAY),  # whose Saturday works
        (FRIDAY, FRIDAY, True, [RUBLE, OPEN], NEXT_MONDAY),  # but the place is closed on it
        (
            SATURDAY,
            MONDAY,
            False,
            [OPEN],
            NEXT_MONDAY,
        ),  # a date that is closed: the next that is open
        (FRIDAY, SATURDAY, True, [OPEN], NEXT_MONDAY),  # no cut-off of a closed day is missed
    ],
)
def test_money_is_expected_on_the_next_day_that_is_open_and_not_too_late(
    due: date, today: date, missed: bool, calendars: Sequence[BusinessDays], expected: date
) -> None:
    assert expected_day(due, today=today, missed=missed, calendars=calendars) == expected


def group(amount: str, due: date = MONDAY, key: Key = HERE, **more: Any) -> Group:
    value = D(amount)
    told: dict[str, Any] = {
        "method": "DVP",
        "source": "DVP",
        "certainty": "MATCHED",
        "booked": False,
    } | more
    return Group(
        key, due, told["method"], told["source"], told["certainty"], told["booked"],
        max(value, D(0)), max(-value, D(0)), 1,
    )  # fmt: skip


def laid_out(groups: Sequence[Group], opening: str = "0", counting: str = "ALL") -> Line:
    (line,) = lines_of(
        groups, {HERE: D(opening)}, days=lambda key, moves: sorted({MONDAY, *moves}),
        day_of=lambda each: each.due_date, standing=lambda key, on: Standing(), counting=counting,
    )  # fmt: skip
    return line


class TestTheLadder:
    def test_what_closes_a_day_opens_the_next(self) -> None:
        line = laid_out(
            [group("100"), group("-30"), group("-90", TUESDAY), group("5.55", WEDNESDAY)], "10"
        )
        found: list[Any] = [(day.opening, day.comes, day.goes, day.closing) for day in line.days]
        assert found == [(10, 100, 30, 80), (80, 0, 90, -10), (-10, D("5.55"), 0, D("-4.45"))]
        assert [day.lacks for day in line.days] == [0, 10, D("4.45")]

    def test_what_is_not_sure_comes_beside_and_what_goes_always_counts(self) -> None:
        line = laid_out(
            [group("100", certainty="NOT_MATCHED"), group("-30", certainty="NOT_MATCHED"), group("7")],
            counting="SURE",
        )  # fmt: skip
        day: Any = line.days[0]
        assert (day.comes, day.goes, day.unsure, day.closing) == (7, 30, 100, -23)

    def test_what_is_booked_is_never_late(self) -> None:
        (line,) = lines_of(
            [group("1", booked=True), group("1")], {},
            days=lambda key, moves: sorted(moves), day_of=lambda each: TUESDAY,
            standing=lambda key, on: Standing(), counting="ALL",
        )  # fmt: skip
        assert [each.late for each in line.days[0].movements] == [False, True]

    def test_lent_set_apart_forbidden_and_the_least_to_keep(self) -> None:
        day: Any = Day(MONDAY, D(100), [], Standing(D(50), D(30), False, D(125)), "ALL")
        assert (day.covered, day.usable, day.lacks) == (120, 120, 5)
        day = Day(MONDAY, D(100), [], Standing(D(50), D(30), True, D(120)), "ALL")
        assert (day.usable, day.lacks) == (0, 0)

    @given(st.lists(st.tuples(st.decimals(-999, 999, places=3), st.integers(0, 6)), max_size=30))
    def test_the_last_closing_is_the_opening_and_all_that_moved(
        self, moves: list[tuple[Decimal, int]]
    ) -> None:
        groups = [group(str(amount), MONDAY + timedelta(n)) for amount, n in moves]
        line = laid_out([group("1"), *groups], "10")
        assert line.days[-1].closing == 11 + sum(amount for amount, _n in moves)


# A world in which every day is open and nothing has a deadline, but for what a test says.
def world(**more: Any) -> Possible:
    told: dict[str, Any] = {
        "first": MONDAY, "transfer_date": lambda source, to, on: on,
        "deadline": lambda to, source, day: None, "exchange": lambda key, on: False,
        "worth": lambda amount, of, into: None,
    }  # fmt: skip
    return Possible(**(told | more))


def line(key: Key, *closings: str, least: str = "0") -> Line:
    """An account with these closings from Monday on."""
    days, opening = [], D(0)
    for number, closing in enumerate(closings):
        change = D(closing) - opening
        movement = Movement("DVP", "MATCHED", False, max(change, D(0)), max(-change, D(0)), 1)
        on = MONDAY + timedelta(number)
        days.append(Day(on, opening, [movement], Standing(least=D(least)), "ALL"))
        opening = D(closing)
    return Line(key, days)


def account(number: int, asset: int = 1) -> Key:
    return Key(1, 1, number, asset)


def told(found: Sequence[Proposal]) -> list[Any]:
    return [
        (
            each.way.value,
            each.source.place_id if each.source else None,
            each.amount,
            each.value_date,
        )
        for each in found
    ]


class TestFunding:
    def test_the_one_that_has_just_enough_gives_it_all(self) -> None:
        lines = [line(account(1), "-40"), line(account(2), "500"), line(account(3), "45"),
                 line(account(4), "39")]  # fmt: skip
        assert told(proposals_of(lines, world())) == [("TRANSFER", 3, 40, MONDAY)]

    def test_where_none_has_enough_the_largest_give_first(self) -> None:
        lines = [line(account(1), "-100"), line(account(2), "10"), line(account(3), "60"),
                 line(account(4), "50")]  # fmt: skip
        found = proposals_of(lines, world())
        assert told(found) == [("TRANSFER", 3, 60, MONDAY), ("TRANSFER", 4, 40, MONDAY)]

    def test_nobody_gives_what_it_needs_itself_on_a_later_day(self) -> None:
        lines = [line(account(1), "-40", "-40"), line(account(2), "100", "15", "100")]
        found = proposals_of(lines, world())
        assert told(found) == [("TRANSFER", 2, 15, MONDAY), ("BORROW", None, 25, MONDAY)]

    def test_a_cent_below_the_least_is_a_lack_and_the_least_itself_is_none(self) -> None:
        assert proposals_of([line(account(1), "50", least="50")], world()) == []
        found = proposals_of([line(account(1), "49.99", least="50")], world())
        assert told(found) == [("BORROW", None, D("0.01"), MONDAY)]

    def test_what_was_met_on_one_day_is_not_met_again_on_the_next(self) -> None:
        lines = [line(account(1), "-40", "-60", "-10"), line(account(2), "100", "100", "100")]
        found = proposals_of(lines, world())
        assert told(found) == [("TRANSFER", 2, 40, MONDAY), ("TRANSFER", 2, 20, TUESDAY)]

    def test_other_owners_entities_and_currencies_give_nothing(self) -> None:
        lines = [line(Key(1, 1, 1, 1), "-1"), line(Key(1, 2, 2, 1), "9"), line(Key(2, 1, 2, 1), "9"),
                 line(Key(1, 1, 2, 2), "9")]  # fmt: skip
        assert told(proposals_of(lines, world())) == [("BORROW", None, 1, MONDAY)]

    def test_what_is_restricted_gives_nothing(self) -> None:
        giver = line(account(2), "100")
        giver.days[0].standing = Standing(restricted=True)
        found = proposals_of([line(account(1), "-40"), giver], world())
        assert told(found) == [("BORROW", None, 40, MONDAY)]

    def test_after_its_cut_off_nothing_is_transferred_any_more(self) -> None:
        lines = [line(account(1), "-40"), line(account(2), "100")]
        found = proposals_of(lines, world(transfer_date=lambda source, to, on: None))
        assert told(found) == [("BORROW", None, 40, MONDAY)]

    def test_it_is_sent_the_day_before_where_the_day_itself_is_closed(self) -> None:
        lines = [line(account(1), "0", "-40"), line(account(2), "100", "100")]
        found = proposals_of(lines, world(transfer_date=lambda source, to, on: MONDAY))
        assert told(found) == [("TRANSFER", 2, 40, MONDAY)]
        assert found[0].lack_day == TUESDAY

    def test_another_currency_buys_it_where_it_is_worth_enough_and_in_time(self) -> None:
        lines = [
            line(account(1), "-40"),
            line(account(2, asset=2), "1"),
            line(account(3, asset=3), "9"),
        ]

        def worth(amount: Decimal, of: Key, into: Key) -> Decimal:
            return (
                amount * 10 if of.asset_id == 3 else amount if into.asset_id != 3 else amount / 10
            )

        found = proposals_of(lines, world(exchange=lambda key, on: True, worth=worth))
        assert told(found) == [("FX", 3, 40, MONDAY)]
        assert told(proposals_of(lines, world(worth=worth))) == [("BORROW", None, 40, MONDAY)]

    def test_the_deadline_is_that_of_the_value_date(self) -> None:
        at = datetime(2026, 11, 23, 15, 0)  # noqa: DTZ001 - a mark, no moment
        found = proposals_of([line(account(1), "-1")], world(deadline=lambda to, source, day: at))
        assert found[0].deadline == at

    @given(
        st.lists(st.lists(st.integers(-100, 100), min_size=3, max_size=3), min_size=1, max_size=6)
    )
    def test_after_the_proposals_nobody_lacks_and_who_gave_still_has(
        self, rows: list[list[int]]
    ) -> None:
        lines = [line(account(n), *map(str, row)) for n, row in enumerate(rows)]
        found = proposals_of(lines, world())
        assert found == proposals_of(
            list(reversed(lines)), world()
        )  # whatever the order of the accounts
        for each in lines:
            for day in each.days:
                came = sum(p.amount for p in found if p.to == each.key and p.value_date <= day.date)
                gone = sum(
                    p.amount for p in found if p.source == each.key and p.value_date <= day.date
                )
                assert day.closing + came - gone >= 0


def test_the_last_allowed_day_on_or_before_another() -> None:
    assert last_value_date(
        FRIDAY, first=MONDAY, allowed=lambda day: day != FRIDAY
    ) == FRIDAY - timedelta(1)
    assert last_value_date(FRIDAY, first=FRIDAY, allowed=lambda day: day != FRIDAY) is None


def test_the_least_to_keep_is_a_rule_with_its_vectors() -> None:
    assert lacking(LeastCash("100"), Stands("99.99")) == D("0.01")
    assert lacking(LeastCash("100"), Stands("100")) == 0
    assert LEAST_CASH.takes("RUS/NSD/RUB")
    assert not LEAST_CASH.takes("NSD/RUB")
    with pytest.raises(ValueError, match="below zero"):
        LeastCash("-1")
