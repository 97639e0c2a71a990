"""A tax year ends: what clients owe is withheld from what they have, what they have not is told, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from ledger.models import NdflWithholding
from ledger.services import prepare_months
from settlements.ndfl.ending import (
    YearEndedAlready,
    YearNotOver,
    approve_tax_years,
    propose_tax_year,
)
from settlements.ndfl.models import TaxYear, TaxYearResult
from tests.flows.corporate_actions import ANNA, OWN, moved
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.pages.test_limit_pages import page_as
from tests.reporting.test_ndfl_register import cells, form, years
from tests.reporting.test_realised_result import Bought
from tests.settlements.withdrawing.test_withdrawing import BANK, bank, gained, money_comes

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
__all__ = ["bank"]  # the fixture
JANUARY = datetime(2027, 1, 20, 9, tzinfo=UTC)


def proposed() -> TaxYear:
    accountant = User.objects.get(username="accountant")
    row = propose_tax_year(entity="RUS", year=2026, actor=accountant, at=JANUARY)
    follow_events()
    return row


def ended(row: TaxYear) -> TaxYearResult:
    prepare_months(date(2027, 1, 1))
    manager = User.objects.get(username="manager")
    approve_tax_years(ids=[row.pk], actor=manager, at=JANUARY).raise_single()
    follow_events()
    return TaxYearResult.objects.get()


def amounts(row: TaxYearResult) -> list[Decimal]:
    return [row.tax, row.before, row.withheld, row.unwithheld, row.excess]


class TestYearEnd:
    def test_what_is_owed_is_withheld_and_belongs_to_the_year(self) -> None:
        gained(1_000_000)
        money_comes(300_000)
        row = proposed()
        assert (row.people, row.owed) == (1, D(130_000))
        (item,) = WorkItem.objects.filter(kind="tax-year", closed_at=None)
        assert item.queue == "manager"
        asked = ((ANNA, "CASH"), (ANNA, "TAX"), (OWN, "TAX"))
        with moved(*asked) as change:
            result = ended(row)
        assert amounts(result) == [130_000, 0, 130_000, 0, 0]
        assert change == [-130_000, 130_000, -130_000]
        kept = NdflWithholding.objects.get()
        assert (kept.year, kept.day, kept.transfer_by) == (
            2026,
            date(2026, 12, 31),
            date(2027, 1, 28),
        )
        year = years()[ANNA]
        assert year.tax == year.withheld == 130_000
        assert not WorkItem.objects.filter(kind="tax-year", closed_at=None).exists()
        told = form()
        assert {each["holds"] for each in told["ratios"]} == {"true"}
        assert form("2027-12-31")["sums"] == []
        assert [cells(each, "transfer_by", "withheld") for each in told["due"]] == [
            ("2027-01-28", "130000.00")
        ]

    def test_what_is_not_at_hand_is_told(self) -> None:
        """130,000 owed, 20,000,000 in our own books and nothing at a bank: all of it; of less, less."""
        gained(1_000_000)
        with moved((ANNA, "CASH", "RUB", "HOUSE")) as change:
            result = ended(proposed())
        assert amounts(result) == [130_000, 0, 130_000, 0, 0]
        assert change == [-130_000]

    def test_more_than_a_client_has_is_told_to_the_tax_office(self) -> None:
        gained(1_000_000_000)
        result = ended(proposed())
        assert result.tax == 149_952_000  # 312,000 and 15 % of 997,600,000
        assert result.withheld == 19_999_000  # 20,000,000 less 1,000 that her purchase still takes
        assert result.unwithheld == 129_953_000

    def test_ended_twice_at_once_it_is_withheld_once_and_of_each_client(self) -> None:
        gained(1_000)
        other = Bought(number=15, owner="CL-BORIS")
        other.buy(100, "10"), other.sell(100, "30")
        accountant, manager = (User.objects.get(username=n) for n in ("accountant", "manager"))
        year: dict[str, Any] = {"entity": "RUS", "year": 2026, "actor": accountant, "at": JANUARY}

        def propose(_number: int) -> str:
            try:
                return str(propose_tax_year(**year))
            except YearEndedAlready as refused:
                return refused.code

        made = at_once(propose, count=4)
        (row,) = TaxYear.objects.all()
        assert sorted(made) == [str(row)] + [YearEndedAlready.code] * 3
        prepare_months(date(2027, 1, 1))
        outcomes = at_once(
            lambda _number: approve_tax_years(ids=[row.pk], actor=manager, at=JANUARY), count=4
        )
        assert sorted(len(each.done) for each in outcomes) == [0, 0, 0, 1]
        kept = NdflWithholding.objects.order_by("taxpayer__code")
        told = {each.taxpayer.code: int(each.withheld) for each in kept}
        assert told == {ANNA: 130, "CL-BORIS": 260}

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_its_pages_tell_what_each_client_owed(self, language: str) -> None:
        gained(1_000)
        row = proposed()

        def page(address: str, who: str = "auditor") -> str:
            headers = {"Accept-Language": language}
            answer = page_as(who).get(f"/reports/tax-years/{address}", headers=headers)
            assert answer.status_code == 200
            return answer.content.decode()

        assert str(row) in page("")
        assert 'id="withheld"' not in page(f"{row}/")
        assert 'name="year"' in page("new/", "accountant")
        ended(row)
        told = page(f"{row}/")
        assert "<b>130" in told
        assert ("Анна Петрова" if language == "ru" else "Anna Petrova") in told

    def test_what_was_withheld_too_much_is_given_back_when_it_is_asked_for(
        self, api: Any, bank: None
    ) -> None:
        gained(1_000)
        answer = api("clerk").post("/withdrawals/", {
            "entity": "RUS", "client": ANNA, "place": BANK, "currency": "RUB", "amount": "1000.00", "order": "7",
        })  # fmt: skip
        reference = answer.json()["reference"]
        assert api("checker").post(f"/withdrawals/{reference}/approve/").status_code == 200
        loss = Bought(asset="RU0007661625", number=20)
        loss.buy(100, "20"), loss.sell(100, "16")
        result = ended(proposed())
        assert amounts(result) == [78, 130, 0, 0, 52]
        assert NdflWithholding.objects.filter(source_type="taxyear").count() == 0

    def test_a_year_ends_once_when_it_is_over_by_two_people(self, api: Any) -> None:
        gained(1_000)
        body = {"entity": "RUS", "year": 2026}
        early = api("accountant").post("/tax-years/", body)
        assert (early.status_code, early.json()["code"]) == (409, YearNotOver.code)
        assert api("clerk").post("/tax-years/", body).status_code == 403
        other = api("accountant").post("/tax-years/", {"entity": "EUR", "year": 2025})
        assert other.json()["code"] == "no-tax-agent"
        row = proposed()
        accountant = User.objects.get(username="accountant")
        refused = approve_tax_years(ids=[row.pk], actor=accountant, at=JANUARY).refused[row.pk]
        assert refused.code == "other-eyes-required"
        assert not TaxYearResult.objects.exists()
        ended(row)
        manager = User.objects.get(username="manager")
        again = approve_tax_years(ids=[row.pk], actor=manager, at=JANUARY).refused[row.pk]
        assert again.code == "transition-not-allowed"
        with pytest.raises(Exception, match="TY-"):
            propose_tax_year(entity="RUS", year=2026, actor=accountant, at=JANUARY)
        found = api("auditor").get(f"/tax-years/{row}/results/").json()["results"]
        assert [(each["taxpayer"], each["withheld"]) for each in found] == [(ANNA, "130")]
        with pytest.raises(DatabaseError), transaction.atomic():
            TaxYearResult.objects.update(withheld=1, unwithheld=129)
