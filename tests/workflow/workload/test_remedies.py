"""The cheapest remedy, each at its border."""

from __future__ import annotations

from decimal import Decimal

from backoffice.workflow.workload.remedies import Costs, Helper, Proposal, Remedy, cheapest

D = Decimal
DAY = D(8 * 3600)
COSTS = Costs(
    moved=D("1.25"), earlier=D("1.5"), earlier_hours=D(2), automating=D(120), lasting_days=D(240)
)
SHORT = [D(0), D(7200), D(0)]  # two hours of tomorrow


def proposed(
    short: list[Decimal], *, spare: str = "0", people: int = 2, present: int = 3, load: str = "0",
    helpers: bool = True,
) -> Proposal | None:  # fmt: skip
    helper = Helper(queue="checker", people=people, spare=[D(spare)] * 3)
    return cheapest(
        short, helpers=[helper] if helpers else [], present=[present] * 3, person_seconds=DAY,
        loads={"failing": [D(load)] * 3}, costs=COSTS,
    )  # fmt: skip


class TestCheapest:
    def test_nothing_short_needs_nothing(self) -> None:
        assert proposed([D(0)] * 3, spare="90000") is None

    def test_people_with_time_to_spare_cost_least(self) -> None:
        found = proposed(SHORT, spare="9000")
        assert found == Proposal(
            remedy=Remedy.MOVE, queue="checker", people=1, cost=D("2.5"), left=D(0)
        )

    def test_a_second_too_little_to_spare_and_the_day_begins_earlier(self) -> None:
        found = proposed(SHORT, spare="8999")
        assert found is not None
        assert (found.remedy, found.cost, found.left, found.people) == (
            Remedy.EARLIER,
            D(3),
            D(0),
            3,
        )
        assert round(found.hours, 4) == D("0.6667")

    def test_nobody_starts_earlier_than_allowed(self) -> None:
        short = [D(0), D(3 * 2 * 3600), D(0)]
        assert getattr(proposed(short), "remedy", None) == Remedy.EARLIER
        short[1] += 1
        found = proposed(short)
        assert found is not None
        assert (found.remedy, found.people) == (Remedy.PEOPLE, 1)

    def test_a_rule_pays_where_it_is_short_day_after_day(self) -> None:
        # 1.5 hours of 120 / 240 days * 3 days against starting earlier by two times an hour
        short = [D(0), D(3600), D(3600)]
        found = proposed(short, load="3600")
        assert found is not None
        assert (found.remedy, found.kind, found.cost) == (Remedy.AUTOMATE, "failing", D("1.5"))

    def test_a_rule_is_not_there_today(self) -> None:
        found = proposed([D(3600), D(0), D(0)], load="3600", present=0)
        assert found is not None
        assert found.remedy == Remedy.PEOPLE
