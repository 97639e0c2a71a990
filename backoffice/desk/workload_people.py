"""Who works when and who is away: the page on which both are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.roles import ROLES
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.workload_words import WEEKDAYS
from backoffice.kernel.errors import Refusal
from backoffice.work import rosters_api as api
from backoffice.workflow.workload import selectors, services
from backoffice.workflow.workload.state import AbsenceKind
from refdata.firm_days import firm_day

KEEP = "workflow.keep_roster"
USUAL_HOURS = ("8", "8", "8", "8", "8", "0", "0")
USUAL_START = time(9)


class People(Page):
    permission = KEEP
    template_name = "backoffice/people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = firm_day(timezone.now())
        return {
            "rosters": selectors.rosters(), "absences": selectors.absences(since=today),
            "weekdays": WEEKDAYS, "usual": list(zip(WEEKDAYS, USUAL_HOURS, strict=True)),
            "starts": USUAL_START.strftime("%H:%M"), "first": today, "queues": list(ROLES),
            "kinds": AbsenceKind.choices,
            "people": User.objects.filter(is_active=True).order_by("username"),
        }  # fmt: skip


class _Form(PermissionRequired, View):
    """A form of the page: what was typed is read as the API reads it, and back we go."""

    permission = KEEP

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        try:
            self.take(request, request.user)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("workload-people"))

    def take(self, request: HttpRequest, actor: User) -> None:
        raise NotImplementedError

    def read(
        self, request: HttpRequest, reader: Callable[..., Any], typed: dict[str, Any]
    ) -> dict[str, Any] | None:
        given = reader(data=typed)
        if given.is_valid():
            return dict(given.validated_data)
        for name, errors in given.errors.items():
            messages.error(request, f"{name}: {' '.join(map(str, errors))}")
        return None


class KeepRoster(_Form):
    def take(self, request: HttpRequest, actor: User) -> None:
        names = ("user", "queue", "starts", "valid_from")
        typed = {name: request.POST.get(name, "") for name in names}
        hours = [each.replace(",", ".") or "0" for each in request.POST.getlist("hours")]
        values = self.read(request, api.Rosters.Input, typed | {"hours": hours})
        if values is not None:
            values["user"] = api.person(values["user"])
            services.keep_roster(actor=actor, at=timezone.now(), **values)
            messages.success(request, gettext("Kept."))


class NoteAbsence(_Form):
    def take(self, request: HttpRequest, actor: User) -> None:
        names = ("user", "kind", "first_date", "last_date")
        typed = {name: request.POST.get(name, "") for name in names}
        values = self.read(request, api.Absences.Input, typed)
        if values is not None:
            values["user"] = api.person(values["user"])
            services.note_absence(actor=actor, at=timezone.now(), **values)
            messages.success(request, gettext("Noted."))


class TakeBack(_Form):
    def take(self, request: HttpRequest, actor: User) -> None:
        id = selectors.absence_id_of(request.POST.get("absence", ""))
        services.take_back_absence(id=id, actor=actor, at=timezone.now())
        messages.success(request, gettext("Taken back."))
