"""Lists of what others send for a month, with the form by which a file of it is brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import Serializer

from backoffice.desk.base import tell_refusal
from backoffice.desk.lists import ListView
from backoffice.desk.tables import Column
from backoffice.kernel.errors import Invalid, Refusal
from refdata.scopes import entities_seen_by

# By whom, when and by which document a month was told.
BROUGHT = (
    Column(_("Month"), "month", "month"),
    Column(_("Document"), "document", "code"),
    Column(_("Entity"), "entity", "name"),
    Column(_("Brought by"), "received_by.username"),
    Column(_("Received"), "received_at", "moment"),
)


class BringList(ListView):
    """Such a list, and its form: what was taken is shown at once, what was refused is told above the list.

    `members` are typed beside the month, as `Input` takes them; `shows` is the page of what came of it.
    """

    members: ClassVar[Sequence[str]]
    Input: ClassVar[type[Serializer[Any]]]
    incomplete: ClassVar[type[Invalid]]
    received: ClassVar[Callable[..., tuple[Any, bool]]]
    shows: ClassVar[str]

    def contents(self, raw: bytes, told: dict[str, Any]) -> dict[str, Any]:
        """What is in the file, as `received` takes it. Raises Refusal."""
        return {"csv": raw.decode("utf-8-sig", "replace").replace("\x00", "")}

    def more(self) -> dict[str, Any]:
        return {
            "may_receive": self.user.has_perm(self.sending), "entities": entities_seen_by(self.user),
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        raw = file.read() if isinstance(file, UploadedFile) else b""
        month = month_of(request.POST.get("month", ""))
        typed = {name: request.POST.get(name, "") for name in self.members}
        given = self.Input(data={**typed, "month": month.isoformat() if month else ""})
        try:
            if not given.is_valid() or not raw:
                raise self.incomplete(members=", ".join(given.errors) or "file")
            told = dict(given.validated_data)
            row, _new = type(self).received(told | self.contents(raw, told), actor=self.user)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(reverse(self.shows, args=[str(row)]))


def month_of(text: str) -> date | None:
    """The first day of a month as a browser sends it, `2026-11`."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None
