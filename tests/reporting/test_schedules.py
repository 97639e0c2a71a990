"""Scheduled reports: on business days, once, in the name of who wants them, into a folder or by mail."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from backoffice.access.models import User
from backoffice.environment import MailServer, mail_server
from refdata.firm_days import FIRM_ZONE
from refdata.models import BookScope, Entity
from refdata.selectors import forget_reference_data
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.schedules import services
from reporting.schedules.bringing import folder_of
from reporting.schedules.models import ReportSchedule
from reporting.schedules.spans import Days, asked_with, asks_days_only, days_of
from reporting.schedules.state import Span
from tests.access.people import browser
from tests.reporting.running import computed, file_bytes

FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)


class TestSpans:
    @pytest.mark.parametrize(
        ("span", "today", "days"),
        [
            pytest.param("DAY", MONDAY, Days(FRIDAY, FRIDAY), id="over a weekend"),
            pytest.param("DAY", date(2026, 11, 28), None, id="not on a Saturday"),
            pytest.param("MONTH", MONDAY, Days(date(2026, 11, 1), FRIDAY), id="month so far"),
            pytest.param("MONTH", TUESDAY, Days(date(2026, 11, 1), MONDAY), id="the first shows the month before"),
            pytest.param("MONTH_BEFORE", MONDAY, None, id="not within a month"),
            pytest.param("MONTH_BEFORE", TUESDAY, Days(date(2026, 11, 1), MONDAY), id="all of November"),
            pytest.param("MONTH_BEFORE", date(2026, 2, 2), Days(date(2026, 1, 1), date(2026, 1, 31)),
                         id="on Monday the 2nd"),
        ],
    )  # fmt: skip
    def test_of_which_days_it_is(self, span: str, today: date, days: Days | None) -> None:
        assert days_of(Span(span), today, lambda day: day.weekday() < 5) == days

    def test_a_report_is_asked_with_days_alone(self) -> None:
        assert asked_with(REPORTS["overview"], Days(FRIDAY, MONDAY)) == {
            "seen_from": "2026-11-27", "seen_until": "2026-11-30",
        }  # fmt: skip
        assert asked_with(REPORTS["balance-sheet"], Days(FRIDAY, MONDAY)) == {
            "business_date": "2026-11-30"
        }
        assert not asks_days_only(REPORTS["ledger-batch"])

    def test_a_mail_server_is_one_address(self) -> None:
        assert mail_server("") == MailServer()
        assert mail_server("smtp://a%40b:p%3Aw@mail.example.com:587/?tls=yes") == MailServer(
            "mail.example.com", 587, "a@b", "p:w", True
        )
        with pytest.raises(ValueError, match="smtp://host"):
            mail_server("mail.example.com")


WANTED = {
    "report": "fails", "span": "DAY", "at": "08:00", "file_format": "csv", "way": "FOLDER", "entity": "RUS",
}  # fmt: skip


def clock(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), FIRM_ZONE)


def work(day: date, at: str) -> int:
    return services.work_on_schedules(at=clock(day, at))


def made() -> ReportRun:
    return computed(ReportRun.objects.latest("pk"))


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.REPORT_FOLDER = tmp_path
    return tmp_path / "accountant"


@pytest.mark.usefixtures("own_database")
class TestSchedules:
    def test_it_is_made_once_a_business_day_and_brought(self, api: Any, folder: Path) -> None:
        answer = api("accountant").post("/report-schedules/", WANTED)
        assert answer.status_code == 201, answer.content
        assert work(MONDAY, "07:59") == 0
        assert work(MONDAY, "08:00") == 1
        assert work(MONDAY, "08:00") == 0, "asked for twice"
        run = made()
        assert (run.report, run.parameters["counted_from"], str(run.requested_by)) == (
            "fails", "2026-11-27", "accountant",
        )  # fmt: skip
        assert work(MONDAY, "08:01") == 1
        (file,) = folder.iterdir()
        assert (file.name, file.read_bytes()) == (f"fails-{run}.csv", file_bytes(run, "csv"))
        assert work(MONDAY, "18:00") == 0
        (row,) = api("accountant").get("/report-schedules/").json()["results"]
        assert (row["asked_on"], row["brought_on"], row["problem"]) == (
            "2026-11-30",
            "2026-11-30",
            None,
        )
        assert work(TUESDAY, "08:00") == 1
        assert made().parameters["counted_from"] == "2026-11-30"
        assert (
            api("accountant").post(f"/report-schedules/{row['reference']}/end/").status_code == 200
        )
        assert work(TUESDAY, "08:01") == 0

    def test_what_was_made_late_is_brought_on_a_closed_day_too(
        self, api: Any, folder: Path
    ) -> None:
        """Asked for on Friday, computed on Saturday: it does not wait for Monday, which asks anew."""
        api("accountant").post("/report-schedules/", WANTED)
        work(FRIDAY, "23:59")
        run = made()
        assert work(FRIDAY + timedelta(days=1), "12:00") == 1
        assert [file.name for file in folder.iterdir()] == [f"fails-{run}.csv"]
        assert work(FRIDAY + timedelta(days=1), "12:01") == 0
        assert work(MONDAY, "08:00") == 1

    def test_each_sees_and_ends_their_own(self, api: Any) -> None:
        mine = api("accountant").post("/report-schedules/", WANTED).json()["reference"]
        assert api("manager").get("/report-schedules/").json()["results"] == []
        assert api("manager").post(f"/report-schedules/{mine}/end/").status_code == 404
        assert api("dealer").post("/report-schedules/", WANTED).status_code == 403
        page = browser("manager")
        assert mine not in page.get("/reports/schedules/").content.decode()
        page.post("/reports/schedules/", WANTED | {"report": "overview", "file_format": "pdf"})
        row = ReportSchedule.objects.get(user__username="manager")
        assert (row.report, row.file_format, row.at) == ("overview", "pdf", time(8))
        assert str(row) in page.get("/reports/schedules/").content.decode()
        page.post(f"/reports/schedules/{row}/end/")
        assert ReportSchedule.objects.get().user.username == "accountant"

    def test_every_problem_is_named(self, api: Any, settings: Any) -> None:
        settings.EMAIL_FROM = ""
        wrong = WANTED | {"report": "ledger-batch", "entity": "NONE", "way": "MAIL"}
        answer = api("accountant").post("/report-schedules/", wrong)
        assert answer.status_code == 422, answer.content
        assert {each["pointer"] for each in answer.json()["errors"]} == {
            "/report",
            "/entity",
            "/way",
        }

    def test_by_mail_to_ones_own_address(self, api: Any, settings: Any) -> None:
        settings.EMAIL_FROM = "reports@example.com"
        wanted = WANTED | {"way": "MAIL"}
        without = api("accountant").post("/report-schedules/", wanted | {"at": "07:00"})
        assert without.json()["errors"][0]["code"] == "no-mail"
        User.objects.filter(username="accountant").update(email="anna@example.com", language="ru")
        assert api("accountant").post("/report-schedules/", wanted).status_code == 201
        work(MONDAY, "09:00")
        run = made()
        work(MONDAY, "09:01")
        (sent,) = mail.outbox
        assert (sent.to, sent.from_email) == (["anna@example.com"], "reports@example.com")
        assert sent.subject == f"Неисполнение в срок и штрафы · {run}"
        assert run.sha256 in sent.body
        ((name, content, kind),) = sent.attachments
        assert (name, kind) == (f"fails-{run}.csv", "text/csv")
        assert content.encode() == file_bytes(run, "csv")
        work(MONDAY, "09:02")
        assert len(mail.outbox) == 1

    def test_what_cannot_be_sent_says_why_and_comes_the_next_day(
        self, api: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.EMAIL_FROM = "reports@example.com"
        User.objects.filter(username="accountant").update(email="anna@example.com")
        api("accountant").post("/report-schedules/", WANTED | {"way": "MAIL"})
        api("accountant").post("/report-schedules/", WANTED | {"report": "limit-journal"})
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        work(MONDAY, "09:00")
        made()
        assert work(MONDAY, "09:01") == 2  # the other one is brought all the same
        first, second = ReportSchedule.objects.order_by("pk")
        assert "refused" in first.problem
        assert (second.problem, second.brought_on) == ("", MONDAY)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        work(MONDAY, "09:02")
        assert mail.outbox == []
        work(TUESDAY, "09:00")
        made()
        work(TUESDAY, "09:01")
        assert len(mail.outbox) == 1
        first.refresh_from_db()
        assert first.problem == ""

    def test_it_shows_what_its_person_may_see_and_ends_with_the_role(
        self, api: Any, folder: Path
    ) -> None:
        api("accountant").post("/report-schedules/", WANTED | {"entity": ""})
        accountant = User.objects.get(username="accountant")
        rus = Entity.objects.get(code="RUS")
        BookScope.objects.create(user=accountant, entity=rus)
        forget_reference_data()
        work(MONDAY, "08:00")
        assert made().entity_ids == [rus.pk]
        accountant.groups.clear()
        work(TUESDAY, "08:00")
        row = ReportSchedule.objects.get()
        assert "may not make reports any more" in row.problem
        assert ReportRun.objects.filter(occasion=f"{row}, {TUESDAY}").count() == 0
        User.objects.filter(pk=accountant.pk).update(is_active=False)
        assert work(TUESDAY + timedelta(days=1), "08:00") == 0

    def test_a_name_never_leaves_the_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.REPORT_FOLDER = tmp_path
        assert folder_of(User(username="../../etc/x")) == tmp_path / "______etc_x"
