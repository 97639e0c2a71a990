"""Who sees what a person got done: the person first, who leads after them, nobody else; every look is kept."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.desk.frame import forget_frames
from backoffice.events.models import Event
from backoffice.work import productivity
from backoffice.work.productivity import NotYours, WrongPeriod, free_from, sheet_of
from backoffice.workflow.handling import claim_items
from backoffice.workflow.services import close_items
from backoffice.workflow.sheets.models import Sheet
from backoffice.workflow.sheets.rules import may_look
from backoffice.workflow.sheets.services import CommentEmpty, SeenByItsPersonFirst, WeekNotOver
from refdata.firm_days import FIRM_ZONE, firm_day
from reporting.productivity.counting import begin_of, week_of
from tests.work.working import an_item, worker

WEEK = date(2026, 11, 16)  # Monday to Sunday, over on the 23rd; free on Wednesday the 25th
MONDAY, LAST_MOMENT, FREE = (
    datetime(2026, 11, day, hour, minute, tzinfo=FIRM_ZONE)
    for day, hour, minute in ((23, 9, 0), (24, 23, 59), (25, 0, 0))
)


@pytest.fixture
def anna() -> User:
    return worker("anna", "clerk")


@pytest.fixture
def head() -> User:
    return User.objects.get(username="manager")


def done(who: User, *, on: date = WEEK, kind: str = "failing", minutes: int = 10) -> str:
    item = an_item(kind, opened_at=begin_of(on) + timedelta(hours=10))
    at = item.opened_at + timedelta(hours=1)
    claim_items(ids=[item.pk], actor=who, at=at)
    close_items(
        subject_type="settlement", subject_ids=[item.subject_id], kinds=[kind],
        at=at + timedelta(minutes=minutes),
    )  # fmt: skip
    return f"WI-{item.pk}"


def looks(person: User) -> list[tuple[str, str]]:
    rows = Event.objects.filter(subject_type="user", subject_id=person.pk).order_by("id")
    return [(row.kind, row.actor.username if row.actor else "") for row in rows]


def browser(person: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("today", "opened", "free_on", "seen"),
    [
        (date(2026, 11, 22), True, date(2026, 11, 25), False),  # a Sunday: not over
        (date(2026, 11, 23), False, date(2026, 11, 25), False),
        (date(2026, 11, 23), True, date(2026, 11, 25), True),
        (date(2026, 11, 24), False, date(2026, 11, 25), False),
        (date(2026, 11, 25), False, date(2026, 11, 25), True),
        (date(2026, 11, 20), False, date(2026, 11, 18), False),
    ],
)
def test_who_leads_may_look_after_its_person(
    today: date, opened: bool, free_on: date, seen: bool
) -> None:
    assert may_look(week=WEEK, today=today, opened=opened, free_on=free_on) is seen


@pytest.mark.django_db
class TestSheetOf:
    def test_who_leads_sees_it_after_its_person(self, anna: User, head: User) -> None:
        done(anna)
        with pytest.raises(SeenByItsPersonFirst) as refused:
            sheet_of(anna, week=WEEK, viewer=head, at=MONDAY)
        assert refused.value.facts["free_on"] == "2026-11-25"
        assert looks(anna) == [], "a look that showed nothing is none"

        sheet_of(anna, week=WEEK, viewer=anna, at=MONDAY)
        found = sheet_of(anna, week=WEEK, viewer=head, at=MONDAY)

        assert found.seen.counted.whole
        assert found.seen.counted.whole.done == 1
        assert looks(anna) == [("sheet.open", "anna"), ("sheet.look", "manager")]

    def test_who_does_not_open_it_in_time_is_not_waited_for(self, anna: User, head: User) -> None:
        assert free_from(WEEK) == FREE.date()
        with pytest.raises(SeenByItsPersonFirst):
            sheet_of(anna, week=WEEK, viewer=head, at=LAST_MOMENT)
        sheet_of(anna, week=WEEK, viewer=head, at=FREE)
        assert not Sheet.objects.exists(), "the look of another opens nothing"

    def test_one_week_opens_no_other(self, anna: User, head: User) -> None:
        week = timedelta(days=7)
        sheet_of(anna, week=WEEK, viewer=anna, at=MONDAY + week)
        with pytest.raises(SeenByItsPersonFirst):
            sheet_of(anna, week=WEEK + week, viewer=head, at=MONDAY + week)

    def test_a_week_that_goes_on_is_its_person_s_alone(self, anna: User, head: User) -> None:
        sunday = MONDAY - timedelta(days=1)
        with pytest.raises(WeekNotOver):
            sheet_of(anna, week=WEEK, viewer=anna, at=sunday)
        with pytest.raises(SeenByItsPersonFirst):
            sheet_of(anna, week=WEEK, viewer=head, at=sunday)

    @pytest.mark.parametrize("name", ["clerk", "checker", "auditor", "admin", "accountant"])
    def test_nobody_else_sees_it(self, anna: User, name: str) -> None:
        sheet_of(anna, week=WEEK, viewer=anna, at=MONDAY)
        with pytest.raises(NotYours):
            sheet_of(anna, week=WEEK, viewer=User.objects.get(username=name), at=FREE)
        assert looks(anna) == [("sheet.open", "anna")]

    def test_how_long_it_was_in_hand_only_its_person_sees(self, anna: User, head: User) -> None:
        for _ in range(5):
            done(anna)
        mine = sheet_of(anna, week=WEEK, viewer=anna, at=MONDAY).seen
        theirs = sheet_of(anna, week=WEEK, viewer=head, at=MONDAY).seen
        assert mine.counted.whole
        assert mine.counted.whole.handling == 600
        assert [each.seconds for each in mine.items] == [600] * 5
        lines = [theirs.counted.whole, *theirs.counted.kinds, *theirs.counted.days]
        assert [(each.handled, each.handling) for each in lines if each] == [(0, None)] * 3
        assert [each.seconds for each in theirs.items] == [None] * 5

    def test_what_its_person_says_stands_beside(self, anna: User, head: User) -> None:
        productivity.comment_on_week(week=WEEK, text=" two days ill ", actor=anna, at=MONDAY)
        found = sheet_of(anna, week=WEEK, viewer=head, at=MONDAY)
        assert [each.text for each in found.comments] == ["two days ill"]
        assert [each.who for each in found.looks] == ["manager"]
        told = Event.objects.get(kind="sheet.comment")
        assert (told.reason, told.facts) == ("", {"week": "2026-11-16"})
        with pytest.raises(CommentEmpty):
            productivity.comment_on_week(week=WEEK, text="  ", actor=anna, at=MONDAY)

    def test_a_year_is_the_longest_period(self, anna: User) -> None:
        for last in (WEEK - timedelta(days=1), WEEK + timedelta(days=372)):
            with pytest.raises(WrongPeriod):
                productivity.own(anna, first=WEEK, last=last)


@pytest.mark.django_db
class TestPages:
    def last(self) -> date:
        return week_of(firm_day(timezone.now())) - timedelta(days=7)

    def test_one_s_own_page_counts_and_opens_what_it_counts(self, anna: User) -> None:
        boris, last = worker("boris", "clerk"), self.last()
        mine = [done(anna, on=last), done(anna, on=last, kind="repair")]
        done(boris, on=last)
        page = browser(anna).get(f"/productivity/?since={last}&until={last}")
        assert page.context["part"].whole.done == "2"
        assert {row.reference for row in page.context["items"]} == set(mine)
        page = browser(anna).get(f"/productivity/?since={last}&until={last}&kind=repair")
        assert [row.reference for row in page.context["items"]] == mine[1:]

    def test_who_leads_is_told_when_and_then_sees(self, anna: User, head: User) -> None:
        last = self.last()
        done(anna, on=last)
        monday = firm_day(timezone.now())
        ready = monday >= free_from(last)
        page = browser(head).get(f"/productivity/sheet/?user=anna&week={last}")
        assert page.status_code == (200 if ready else 302)
        page = browser(anna).get(f"/productivity/sheet/?week={last}")
        assert page.context["own"]
        assert page.context["part"].whole.handled == "1"

        rows = browser(head).get(f"/productivity/people/?week={last}").context["rows"]
        page = browser(head).get(f"/productivity/sheet/?user=anna&week={last}")

        assert {row.person.username: (row.opened, row.ready) for row in rows}["anna"] == (
            True,
            True,
        )
        assert page.context["part"].whole.done == "1"
        assert "In hand" not in page.content.decode()
        assert b"manager" in browser(anna).get(f"/productivity/sheet/?week={last}").content

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "no day"])
    def test_a_day_that_is_none_of_ours_breaks_no_page(self, head: User, day: str) -> None:
        client = browser(head)
        for page in ("", "sheet/", "people/", "teams/"):
            asked = f"/productivity/{page}?since={day}&until={day}&week={day}"
            assert client.get(asked, follow=True).status_code == 200
        answer = client.post("/productivity/comment/", {"week": day, "text": "x"}, follow=True)
        assert answer.status_code == 200

    def test_nobody_else_is_shown_it(self, anna: User) -> None:
        last = self.last()
        done(anna, on=last)
        page = browser(worker("boris", "clerk")).get(
            f"/productivity/sheet/?user=anna&week={last}", follow=True
        )
        assert "seen by that person, and by those who lead" in page.content.decode()
        assert page.context["person"].username == "boris"
        assert browser(anna).get("/productivity/sheet/?user=nobody").status_code == 404

    @pytest.mark.parametrize("role", list(ROLES))
    def test_everybody_has_a_page_of_their_own(self, role: str) -> None:
        client, last = browser(worker("somebody", role)), self.last()
        for address in ("/productivity/", f"/productivity/sheet/?week={last}"):
            assert client.get(address).context["own"] is True

    def test_a_comment_is_kept_and_comes_back_to_its_week(self, anna: User) -> None:
        last = self.last()
        client = browser(anna)
        client.post("/productivity/comment/", {"week": str(last), "text": "ill on Friday"})
        page = client.get(f"/productivity/sheet/?week={last}")
        assert [each.text for each in page.context["sheet"].comments] == ["ill on Friday"]

    def test_teams_are_shown_without_names(self, head: User) -> None:
        last = self.last()
        for n in range(3):
            done(worker(f"clerk-{n}", "clerk"), on=last)
        page = browser(head).get(f"/productivity/teams/?since={last}&until={last}")
        (part,) = page.context["parts"]
        assert (part.name, part.whole.people, part.whole.done) == ("clerk", 3, "3")
        assert b"clerk-0" not in page.content

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_files_hold_what_is_shown(self, anna: User, language: str) -> None:
        last = self.last()
        for _ in range(5):
            done(anna, on=last)
        client = browser(anna, language)
        answer = client.get(f"/productivity/?since={last}&until={last}&export=csv")
        header, row = csv.reader(b"".join(answer).decode("utf-8-sig").splitlines())
        assert len(header) == 10
        assert row[1:] == ["5", "0", "1", "0", "0", "70", "70", "5", "10"]
        answer = client.get(f"/productivity/?since={last}&until={last}&export=xlsx")
        with ZipFile(io.BytesIO(b"".join(answer))) as book:
            assert "xl/worksheets/sheet1.xml" in book.namelist()

    def test_a_file_for_who_leads_has_no_handling(self, anna: User, head: User) -> None:
        last = self.last()
        done(anna, on=last)
        browser(anna).get(f"/productivity/sheet/?week={last}")
        answer = browser(head).get(f"/productivity/sheet/?user=anna&week={last}&export=csv")
        assert "hand" not in b"".join(answer).decode().splitlines()[0]
        assert looks(anna)[-1] == ("sheet.look", "manager"), "a file is a look"

    @pytest.mark.parametrize("address", ["/productivity/", "/productivity/teams/"])
    def test_it_asks_as_much_for_many_as_for_few(self, head: User, address: str) -> None:
        client, counts = browser(head), []
        today = firm_day(timezone.now())
        people = [worker(f"clerk-{n}", "clerk") for n in range(3)]
        for more in (1, 20):
            for who in [*people, head] * more:
                done(who, on=week_of(today))
            client.get(address)
            forget_frames()
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.append(sum("refdata_version" not in each["sql"] for each in asked))
        assert counts[0] == counts[1] < 40


@pytest.mark.usefixtures("own_database")
class TestRest:
    def test_one_s_own_and_the_items_behind_it(self, api: Any) -> None:
        clerk = User.objects.get(username="clerk")
        item = done(clerk)
        found = api("clerk").get(f"/productivity/?since={WEEK}&until={WEEK}&kind=failing").json()
        line = {
            "done": 1, "reopened": 0, "quality": "1.0000", "with_deadline": 0, "in_time": 0, "age": 4200,
            "oldest": 4200, "measured": 1, "handling": None,
        }  # fmt: skip
        assert (found["user"], found["whole"]) == ("clerk", line)
        assert found["kinds"] == [{"kind": "failing", **line}]
        assert found["days"] == [{"day": "2026-11-16", **line}]
        assert [(each["item"], each["handling"]) for each in found["items"]] == [(item, 600)]
        refused = api("clerk").get("/productivity/?since=2026-11-16&until=2026-11-15")
        assert (refused.status_code, refused.json()["code"]) == (422, "wrong-period")

    def test_a_week_by_its_person_first(self, api: Any) -> None:
        clerk, monday = User.objects.get(username="clerk"), week_of(firm_day(timezone.now()))
        last, goes_on = monday - timedelta(days=7), f"/productivity/sheet/?week={monday}"
        done(clerk, on=last)
        sheet = f"/productivity/sheet/?week={last}"
        for caller, address, status, code in (
            ("clerk", goes_on, 409, "week-not-over"),
            ("clerk", "/productivity/sheet/?week=9999-12-31", 422, "wrong-period"),
            ("manager", "/productivity/sheets/?week=0001-01-01", 422, "wrong-period"),
            (
                "manager",
                "/productivity/teams/?since=9999-12-30&until=9999-12-31",
                422,
                "wrong-period",
            ),
            ("clerk", "/productivity/?since=9999-12-30&until=9999-12-31", 422, "wrong-period"),
            ("manager", "/productivity/teams/?until=0001-01-01", 422, "wrong-period"),
            ("clerk", "/productivity/?until=0001-01-01", 422, "wrong-period"),
            ("manager", f"{goes_on}&user=clerk", 403, "seen-by-its-person-first"),
            ("checker", f"{sheet}&user=clerk", 403, "sheet-of-another"),
            ("manager", f"{sheet}&user=nobody", 404, "not-found"),
        ):
            refused = api(caller).get(address)
            assert (refused.status_code, refused.json()["code"]) == (status, code)

        said = api("clerk").post("/productivity/comment/", {"week": str(last), "text": "ill"})
        seen = api("manager").get(f"{sheet}&user=clerk").json()
        rows = api("manager").get(f"/productivity/sheets/?week={last}").json()["results"]

        assert said.status_code == 201
        assert [each["text"] for each in seen["comments"]] == ["ill"]
        assert (seen["whole"]["done"], seen["whole"]["measured"]) == (1, 0)
        assert [each["user"] for each in seen["looks"]] == ["manager"]
        (row,) = (each for each in rows if each["user"] == "clerk")
        assert (row["opened"], row["ready"]) == (True, True)

    def test_teams_without_names(self, api: Any) -> None:
        for n in range(3):
            done(worker(f"clerk-{n}", "clerk"))
        found = api("auditor").get(f"/productivity/teams/?since={WEEK}&until={WEEK}")
        (team,) = found.json()["results"]
        assert (team["team"], team["whole"]["done"]) == ("clerk", 3)
        assert b"clerk-0" not in found.content
        assert api("clerk").get("/productivity/teams/").status_code == 403
