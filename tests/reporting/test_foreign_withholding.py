"""Tax withheld abroad and by other agents: what was paid, kept and left, reckoned by hand, and as known then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.models import JournalEntry
from refdata.models import BookScope, Entity, FxRate
from refdata.selectors import forget_reference_data
from reporting.models import ReportRun
from reporting.parameters import InvalidParameters
from reporting.services import verify_run
from settlements.actions.models import Entitlement
from settlements.actions.selectors import by_place
from settlements.models import RecordEvent
from settlements.ndfl.incomes import payments_between
from tests.flows.corporate_actions import (
    ANNA,
    BORIS,
    OWN,
    announced,
    applied,
    brought,
    dividend,
    paid,
)
from tests.instructing import person
from tests.reporting.running import file_bytes, run_of, told
from tests.reporting.test_realised_result import D, official

pytestmark = pytest.mark.usefixtures("own_database")
SAP, CAME = "DE0007164600", date(2026, 11, 27)
YEAR = {"paid_from": "2026-01-01", "paid_until": "2026-12-31"}


def report(**more: Any) -> ReportRun:
    return run_of("foreign-withholding", parameters=YEAR | more)


def payments(run: ReportRun, **wanted: str) -> list[dict[str, Any]]:
    return told(run, section="payments", **wanted)


def cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def abroad(api: Any, **more: Any) -> RecordEvent:
    """2.20 euro for a share of a German company: 100 of them are Anna's, 7 Boris's."""
    brought(ANNA, 100, asset=SAP)
    brought(BORIS, 7, asset=SAP)
    terms = {"instrument": SAP, "action": "DIVIDEND", "rate": "2.20", "currency": "EUR"}
    event = announced(api, **terms | more)
    applied(event)
    return event


def received(api: Any, event: RecordEvent, less: str = "0", **more: Any) -> None:
    """The place pays all that is expected of it, or less."""
    (row,) = [
        each
        for each in by_place(event, entity_ids=None)
        if (each.entity, each.place) == ("RUS", "NSD")
    ]
    answer = paid(api, event, str(row.expected - D(less)), **more)
    assert answer.status_code == 200, answer.content


class TestFigures:
    def test_two_clients_to_the_cent_and_the_kopeck(self, api: Any) -> None:
        """26.375 % of 220.00 are 58.025, of 15.40 4.06175; at 105.1234 rubles."""
        event = abroad(api)
        official("EUR", CAME, "105.1234")
        received(api, event)

        run = report()

        anna, boris = payments(run)
        what = ("entity", "income", "asset", "isin", "country", "record_date", "paid_on")
        assert cells(anna, *what) == (
            "RUS", "DIVIDEND", SAP, SAP, "DE", "2026-11-25", "2026-11-27",
        )  # fmt: skip
        money = ("owner", "quantity", "gross", "tax_rate", "withheld", "net", "came", "currency")
        assert [cells(row, *money) for row in (anna, boris)] == [
            (ANNA, "100", "220.00", "0.26375", "58.03", "161.97", "161.97", "EUR"),
            (BORIS, "7", "15.40", "0.26375", "4.06", "11.34", "11.34", "EUR"),
        ]
        base = ("fx_rate", "fx_day", "gross_base", "withheld_base", "net_base", "base_currency")
        assert [cells(row, *base) for row in (anna, boris)] == [
            ("105.1234", "2026-11-27", "23127.15", "6100.31", "17026.84", "RUB"),
            ("105.1234", "2026-11-27", "1618.90", "426.80", "1192.10", "RUB"),
        ]
        entitlement = Entitlement.objects.get(event=event, owner__code=ANNA, place__code="NSD")
        assert anna["entitlement"] == str(entitlement)
        entry = JournalEntry.objects.get(pk=anna["entry"].removeprefix("E-"))
        assert (entry.kind, entry.source_id) == ("entitlement.pay", entitlement.pk)
        (sums,) = told(run, section="sums")
        names = ("country", "currency", "payments", "gross", "withheld", "net")
        assert cells(sums, *names) == ("DE", "EUR", "2", "235.40", "62.09", "173.31")
        assert cells(sums, "gross_base", "withheld_base", "net_base", "missing") == (
            "24746.05", "6527.11", "18218.94", None,
        )  # fmt: skip
        for suffix in ("xlsx", "csv", "pdf", "json", "parquet"):
            assert file_bytes(run, suffix, "ru")

    def test_another_agent_at_home_is_told_and_what_we_keep_back_is_not(self, api: Any) -> None:
        """13 % of 6,667,000.00 is kept back of us by who pays; of Boris we keep it back ourselves."""
        brought(BORIS, 11)
        event = dividend(api)
        applied(event)
        received(api, event)
        run = report()
        (row,) = payments(run)
        assert cells(row, "owner", "country", "gross", "tax_rate", "withheld", "net") == (
            OWN, "RU", "6667000.00", "0.13", "866710.00", "5800290.00",
        )  # fmt: skip
        assert cells(row, "fx_rate", "fx_day", "net_base") == ("1", None, "5800290.00")

    def test_what_is_short_lowers_neither_gross_nor_tax(self, api: Any) -> None:
        """The place keeps 1.07 of 173.31 for itself: by their parts 1.00 of Anna's and 0.07 of Boris's."""
        event = abroad(api)
        received(api, event, less="1.07", reason="The place took a fee")
        anna, boris = payments(report())
        money = ("gross", "withheld", "net", "came")
        assert cells(anna, *money) == ("220.00", "58.03", "161.97", "160.97")
        assert cells(boris, *money) == ("15.40", "4.06", "11.34", "11.27")

    def test_what_has_no_rate_is_counted_and_not_guessed(self, api: Any) -> None:
        event = abroad(api, currency="KWD", rate="1.0005")
        received(api, event)
        assert not FxRate.objects.filter(base="KWD").exists()
        run = report()
        anna, _boris = payments(run)
        assert cells(anna, "gross", "withheld", "fx_rate", "gross_base") == (
            "100.050", "26.388", None, None,
        )  # fmt: skip
        (sums,) = told(run, section="sums")
        assert cells(sums, "payments", "missing", "gross_base") == ("2", "2", None)

    def test_the_rate_is_that_of_the_tax_of_individuals(self, api: Any) -> None:
        """Of the same day, from the same source: a coupon of ours to a client would be counted with it."""
        brought(ANNA, 100)
        event = announced(api, action="DIVIDEND", rate="2.20", currency="EUR")
        applied(event)
        official("EUR", CAME, "105.1234")
        received(api, event)
        incomes = payments_between(
            *map(date.fromisoformat, YEAR.values()), horizon=2**62, entity_ids=None
        )
        (anna,) = [each for each in incomes if each.taxpayer.owner == ANNA]
        assert anna.income == D("23127.15")
        rates = {row["fx_rate"] for row in payments(report())}
        assert rates == {"105.1234"}


class TestRuns:
    def test_a_payment_that_is_taken_back_and_a_rate_that_comes_late_change_no_run(
        self, api: Any
    ) -> None:
        event = abroad(api)
        received(api, event)
        first = report()
        official("EUR", CAME, "105.1234")
        second = report()
        assert second.sha256 != first.sha256
        body = {"reason": "The meeting voted it down"}
        assert api("checker").post(f"/record-events/{event}/cancel/", body).status_code == 200

        assert told(report()) == []
        assert verify_run(first).equal
        assert verify_run(second).equal
        assert second.known_at is not None
        assert report(known_at=second.known_at.isoformat()).sha256 == second.sha256

    def test_only_the_days_and_the_entities_that_are_asked_for(self, api: Any) -> None:
        received(api, abroad(api))
        assert told(report(paid_from="2026-11-28")) == []
        assert told(report(paid_until="2026-11-26")) == []
        assert len(payments(report(paid_from="2026-11-27", paid_until="2026-11-27"))) == 2
        assert told(report(entity="EUR")) == []
        assert api("dealer").post("/reports/foreign-withholding/runs/", {}).status_code == 403
        BookScope.objects.create(user=person("manager"), entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        assert told(run_of("foreign-withholding", by="manager", parameters=YEAR)) == []
        with pytest.raises(InvalidParameters):
            run_of("foreign-withholding", by="manager", parameters=YEAR | {"entity": "RUS"})
