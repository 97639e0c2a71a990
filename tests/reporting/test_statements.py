"""Balance sheet and income statement: a week reckoned by hand, and whatever the firm of the day did."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.selectors import known_now
from ledger.models import JournalEntry
from ledger.services import (
    reverse_entries,
)
from ledger.state import AccountKind
from ledger.valuing import NoRateToValue
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.firm_days import firm_day
from refdata.models import Instrument, Price
from refdata.selectors import forget_reference_data
from reporting.models import ReportRun
from reporting.services import request_report, verify_run
from reporting.tasks import compute_reports
from settlements.accounting.statements import statements_of
from tests.following import until_known
from tests.reporting.running import run_of, told
from tests.reporting.stated_firm import (
    CASH,
    HOLDING,
    MONDAY,
    POSITION,
    SETTLEMENT,
    TUESDAY,
    WEDNESDAY,
    Firm,
    a_bond,
    a_week,
    a_week_of_quotes,
)

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal


def sheet(day: date, **more: Any) -> ReportRun:
    return run_of("balance-sheet", parameters={"business_date": day.isoformat()} | more)


def statement(first: date, last: date, **more: Any) -> ReportRun:
    asked = {"earned_from": first.isoformat(), "earned_until": last.isoformat()}
    return run_of("income-statement", parameters=asked | more)


def lines_of(run: ReportRun) -> dict[str, Decimal]:
    """Each line by its name; assets, and credits of the other side."""
    found = {}
    for row in told(run, section="lines", entity="RUS"):
        (amount,) = [row[side] for side in ("assets", "financed", "earned") if row.get(side)]
        found[row["line"]] = D(amount)
    return found


class TestBalanceSheet:
    def test_a_week_by_hand(self) -> None:
        a_week()
        run = sheet(WEDNESDAY)
        assert lines_of(run) == {
            "CASH": 1_000_000 + 990 * 95, "FVTPL": 100 * 260, "CLIENTS_MONEY": 500,
            "PAYABLES": 25_000, "DUE_TO_CLIENTS": 500, "CAPITAL": 1_000_000 + 1_000 * 90,
            "RESULT": 1_000 - 910 + (1_000 * 5 - 10 * 4),
        }  # fmt: skip
        assert told(run, section="lacking", entity="RUS") == []

    def test_a_figure_says_what_it_is_made_of(self) -> None:
        firm = a_week()
        cash = told(sheet(WEDNESDAY), section="figures", line="CASH", asset="USD")
        assert [(row["quantity"], row["worth"], row["debit"], row["place"]) for row in cash] == [
            ("990", "95", "94050.00", "CSDX")
        ]
        assert cash[0]["account"] == f"CASH-{firm.account(CASH)}"

    def test_what_is_sold_short_is_a_liability_at_its_value(self) -> None:
        firm = a_week()
        firm.post(
            WEDNESDAY, (POSITION, SETTLEMENT, firm.share, 130), (SETTLEMENT, POSITION, firm.rub, 33_000)
        )  # fmt: skip
        lines = lines_of(sheet(WEDNESDAY))
        assert "FVTPL" not in lines
        assert lines["SOLD_SHORT"] == 30 * 260
        assert lines["RECEIVABLES"] == 33_000 - 25_000

    def test_a_security_without_a_price_counts_for_nothing_and_is_told(self) -> None:
        firm = a_week()
        other = Instrument.objects.exclude(pk=firm.share.pk).filter(kind="SHARE").order_by("pk")[0]
        firm.post(WEDNESDAY, (HOLDING, AccountKind.OPENING, other, 5))
        run = sheet(WEDNESDAY)
        lacking = told(run, section="lacking", entity="RUS")
        assert {(row["asset"], row["instead"]) for row in lacking} == {(other.isin, "NOTHING")}
        assert lines_of(run)["FVTPL"] == 26_000


def policy(firm: Firm, category: str, recognised: str, *, reclassified: bool = True) -> None:
    """Put a policy of the firm's book in force, by two people."""
    terms = RuleTerms(
        kind="accounting.policy", key=firm.book.code, valid_from=MONDAY, source="A test",
        value={"category": category, "recognised": recognised, "reclassified": reclassified},
        vectors=[{"name": "nothing", "given": {}, "expected": ""}],
    )  # fmt: skip
    people = [User.objects.get(username=name) for name in ("accountant", "manager")]
    row = propose_rule(terms=terms, actor=people[0], at=timezone.now())
    activate_rules(ids=[row.pk], actor=people[1], at=timezone.now()).raise_single()
    forget_reference_data()


