"""The pages of limits: they follow what happens, draw breaches, and try what would be without writing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.desk.charts import HEIGHT, bars
from backoffice.events.models import Event
from deals.exposing.what_if import nothing_written
from limits.breach_days import breach_days, breach_groups
from limits.models import Breach, Limit, Reservation
from refdata.firm_days import firm_day
from refdata.models import Instrument, Price

pytestmark = pytest.mark.usefixtures("own_database")
SHARE = "RU0009029540"


def bank() -> Limit:
    return Limit.objects.get(name="Demo Bank One")


def page_as(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def breached(api: Any, sample: dict[str, Any], count: int = 3) -> None:
    Limit.objects.filter(pk=bank().pk).update(cap=10_000)
    for number in range(count):
        Breach.objects.create(
            entity=bank().entity, limit=bank(), cause="DEAL", source_type="deal",
            source_id=number + 1, amount=1_000, opened_at=timezone.now() - timedelta(days=number),
        )  # fmt: skip


def test_how_a_limit_stands_is_sent_again_only_when_it_has_changed(
    api: Any, sample: dict[str, Any]
) -> None:
    risk, address = page_as("risk"), f"/limits/L-{bank().pk}/standing/"
    first = risk.get(address)
    assert first.status_code == 200
    again = risk.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    russian = risk.get(address, headers={"If-None-Match": first["ETag"], "Accept-Language": "ru"})
    assert russian.status_code == 200
    api("dealer").post("/deals/", sample)
    changed = risk.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert "18,747.00" in changed.content.decode()
    whole = risk.get(f"/limits/L-{bank().pk}/").content.decode()
    assert f'hx-get="{address}"' in whole


def test_what_is_available_is_told_in_any_currency_at_the_rate_of_the_day(api: Any) -> None:
    found = api("risk").get(f"/limits/L-{bank().pk}/", currency="USD").json()
    assert found["headroom"]["currency"] == "USD"
    assert Decimal(found["headroom"]["amount"]) > 0
    assert "headroom" not in api("risk").get(f"/limits/L-{bank().pk}/", currency="XXX").json()
    page = page_as("risk").get(f"/limits/L-{bank().pk}/", {"currency": "USD"}).content.decode()
    assert re.search(r"[\d,]+\.\d\d USD", page)


def test_breaches_are_counted_by_day_and_drawn(api: Any, sample: dict[str, Any]) -> None:
    breached(api, sample)
    first = Breach.objects.earliest("opened_at")
    Breach.objects.filter(pk=first.pk).update(
        state="CURED", closed_at=timezone.now() - timedelta(days=1)
    )
    today = firm_day(timezone.now())
    days = breach_days(Breach.objects.all(), until=today, days=4)
    assert [(each.opened, each.live) for each in days] == [(0, 0), (1, 1), (1, 2), (1, 2)]
    page = page_as("risk").get("/limits/breaches/").content.decode()
    assert page.count("<rect") == 30
    assert 'role="img"' in page


def test_the_highest_bar_takes_the_whole_height() -> None:
    chart = bars([(date(2026, 11, 1), 0, False), (date(2026, 11, 2), 1, True),
                  (date(2026, 11, 3), 4, False)])  # fmt: skip
    assert [bar.height for bar in chart.bars] == [0, HEIGHT // 4, HEIGHT]
    assert bars([]).width == 0


def test_breaches_of_one_cause_are_explained_together(api: Any, sample: dict[str, Any]) -> None:
    breached(api, sample)
    (group,) = breach_groups(Breach.objects.all())
    assert (group.breaches, group.amount, group.cause) == (3, Decimal(3_000), "DEAL")
    risk, address = page_as("risk"), f"/limits/L-{bank().pk}/explain/"
    risk.post(address, {"cause": "DEAL", "reason": ""})
    assert set(Breach.objects.values_list("state", flat=True)) == {"OPEN"}
    answer = risk.post(address, {"cause": "DEAL", "reason": "A fill that came late."})
    assert answer.status_code == 302
    assert set(Breach.objects.values_list("state", flat=True)) == {"EXPLAINED"}
    events = Event.objects.filter(kind="breach.explain")
    assert set(events.values_list("reason", flat=True)) == {"A fill that came late."}
    again = api("risk").post(
        f"/limits/L-{bank().pk}/breaches/explain/", {"cause": "DEAL", "reason": "More."}
    )
    assert [row["status"] for row in again.json()["explained"]] == ["EXPLAINED"] * 3
    assert page_as("dealer").post(address, {"cause": "DEAL", "reason": "x"}).status_code == 403


def test_a_refused_deal_is_told_what_would_pass(sample: dict[str, Any]) -> None:
    Limit.objects.filter(pk=bank().pk).update(cap=10_000)
    named = {k: v for k, v in sample.items() if isinstance(v, str)}
    typed = named | {"traded_at": "2026-11-23T10:15:00", "key": "k", "settlement.method": "DVP"}
    answer = page_as("dealer").post("/deals/new/", typed)
    assert answer.status_code == 422
    assert answer.context["would_pass"] == [
        "The largest quantity that fits is 533.",
        "Or ask risk for 8,747.00 RUB more under Demo Bank One.",
    ]


class TestWhatIf:
    def deal(self, sample: dict[str, Any], **more: str) -> dict[str, str]:
        named = {k: v for k, v in sample.items() if isinstance(v, str) and k != "external_ref"}
        return {"what": "deal", **named, "traded_at": "2026-11-23T10:15:00", **more}

    def test_a_deal_shows_before_and_after_and_writes_nothing(self, sample: dict[str, Any]) -> None:
        answer = page_as("risk").post("/limits/what-if/", self.deal(sample))
        assert answer.status_code == 200
        (effect,) = [e for e in answer.context["found"].effects if e.limit == bank()]
        assert (effect.limit.used, effect.used) == (0, Decimal("18747.00"))
        assert effect.available_after == bank().cap - Decimal("18747.00")
        assert not Reservation.objects.exists()
        with pytest.raises(DatabaseError), nothing_written():
            Limit.objects.update(cap=1)

    def test_a_price_that_moves_shows_what_replacing_would_cost(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        share = Instrument.objects.get(isin=SHARE)
        Price.objects.create(
            instrument=share, price_date=firm_day(timezone.now()), source="TEST", kind="CLOSE",
            value="312.45", currency="RUB",
        )  # fmt: skip
        api("dealer").post("/deals/", sample)
        risk = page_as("risk")
        for named in ({"instrument": SHARE}, {}):
            answer = risk.post("/limits/what-if/", {"what": "shock", "percent": "10", **named})
            (effect,) = answer.context["found"].effects
            # 1,000 bought at 312.45: at 343.695 they cost 31,245.00 more.
            assert (effect.limit, effect.used) == (bank(), Decimal("49992.00"))
        other = risk.post("/limits/what-if/", {"what": "shock", "percent": "10",
                                               "instrument": "RU0007661625"})  # fmt: skip
        assert other.context["found"].effects == []
        assert bank().used == Decimal("18747.00")
        for wrong in ({"percent": "-100"}, {"percent": "x"},
                      {"percent": "1", "instrument": "NONE"}):  # fmt: skip
            assert risk.post("/limits/what-if/", {"what": "shock", **wrong}).status_code == 422

    def test_another_cap_shows_what_would_be_beyond_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        api("dealer").post("/deals/", sample)
        given = {"what": "cap", "limit": f"L-{bank().pk}", "amount": "10000"}
        answer = page_as("risk").post("/limits/what-if/", given)
        (effect,) = answer.context["found"].effects
        assert (effect.excess_after, effect.available_after) == (Decimal("8747.00"), 0)
        told = api("risk").post("/limits/what-if/", {"cap": {"limit": f"L-{bank().pk}",
                                                              "amount": "10000"}})  # fmt: skip
        (row,) = told.json()["limits"]
        assert row["excess"]["after"] == {"amount": "8747.00", "currency": "RUB"}
        assert bank().cap == 30_000_000

    def test_only_risk_may_try(self, api: Any, sample: dict[str, Any]) -> None:
        assert page_as("dealer").get("/limits/what-if/").status_code == 403
        assert page_as("clerk").post("/limits/what-if/", self.deal(sample)).status_code == 403
        assert api("manager").post("/limits/what-if/", {"deal": sample}).status_code == 403
        assert api("risk").post("/limits/what-if/", {"deal": sample}).status_code == 200
        assert connection.is_usable()
