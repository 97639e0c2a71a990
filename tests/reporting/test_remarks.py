"""What people say of a run: remarks, and signatures under its hash that nobody sets under a run of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from reporting.models import ReportRun
from reporting.remarks import NothingSaid, OwnRun, SignedAlready, remark, said_of, sign
from reporting.services import NotCompleted, request_report
from tests.access.people import browser
from tests.reporting.running import run_of

pytestmark = pytest.mark.usefixtures("own_database")


def person(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def run() -> ReportRun:
    return run_of("segregation", parameters={"business_date": "2026-11-20"}, by="accountant")


class TestSaying:
    def test_a_remark_and_a_signature_stand_with_who_and_when(self, run: ReportRun) -> None:
        remark(run, text=" fee of the bank is late ", actor=person("accountant"), at=timezone.now())
        sign(run, text="seen", actor=person("manager"), at=timezone.now())
        assert [(each.who, each.text, each.sha256) for each in said_of(run)] == [
            ("accountant", "fee of the bank is late", ""), ("manager", "seen", run.sha256),
        ]  # fmt: skip
        assert Event.objects.filter(kind="reportrun.sign", facts__sha256=run.sha256).count() == 1

    @pytest.mark.parametrize("text", ["", "  ", "x" * 501])
    def test_nothing_is_no_remark(self, run: ReportRun, text: str) -> None:
        with pytest.raises(NothingSaid):
            remark(run, text=text, actor=person("accountant"), at=timezone.now())

    def test_who_asked_for_it_does_not_sign_it_and_nobody_twice(self, run: ReportRun) -> None:
        with pytest.raises(OwnRun):
            sign(run, text="", actor=person("accountant"), at=timezone.now())
        sign(run, text="", actor=person("manager"), at=timezone.now())
        with pytest.raises(SignedAlready):
            sign(run, text="", actor=person("manager"), at=timezone.now())
        of_the_night = run_of("segregation", parameters={"business_date": "2026-11-20"}, by=None)
        sign(of_the_night, text="", actor=person("accountant"), at=timezone.now())

    def test_what_is_not_computed_is_not_signed(self) -> None:
        waiting = request_report(
            name="segregation", parameters={"business_date": "2026-11-20"}, actor=None, at=timezone.now()
        )  # fmt: skip
        with pytest.raises(NotCompleted):
            sign(waiting, text="", actor=person("manager"), at=timezone.now())


class TestInterface:
    def test_over_rest(self, run: ReportRun, api: Any) -> None:
        said = api("accountant").post(f"/report-runs/{run}/remarks/", {"text": "late"})
        assert (said.status_code, said.json()["who"]) == (201, "accountant")
        signed = api("manager").post(f"/report-runs/{run}/sign/")
        assert signed.json()["sha256"] == run.sha256, signed.content
        refused = api("accountant").post(f"/report-runs/{run}/sign/")
        assert (refused.status_code, refused.json()["code"]) == (403, "own-report-run")
        assert api("dealer").post(f"/report-runs/{run}/sign/").status_code == 403
        found = api("auditor").get(f"/report-runs/{run}/remarks/").json()["results"]
        assert [(each["who"], each["text"]) for each in found] == [
            ("accountant", "late"),
            ("manager", ""),
        ]

    def test_on_the_page(self, run: ReportRun) -> None:
        accountant, manager = browser("accountant"), browser("manager")
        accountant.post(f"/report-runs/{run}/say/remark/", {"text": "fee <late>"})
        page = manager.get(f"/report-runs/{run}/").content.decode()
        assert "fee &lt;late&gt;" in page
        assert f"/report-runs/{run}/say/sign/" in page
        assert (
            f"/report-runs/{run}/say/sign/"
            not in accountant.get(f"/report-runs/{run}/").content.decode()
        )
        manager.post(f"/report-runs/{run}/say/sign/", {"text": ""})
        assert run.sha256[:16] in manager.get(f"/report-runs/{run}/").content.decode()
        assert manager.post(f"/report-runs/{run}/say/forget/", {"text": ""}).status_code == 403
        assert browser("dealer").post(f"/report-runs/{run}/say/sign/").status_code == 403
        assert len(said_of(run)) == 2
