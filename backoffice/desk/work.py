"""The queue of a person or a team, first things first, and the page of one item with its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from backoffice import bulk_steps
from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.desk.base import Page, StepButton, StepView, step_buttons
from backoffice.desk.labels import SUBJECTS
from backoffice.desk.words import NEXT_STEPS
from backoffice.desk.work_words import FOLLOWS, ONE_CLICK
from backoffice.events.selectors import history_of
from backoffice.kernel.money import Money
from backoffice.templatetags import desk
from backoffice.work import selectors, services
from backoffice.work.queue import RANKED, Desk, Queued
from backoffice.work.solved import Usually, solved_like, usually
from backoffice.workflow.handling import LEADS, PauseUnclear
from backoffice.workflow.models import WorkItem
from backoffice.workflow.state import ITEM_LIFECYCLE, Handling
from refdata.firm_days import FIRM_ZONE, firm_day

SHOWN = 50
ASKS_MORE = ("hand_over", "pause")  # forms of their own on the page of an item


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a queue as its table shows it."""

    item: WorkItem
    due_at: datetime
    hour: Money
    cut_off: Money
    known: bool
    aged: bool
    step: Any
    follows: Any
    one_click: str
    usually: Usually | None
    may_claim: bool
    is_mine: bool

    @property
    def subject(self) -> str:
        return f"{SUBJECTS[self.item.subject_type][1]}-{self.item.subject_id}"

    @property
    def leads_to(self) -> str:
        return desk.subject_url(self.item.subject_type, self.item.subject_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of what is to be done today is done."""

    done: int
    left: int

    @property
    def all(self) -> int:
        return self.done + self.left

    @property
    def percent(self) -> int:
        return 100 * self.done // self.all if self.all else 100


@dataclass(frozen=True, slots=True)
class Queue:
    """What is to be done, what is put aside, and how far the day is."""

    lines: Sequence[Line]
    waiting: int
    aside: Sequence[WorkItem]
    progress: Progress


def queue_of(user: User, *, team: bool, now: datetime) -> Queue:
    """The queue of a person, or of all who hold the same roles."""
    rows = selectors.open_of_team(user) if team else selectors.open_of_person(user)
    aside = list(selectors.put_aside(rows).order_by("paused_until", "id")[:SHOWN])
    active = rows.exclude(state=Handling.PAUSED).order_by("due_at", "id")
    reckoned = Desk(now)
    priced = reckoned.priced(list(active[:RANKED]))
    lines = lines_of(reckoned.ordered(priced, count=SHOWN), user)
    begins = datetime.combine(firm_day(now), datetime.min.time(), tzinfo=FIRM_ZONE)
    ends = begins + timedelta(days=1)
    done = selectors.closed_since(user, begins, team=team)
    today = Progress(done, sum(each.due_at < ends for each in priced))
    return Queue(lines, len(priced), aside, today)


def lines_of(placed: Sequence[Queued], user: User) -> list[Line]:
    known = usually([each.item.kind for each in placed])
    queues = set(selectors.queues_of(user))
    may_claim = user.has_perm("workflow.claim_workitem")
    return [
        Line(
            each.item, each.priced.due_at, each.hour, each.priced.cost, each.priced.known, each.aged,
            NEXT_STEPS.get(each.item.kind, _("Open")), FOLLOWS.get(each.item.kind, ""),
            one_click_of(each.item, user), known.get(each.item.kind),
            may_claim and each.item.owner_id is None and each.item.queue in queues,
            each.item.owner_id == user.pk,
        )
        for each in placed
    ]  # fmt: skip


def one_click_of(item: WorkItem, user: User) -> str:
    """Where its next step is previewed and taken; nothing where it begins on the page of what it is about."""
    subject, action = ONE_CLICK.get(item.kind, ("", ""))
    if not subject or not user.has_perm(bulk_steps.SUBJECTS[subject].actions[action].permission):
        return ""
    return reverse("bulk-step", args=[subject, action])


class ShowItem(Page):
    """One item: what it costs, its steps, what was said, and how similar ones were solved."""

    permission = "workflow.view_workitem"
    template_name = "work/item.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.work_item(kwargs["reference"], visible_to=self.user)
        is_open, reckoned = row.closed_at is None, Desk(timezone.now())
        placed = reckoned.ordered(reckoned.priced([row] if is_open else []), count=1)
        solved, same = solved_like(row)
        return {
            "item": row, "line": lines_of(placed, self.user)[0] if placed else None,
            "events": history_of("workitem", row.pk), "solved": solved, "same": same,
            "steps": steps_of(row, self.user) if is_open else [],
            "people": selectors.workers_of(row.queue) if is_open else [], "queues": sorted(ROLES),
            "may_comment": self.user.has_perm("workflow.comment_workitem"),
        }  # fmt: skip


def steps_of(row: WorkItem, user: User) -> list[StepButton]:
    """The steps of an item that this person may take: of others' items only who leads may."""
    leads = user.has_perm(LEADS)
    theirs = row.owner_id not in (None, user.pk) and not leads
    foreign = row.owner_id is None and row.queue not in selectors.queues_of(user)
    without = {"requeue"} | ({"hand_over", "pause", "resume"} if theirs else set())
    without |= {"claim"} | (set() if leads else {"hand_over"}) if foreign else set()
    return step_buttons(
        row, [ITEM_LIFECYCLE], user=user, permission="workflow.{}_workitem", without=without,
        leads=ASKS_MORE, url=lambda action: reverse("work-item-step", args=[str(row), action]),
    )  # fmt: skip


class ItemStep(StepView):
    """A step of an item from its page or from the queue; back to where it was taken."""

    model = WorkItem
    app, subject, page = "workflow", "workitem", "work-item"
    find = staticmethod(selectors.work_item)
    actions = {  # noqa: RUF012
        "claim": services.claim_items,
        "hand_over": services.hand_over_items,
        "pause": services.pause_items,
        "resume": services.resume_items,
        "comment": services.comment_on_item,
    }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(self.address(kwargs["reference"]))

    def take(self, reference: str, action: str) -> None:
        if action != "comment":
            super().take(reference, action)
            return
        text = self.request.POST.get("text", "")[:500]
        services.comment_on_item(
            id=self.id_of(reference), text=text, actor=self.user, at=timezone.now()
        )

    def given(self, action: str) -> dict[str, Any]:
        post = self.request.POST
        reason = post.get("reason", "")[:500]
        if action == "hand_over":
            return {"to": post.get("to", "")[:151], "reason": reason}
        if action == "pause":
            return {"reason": reason, "until": _moment(post.get("until", ""))}
        return {}

    def address(self, reference: str) -> str:
        back = self.request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={self.request.get_host()})
        return back if safe else super().address(reference)


def _moment(typed: str) -> datetime:
    """As an input of a local date and time sends it, by the firm's clock. Raises PauseUnclear."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise PauseUnclear(days=31) from None
    return at if at.tzinfo else at.replace(tzinfo=FIRM_ZONE)
