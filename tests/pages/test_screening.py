"""Screening on pages and over REST: the hits, one side by side with its entry, and the steps of two people."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from backoffice.demonstration.screening import propose_listed_party
from backoffice.workflow.models import WorkItem
from refdata.models import Proposal, ScreeningHit
from tests.following import follow_events
from tests.instructing import person
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def hit(own_database: None) -> ScreeningHit:
    """The counterparty that somebody would add in the demonstration, and that is listed there."""
    propose_listed_party(person("clerk"), at=timezone.now())
    return ScreeningHit.objects.get()


def waiting() -> list[tuple[str, str]]:
    follow_events()
    rows = WorkItem.objects.filter(closed_at__isnull=True, subject_type="screeninghit")
    return list(rows.values_list("kind", "queue"))


def test_two_people_clear_a_hit_on_its_page_and_the_proposal_can_be_approved(
    hit: ScreeningHit,
) -> None:
    proposal = Proposal.objects.get(pk=hit.subject_id)
    assert waiting() == [("screening-hit", "risk")]
    listed = browser("risk", "ru").get("/screening/").content.decode()
    assert "Проверка по спискам" in listed
    assert f">{hit}<" in listed

    page = browser("risk").get(f"/screening/{hit}/").content.decode()
    for word in ("Polyaris Trading House", "N001", "INN 7700000016", "poliaris", "Word by word"):
        assert word in page
    risk, manager = browser("risk"), browser("manager")
    step = f"/screening/{hit}/propose_clearing/"
    unexplained = risk.post(step, {"reason": ""})
    assert (unexplained.status_code, "without a reason" in unexplained.content.decode()) == (
        422,
        True,
    )
    risk.post(step, {"reason": "Another INN."})
    assert waiting() == [("screening-clearing", "manager")]
    checker = browser("checker")
    refused = checker.post(f"/reference/proposals/{proposal}/approve/")
    assert refused.status_code == 409
    assert str(hit) in refused.content.decode()

    manager.post(f"/screening/{hit}/approve_clearing/")
    assert waiting() == []
    checker.post(f"/reference/proposals/{proposal}/approve/")
    proposal.refresh_from_db()
    assert proposal.state == "APPROVED"


def test_the_same_over_rest(api: Any, hit: ScreeningHit) -> None:
    (row,) = api("auditor").get("/screening-hits/", status="OPEN").json()["results"]
    assert (row["reference"], row["list"], row["entry"]) == (str(hit), "DEMO", "N001")
    shown = api("risk").get(f"/screening-hits/{hit}/")
    assert shown.json()["words"][0]["likeness"] == "1"
    assert (shown.headers["ETag"], shown.json()["score"] >= shown.json()["threshold"]) == (
        '"OPEN"',
        True,
    )
    (screening,) = api("risk").get("/screenings/", subject=row["subject"]).json()["results"]
    (version,) = api("risk").get("/sanctions-lists/").json()["results"]
    assert (screening["versions"], version["in_use"]) == ([version["id"]], True)

    said = {"reason": "Another INN."}
    address = f"/screening-hits/{hit}"
    assert api("manager").post(f"{address}/propose-clearing/", said).status_code == 403
    assert api("risk").post(f"{address}/propose-clearing/").status_code == 400
    assert api("risk").post(f"{address}/propose-clearing/", said).json()["status"] == "CLEARING"
    assert api("risk").post(f"{address}/approve-clearing/").status_code == 403
    declined = api("manager").post(f"{address}/decline-clearing/", {"reason": "Prove it."})
    assert declined.json()["status"] == "OPEN"
    assert (
        api("risk").post(f"{address}/confirm/", {"reason": "Same INN."}).json()["status"]
        == "BLOCKED"
    )


def test_the_lists_and_their_versions_are_shown(hit: ScreeningHit) -> None:
    page = browser("auditor").get("/screening/lists/").content.decode()
    assert "DEMO/1" in page
    assert browser("dealer").get("/screening/").status_code == 403