def a_week_of_deals() -> Firm:
    """Monday: 100 bought at 240, delivered on Tuesday. Then: 50 bought and 40 sold at 250, which wait on Wednesday."""
    firm = a_week_of_quotes()
    firm.deal(1, MONDAY, 100, 24_000)
    firm.settle(1, TUESDAY, 100, 24_000)
    firm.deal(2, TUESDAY, 50, 12_500)
    firm.deal(3, TUESDAY, -40, 10_000)
    return firm


class TestPolicies:
    """By FIFO 60 of the first lot are held (14,400, worth 15,600), 50 are bought (12,500, worth 13,000) and 40 of the
    first lot are sold (9,600, for 10,000)."""

    def test_as_booked(self) -> None:
        a_week_of_deals()
        assert lines_of(sheet(WEDNESDAY)) == {
            "CASH": 76_000, "FVTPL": 110 * 260, "PAYABLES": 2_500, "CAPITAL": 100_000, "RESULT": 2_100,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("category", "recognised", "expected"),
        [
            ("FVTPL", "SETTLEMENT_DATE", {"FVTPL": 25_600, "DERIVATIVE_ASSETS": 500, "RESULT": 2_100}),
            ("FVOCI", "SETTLEMENT_DATE", {"FVOCI": 25_600, "DERIVATIVE_ASSETS": 500, "RESERVE": 2_100}),
            ("FVOCI", "TRADE_DATE", {"FVOCI": 28_600, "PAYABLES": 2_500, "RESERVE": 1_700, "RESULT": 400}),
        ],
    )  # fmt: skip
    def test_of_a_book(self, category: str, recognised: str, expected: dict[str, int]) -> None:
        policy(a_week_of_deals(), category, recognised)
        found = lines_of(sheet(WEDNESDAY))
        assert {line: amount for line, amount in found.items() if amount} == {
            "CASH": 76_000, "CAPITAL": 100_000, **expected,
        }  # fmt: skip

    def test_of_shares_nothing_is_reclassified(self) -> None:
        policy(a_week_of_deals(), "FVOCI", "TRADE_DATE", reclassified=False)
        assert lines_of(sheet(WEDNESDAY))["RESERVE"] == 2_100

    def test_of_what_settled_in_part_the_rest_waits(self) -> None:
        """One of three for 1,000 is there, with 333 paid: a third is held, two thirds changed by 520 - 666.67."""
        firm = a_week_of_quotes()
        policy(firm, "FVOCI", "SETTLEMENT_DATE")
        firm.deal(1, MONDAY, 3, 1_000)
        firm.settle(1, TUESDAY, 1, 333)
        assert lines_of(sheet(WEDNESDAY)) == {
            "CASH": 99_667, "FVOCI": 260, "DERIVATIVE_LIABILITIES": D("146.67"), "PAYABLES": D("0.33"),
            "CAPITAL": 100_000, "RESERVE": -220, "RESULT": 0,
        }  # fmt: skip

    def test_a_short_sale_is_a_derivative_until_it_settles_and_a_liability_then(self) -> None:
        firm = a_week_of_quotes()
        policy(firm, "FVTPL", "SETTLEMENT_DATE")
        firm.deal(1, MONDAY, -100, 24_000)
        before = lines_of(sheet(TUESDAY))
        firm.post(TUESDAY, (HOLDING, SETTLEMENT, firm.share, 100))  # borrowed
        firm.settle(1, WEDNESDAY, -100, 24_000)
        after = lines_of(sheet(WEDNESDAY))
        assert before == {
            "CASH": 100_000, "DERIVATIVE_LIABILITIES": 1_000, "CAPITAL": 100_000, "RESULT": -1_000,
        }  # fmt: skip
        assert after["SOLD_SHORT"] == 26_000
        assert after["RESULT"] == -2_000

    def test_a_share_has_no_amortised_cost_and_the_run_says_what_to_do(self) -> None:
        policy(a_week_of_deals(), "AMORTISED_COST", "TRADE_DATE")
        asked = {"business_date": WEDNESDAY.isoformat()}
        run = request_report(
            name="balance-sheet", parameters=asked, actor=User.objects.get(username="accountant"),
            at=timezone.now(),
        )  # fmt: skip
        until_known()
        compute_reports()
        run.refresh_from_db()
        assert run.state == "FAILED"
        assert "no effective rate follows" in run.error
        assert "Complete the terms of the bond" in run.error


