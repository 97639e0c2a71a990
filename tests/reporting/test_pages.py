"""Reports on pages and in the administration: asked for, paged without reading all, proved and taken."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.access.models import User
from backoffice.desk.frame import frame_of
from backoffice.desk.reports import SHOWN_ROWS
from backoffice.events.models import Event
from backoffice.kernel.errors import NotFound
from refdata.firm_days import FIRM_ZONE, firm_day
from refdata.models import BookScope, Entity
from refdata.selectors import forget_reference_data
from reporting.formats import FORMATS
from reporting.models import ReportRun
from reporting.services import stored_path
from reporting.storing import page_of_rows
from tests.questions import questions
from tests.reporting.running import ALWAYS, computed, read_bytes, rows_of, run_of

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.get(username=name))
    return client


def positions_of_today() -> ReportRun:
    day = firm_day(timezone.now()).isoformat()
    return run_of("settlement-and-positions", parameters={"business_date": day})


class TestAsk:
    def test_a_report_is_asked_for_from_its_page_and_shown_when_it_is_there(
        self, day_at_work: None
    ) -> None:
        accountant = browser("accountant")
        page = accountant.get(reverse("reports")).content.decode()
        day = frame_of(User.objects.get(username="accountant")).day.day  # of the books
        today = day.isoformat()
        assert f'name="business_date" value="{today}"' in page
        assert f'name="moved_from" value="{day.replace(day=1)}"' in page
        until = max(day, firm_day(timezone.now()))
        assert f'name="moved_until" value="{until}"' in page
        typed = {"business_date": today, "entity": "RUS", "known_at": ""}
        answer = accountant.post(reverse("report-ask", args=["settlement-and-positions"]), typed)
        reference = answer["Location"].rstrip("/").rpartition("/")[2]
        waiting = accountant.get(answer["Location"]).content.decode()
        assert 'hx-trigger="every 1s"' in waiting
        run = computed(ReportRun.objects.get(pk=reference.removeprefix("RR-")))
        assert (run.parameters["entity"], run.entity_ids) == (
            "RUS",
            [Entity.objects.get(code="RUS").pk],
        )
        shown = accountant.get(answer["Location"]).content.decode()
        assert run.sha256 in shown
        for file_format in FORMATS:
            assert reverse("report-file", args=[run, file_format]) in shown

    def test_what_a_row_names_opens_for_whoever_may_see_it(self, day_at_work: None) -> None:
        run = run_of(
            "general-journal",
            parameters={"effective_from": "2000-01-01", "effective_until": "2100-01-01"},
        )
        row = next(row for row in rows_of(run) if row[3] and row[3].startswith("S-"))
        entry, settlement = str(row[1]), str(row[3])
        links = (
            f'<a class="mono" href="{reverse("entry", args=[int(entry.removeprefix("E-"))])}">{entry}</a>',
            f'<a class="mono" href="{reverse("settlement", args=[settlement])}">{settlement}</a>',
        )
        pages = [reverse("report-run", args=[str(run)])]
        seen = ""
        while pages and not all(link in seen for link in links):
            page = browser("accountant").get(pages.pop()).content.decode()
            seen += page
            pages += [
                reverse("report-run", args=[str(run)]) + html.unescape(n)
                for n in re.findall(r'rel="next" href="([^"#]+)', page)
            ]
        assert all(link in seen for link in links)

    def test_only_days_are_proposed(self) -> None:
        page = browser("accountant").get(reverse("reports")).content.decode()
        (client,) = re.findall(r'<input id="client-report-client"[^>]*>', page)
        (since,) = re.findall(r'<input id="client-report-kept_from"[^>]*>', page)
        assert ("value=" in client, "required" in client) == (False, True)
        assert re.search(r'value="\d{4}-\d\d-01"', since)

    def test_what_is_wrong_stays_on_the_page(self) -> None:
        accountant = browser("accountant")
        answer = accountant.post(
            reverse("report-ask", args=["settled-deals"]), {"settled_from": "soon"}, follow=True
        )
        assert b"/parameters/settled_from" in answer.content
        assert b'role="alert"' in answer.content
        assert not ReportRun.objects.exists()

    def test_a_moment_typed_on_a_page_is_of_the_desks_clock(self, day_at_work: None) -> None:
        run = positions_of_today()
        assert run.known_at is not None
        local = timezone.localtime(run.known_at, FIRM_ZONE).strftime("%Y-%m-%dT%H:%M:%S.%f")
        typed = {"business_date": run.parameters["business_date"], "known_at": local}
        browser("accountant").post(reverse("report-ask", args=[run.report]), typed)
        again = ReportRun.objects.latest("pk")
        assert (again.watermark, again.horizon) == (run.watermark, run.horizon)


class TestRows:
    def test_pages_follow_each_other_through_every_row_of_a_table(self, day_at_work: None) -> None:
        run = positions_of_today()
        accountant = browser("accountant")
        expected = [row for row in rows_of(run) if row[0] == "positions"]
        assert len(expected) > SHOWN_ROWS
        address, seen = "?table=positions", 0
        places = [address]
        while address:
            (table,) = accountant.get(reverse("report-run", args=[run]) + address).context["tables"]
            assert len(table.rows) <= SHOWN_ROWS
            assert [line[0] for line in table.rows] == [
                row[1] for row in expected[seen : seen + SHOWN_ROWS]
            ]
            seen += len(table.rows)
            address = table.after
            places.append(address)
        assert seen == len(expected)
        (last,) = accountant.get(reverse("report-run", args=[run]) + places[-2]).context["tables"]
        (first,) = accountant.get(reverse("report-run", args=[run]) + last.before).context["tables"]
        assert first.before == ""

    def test_a_place_where_no_row_begins_is_not_there(self, day_at_work: None) -> None:
        run = positions_of_today()
        address = reverse("report-run", args=[run])
        for place in ("1", "999999999", "0"):  # inside a row, behind the end, in another table
            answer = browser("accountant").get(f"{address}?table=positions&from={place}")
            assert answer.status_code == 404

    def test_a_page_costs_the_same_however_long_the_file_is(self, tmp_path: Path) -> None:
        short, long = tmp_path / "short", tmp_path / "long"
        row = b'["cash","RUS"]\n'
        short.write_bytes(row * 100)
        long.write_bytes(row * 1_000_000)
        assert (
            page_of_rows(long, start=len(row) * 999_990, stop=len(row) * 1_000_000, size=50).after
            is None
        )
        for path, rows in ((short, 100), (long, 1_000_000)):
            page = page_of_rows(path, start=len(row) * 60, stop=len(row) * rows, size=10)
            assert (page.before, page.after) == (len(row) * 50, len(row) * 70)
        with pytest.raises(NotFound):
            page_of_rows(long, start=7, stop=len(row) * 1_000_000, size=10)

    def test_the_page_asks_few_questions(self, day_at_work: None) -> None:
        run = positions_of_today()
        accountant = browser("accountant")
        accountant.get(reverse("report-run", args=[run]))
        with questions() as captured:
            accountant.get(reverse("report-run", args=[run]))
        assert len(captured) <= 25

    def test_names_are_the_readers_and_money_has_a_true_minus(self, day_at_work: None) -> None:
        run = positions_of_today()
        pages = {
            language: browser("accountant", language).get(reverse("report-run", args=[run])).content.decode()
            for language in ("en", "ru")
        }  # fmt: skip
        assert "Sever Securities" in pages["en"]
        assert "ООО «Север Брокер»" in pages["ru"]
        assert re.search(r">\u2212\d", pages["en"])
        assert not re.search(r">-\d", pages["en"])

    def test_a_changed_file_is_not_shown(self, day_at_work: None) -> None:
        run = positions_of_today()
        path = stored_path(run)
        path.write_bytes(path.read_bytes() + b'["cash"]\n')
        answer = browser("accountant").get(reverse("report-run", args=[run]))
        assert b'role="alert"' in answer.content
        assert answer.context["tables"] == []


class TestAdministration:
    def test_runs_are_shown_with_their_files_and_never_changed(self, day_at_work: None) -> None:
        run = run_of("settled-deals", parameters=ALWAYS)
        auditor = browser("auditor")
        shown = auditor.get(reverse("admin:reporting_reportrun_changelist")).content.decode()
        for file_format in FORMATS:
            address = reverse("admin:reporting_reportrun_file", args=[run, file_format])
            assert address in shown
            assert read_bytes(auditor.get(address))
        taken = Event.objects.filter(kind="reportrun.download", subject_id=run.pk)
        assert {event.actor.username for event in taken if event.actor} == {"auditor"}
        one = reverse("admin:reporting_reportrun_change", args=[run.pk])
        assert run.sha256 in auditor.get(one).content.decode()
        assert auditor.post(one, {"sha256": "x"}).status_code == 403

    def test_files_are_for_those_who_may_see_the_run(self, day_at_work: None) -> None:
        run = run_of("settled-deals", parameters=ALWAYS)
        address = reverse("admin:reporting_reportrun_file", args=[run, "csv"])
        dealer = User.objects.get(username="dealer")
        User.objects.filter(pk=dealer.pk).update(is_staff=True)
        assert browser("dealer").get(address).status_code == 403
        assert browser("accountant").get(address).status_code == 302  # no member of the staff
        auditor = User.objects.get(username="auditor")
        BookScope.objects.create(user=auditor, entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        assert browser("auditor").get(address).status_code == 404
        shown: Any = browser("auditor").get(reverse("admin:reporting_reportrun_changelist"))
        assert str(run) not in shown.content.decode()
