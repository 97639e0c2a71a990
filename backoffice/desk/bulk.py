"""A step for many on a page: what will happen and who is refused, then the step itself."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.generic import View

from backoffice import bulk_steps
from backoffice.access.idempotency import once
from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.problems import translated
from backoffice.desk.base import STEP_TITLES, tell_refusal
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Refusal
from backoffice.kernel.money import Money
from refdata.selectors import money_document

TOLD = 100  # refused rows that are shown one by one
NOT_FILTERS = ("before", "cols", "view", "export")


@dataclass(frozen=True, slots=True)
class Button:
    """A step that can be taken on the rows that are chosen in a list."""

    title: Any
    url: str


def buttons(subject: str, actions: Sequence[str], user: User) -> list[Button]:
    """The steps for many of a list that this person may take at all."""
    if not subject:
        return []
    known = bulk_steps.SUBJECTS[subject].actions
    return [
        Button(STEP_TITLES[name], reverse("bulk-step", args=[subject, name]))
        for name in actions
        if user.has_perm(known[name].permission)
    ]


class BulkStep(PermissionRequired, View):
    """Preview, and run what the preview said; what has changed in between is previewed again."""

    request: HttpRequest

    @property
    def permission(self) -> str:  # type: ignore[override]
        subject = bulk_steps.SUBJECTS.get(self.kwargs["subject"])
        action = subject.actions.get(self.kwargs["action"]) if subject else None
        return action.permission if action else ""

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def post(self, request: HttpRequest, subject: str, action: str) -> HttpResponse:
        if subject not in bulk_steps.SUBJECTS:
            raise Http404
        wanted = self.wanted(bulk_steps.SUBJECTS[subject], action)
        try:
            if "count" in request.POST:
                return self.run(wanted)
            return self.preview(wanted)
        except bulk_steps.SelectionChanged as refusal:
            tell_refusal(request, refusal)
            return self.preview(wanted)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(self.back())

    def wanted(self, subject: bulk_steps.Subject, action: str) -> dict[str, Any]:
        """The selection: rows that were ticked, or all that the list's filters fit."""
        post = self.request.POST
        filters = None
        if post.get("everything"):
            query = QueryDict(post.get("query", ""))
            filters = {k: v for k, v in query.dict().items() if k not in NOT_FILTERS}
        return {
            "subject": subject, "action": action, "filters": filters,
            "references": None if filters is not None else post.getlist("reference"),
            "reason": post.get("reason", "")[:500], "actor": self.user, "at": timezone.now(),
        }  # fmt: skip

    def back(self) -> str:
        back = self.request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={self.request.get_host()})
        return back if safe else reverse("home")

    def preview(self, wanted: dict[str, Any]) -> HttpResponse:
        taken = bulk_steps.preview_step(**wanted)
        subject = taken.subject
        context = {
            "taken": taken,
            "title": STEP_TITLES[taken.action],
            "asks": subject.actions[taken.action].takes,
            "reason": wanted["reason"],
            "reasons": _by_reason(taken),
            "references": wanted["references"] or (),
            "everything": wanted["filters"] is not None,
            "query": self.request.POST.get("query", ""),
            "sums": json.dumps([money_document(money) for money in taken.sums]),
            "next": self.back(),
            "key": secrets.token_hex(16),
        }
        return render(self.request, "desk/bulk.html", context)

    def run(self, wanted: dict[str, Any]) -> HttpResponse:
        """Once per key, however often the form is sent."""
        post = self.request.POST
        expected = _expected(post)
        digest = hashlib.sha256(post.urlencode().encode()).digest()

        def work() -> HttpResponse:
            taken = bulk_steps.run_step(expected=expected, **wanted)
            self.tell(taken)
            return HttpResponseRedirect(self.back())

        return once(self.user, f"page:{post.get('key', '')[:64]}", digest, work)

    def tell(self, taken: bulk_steps.Taken) -> None:
        done = ngettext(
            "%(step)s: %(count)s row.", "%(step)s: %(count)s rows.", taken.count
        ) % {"step": STEP_TITLES[taken.action], "count": taken.count}  # fmt: skip
        refused = len(taken.refused)
        hint = ngettext("%(n)s was refused.", "%(n)s were refused.", refused) % {"n": refused}
        made = taken.made.get("reference", "")
        messages.success(self.request, f"{done} {made}".strip(), extra_tags=hint if refused else "")


def _expected(post: QueryDict) -> tuple[int, list[Money]]:
    """What the preview said, as the form brings it back. Raises BadSelection for anything else."""
    try:
        sums = [
            Money(parse(m["amount"], scale=4), m["currency"]) for m in json.loads(str(post["sums"]))
        ]
        return int(str(post["count"])), sums
    except (ValueError, KeyError, TypeError):
        raise bulk_steps.BadSelection() from None


def _by_reason(taken: bulk_steps.Taken) -> list[dict[str, Any]]:
    """Those who are refused, by why: the reason, what to do, and which rows."""
    found: dict[str, dict[str, Any]] = {}
    for reference, refusal in taken.refused.items():
        detail = translated(refusal.detail, refusal.facts) or gettext(refusal.title)
        group = found.setdefault(
            refusal.code,
            {"title": translated(refusal.title, refusal.facts), "detail": detail,
             "hint": translated(refusal.hint, refusal.facts), "references": [], "count": 0},
        )  # fmt: skip
        group["count"] += 1
        if len(group["references"]) < TOLD:
            group["references"].append(reference)
    return list(found.values())
