"""NDFL register: bases, what losses lower, the tax of a year and what was withheld, by figures reckoned by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.selectors import NO_HORIZON
from ledger.models import NdflWithholding
from ledger.ndfl.bases import SET_OFFS
from refdata.dated_rules.services import repeal_rules
from refdata.models import DatedRule, Instrument, Market, Party
from reporting.services import verify_run
from settlements.actions.selectors import by_place
from settlements.models import RecordEvent
from settlements.ndfl.years import YearSoFar, years_so_far
from tests.flows.corporate_actions import ANNA, BORIS, applied, brought, dividend, paid
from tests.instructing import person
from tests.reporting.running import run_of, told
from tests.reporting.test_realised_result import Bought, official, watermark

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
END = date(2026, 12, 31)
UNLISTED = "RU0007661625"


def years(until: date = END, horizon: int = NO_HORIZON) -> dict[str, YearSoFar]:
    found = years_so_far(until, horizon=horizon, entity_ids=None)
    return {each.taxpayer.owner: each for each in found}


def register(until: str = "2026-12-31") -> dict[str, list[dict[str, Any]]]:
    sections: dict[str, list[dict[str, Any]]] = {"taxpayers": [], "bases": [], "incomes": []}
    for row in told(run_of("ndfl-register", parameters={"business_date": until})):
        sections[row["section"]].append(row)
    return sections


def cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def reckoned(year: YearSoFar) -> str:
    return f"{year.taxable} {year.tax} {year.withheld} {year.missing}"


def unlisted() -> str:
    """A market that is none: what is dealt off any exchange."""
    return Market.objects.get_or_create(mic="XOFF", defaults={"name": "Off exchange"})[0].mic


def received(api: Any, event: RecordEvent) -> None:
    """The place pays all that is expected of it, of the house's own shares too."""
    (row,) = [each for each in by_place(event, entity_ids=None) if each.place == "NSD"]
    paid(api, event, str(row.expected))


class TestYear:
    def test_a_loss_in_traded_securities_leaves_untraded_ones_taxed(self) -> None:
        """N15 through the books: 100,000 lost on the exchange, 100,000 gained off it."""
        Instrument.objects.filter(isin=UNLISTED).update(market=unlisted())
        traded, other = Bought(), Bought(asset=UNLISTED, number=10)
        traded.buy(100, "3000"), traded.sell(100, "2000")
        other.buy(100, "1000"), other.sell(100, "2000")
        (year,) = years().values()
        assert {base.value: each.result for base, each in year.bases.items()} == {
            "TRADED": D(-100_000), "UNTRADED": D(100_000),
        }  # fmt: skip
        assert reckoned(year) == "100000.00 13000 0 0"

    def test_above_the_threshold_and_who_is_no_resident(self) -> None:
        client = Bought()
        client.buy(100, "10000"), client.sell(100, "40000")
        assert years()[ANNA].tax == 402_000  # N6
        Party.objects.filter(code=ANNA).update(country="DE")
        year = years()[ANNA]
        assert not year.taxpayer.resident
        assert year.tax == 900_000

    def test_what_cannot_be_reckoned_is_counted_and_not_guessed(self) -> None:
        client = Bought(currency="USD")
        bought, sold = client.buy(10, "100"), client.sell(10, "110")
        assert reckoned(years()[ANNA]) == "0 0 0 1"
        for deal in (bought, sold):
            official("USD", deal.trade_date, "90")
        assert reckoned(years()[ANNA]) == "9000.00 1170 0 0"

    def test_without_a_rule_there_is_no_tax_rather_than_none(self) -> None:
        Bought().buy(1, "10"), Bought(number=1).sell(1, "30")
        assert years()[ANNA].tax == 3
        (rule,) = DatedRule.objects.filter(kind=SET_OFFS.name)
        repeal_rules(ids=[rule.pk], reason="ours", actor=person("manager"), at=timezone.now())
        assert years()[ANNA].tax is None

    def test_only_the_year_counts_and_what_was_known(self) -> None:
        client = Bought()
        client.buy(10, "100"), client.sell(5, "120")
        before = watermark()
        client.sell(5, "140")
        assert years()[ANNA].taxable == 300
        assert years(horizon=before)[ANNA].taxable == 100
        assert years(until=date(2027, 12, 31)) == {}


