"""Cut-offs of places by method, in their own time; and what a place says of parts by its rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.kernel.business_days import BusinessDays
from deals.confirming.kinds import WEEKDAYS
from settlements.advising.reasons import Reason
from settlements.deadlines.kinds import (
    CUT_OFFS,
    Asked,
    CutOffs,
    OfCurrency,
    missed_input,
    stopped_by,
)
from settlements.deadlines.selectors import PastCutOff, instructed_late, stopped_by_cut_off
from settlements.models import Settlement
from settlements.parting.kinds import PARTIALS, Partials, Whole, least_part, terms_of
from tests.flows.test_changing import captured, confirmed, own_folder, released
from tests.settlements.fails.stage import put_in_force

__all__ = ["own_folder"]  # a fixture
D = Decimal
RULE = CutOffs(
    zone="Europe/Moscow", input_by="12:00", dvp_by="16:00", fop_by="18:00",
    currencies={"USD": OfCurrency(dvp_by="15:00", cash_by="14:00")},
)  # fmt: skip
DAY = date(2026, 11, 24)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    """That time in Moscow, told in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked("DVP", DAY, at(16)), None),
        (Asked("DVP", DAY, at(16, 1)), Reason.LATE),
        (Asked("DVP", DAY, at(16, 1), at(10)), Reason.CLAT),
        (Asked("DVP", DAY, at(16, 1), at(10), at(16, 1)), Reason.CLAT),
        (Asked("DVP", DAY, at(16, 1), at(10), at(16)), Reason.LATE),
        (Asked("DVP", DAY, at(16, 1), at(16, 1), at(16, 1)), Reason.LATE),
        (Asked("FOP", DAY, at(16, 1)), None),
        (Asked("FOP", DAY, at(18, 1)), Reason.LATE),
        (Asked("PFOD", DAY, at(23, 59)), None),
        (Asked("DVP", DAY, at(23, 59, day=23)), Reason.FUTU),
        (Asked("PFOD", DAY, at(23, 59, day=23)), Reason.FUTU),
        (Asked("DVP", DAY, at(9, day=25)), None),
        (Asked("DVP", DAY, at(16, 1, day=25)), Reason.LATE),
        (Asked("DVP", DAY, at(15), currency="USD"), None),
        (Asked("DVP", DAY, at(15, 1), currency="USD"), Reason.LATE),
        (Asked("PFOD", DAY, at(14, 1), currency="USD"), Reason.LATE),
        (Asked("PFOD", DAY, at(14, 1), currency="EUR"), None),
        (Asked("FOP", DAY, at(16), currency="USD"), None),
        (Asked("DVP", DAY, at(16, day=23), day=DAY), None),
        (Asked("DVP", DAY, at(9, day=25), day=DAY), Reason.LATE),
    ],
)
def test_a_method_settles_until_its_cut_off(asked: Asked, expected: Reason | None) -> None:
    assert stopped_by(RULE, asked) == expected


@pytest.mark.parametrize(
    ("rule", "instructed", "expected"),
    [
        (RULE, at(12), False),
        (RULE, at(12, 1), True),
        (RULE, None, False),
        (CutOffs(zone="Europe/Moscow"), at(23), False),
        (
            CutOffs(zone="Europe/Moscow", input_by="18:00", input_days_before=1),
            at(18, 1, day=23),
            True,
        ),
        (
            CutOffs(zone="Europe/Moscow", input_by="18:00", input_days_before=1),
            at(18, day=23),
            False,
        ),
        (CutOffs(zone="Europe/Moscow", input_by="18:00", input_days_before=2), at(9, day=23), True),
    ],
)
def test_after_the_deadline_for_instructions_a_place_does_what_it_can(
    rule: CutOffs, instructed: datetime | None, expected: bool
) -> None:
    calendar: BusinessDays = WEEKDAYS
    assert missed_input(rule, Asked("DVP", DAY, at(13), instructed), calendar) is expected


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="tz database"):
        CutOffs(zone="Europe/Nowhere")


@pytest.mark.parametrize(
    ("rule", "quantity", "lot_size", "expected"),
    [
        (Partials(allowed=False), "1000", "1", "1000"),
        (Partials(allowed=True), "1000", "10", "1"),
        (Partials(allowed=True, minimum_percent="50"), "1000", "1", "500"),
        (Partials(allowed=True, minimum_percent="33.3"), "100", "1", "34"),
        (Partials(allowed=True, minimum_percent="47.5", lots="INSTRUMENT"), "1000", "100", "500"),
        (Partials(allowed=True, lots="INSTRUMENT"), "1000", "100", "100"),
        (Partials(allowed=True, lots="INSTRUMENT"), "50", "100", "50"),
    ],
)
def test_the_rule_of_a_place_says_the_least_part(
    rule: Partials, quantity: str, lot_size: str, expected: str
) -> None:
    assert least_part(rule, Whole(quantity, lot_size)) == D(expected)


def test_money_alone_settles_whole() -> None:
    assert not terms_of(Partials(allowed=True), D(0), D(1)).allowed


@pytest.mark.usefixtures("own_database", "own_folder")
class TestRulesOfAPlace:
    def test_its_cut_off_stops_what_its_rule_says_and_nothing_else(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        reference = released(api, confirmed(api, captured(api, sample)))
        row = Settlement.objects.select_related("place").get(pk=reference[2:])
        now = timezone.now()
        assert stopped_by_cut_off([row.pk], now) == {}

        put_in_force(
            CUT_OFFS.name, row.place.code, {"zone": "UTC", "input_by": "00:00", "dvp_by": "00:00"}
        )

        (why,) = stopped_by_cut_off([row.pk], now + timedelta(days=1)).values()
        assert isinstance(why, PastCutOff)
        assert (why.facts["reason"], why.facts["until"]) == ("LATE", "00:00")
        assert instructed_late([row.pk], midnight(now)) == [row.pk]
        assert stopped_by_cut_off([row.pk], midnight(now)) == {}
        due = row.due_date
        assert stopped_by_cut_off([row.pk], midnight(now), day=due - timedelta(days=1)) == {}

    def test_its_rule_allows_parts_when_it_is_let_go(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        row = Settlement.objects.select_related("place").get(source_id=deal[2:])
        put_in_force(PARTIALS.name, row.place.code, {"allowed": True, "minimum_percent": "50"})
        released(api, deal)
        row.refresh_from_db()
        assert (row.partial_allowed, row.minimum, row.lot) == (True, D(500), D(1))

    def test_what_a_person_said_of_one_goes_before_the_rule(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = confirmed(api, captured(api, sample))
        row = Settlement.objects.select_related("place").get(source_id=deal[2:])
        put_in_force(PARTIALS.name, row.place.code, {"allowed": True})
        api("clerk").post(f"/settlements/{row}/allow-parts/", {"allowed": False})
        released(api, deal)
        row.refresh_from_db()
        assert not row.partial_allowed


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
