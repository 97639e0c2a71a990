"""A breach from the deal that caused it to its end, over REST and on the pages of risk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from limits.models import Breach, Limit
from refdata.firm_days import FIRM_ZONE
from tests.following import follow_events
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


def bank() -> str:
    return f"L-{Limit.objects.get(name='Demo Bank One').pk}"


def breached(api: Any, sample: dict[str, Any]) -> str:
    """An executed deal takes 37,494,000 of 30,000,000; its breach is open."""
    big = sample | {"quantity": "2000000", "stage": "executed", "external_ref": "BIG"}
    deal = api("dealer").post("/deals/", big)
    assert deal.status_code == 201, deal.content
    follow_events()
    return str(deal.json()["reference"])


def waiting(kind: str) -> list[tuple[str, int]]:
    rows = WorkItem.objects.filter(kind=kind, closed_at=None)
    return list(rows.values_list("queue", "subject_id"))


def soon(hours: int = 1) -> str:
    return (timezone.now() + timedelta(hours=hours)).isoformat()


def test_a_breach_is_opened_explained_and_accepted_by_an_override(
    api: Any, sample: dict[str, Any]
) -> None:
    deal = breached(api, sample)
    (row,) = api("risk").get("/limits/breaches/", status="OPEN").json()["results"]
    assert (row["limit"], row["cause"], row["source"]) == (bank(), "DEAL", f"deal:{deal[2:]}")
    assert row["amount"] == row["excess"] == {"amount": "7494000.00", "currency": "RUB"}
    reference = row["reference"]
    assert waiting("breach") == [("risk", int(reference[3:]))]

    why = {"reason": "A client's order was given up late."}
    assert api("manager").post(f"/limits/breaches/{reference}/explain/", why).status_code == 403
    assert api("risk").post(f"/limits/breaches/{reference}/explain/", {}).status_code == 400
    explained = api("risk").post(f"/limits/breaches/{reference}/explain/", why).json()
    assert (explained["status"], explained["owner"]) == ("EXPLAINED", "risk")

    asked = {"amount": "7494000.00", "valid_until": soon(), "reason": "until it settles"}
    override = api("risk").post(f"/limits/{bank()}/overrides/", asked)
    assert override.status_code == 201, override.content
    follow_events()
    step = f"/limits/overrides/{override.json()['reference']}"
    assert [queue for queue, _ in waiting("override")] == ["manager"]
    assert api("risk").post(f"{step}/approve/").json()["code"] == "other-eyes-required"
    assert api("clerk").post(f"{step}/approve/").status_code == 403
    approved = api("manager").post(f"{step}/approve/")
    assert (approved.status_code, approved.json()["status"]) == (200, "IN_FORCE")
    follow_events()
    assert waiting("breach") == waiting("override") == []
    limit = api("risk").get(f"/limits/{bank()}/").json()
    assert (limit["override"]["amount"], limit["excess"]["amount"]) == ("7494000.00", "0.00")

    history = api("auditor").get(f"/limits/{bank()}/history/").json()
    assert [row["status"] for row in history["breaches"]] == ["ACCEPTED"]
    (told,) = history["overrides"]
    assert (told["proposed_by"], told["approved_by"], told["reason"]) == (
        "risk", "manager", "until it settles",
    )  # fmt: skip
    kinds = [row["event"] for row in history["results"]]
    assert kinds == [
        "breach.open", "breach.explain", "override.propose", "override.approve",
        "override.activate", "breach.accept",
    ]  # fmt: skip
    (explaining,) = [row for row in history["results"] if row["event"] == "breach.explain"]
    assert (explaining["by"], explaining["reason"]) == ("risk", why["reason"])


def test_a_breach_is_cured_when_the_deal_gives_its_room_back(
    api: Any, sample: dict[str, Any]
) -> None:
    deal = breached(api, sample)
    assert Breach.objects.get().state == "OPEN"
    api("checker").post(f"/deals/{deal}/cancel/", {"reason": "Given up twice."})
    follow_events()
    row = Breach.objects.get()
    assert (row.state, row.closed_at is not None) == ("CURED", True)
    assert waiting("breach") == []


def test_a_breach_stays_while_anything_is_beyond_the_limit(
    api: Any, sample: dict[str, Any]
) -> None:
    first = breached(api, sample)
    more = sample | {"quantity": "100000", "stage": "executed", "external_ref": "MORE"}
    second = api("dealer").post("/deals/", more).json()["reference"]
    follow_events()
    assert Breach.objects.filter(state="OPEN").count() == 2
    api("checker").post(f"/deals/{second}/cancel/", {"reason": "x"})
    follow_events()
    assert Breach.objects.filter(state="OPEN").count() == 2
    api("checker").post(f"/deals/{first}/cancel/", {"reason": "x"})
    follow_events()
    assert Breach.objects.filter(state="CURED").count() == 2


def test_an_override_is_declined_by_another_and_withdrawn_by_its_own(api: Any) -> None:
    asked = {"amount": "5", "valid_until": soon(), "reason": "x"}
    first = api("risk").post(f"/limits/{bank()}/overrides/", asked).json()["reference"]
    declined = api("manager").post(f"/limits/overrides/{first}/decline/", {"reason": "no"})
    assert declined.json()["status"] == "DECLINED"
    second = api("risk").post(f"/limits/{bank()}/overrides/", asked).json()["reference"]
    withdrawn = api("risk").post(f"/limits/overrides/{second}/withdraw/", {"reason": "not needed"})
    assert withdrawn.json()["status"] == "WITHDRAWN"
    again = api("manager").post(f"/limits/overrides/{second}/approve/")
    assert again.json()["code"] == "transition-not-allowed"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"amount": "0"}, 400), ({"amount": "NaN"}, 400), ({"amount": "-1"}, 400),
        ({"reason": ""}, 400), ({"valid_until": "2020-01-01T00:00:00Z"}, 422),
        ({"valid_until": "9999-01-01T00:00:00Z"}, 422),
        ({"valid_from": "2099-01-01T00:00:00Z"}, 422),
    ],
)  # fmt: skip
def test_a_wrong_override_is_refused_with_its_reason(
    api: Any, change: dict[str, str], status: int
) -> None:
    asked = {"amount": "5", "valid_until": soon(), "reason": "x"} | change
    answer = api("risk").post(f"/limits/{bank()}/overrides/", asked)
    assert answer.status_code == status, answer.content


def test_a_cap_is_changed_over_rest_by_two_people(api: Any) -> None:
    cap = {"amount": "31000000", "reason": "The rating rose.", "document": "R-1"}
    asked = api("risk").post(f"/limits/{bank()}/caps/", cap)
    assert (asked.status_code, asked.json()["status"]) == (201, "PROPOSED")
    step = f"/limits/caps/{asked.json()['reference']}/approve/"
    assert api("risk").post(step).status_code == 403
    assert api("manager").post(step).json()["before"]["amount"] == "30000000.00"
    assert api("risk").get(f"/limits/{bank()}/").json()["cap"]["amount"] == "31000000.00"


def test_risk_decides_on_the_pages(api: Any, sample: dict[str, Any]) -> None:
    breached(api, sample)
    risk, manager = browser("risk"), browser("manager", "ru")
    breach = str(Breach.objects.get())
    page = risk.get("/limits/breaches/").content.decode()
    assert breach in page
    assert f"step-explain-{breach}" in risk.get(f"/limits/{bank()}/").content.decode()
    risk.post(f"/limits/breaches/{breach}/explain/", {"reason": "late order"})
    assert Breach.objects.get().state == "EXPLAINED"
    address = f"/limits/{bank()}/propose-override"
    wrong = risk.post(address, {"amount": "7494000", "valid_until": "", "reason": "my reason"})
    assert (wrong.status_code, b"my reason" in wrong.content) == (422, True)
    assert b'role="alert"' in wrong.content
    until = f"{timezone.localtime(timezone=FIRM_ZONE) + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    typed = {"amount": "7494000", "valid_until": until, "reason": "my reason"}
    assert risk.post(address, typed).status_code == 302
    assert b"step-approve-OV" not in risk.get(f"/limits/{bank()}/").content
    assert b"step-approve-OV" in manager.get(f"/limits/{bank()}/").content
    reference = api("risk").get(f"/limits/{bank()}/history/").json()["overrides"][0]["reference"]
    back = manager.post(f"/limits/overrides/{reference}/approve/", follow=True)
    assert back.status_code == 200
    assert Breach.objects.get().state == "ACCEPTED"
    assert breach in risk.get("/limits/breaches/?status=ACCEPTED").content.decode()
