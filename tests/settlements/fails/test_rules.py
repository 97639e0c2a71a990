"""Who fails, by which days, and the statuses of a penalty: pure rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.kernel.business_days import BusinessDays
from settlements.fails.days import (
    collection_days,
    counts_at_end,
    days_since_last,
    days_to_count,
    late_matching_days,
    priced_from,
)
from settlements.fails.kinds import Terms, terms_amount
from settlements.fails.rules import (
    Attribution,
    Before,
    Figures,
    Story,
    attribute,
    failing_sides,
    late_side,
    status_after,
)
from settlements.fails.state import Cause, Lack, Payer, PenaltyStatus

CALENDAR = BusinessDays("T", {date(2026, 12, 25): False})
MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in (23, 24, 25, 26, 27))
SOME = Figures(Decimal(10), Decimal(100), Decimal("1.00"))
OTHER = Figures(Decimal(10), Decimal(100), Decimal("1.01"))
NO_AMOUNT = Figures(Decimal(10), None, None)


@pytest.mark.parametrize(
    ("hold", "reasons", "expected"),
    [
        ("NONE", ["LACK"], {Payer.OURS: Lack.SECURITIES}),
        ("NONE", ["CLAC"], {Payer.THEIRS: Lack.SECURITIES}),
        ("NONE", ["MONY"], {Payer.OURS: Lack.CASH}),
        ("NONE", ["CMON"], {Payer.THEIRS: Lack.CASH}),
        ("OURS", [], {Payer.OURS: Lack.SECURITIES}),
        ("THEIRS", [], {Payer.THEIRS: Lack.SECURITIES}),
        ("OURS", ["PRCY"], {Payer.OURS: Lack.SECURITIES, Payer.THEIRS: Lack.SECURITIES}),
        ("NONE", ["PREA", "PRCY"], {Payer.OURS: Lack.SECURITIES, Payer.THEIRS: Lack.SECURITIES}),
        ("OURS", ["CMON"], {Payer.OURS: Lack.SECURITIES, Payer.THEIRS: Lack.CASH}),
        ("CSD", [], {}),
        ("NONE", ["SBLO"], {}),
        ("NONE", [], None),
        ("NONE", ["XXXX"], None),
    ],
)
def test_a_reason_says_who_fails_and_with_what(
    hold: str, reasons: list[str], expected: dict[Payer, Lack] | None
) -> None:
    assert failing_sides(hold=hold, reasons=reasons, is_payment=False) == expected


def test_what_a_payment_lacks_is_cash() -> None:
    found = failing_sides(hold="OURS", reasons=[], is_payment=True)
    assert found == {Payer.OURS: Lack.CASH}


@pytest.mark.parametrize(
    ("instructed", "alleged", "expected"),
    [
        (MON, None, Payer.THEIRS),  # ours went out in time
        (TUE, None, Payer.THEIRS),  # late, and they came last
        (TUE, MON, Payer.OURS),  # they waited for us
        (WED, None, Payer.OURS),  # it matched on the day that ours went out
        (None, None, Payer.UNKNOWN),
    ],
)
def test_whoever_instructed_last_is_late(
    instructed: date | None, alleged: date | None, expected: Payer
) -> None:
    found = late_side(instructed=instructed, alleged=alleged, matched=WED, intended=MON)
    assert found == expected


class TestDays:
    def test_sefp_counts_from_the_later_of_the_two_dates_on_business_days(self) -> None:
        assert not counts_at_end(MON, TUE, MON, CALENDAR)
        assert counts_at_end(TUE, TUE, MON, CALENDAR)
        assert not counts_at_end(TUE, MON, WED, CALENDAR)
        assert counts_at_end(WED, MON, WED, CALENDAR)
        assert not counts_at_end(date(2026, 11, 28), MON, MON, CALENDAR)

    def test_lmfp_runs_from_the_intended_date_to_the_day_before_the_matching(self) -> None:
        assert late_matching_days(MON, WED, CALENDAR) == [MON, TUE]
        assert late_matching_days(FRI, date(2026, 11, 30), CALENDAR) == [FRI]
        assert late_matching_days(MON, MON, CALENDAR) == []

    def test_prices_are_old_after_forty_business_days_and_not_before(self) -> None:
        matched = date(2026, 11, 30)
        fortieth = date(2026, 10, 5)
        assert priced_from(fortieth, matched, CALENDAR) is None
        assert priced_from(date(2026, 10, 2), matched, CALENDAR) == fortieth

    def test_a_monday_stands_for_its_weekend_where_every_day_counts(self) -> None:
        assert days_since_last(TUE, CALENDAR) == 1
        assert days_since_last(date(2026, 11, 30), CALENDAR) == 3

    def test_collection_is_on_the_eighteenth_business_day_of_the_next_month(self) -> None:
        assert collection_days(TUE, 10, 18, CALENDAR) == (date(2026, 12, 14), date(2026, 12, 24))
        assert collection_days(TUE, 10, 19, CALENDAR)[1] == date(2026, 12, 28)

    def test_a_night_counts_the_closed_days_before_it(self) -> None:
        assert days_to_count(FRI, date(2026, 11, 30)) == [
            date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30),
        ]  # fmt: skip
        assert days_to_count(None, MON) == [MON]
        assert len(days_to_count(date(2026, 1, 1), MON)) == 14


class TestContract:
    TERMS = Terms(basis_points="10", cap="0.01", free_days=2, days="CALENDAR")

    def cost(self, days: int, late_before: int, so_far: str = "0") -> tuple[int, Decimal]:
        return terms_amount(
            self.TERMS, base=Decimal(1_000_000), days=days, late_before=late_before,
            so_far=Decimal(so_far), minor_unit=2,
        )  # fmt: skip

    def test_the_first_days_are_free(self) -> None:
        assert self.cost(1, 0) == (0, Decimal(0))
        assert self.cost(1, 1) == (0, Decimal(0))
        assert self.cost(1, 2) == (1, Decimal("1000.00"))
        assert self.cost(3, 0) == (1, Decimal("1000.00"))

    def test_all_days_together_come_to_the_cap_at_most(self) -> None:
        assert self.cost(1, 11, "9000") == (1, Decimal("1000.00"))
        assert self.cost(1, 11, "9000.01") == (1, Decimal("999.99"))
        assert self.cost(1, 12, "10000") == (1, Decimal("0.00"))

    def test_it_rounds_half_up_to_the_currency(self) -> None:
        terms = Terms(basis_points="1")
        found = [
            terms_amount(terms, base=Decimal("50"), days=1, late_before=0, so_far=Decimal(0), minor_unit=unit)[1]
            for unit in (0, 2, 3)
        ]  # fmt: skip
        assert found == [Decimal("0"), Decimal("0.01"), Decimal("0.005")]


class TestL5StatusesOfAPenalty:
    def test_active_not_computed_and_unchanged(self) -> None:
        assert status_after(None, SOME, others=False) == PenaltyStatus.ACTV
        assert status_after(None, NO_AMOUNT, others=False) == PenaltyStatus.NCOM
        assert status_after(Before("ACTV", SOME), SOME, others=False) is None
        assert status_after(Before("NCOM", NO_AMOUNT), NO_AMOUNT, others=False) is None
        assert status_after(Before("NCOM", NO_AMOUNT), SOME, others=False) == PenaltyStatus.ACTV
        assert status_after(Before("ACTV", SOME), OTHER, others=False) == PenaltyStatus.ACTV

    def test_removed_counted_again_and_switched(self) -> None:
        assert status_after(Before("ACTV", SOME), None, others=False) == PenaltyStatus.REMO
        assert status_after(Before("REMO", SOME), None, others=False) is None
        assert status_after(None, None, others=False) is None
        assert status_after(Before("REMO", SOME), SOME, others=False) == PenaltyStatus.REIC
        assert status_after(None, SOME, others=True) == PenaltyStatus.SWIC


@pytest.mark.parametrize(
    ("payer", "hold", "reasons", "story", "expected"),
    [
        (Payer.THEIRS, "NONE", ["CLAC"], Story(MON), (Cause.COUNTERPARTY, Payer.THEIRS, "")),
        (Payer.OURS, "OURS", ["LACK"], Story(MON), (Cause.HELD, Payer.OURS, "settlement.hold")),
        (Payer.OURS, "NONE", ["LACK"], Story(MON, allocated=TUE), (Cause.INVENTORY, Payer.OURS, "")),
        (Payer.OURS, "NONE", ["MONY"], Story(MON), (Cause.CASH, Payer.OURS, "")),
        (Payer.OURS, "NONE", ["ssi-revoked"], Story(MON), (Cause.WRONG_SSI, Payer.OURS, "ssi.revoke")),
        (Payer.OURS, "NONE", ["LATE"], Story(MON, allocated=MON, instructed=TUE),
         (Cause.LATE_ALLOCATION, Payer.OURS, "deal.allocate")),
        (Payer.OURS, "NONE", ["LATE"], Story(TUE, allocated=MON, enriched=TUE),
         (Cause.WRONG_SSI, Payer.OURS, "settlement.enrich")),
        (Payer.OURS, "NONE", [], Story(MON, instructed=TUE),
         (Cause.LATE_INSTRUCTION, Payer.OURS, "settlement.release")),
        (Payer.OURS, "NONE", [], Story(MON, instructed=MON), (Cause.UNKNOWN, Payer.OURS, "")),
        (Payer.UNKNOWN, "CSD", [], Story(MON), (Cause.PLACE, Payer.UNKNOWN, "")),
    ],
)  # fmt: skip
def test_a_cost_is_that_of_the_step_or_party_that_caused_it(
    payer: Payer, hold: str, reasons: list[str], story: Story, expected: tuple[Cause, Payer, str]
) -> None:
    found = attribute(story, payer=payer, hold=hold, reasons=reasons)
    assert found == Attribution(*expected)