NEXT_YEAR, YEAR_AFTER = TUESDAY.replace(year=2021), TUESDAY.replace(year=2022)


def a_bond_at_amortised_cost(recognised: str) -> Firm:
    """IFRS 9 IG B.26: bought for 1,000, 59 every year, 1,250 in five; it settles on the first day of its life."""
    firm = a_week_of_quotes()
    firm.share = a_bond(start=TUESDAY, years=5, nominal="1250", rate="0.0472")
    policy(firm, "AMORTISED_COST", recognised)
    for day in (MONDAY, NEXT_YEAR, YEAR_AFTER):
        Price.objects.create(
            instrument=firm.share, price_date=day, source="MOEX", value=1_111, currency="RUB"
        )
    firm.deal(1, MONDAY, 1, 1_000)
    firm.settle(1, TUESDAY, 1, 1_000)
    return firm


class TestAmortisedCost:
    @pytest.mark.parametrize("recognised", ["TRADE_DATE", "SETTLEMENT_DATE"])
    def test_it_stands_as_the_example_has_it(self, recognised: str) -> None:
        firm = a_bond_at_amortised_cost(recognised)
        assert lines_of(sheet(MONDAY)).get("AMORTISED_COST", 0) == (
            1_000 if recognised == "TRADE_DATE" else 0
        )
        assert lines_of(sheet(TUESDAY))["AMORTISED_COST"] == 1_000
        for day, stands, earned in ((NEXT_YEAR, 1_041, 100), (YEAR_AFTER, 1_086, 204)):
            firm.post(day, (CASH, AccountKind.INTEREST, firm.rub, 59))
            lines = lines_of(sheet(day))
            assert round(lines["AMORTISED_COST"]) == stands
            assert round(lines["RESULT"]) == earned
            assert "FVTPL" not in lines

    def test_interest_is_by_the_effective_rate_whatever_the_price(self) -> None:
        firm = a_bond_at_amortised_cost("TRADE_DATE")
        firm.post(NEXT_YEAR, (CASH, AccountKind.INTEREST, firm.rub, 59))
        assert {
            line: round(amount) for line, amount in lines_of(statement(MONDAY, NEXT_YEAR)).items()
        } == {"INTEREST": 100}

    @pytest.mark.parametrize(
        ("recognised", "expected"),
        [
            ("TRADE_DATE", {"RECEIVABLES": 1_050, "RESULT": 100 + 9}),
            ("SETTLEMENT_DATE", {"AMORTISED_COST": 1_041, "RESULT": 100}),
        ],
    )
    def test_a_sale_brings_what_it_brings_more_than_stood(
        self, recognised: str, expected: dict[str, int]
    ) -> None:
        firm = a_bond_at_amortised_cost(recognised)
        firm.post(NEXT_YEAR, (CASH, AccountKind.INTEREST, firm.rub, 59))
        firm.deal(2, NEXT_YEAR, -1, 1_050)
        lines = {
            line: round(amount) for line, amount in lines_of(sheet(NEXT_YEAR)).items() if amount
        }
        assert lines == {"CASH": 99_059, "CAPITAL": 100_000, **expected}
        firm.settle(2, NEXT_YEAR + timedelta(days=1), -1, 1_050)
        after = lines_of(statement(MONDAY, NEXT_YEAR + timedelta(days=1)))
        assert round(after["GAINS_AT_COST"] + after["INTEREST"]) == 109
        assert "AMORTISED_COST" not in lines_of(sheet(NEXT_YEAR + timedelta(days=1)))


