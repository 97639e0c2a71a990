"""The checks of the desk: each warns, refuses what is proposed, and can be switched off."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from deals.checks.duplicates import find_duplicates
from deals.checks.judging import CHECKS
from deals.checks.kinds import Bounds, Verdict, verdict
from deals.checks.models import Suspicion
from deals.models import Deal
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.last_prices import forget_last_prices
from refdata.models import DatedRule, Instrument, Price
from refdata.selectors import forget_reference_data
from tests.following import follow_events

SBER, ROSN = "RU0009029540", "RU000A0J2Q06"
DAY = date(2026, 11, 23)  # on which the last price of SBER is 312.45; ROSN has none


def in_force(kind: str, value: Any, given: Any, expected: Any) -> None:
    """Have another rule put in force for a check, as an administrator would."""
    risk, manager = (User.objects.get(username=name) for name in ("risk", "manager"))
    terms = RuleTerms(
        kind=kind, value=value, valid_from=date(2020, 1, 1), source="The firm",
        vectors=[{"name": "one", "given": given, "expected": expected}],
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=risk, at=timezone.now())
    activate_rules(ids=[row.pk], actor=manager, at=timezone.now()).raise_single()
    forget_reference_data()


def bounds(kind: str, warn: str | None, refuse: str | None, **products: Any) -> None:
    """Other bounds of a check."""
    value = {"bounds": {"warn": warn, "refuse": refuse}, "products": products}
    in_force(kind, value, {"product": "equity", "measure": "0"}, "FINE")


def open_kinds(queue: str) -> set[str]:
    """What kinds of things wait in a queue."""
    rows = WorkItem.objects.filter(queue=queue, closed_at=None)
    return set(rows.values_list("kind", flat=True))


def codes(answer: Any) -> set[str]:
    """The codes of what an answer warns of, or refuses for."""
    document = answer.json()
    return {each["code"] for each in document.get("errors", document.get("warnings", ()))}


class TestVerdict:
    @pytest.mark.parametrize(
        ("measure", "expected"),
        [("10", "FINE"), ("10.01", "WARN"), ("50", "WARN"), ("50.01", "REFUSE")],
    )
    def test_bounds_are_passed_only_beyond_them(self, measure: str, expected: str) -> None:
        assert verdict(Bounds(warn="10", refuse="50"), Decimal(measure)) == Verdict(expected)

    def test_without_bounds_everything_passes(self) -> None:
        assert verdict(Bounds(), Decimal(10) ** 12) == Verdict.FINE


@pytest.mark.usefixtures("own_database")
class TestCapture:
    def test_the_sample_is_warned_of_nothing(self, api: Any, sample: Any) -> None:
        assert api("dealer").post("/deals/", sample).json()["warnings"] == []

    def test_a_price_off_the_last_one(self, api: Any, sample: Any) -> None:
        off = sample | {"price": "350.00"}  # 12.02 % above
        (warning,) = api("dealer").post("/deals/", off).json()["warnings"]
        assert (warning["pointer"], warning["code"]) == ("/price", "price-off-market")
        assert "12.02 %" in warning["detail"]
        assert "312.45" in warning["detail"]
        assert warning["hint"]
        deal = api("dealer").get("/deals/").json()["results"][0]
        assert [each["code"] for each in deal["warnings"]] == ["price-off-market"]

    def test_beyond_the_second_bound_what_is_proposed_is_refused(
        self, api: Any, sample: Any
    ) -> None:
        bounds("check.price", "10", "50")
        slip = sample | {"price": "3124.5"}
        answer = api("dealer").post("/deals/", slip)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/price", "price-off-market")
        assert "50 %" in error["detail"]
        assert not Deal.objects.exists()
        executed = api("dealer").post("/deals/", slip | {"stage": "executed"})
        assert executed.status_code == 201
        assert "price-off-market" in codes(executed)

    def test_a_product_has_bounds_of_its_own(self, api: Any, sample: Any) -> None:
        bounds("check.price", "10", None, equity={"warn": "15"})
        assert codes(api("dealer").post("/deals/", sample | {"price": "350.00"})) == set()

    def test_a_stale_price_says_nothing(self, api: Any, sample: Any) -> None:
        old, rosneft = DAY - timedelta(days=20), sample | {"instrument": ROSN, "price": "900"}
        for day, found in ((old, set()), (DAY, {"price-off-market"})):
            Price.objects.create(
                instrument=Instrument.objects.get(isin=ROSN), price_date=day, source="DEMO",
                value=Decimal("450"), currency="RUB",
            )  # fmt: skip
            forget_last_prices()
            answer = api("dealer").post("/deals/", rosneft | {"external_ref": str(day)})
            assert codes(answer) == found

    def test_a_price_loaded_meanwhile_is_used(self, api: Any, sample: Any) -> None:
        dealer, off = api("dealer"), sample | {"price": "350.00"}
        assert codes(dealer.post("/deals/", off)) == {"price-off-market"}
        Price.objects.create(
            instrument=Instrument.objects.get(isin=SBER), price_date=DAY, source="DEMO",
            value=Decimal("349"), currency="RUB",
        )  # fmt: skip
        forget_last_prices()
        assert codes(dealer.post("/deals/", off | {"external_ref": "B"})) == set()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"settlement": {"method": "DVP", "date": "2026-11-28"}}, "settlement-day-closed"),
            ({"settlement": {"method": "DVP", "date": "2026-12-01"}}, "settlement-off-cycle"),
            ({"quantity": "9000000", "price": "312.45"}, "amount-unusual"),
        ],
    )
    def test_each_other_check(self, api: Any, sample: Any, changes: Any, code: str) -> None:
        executed = sample | {"stage": "executed"}  # beyond its limits as well
        assert codes(api("dealer").post("/deals/", executed | changes)) == {code}

    def test_a_share_of_the_issue(self, api: Any, sample: Any) -> None:
        Instrument.objects.filter(isin=SBER).update(issue_size=15_000)
        forget_reference_data()
        (warning,) = api("dealer").post("/deals/", sample).json()["warnings"]
        assert warning["code"] == "share-of-issue-unusual"
        assert "6.67 %" in warning["detail"]

    def test_late_capture_is_switched_on(self, api: Any, sample: Any) -> None:
        bounds("check.late_capture", "30", None)
        at = timezone.now() - timedelta(minutes=31)
        assert codes(api("dealer").post("/deals/", sample | {"traded_at": at.isoformat()})) >= {
            "captured-late"
        }

    def test_every_check_is_told_in_words_and_has_a_rule(self) -> None:
        names = set(DatedRule.objects.values_list("kind", flat=True))
        for check in CHECKS:
            assert check.kind.name in names
            assert check.hint


@pytest.mark.usefixtures("own_database")
class TestDuplicates:
    def capture(self, api: Any, sample: Any, ref: str, **changes: Any) -> str:
        answer = api("dealer").post("/deals/", sample | {"external_ref": ref} | changes)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["reference"])

    def test_equal_deals_are_told_apart_by_a_person(self, api: Any, sample: Any) -> None:
        in_force("check.duplicate", {"minutes": "5", "blocks": True}, {"minutes": "5"}, True)
        first = self.capture(api, sample, "A")
        second = self.capture(api, sample, "B", book="EQ-RU")
        self.capture(api, sample, "C", quantity="999")
        self.capture(api, sample, "D", traded_at="2026-11-23T10:21:00+03:00")
        fill = {"venue": "MISX", "venue_trade_id": "1"}
        self.capture(api, sample, "E", execution=fill)
        self.capture(api, sample, "F", execution=fill | {"venue_trade_id": "2"})
        follow_events()
        (row,) = api("clerk").get("/suspicions/", status="OPEN").json()["results"]
        assert (row["deal"], row["earlier"], row["blocks"]) == (second, first, True)
        assert open_kinds("clerk") == {"possible-duplicate"}
        clerk = api("clerk")
        refused = clerk.post(f"/deals/{second}/confirm/")
        assert (refused.status_code, refused.json()["code"]) == (409, "possible-duplicate")
        assert clerk.post(f"/deals/{first}/confirm/").status_code == 200
        answer = clerk.post(f"/suspicions/{row['reference']}/dismiss/", {"reason": "two orders"})
        assert (answer.status_code, answer.json()["status"]) == (200, "DISMISSED")
        assert open_kinds("clerk") == set()
        assert clerk.post(f"/deals/{second}/confirm/").status_code == 200

    def test_looking_twice_finds_nothing_new_and_a_cancelled_one_is_forgotten(
        self, api: Any, sample: Any
    ) -> None:
        self.capture(api, sample, "A")
        second = self.capture(api, sample, "B")
        follow_events()
        ids = list(Deal.objects.values_list("pk", flat=True))
        assert find_duplicates(deal_ids=ids, at=timezone.now()) == 0
        assert Suspicion.objects.count() == 1
        assert (
            api("checker").post(f"/deals/{second}/cancel/", {"reason": "twice"}).status_code == 200
        )
        follow_events()
        assert Suspicion.objects.get().state == "GONE"
        assert open_kinds("clerk") == set()
