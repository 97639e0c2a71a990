"""What all pages share: lists in pages, steps as buttons, and refusals as messages.

Pages live here, right of every app, because the page of a deal also shows its settlements and entries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.problems import translated
from backoffice.desk.channel_words import STEP_TITLES as CHANNEL_STEPS
from backoffice.desk.seen import SEEN, require_seen
from backoffice.events.retrying import retried
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.lifecycle import Lifecycle
from backoffice.workflow.models import StatefulModel

PAGE_SIZE = 50
COUNTED = 10_000  # beyond it a list says "10,000+": counting must not grow with the table

BACKWARD = frozenset(
    {
        "cancel",
        "reject",
        "decline",
        "hold",
        "withdraw",
        "end",
        "deny_cancel",
        "withdraw_cancel",
        "undo_allocation",
        "reopen",
        "drop",
        "abandon",
        "send_back",
        "take_up",
        "close",
    }
)  # never the step that is proposed

STEP_TITLES = {
    "pause": _("Pause"), "resume": _("Resume"), "claim": _("Take it"),
    "identify": _("Seller identified"), "screen": _("Seller screened"),
    "contract": _("Contract signed"), "order": _("Transfer order accepted"),
    "credit": _("Securities credited"), "act": _("Act signed"), "pay": _("Paid"),
    "ask_advance": _("Ask for paying ahead"), "allow_advance": _("Allow paying ahead"),
    "refuse_advance": _("Refuse paying ahead"),
    "sign": _("Sign"), "ask_disposal": _("Ask for the disposal"), "dispose": _("Take out of the books"),
    "answer": _("Answer"),
    "confirm": _("Confirm"), "approve": _("Approve"), "reject": _("Reject"), "cancel": _("Cancel"),
    "take_step": _("Take the step"),
    "release": _("Release"), "repair": _("Repair"), "match": _("Match"), "hold": _("Hold"), "hand_over": _("Hand over"),
    "unhold": _("Let go"), "revoke": _("Revoke"), "verify": _("Prove"), "accept": _("Accept"),
    "decline": _("Decline"), "withdraw": _("Withdraw"), "explain": _("Explain"),
    "request_undo": _("Ask to undo"), "undo": _("Undo"), "keep": _("Keep it"),
    "dispute": _("Dispute"), "agree": _("Agree"),
    "sign_off": _("Sign off"), "enrich": _("Enrich again"), "restart": _("Restart"), "end": _("End"),
    "dismiss": _("It is another deal"),
    "allocate": _("Allocate"), "amend": _("Amend"), "agree_cancel": _("Record that they agree"),
    "approve_cancel": _("Approve the cancellation"), "deny_cancel": _("Record that they refuse"),
    "withdraw_cancel": _("Take the request back"), "reinstruct": _("Instruct the rest anew"),
    "reverse": _("Reverse by the venue's report"),
    "substitute": _("Substitute collateral"), "close_early": _("Close early"),
    "undo_allocation": _("Take the allocation back"), "group": _("Group into a block"),
    "own": _("Take over"), "chase": _("Ask, and look again"), "propose": _("Propose"),
    "book": _("Book"), "appeal": _("Appeal"), "win": _("The place agrees with us"),
    "cross": _("Cross in our books"), "reopen": _("Undo the set"),
    "ask_reopen": _("Ask to open it again"), "approve_reopen": _("Open it again"),
    "decline_reopen": _("Leave it closed"),
    **CHANNEL_STEPS,
    "issue": _("Issue"), "drop": _("Drop"), "notify": _("Notify the counterparty"), "execute": _("Record the purchase"),
    "compensate": _("Book the difference"), "abandon": _("Abandon"), "give_back": _("Give it back"),
    "submit": _("Submit"), "send_back": _("Send back"), "take_up": _("Take it up again"),
    "close": _("Close the file"),
    "choose": _("Record the choice"), "instruct": _("Instruct the place"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepButton:
    """A legal step that this person may take; one that `leads` opens a page of its own first."""

    action: str
    url: str
    primary: bool = False
    asks_reason: bool = False
    choices: Sequence[tuple[str, Any]] = ()  # of how it is done, where there are several ways
    leads: bool = False
    seen: str = ""  # the entity tag of what the step would be taken on

    @property
    def title(self) -> Any:
        return STEP_TITLES.get(self.action, self.action)


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, newest first, with the addresses around it and the count of all."""

    rows: Sequence[Any]
    count: str
    next: str
    newest: str


