"""What-if on the day at work: over REST and on the page; trying writes nothing, keeping one row."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from refdata.firm_days import firm_day
from settlements.models import Settlement
from settlements.scenarios.models import Scenario
from tests.pages.test_limit_pages import page_as
from tests.simulation.tight_day import whole_database

pytestmark = pytest.mark.usefixtures("day_at_work")
OPEN = ("PENDING", "FAILING", "PARTIAL")


def due() -> list[Settlement]:
    """What is due by today in the books of the demonstration's firm, and not settled."""
    rows = Settlement.objects.filter(
        due_date__lte=day(), settlement__in=OPEN, cancellation="NONE", entity__code="RUS", netted_by=None
    )  # fmt: skip
    return list(rows.select_related("counterparty", "entity"))


def day() -> Any:
    return firm_day(timezone.now())


def asked(**more: Any) -> dict[str, Any]:
    return {"business_date": day().isoformat(), "entity": "RUS", **more}


def test_trying_says_who_would_fail_and_writes_nothing(api: Any) -> None:
    rows = due()
    assert rows, "the demonstration has something due"
    risk = api("risk")
    risk.get("/limits/")  # the key notes its first use
    before = dict(whole_database())
    everybody = sorted({row.counterparty.code for row in rows})
    answer = risk.post("/day-what-if/", asked(silent=everybody))
    assert answer.status_code == 200, answer.content
    changed = {name for name, hash in whole_database() if before[name] != hash}
    assert changed == set()
    told = answer.json()
    assert told["then"]["due"] == len(rows)
    assert told["then"]["fails"] > told["now"]["fails"]
    reasons = {each["reason"] for each in told["fails_besides"]}
    assert reasons <= {"CLAC", "CMON", "LACK", "MONY", "LAAW"}


def test_more_volume_takes_more_of_limits_and_of_hands(api: Any) -> None:
    plain = api("risk").post("/day-what-if/", asked()).json()
    more = api("risk").post("/day-what-if/", asked(volume="100", releases=0)).json()
    assert plain["now"] == plain["then"]
    assert more["then"]["more"] == more["then"]["due"]
    assert more["then"]["releases"] == more["now"]["releases"] + more["then"]["more"]
    waiting = [each for each in due() if each.approval == "PREPARED"]
    idle = {each["settlement"] for each in more["fails_besides"] if each["reason"] == "no-hands"}
    assert idle <= {str(each) for each in waiting}


def test_who_is_away_releases_nothing(api: Any) -> None:
    there = api("risk").post("/day-what-if/", asked()).json()["now"]["people"]["there"]
    assert there > 0, "the demonstration has people who release"
    gone = api("risk").post("/day-what-if/", asked(away=there)).json()
    assert gone["then"]["people"]["there"] == 0
    waiting = {str(each) for each in due() if each.approval == "PREPARED"}
    idle = {each["settlement"] for each in gone["fails_besides"] if each["reason"] == "no-hands"}
    assert idle <= waiting
    assert len(waiting) == gone["now"]["releases"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"silent": ["NOBODY"]}, "/silent/0"), ({"earlier": ["XXXX"]}, "/earlier/0"),
        ({"volume": "301"}, "/volume"), ({"away": 1_001}, "/away"),
        ({"coming": [{"owner": "X", "place": "CSDX", "asset": "RUB", "quantity": "1"}]}, "/coming/0/owner"),
    ],
)  # fmt: skip
def test_what_names_nothing_is_said_beside_its_field(
    api: Any, wrong: dict[str, Any], pointer: str
) -> None:
    answer = api("risk").post("/day-what-if/", asked(**wrong))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_what_is_kept_is_one_row_and_stays_as_it_was_foreseen(api: Any) -> None:
    clerk = api("clerk")
    silent = due()[0].counterparty.code
    first = clerk.post("/scenarios/", asked(name="Silent", silent=[silent]))
    assert first.status_code == 201, first.content
    reference = first.json()["reference"]
    assert clerk.get(f"/scenarios/{reference}/").json() == first.json()
    assert (
        Event.objects.filter(kind="scenario.keep").count() == Scenario._default_manager.count() == 1
    )
    assert [row["reference"] for row in clerk.get("/scenarios/").json()["results"]] == [reference]
    assert api("dealer").post("/scenarios/", asked(name="No")).status_code == 403


def test_the_page_tries_keeps_and_compares() -> None:
    browser = page_as("manager")
    typed = {"business_date": day().isoformat(), "entity": "RUS"}
    assert browser.get("/scenarios/what-if/").status_code == 200
    shown = browser.post("/scenarios/what-if/", typed | {"silent": due()[0].counterparty.code})
    assert shown.status_code == 200
    assert 'id="found"' in shown.content.decode()
    wrong = browser.post("/scenarios/what-if/", typed | {"volume": "much", "silent": "NOBODY"})
    assert wrong.status_code == 422
    assert 'value="much"' in wrong.content.decode()
    for name in ("One", "Two"):
        kept = browser.post("/scenarios/what-if/", typed | {"name": name, "volume": "30"})
        assert kept.status_code == 302
    one, two = Scenario._default_manager.order_by("pk")
    page = browser.get(f"/scenarios/{one}/", {"with": str(two)}).content.decode()
    assert re.search(rf'id="compared".*{two}', page, re.S)
    assert str(two) in browser.get("/scenarios/").content.decode()
    assert _as("dealer").get("/scenarios/").status_code == 403


def _as(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client
