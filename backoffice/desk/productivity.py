"""What people got done: one's own page, the sheet of a week, whose sheets are ready, and teams without names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import SIGNED_IN, PermissionRequired
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.charts import Banded, BandPicture, banded
from backoffice.desk.exports import csv_file, xlsx_file
from backoffice.desk.productivity_words import (
    OWN_FILE,
    SHEET_FILE,
    TEAM_FILE,
    kind_words,
    lasted,
    percent,
    why_reopened,
)
from backoffice.desk.tables import Column
from backoffice.desk.words import ITEM_TITLES
from backoffice.desk.workload_words import written
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.templatetags import desk
from backoffice.templatetags.charts import without_year
from backoffice.work import productivity
from backoffice.work.productivity import EARLIEST, LATEST, SEES_OTHERS, TEAM_WEEKS, Seen
from backoffice.workflow.sheets.rules import WEEK
from refdata.firm_days import firm_day
from reporting.productivity.counting import MOST_ITEMS, Counted, Line, Productivity, week_of

VIEW_TEAMS = "workflow.view_productivity"


class Told(NamedTuple):
    """A line as its reader sees it."""

    title: Any
    kind: str
    people: int
    done: str
    reopened: str
    quality: str
    in_time: str
    due: str
    age: str
    oldest: str
    handling: str
    handled: str


class ItemTold(NamedTuple):
    """An item that is counted."""

    item: Counted
    title: Any
    age: str
    handling: str
    why: str

    @property
    def reference(self) -> str:
        return f"WI-{self.item.id}"


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures and lines of one person or team."""

    name: str
    done: BandPicture
    in_time: BandPicture
    lines: Sequence[Told]
    whole: Told


def told(line: Line, title: Any = "") -> Told:
    return Told(
        title or kind_words(line.kind), line.kind or "", line.people, written(line.done), written(line.reopened),
        percent(line.quality, 1), percent(line.in_time), written(line.due), lasted(line.age), lasted(line.oldest),
        lasted(line.handling), written(line.handled),
    )  # fmt: skip


def part(name: str, found: Productivity) -> Part | None:
    """Nothing where nothing was done."""
    if found.whole is None:
        return None
    return Part(
        name,
        banded([_bar(each, each.done, each.reopened or None) for each in found.days]),
        banded(
            [
                _bar(each, int(100 * each.in_time), None)
                for each in found.days
                if each.in_time is not None
            ]
        ),
        [told(each) for each in found.kinds],
        told(found.whole, gettext("All")),
    )


def _bar(line: Line, number: int, mark: int | None) -> Banded:
    assert line.day is not None
    under = without_year(desk.day(line.day))
    return Banded(under, written(number), number, number, number, mark)


def items_told(items: Sequence[Counted]) -> list[ItemTold]:
    return [
        ItemTold(each, kind_words(each.kind), lasted(each.age), lasted(each.seconds), why_reopened(each))
        for each in items
    ]  # fmt: skip


class Counts(Page):
    """A page of counts: its period from the address, and a file of what it shows."""

    template_name = "backoffice/productivity.html"
    file_name = "productivity"
    columns: Sequence[Column] = OWN_FILE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.GET.get("export"):
                return self.export(request.GET["export"])  # type: ignore[return-value]
            return super().get(request, *args, **kwargs)
        except Refusal as refusal:
            if isinstance(refusal, NotFound):
                raise
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse(self.back()))

    def back(self) -> str:
        """Where a refusal is told."""
        return "productivity"

    def lines(self) -> Sequence[Line]:
        raise NotImplementedError

    def export(self, file_format: str) -> HttpResponseBase:
        lines = self.lines()

        def fetch(before: int | None, limit: int) -> Sequence[Line]:
            return [] if before else lines  # a few dozen: one page, whose lines need no key

        if file_format == "xlsx":
            return xlsx_file(self.file_name, gettext("Productivity"), self.columns, fetch, hash)
        return csv_file(self.file_name, self.columns, fetch, hash)

    def day(self, name: str, otherwise: date) -> date:
        """A day of the address; what is none, or none of ours, is as if it were not said."""
        try:
            day = date.fromisoformat(self.request.GET.get(name, ""))
        except ValueError:
            return otherwise
        return day if EARLIEST <= day <= LATEST else otherwise

    def files(self) -> dict[str, str]:
        """The addresses of what is shown as files."""
        query = {name: value for name, value in self.request.GET.items() if name != "export"}
        return {
            each: f"{self.request.path}?{urlencode(query | {'export': each})}" for each in ("csv", "xlsx")
        }  # fmt: skip


