"""A repo between its dates: collateral substituted, closed early, and what neither may touch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration.day import last_sessions
from backoffice.kernel.rounding import half_up_minor
from deals.models import Deal
from ledger.lots.models import LotChange
from ledger.lots.selectors import prove_lots
from limits.models import Limit
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.models import Settlement, SettlementLink
from tests.flows.test_products import moved, post, prepared, settle, status
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
SBER, GAZP, ROSN = "RU0009029540", "RU0007661625", "RU000A0J2Q06"
NEAR = Decimal("265582.50")  # 1,000 x 312.45 less 15 %


def day_after(start: date, days: int) -> date:
    """The first day on which the market settles, so many days on or later."""
    calendar = reference_data().calendars["MISX"]
    day = start + timedelta(days=days)
    while not calendar.is_business_day(day):
        day += timedelta(days=1)
    return day


@pytest.fixture
def repo(api: Any) -> tuple[str, date, date]:
    """A repo of which the first date is settled: reference, first and second date."""
    dealt = last_sessions(timezone.now(), 4)[-1]
    far = day_after(firm_day(timezone.now()), 60)
    deal = post(
        api, product="repo", side="sell", instrument=SBER, quantity="1000", price="312.45",
        haircut="0.15", rate="0.16", day_count="ACT/365F", far_date=far.isoformat(),
        traded_at=f"{dealt}T10:15:00+03:00",
    )  # fmt: skip
    near, _ = prepared(api, deal["reference"])
    settle(api, near)
    return deal["reference"], date.fromisoformat(near["due_date"]), far


def live(deal: str) -> list[tuple[str, str, str, int, str]]:
    rows = Settlement.objects.filter(source_id=deal[2:]).exclude(status="CANCELLED")
    return [
        (r.method, "out" if r.delivers else "in", r.asset.code, int(r.quantity), r.status)
        for r in rows.select_related("asset").order_by("due_date", "id")
    ]


def substitute(api: Any, deal: str, on: date, who: str = "clerk", **more: str) -> Any:
    body = {"date": on.isoformat(), "instrument": GAZP, "quantity": "2400", "evidence": "MAIL-1"}
    return api(who).post(f"/deals/{deal}/substitute/", body | more)


def close(api: Any, deal: str, on: date, **more: str) -> Any:
    body = {"far_date": on.isoformat(), "evidence": "MAIL-2"} | more
    return api("clerk").post(f"/deals/{deal}/close-early/", body)


def agree(api: Any, deal: str) -> None:
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200
    assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
    follow_events()


class TestSubstituteCollateral:
    def test_the_old_comes_back_and_the_new_goes_out_and_what_is_settled_stays(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, _, far = repo
        figures = Deal.objects.get().versions.get().details["figures"]
        on = day_after(firm_day(timezone.now()), 10)
        done = substitute(api, deal, on)
        assert (done.status_code, done.json()["status"]) == (200, "CAPTURED"), done.content
        assert done.json()["figures"] == figures  # money and interest are as they were
        assert live(deal) == [("DVP", "out", SBER, 1000, "SETTLED")]
        agree(api, deal)
        assert live(deal) == [
            ("DVP", "out", SBER, 1000, "SETTLED"), ("FOP", "in", SBER, 1000, "PREPARED"),
            ("FOP", "out", GAZP, 2400, "PREPARED"), ("DVP", "in", GAZP, 2400, "PREPARED"),
        ]  # fmt: skip
        pair = Settlement.objects.filter(due_date=on, method="FOP")
        assert SettlementLink.objects.get().kind == "WITH"
        for row in pair.order_by("pk")[:1]:  # the one is released with the other
            settle(api, {"reference": str(row), "due_date": on.isoformat()})
        assert status(api, deal) == "SETTLING"
        (last,) = Settlement.objects.filter(due_date=far).exclude(status="CANCELLED")
        assert (last.amount, last.asset.code) == (NEAR + Decimal(figures["interest_amount"]), GAZP)
        settle(api, {"reference": str(last), "due_date": far.isoformat()})
        assert status(api, deal) == "SETTLED"
        interest = f"{Decimal(figures['interest_amount']).normalize():f}"
        assert moved("settlement.settle") == {
            "CASH RUB": f"-{interest}", "INTEREST RUB": interest,
        }  # fmt: skip
        assert (moved("deal.trade"), prove_lots()) == ({}, [])
        assert not LotChange.objects.exists()

    def test_one_that_is_not_settled_is_replaced_or_taken_back(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, _, _ = repo
        on = day_after(firm_day(timezone.now()), 10)
        substitute(api, deal, on)
        agree(api, deal)
        other = substitute(api, deal, on, instrument=ROSN, quantity="500")
        assert other.json()["substitutions"] == [
            {"date": on.isoformat(), "instrument": ROSN, "quantity": "500"}
        ]
        back = substitute(api, deal, on, instrument="", quantity="")
        assert (back.status_code, "substitutions" in back.json()) == (200, False)
        agree(api, deal)
        assert live(deal) == [
            ("DVP", "out", SBER, 1000, "SETTLED"), ("DVP", "in", SBER, 1000, "PREPARED"),
        ]  # fmt: skip

    def test_limits_are_as_for_the_money_that_is_still_out(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, _, _ = repo
        used = dict(Limit.objects.values_list("name", "used"))
        substitute(api, deal, day_after(firm_day(timezone.now()), 10))
        assert dict(Limit.objects.values_list("name", "used")) == used

    def test_what_does_not_fit_is_refused_and_changes_nothing(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, near, far = repo
        on = day_after(firm_day(timezone.now()), 10)
        for answer, code in (
            (substitute(api, deal, near), "day-passed"),
            (substitute(api, deal, far), "invalid-deal"),
            (substitute(api, deal, on, evidence=""), "agreement-missing"),
            (substitute(api, deal, on, quantity="many"), "invalid-input"),
            (close(api, deal, far), "not-earlier"),
            (close(api, deal, near), "day-passed"),
            (api("clerk").post(f"/deals/{deal}/amend/", {"rate": "0.1"}), "transition-not-allowed"),
            (api("clerk").post(f"/deals/{deal}/cancel/"), "transition-not-allowed"),
        ):
            assert answer.json()["code"] == code, answer.content
        assert substitute(api, deal, on, who="risk").status_code == 403
        assert Deal.objects.get().version == 1
        assert [row[4] for row in live(deal)] == ["SETTLED", "PREPARED"]

    def test_of_two_at_once_both_are_versions_and_one_far_leg_is_prepared(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, _, _ = repo
        on = day_after(firm_day(timezone.now()), 10)

        def take(instrument: str) -> int:
            try:
                return int(substitute(api, deal, on, instrument=instrument).status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(take, (GAZP, ROSN))) == [200, 200]
        assert Deal.objects.get().version == 3
        agree(api, deal)
        assert [row[:2] for row in live(deal)] == [
            ("DVP", "out"), ("FOP", "in"), ("FOP", "out"), ("DVP", "in"),
        ]  # fmt: skip


class TestCloseEarly:
    def test_interest_is_worked_out_to_that_day(
        self, api: Any, repo: tuple[str, date, date]
    ) -> None:
        deal, near, _ = repo
        on = day_after(firm_day(timezone.now()), 7)
        done = close(api, deal, on)
        assert done.status_code == 200, done.content
        interest = half_up_minor(NEAR * Decimal("0.16") * (on - near).days / 365, 2)
        assert Decimal(done.json()["figures"]["interest_amount"]) == interest
        agree(api, deal)
        assert live(deal) == [
            ("DVP", "out", SBER, 1000, "SETTLED"), ("DVP", "in", SBER, 1000, "PREPARED"),
        ]  # fmt: skip
        (last,) = Settlement.objects.exclude(status__in=("CANCELLED", "SETTLED"))
        assert (last.due_date, last.amount, last.interest) == (on, NEAR + interest, -interest)
        settle(api, {"reference": str(last), "due_date": on.isoformat()})
        assert status(api, deal) == "SETTLED"
        again = close(api, deal, on)
        assert again.json()["code"] == "transition-not-allowed"

    def test_another_product_or_a_first_date_to_come_is_amended_instead(self, api: Any) -> None:
        on = day_after(firm_day(timezone.now()), 5)
        share = post(api, product="equity", instrument=SBER, quantity="10", price="312.45")
        assert close(api, share["reference"], on).json()["code"] == "no-repo"
        clerk = Client(headers={"Accept-Language": "en"})
        clerk.force_login(User.objects.get(username="clerk"))
        for page in ("close-early", "substitute"):
            assert clerk.get(f"/deals/{share['reference']}/{page}/").status_code == 200
        dealt = last_sessions(timezone.now(), 1)[0]
        early = post(
            api, product="repo", side="sell", instrument=SBER, quantity="10", price="312.45",
            rate="0.16", day_count="ACT/365F", traded_at=f"{dealt}T10:15:00+03:00",
            far_date=day_after(firm_day(timezone.now()), 30).isoformat(), external_ref="P-2",
        )  # fmt: skip
        refused = close(api, early["reference"], on)
        assert refused.json()["code"] == "transition-not-allowed"
        assert "amend it" in refused.json()["instead"]


def test_the_pages_are_offered_between_the_dates_and_say_what_follows(
    api: Any, repo: tuple[str, date, date]
) -> None:
    deal, _, far = repo
    clerk = Client(headers={"Accept-Language": "ru"})
    clerk.force_login(User.objects.get(username="clerk"))
    offered = [each.action for each in clerk.get(f"/deals/{deal}/").context["others"]]
    assert {"substitute", "close_early"} <= set(offered)
    page = clerk.get(f"/deals/{deal}/close-early/")
    assert {each.name: each.value for each in page.context["inputs"]}["far_date"] == far.isoformat()
    wrong = clerk.post(f"/deals/{deal}/substitute/", {"date": "soon", "evidence": "M"})
    assert wrong.status_code == 422
    on = day_after(firm_day(timezone.now()), 10).isoformat()
    typed = {"date": on, "instrument": GAZP, "quantity": "2400", "reason": "", "evidence": "M-1"}
    done = clerk.post(f"/deals/{deal}/substitute/", typed | {"seen": page.context["seen"]})
    assert done.status_code == 302, done.context["refusal"]
    assert "2 400 RU0007661625" in clerk.get(f"/deals/{deal}/").content.decode().replace(
        "\xa0", " "
    )
    late = clerk.post(f"/deals/{deal}/substitute/", typed | {"seen": page.context["seen"]})
    assert late.status_code == 409