class Page(PermissionRequired, TemplateView):
    """A page that somebody may open: `permission` and `template_name`, closed without the first."""

    request: HttpRequest

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None

    def number(self, name: str) -> int | None:
        """A number in the address; None for anything that is none."""
        text = self.request.GET.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    def page_of(self, rows: QuerySet[Any], key: str = "pk") -> ListPage:
        """The rows below `?before=`, by key, so that a page costs the same however far down."""
        query = self.request.GET.copy()
        query.pop("before", None)
        before = self.number("before")
        count = rows.order_by()[: COUNTED + 1].count()
        if before is not None:
            rows = rows.filter(**{f"{key}__lt": before})
        found = list(rows.order_by(f"-{key}")[: PAGE_SIZE + 1])
        following = ""
        if len(found) > PAGE_SIZE:
            found.pop()
            last = query.copy()
            last["before"] = str(getattr(found[-1], key))
            following = f"?{last.urlencode()}"
        shown = f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
        return ListPage(
            found, shown, following, f"?{query.urlencode()}" if before is not None else ""
        )


class StepView(PermissionRequired, View):
    """A step taken from a page: the permission is `<app>.<action>_<subject>`, and back we go.

    `find(reference, visible_to=…)` gives the subject or raises NotFound; `page` names where it is
    shown. The services of `without_reason` are not told the reason that was typed. A form that
    carries the tag of what its page showed is taken on nothing else.
    """

    model: type[StatefulModel]
    app = ""
    subject = ""
    page = ""
    find: Callable[..., Any]
    actions: Mapping[str, Callable[..., Any]] = {}
    without_reason: Collection[str] = ("approve",)
    request: HttpRequest

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def permission(self) -> str:  # type: ignore[override]
        return f"{self.app}.{self.kwargs['action']}_{self.subject}"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if kwargs["action"] not in self.actions:
            raise Http404
        try:
            self.take_on_what_was_seen(kwargs["reference"], kwargs["action"])
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            return self.refuse(request, refusal, **kwargs)
        return HttpResponseRedirect(self.address(kwargs["reference"]))

    def refuse(self, request: HttpRequest, refusal: Refusal, **kwargs: Any) -> HttpResponse:
        """Back where it was taken, where the refusal is told."""
        tell_refusal(request, refusal)
        return HttpResponseRedirect(self.address(kwargs["reference"]))

    @retried()
    @transaction.atomic
    def take_on_what_was_seen(self, reference: str, action: str) -> None:
        if seen := self.request.POST.get(SEEN, ""):
            require_seen(self.locked(self.id_of(reference)), seen)
        self.take(reference, action)

    def locked(self, id: int) -> StatefulModel:
        """The subject under lock; a service that locks others before it says so here."""
        return self.model._default_manager.select_for_update().get(pk=id)

    def take(self, reference: str, action: str) -> None:
        id, at = self.id_of(reference), timezone.now()
        outcome = self.actions[action](ids=[id], actor=self.user, at=at, **self.given(action))
        outcome.raise_single()

    def id_of(self, reference: str) -> int:
        return int(type(self).find(reference, visible_to=self.user).pk)

    def given(self, action: str) -> dict[str, Any]:
        """What was typed, as the service of the step takes it."""
        if action in self.without_reason:
            return {}
        return {"reason": self.request.POST.get("reason", "")[:500]}

    def address(self, reference: str) -> str:
        return reverse(self.page, args=[reference])


def tell_refusal(request: HttpRequest, refusal: Refusal) -> None:
    """A refusal stays on the page, with the remedy."""
    detail = translated(refusal.detail, refusal.facts) or translated(refusal.title, refusal.facts)
    messages.error(request, detail, extra_tags=translated(refusal.hint, refusal.facts))
    for problem in refusal.problems:
        text = f"{problem.pointer}: {translated(problem.detail, problem.facts)}"
        messages.error(request, text, extra_tags=translated(problem.hint, problem.facts))


def step_buttons(
    row: Any,
    lifecycles: Iterable[Lifecycle],
    *,
    user: User,
    permission: str,
    url: Callable[[str], str],
    asks_reason: Collection[str] = (),
    without: Collection[str] = (),
    leads: Collection[str] = (),
) -> list[StepButton]:
    """The steps that are legal now and that this person may take; the next one first.

    `permission` is a template such as `deals.{}_deal`. Steps that need other eyes are absent for
    those who worked on the row; so are those in `without`, which something else rules out. Those that
    ask for more than a reason are in `leads`: each has a page of its own.
    """
    found: list[StepButton] = []
    for lifecycle in lifecycles:
        for transition in lifecycle.available_from(getattr(row, lifecycle.column)):
            eyes = not transition.four_eyes or user.pk not in row.makers
            if (
                transition.by_rule
                or transition.name in without
                or not eyes
                or not user.has_perm(permission.format(transition.name))
            ):
                continue
            reason = transition.name in asks_reason
            forward = transition.name not in BACKWARD and not any(each.primary for each in found)
            found.append(
                StepButton(
                    transition.name, url(transition.name), forward, reason, seen=row.etag,
                    leads=transition.name in leads,
                )
            )  # fmt: skip
    return sorted(found, key=lambda step: not step.primary)