class TestIncomeStatement:
    def test_a_day_is_what_it_added(self) -> None:
        a_week()
        assert lines_of(statement(WEDNESDAY, WEDNESDAY)) == {
            "GAINS": 1_000, "REVALUATION": 1_000 * 4 - 10 * 4,
        }  # fmt: skip
        assert lines_of(statement(MONDAY, WEDNESDAY)) == {
            "GAINS": 1_000, "FEES": -910, "REVALUATION": 1_000 * 5 - 10 * 4,
        }  # fmt: skip

    def test_before_anything_was_quoted_nothing_is_earned_of_it(self) -> None:
        """Dollars that were there a year before the first rate: what they became since the rate is earned."""
        firm = a_week_of_quotes()
        firm.post(MONDAY - timedelta(days=365), (CASH, AccountKind.OPENING, firm.usd, 100))
        assert lines_of(statement(MONDAY - timedelta(days=30), WEDNESDAY)) == {"REVALUATION": 500}

    def test_without_any_rate_it_is_refused(self) -> None:
        firm = a_week_of_quotes()
        firm.post(MONDAY - timedelta(days=365), (CASH, AccountKind.OPENING, firm.usd, 100))
        with pytest.raises(NoRateToValue):
            statements_of(firm.entity, MONDAY - timedelta(days=1), known=known_now())

    @pytest.mark.usefixtures("day_at_work")
    def test_what_is_earned_is_the_change_of_the_result(self) -> None:
        today = firm_day(timezone.now())
        before, after = sheet(today - timedelta(days=1)), sheet(today)
        earned = statement(today, today)
        for entity in {row["entity"] for row in told(after)}:
            first, last = (
                sum(
                    D(row["financed"])
                    for row in told(run, section="lines", entity=entity, line="RESULT")
                )
                for run in (before, after)
            )
            rows = told(earned, section="lines", entity=entity)
            assert sum(D(row["earned"]) for row in rows) == last - first


@pytest.mark.usefixtures("day_at_work")
class TestTheFirmsDay:
    def test_both_sides_come_to_the_same(self) -> None:
        run = sheet(firm_day(timezone.now()))
        entities = {row["entity"] for row in told(run)}
        assert len(entities) > 1
        for entity in entities:
            lines = told(run, section="lines", entity=entity)
            sides = [sum(D(row[side] or 0) for row in lines) for side in ("assets", "financed")]
            assert sides[0] == sides[1] != 0
            figures = told(run, section="figures", entity=entity)
            assert sum(D(row["debit"]) for row in figures) == 0

    def test_as_known_then_it_stays_whatever_is_booked_or_quoted_since(self) -> None:
        today = firm_day(timezone.now())
        before = sheet(today)
        entry = JournalEntry.objects.filter(kind="settlement.settle").latest("id")
        reverse_entries(reasons={entry.pk: "booked twice"}, actor_id=None, at=timezone.now())
        price = Price.objects.order_by("-price_date", "-id")[0]
        Price.objects.create(
            instrument=price.instrument, price_date=price.price_date, source=price.source,
            value=price.value * 2, currency=price.currency,
        )  # fmt: skip
        until_known()
        assert before.known_at is not None
        again = sheet(today, known_at=before.known_at.isoformat())
        assert again.sha256 == before.sha256 != sheet(today).sha256
        assert verify_run(before).equal