class OwnProductivity(Counts):
    """Down to this minute, for the person alone."""

    permission = SIGNED_IN

    def seen(self, at: datetime) -> Seen:
        last = self.day("until", firm_day(at))
        first = self.day("since", week_of(last))
        kind = self.request.GET.get("kind", "")[:40]
        return productivity.own(self.user, first=first, last=last, kind=kind)

    def back(self) -> str:
        return "home" if self.request.GET.keys() <= {"export"} else "productivity"

    def lines(self) -> Sequence[Line]:
        return self.seen(timezone.now()).counted.kinds

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = timezone.now()
        weeks = productivity.weeks_of([self.user], productivity.last_weeks(at), at=at)
        return shown(self.seen(at), self.request.GET) | {
            "own": True,
            "weeks": weeks,
            "files": self.files(),
        }


class WeekSheet(Counts):
    """A week that is over: to open one's own and to look at another's are both kept."""

    permission = SIGNED_IN
    file_name = "productivity-week"

    def sheet(self) -> productivity.SheetOfWeek:
        at = timezone.now()
        week = self.day("week", productivity.last_weeks(at)[0])
        kind = self.request.GET.get("kind", "")[:40]
        return productivity.sheet_of(
            self.person(), week=week, kind=kind, viewer=self.user, at=at
        )  # fmt: skip

    def person(self) -> User:
        """Raises NotFound."""
        name = self.request.GET.get("user", "")
        if not name or name == self.user.username:
            return self.user
        found = (
            User.objects.filter(username=name, is_active=True).first() if "\0" not in name else None
        )
        if found is None:
            raise NotFound(what="person", reference=name)
        return found

    def lines(self) -> Sequence[Line]:
        seen = self.sheet().seen
        self.columns = OWN_FILE if seen.person == self.user else SHEET_FILE
        return seen.counted.kinds

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheet = self.sheet()
        return shown(sheet.seen, self.request.GET) | {
            "sheet": sheet, "own": sheet.seen.person == self.user, "files": self.files(),
        }  # fmt: skip


def shown(seen: Seen, query: QueryDict) -> dict[str, Any]:
    """What both pages of a person have; `kinds` are those that can be chosen."""
    done = [each.kind for each in seen.counted.kinds if each.kind]
    kinds = {*done, seen.asked.kind} - {""}
    asked = {name: value for name, value in query.items() if name not in ("kind", "export")}
    address = f"?{urlencode(asked)}&" if asked else "?"
    return {
        "person": seen.person, "since": seen.asked.first, "until": seen.asked.last, "kind": seen.asked.kind,
        "part": part(seen.person.username, seen.counted), "items": items_told(seen.items),
        "most": MOST_ITEMS, "address": address, "terms": productivity.terms_on(seen.asked.last),
        "kinds": sorted((each, ITEM_TITLES.get(each, each)) for each in kinds),
    }  # fmt: skip


class Sheets(Page):
    """Whose week can be seen by now; the list shows no number."""

    permission = SEES_OTHERS
    template_name = "backoffice/sheets.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = timezone.now()
        weeks = productivity.last_weeks(at)
        typed = self.request.GET.get("week", "")
        asked = next((each for each in weeks if each.isoformat() == typed), weeks[0])
        people = productivity.colleagues()
        return {
            "weeks": weeks, "week": asked, "rows": productivity.weeks_of(people, [asked], at=at)
        }  # fmt: skip


class Teams(Counts):
    """Teams in whole weeks, without names."""

    permission = VIEW_TEAMS
    template_name = "backoffice/teams.html"
    file_name = "productivity-teams"
    columns = TEAM_FILE

    def period(self) -> tuple[date, date]:
        last = self.day("until", firm_day(timezone.now()))
        return self.day("since", last - WEEK * TEAM_WEEKS), last

    def back(self) -> str:
        return "productivity-teams" if self.request.GET else "productivity"

    def lines(self) -> Sequence[Line]:
        first, last = self.period()
        return [
            line
            for found in productivity.teams(first=first, last=last).values()
            for line in found.kinds
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        first, last = self.period()
        found = productivity.teams(first=first, last=last)
        parts = [part(queue, each) for queue, each in found.items()]
        return {
            "parts": [each for each in parts if each], "since": week_of(first),
            "until": week_of(last) + WEEK - timedelta(days=1), "files": self.files(),
        }  # fmt: skip


class CommentOnWeek(PermissionRequired, View):
    """Said beside the numbers, for whoever sees the week."""

    permission = SIGNED_IN

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        at, text = timezone.now(), request.POST.get("text", "")
        try:
            week = date.fromisoformat(request.POST.get("week", ""))
        except ValueError:
            week = week_of(firm_day(at))
        try:
            productivity.comment_on_week(week=week, text=text, actor=request.user, at=at)
            messages.success(request, gettext("Kept."))
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("productivity"))
        return HttpResponseRedirect(f"{reverse('productivity-sheet')}?week={week.isoformat()}")