class TestRegister:
    def test_it_has_the_year_of_two_clients_to_the_kopeck(self, api: Any) -> None:
        """Anna gains 1,000.00 less fees of 3.00 and has 7 dividends of 100, Boris 11; each bears 13 %."""
        client = Bought()
        client.buy(100, "30", "1"), client.sell(100, "40", "2")
        brought(ANNA, 7)
        brought(BORIS, 11)
        event = dividend(api, "100")
        applied(event)
        received(api, event)

        found = register()

        who = ("owner", "status", "taxable", "tax", "withheld", "left", "missing")
        assert [cells(row, *who) for row in found["taxpayers"]] == [
            (ANNA, "RESIDENT", "1697.00", "221.00", "91.00", "130.00", None),
            (BORIS, "RESIDENT", "1100.00", "143.00", "143.00", "0.00", None),
        ]
        what = ("owner", "tax_base", "income", "costs", "result", "lowered", "taxable")
        assert [cells(row, *what) for row in found["bases"]] == [
            (ANNA, "DIVIDEND", "700.00", "0.00", "700.00", "0.00", "700.00"),
            (ANNA, "TRADED", "4000.00", "3003.00", "997.00", "0.00", "997.00"),
            (BORIS, "DIVIDEND", "1100.00", "0.00", "1100.00", "0.00", "1100.00"),
        ]
        how = ("owner", "month", "kind", "code", "income", "deduction", "costs", "withheld")
        assert [cells(row, *how) for row in found["incomes"]] == [
            (ANNA, "2026-01", "SALE", "1530", "4000.00", "201", "3003.00", "0.00"),
            (ANNA, "2026-11", "DIVIDEND", "1010", "700.00", None, "0.00", "91.00"),
            (BORIS, "2026-11", "DIVIDEND", "1010", "1100.00", None, "0.00", "143.00"),
        ]
        assert [cells(row, "owner", "tax") for row in register("2026-10-31")["taxpayers"]] == [
            (ANNA, "130.00")
        ]

    def test_a_run_says_the_same_after_a_payment_was_taken_back(self, api: Any) -> None:
        brought(ANNA, 7)
        event = dividend(api, "100")
        applied(event)
        received(api, event)
        run = run_of("ndfl-register", parameters={"business_date": "2026-12-31"})
        assert [row["withheld"] for row in told(run, section="taxpayers")] == ["91.00"]
        body = {"reason": "The meeting voted it down"}
        assert api("checker").post(f"/record-events/{event}/cancel/", body).status_code == 200

        assert register()["taxpayers"] == []
        assert verify_run(run).equal

    def test_what_was_held_for_years_is_told_beside(self) -> None:
        """5 years held, 900,000 of income on 100,000 of cost: 800,000 is free if it is asked for."""
        client = Bought()
        client.number = -200
        client.buy(100, "1000")
        client.number = 0
        client.sell(100, "9000")
        assert [row["free"] for row in register()["bases"]] == ["800000.00"]


def form(until: str = "2026-12-31") -> dict[str, list[dict[str, Any]]]:
    sections: dict[str, list[dict[str, Any]]] = {"due": [], "rates": [], "sums": [], "ratios": []}
    for row in told(run_of("ndfl-form", parameters={"business_date": until})):
        sections[row["section"]].append(row)
    return sections


def certificates(until: str = "2026-12-31") -> dict[str, list[dict[str, Any]]]:
    names = ("certificates", "incomes", "message", "ratios")
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for row in told(run_of("ndfl-certificates", parameters={"business_date": until})):
        sections[row["section"]].append(row)
    return sections


class TestForm:
    def test_it_is_the_register_summed_and_its_ratios_hold(self, api: Any) -> None:
        """Anna gains 3,000,000 and has 7 dividends of 100, Boris 11: 402,105 of 3,000,700, and 143."""
        client = Bought()
        client.buy(100, "10000"), client.sell(100, "40000")
        brought(ANNA, 7)
        brought(BORIS, 11)
        event = dividend(api, "100")
        applied(event)
        received(api, event)

        found = form()

        assert [cells(row, "transfer_by", "withheld") for row in found["due"]] == [
            ("2026-12-07", "234.00")  # paid on the 27th: by the 5th, a Saturday
        ]
        assert [
            cells(row, "status", "rate", "people", "base", "tax") for row in found["rates"]
        ] == [
            ("RESIDENT", "0.13", "2", "2401100.00", "312143.00"),
            ("RESIDENT", "0.15", "1", "600700.00", "90105.00"),
        ]
        names = ("people", "income", "costs", "base", "tax", "withheld", "unwithheld", "excess")
        assert [cells(row, *names) for row in found["sums"]] == [
            (
                "2",
                "4001800.00",
                "1000000.00",
                "3001800.00",
                "402248.00",
                "234.00",
                "402014.00",
                "0.00",
            )
        ]
        assert [cells(row, "ratio", "one", "other", "holds") for row in found["ratios"]] == [
            ("TAX_BY_RATE", "402248.00", "402248.00", "true"),
            ("WITHHELD_BY_RATE", "234.00", "234.00", "true"),
            ("WITHHELD_BY_DAY", "234.00", "234.00", "true"),
            ("WITHHELD_IN_ENTRIES", "234.00", "234.00", "true"),
        ]
        names = ("owner", "rate", "income", "deducted", "base", "tax", "withheld", "unwithheld")
        found = certificates()
        assert [cells(row, *names) for row in found["certificates"]] == [
            (ANNA, "0.13", "3400000.00", "1000000.00", "2400000.00", "312000.00", "91.00", "311909.00"),
            (ANNA, "0.15", "600700.00", "0.00", "600700.00", "90105.00", "0.00", "90105.00"),
            (BORIS, "0.13", "1100.00", "0.00", "1100.00", "143.00", "143.00", "0.00"),
        ]  # fmt: skip
        assert [cells(row, "ratio", "one", "holds") for row in found["ratios"]] == [
            ("BASE", "3001800.00", "true"), ("TAX", "402248.00", "true"), ("WITHHELD", "234.00", "true"),
        ]  # fmt: skip

    def test_what_was_kept_back_and_does_not_stand_in_the_sub_ledger_is_seen(
        self, api: Any
    ) -> None:
        brought(ANNA, 7)
        event = dividend(api, "100")
        applied(event)
        received(api, event)
        row = NdflWithholding.objects.get(source_type="entitlement", taxpayer__code=ANNA)
        row.pk, row.reverses_id, row.withheld = None, row.pk, -row.withheld
        row.save(force_insert=True)
        held = [cells(row, "ratio", "one", "other", "holds") for row in form()["ratios"]]
        assert ("WITHHELD_IN_ENTRIES", "0.00", "91.00", "false") in held
