"""The page of one thing, all alike: its head with the next step, its facts, its history, and then.

The history of a subject is also its slider: each event is a place to stand on, and the page shows what
was known there, from the events and versions alone, without steps to take.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access.problems import status_of, translated
from backoffice.desk.base import Page, StepButton, StepView, step_buttons, tell_refusal
from backoffice.desk.words import STEP_REASONS, step_title
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Refusal
from backoffice.kernel.lifecycle import Lifecycle
from backoffice.templatetags import desk


@dataclass(frozen=True, slots=True)
class Refused:
    """A step that was refused: it stays beside its button, with what was typed and the remedy."""

    action: str
    typed: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Since:
    """How long a state has been so, and by whose step."""

    at: datetime
    who: str

    def __str__(self) -> str:
        facts = {"when": desk.moment(self.at), "who": self.who}
        return gettext("since %(when)s, %(who)s") % facts


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that is proposed: why, by when, and what it costs to wait."""

    step: StepButton
    why: Any
    due_at: datetime | None
    cost: Any


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as a timeline shows it."""

    event: Event
    title: Any
    who: str
    message: str
    changes: Sequence[tuple[str, str, str]]  # what, before, after
    then: str  # the address of the page as known after it


@dataclass(frozen=True, slots=True)
class Slider:
    """The places a slider can stand on, and where it stands; `at` is None for the present."""

    stops: Sequence[str]
    names: Sequence[str]
    index: int
    at: datetime | None

    @property
    def last(self) -> int:
        return len(self.stops) - 1

    @property
    def stops_json(self) -> str:
        return json.dumps(self.stops)

    @property
    def names_json(self) -> str:
        return json.dumps(self.names, ensure_ascii=False)

    @property
    def said(self) -> str:
        return self.names[self.index] if self.names else ""


class Thing(Page):
    """A page of one subject. Subclasses say `page_name`, `tabs` and what they show."""

    page_name = ""
    tabs: Mapping[str, Any] = {}
    refused: Refused | None = None

    def here(self) -> str:
        return reverse(self.page_name, args=[self.kwargs["reference"]])

    def head(self, events: Sequence[Event], lifecycles: Iterable[Lifecycle]) -> dict[str, Any]:
        """What every thing shows: tabs, slider, timeline, since when its states are what they are."""
        slider = self.slider(events)
        known = [e for e in events if slider.at is None or e.recorded_at <= slider.at]
        if not known:
            raise Http404
        tab = self.request.GET.get("tab", "")
        tab = tab if tab in self.tabs else next(iter(self.tabs), "")
        return {
            "here": self.here(),
            "tab": tab,
            "tabs": [
                (name, title, self.address(name, slider)) for name, title in self.tabs.items()
            ],
            "slider": slider,
            "known": known,
            "happenings": [self.happening(e) for e in reversed(known)],
            "since": since(lifecycles, known),
            "refused": self.refused,
        }

    def decided(
        self, row: Any, lifecycle: Lifecycle, *, permission: str, asks_reason: Collection[str],
        leads: Collection[str] = (), without: Collection[str] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """The head of a thing of one lifecycle, with its state and the steps that are open now."""
        head = self.head(history_of(lifecycle.subject, row.pk), [lifecycle])
        column, then = lifecycle.column, head["slider"].at
        steps = [] if then else step_buttons(
            row, [lifecycle], user=self.user, permission=permission, asks_reason=asks_reason, leads=leads,
            without=without, url=lambda action: reverse(f"{self.page_name}-step", args=[str(row), action]),
        )  # fmt: skip
        next_step, others = proposed(lifecycle.subject, steps, None)
        return {
            **head, "next_step": next_step, "others": others, "since_state": head["since"][column],
            "state": states_then([lifecycle], head["known"])[column] if then else getattr(row, column),
        }  # fmt: skip

    def address(self, tab: str, slider: Slider) -> str:
        known = f"&known_at={slider.at:%Y-%m-%dT%H:%M:%S.%fZ}" if slider.at else ""
        return f"{self.here()}?tab={tab}{known}"

    def slider(self, events: Sequence[Event]) -> Slider:
        """One place for each moment of the subject's history; the last of them is now."""
        moments = sorted({event.recorded_at for event in events})
        last = {event.recorded_at: event for event in events}
        tab = self.request.GET.get("tab", "")
        more = f"&tab={tab}" if tab in self.tabs else ""
        stops = [f"{self.here()}?known_at={m:%Y-%m-%dT%H:%M:%S.%fZ}{more}" for m in moments[:-1]]
        names = [f"{desk.moment(m)} · {step_title(last[m].kind)}" for m in moments[:-1]]
        stops.append(f"{self.here()}?{more.lstrip('&')}".rstrip("?"))
        names.append(gettext("now"))
        at = self.then()
        if at is None:
            return Slider(stops, names, len(stops) - 1, None)
        return Slider(stops, names, max(0, sum(m <= at for m in moments) - 1), at)

    def then(self) -> datetime | None:
        """The moment in the address; None for now, and for what is no moment."""
        try:
            at = datetime.fromisoformat(self.request.GET.get("known_at", ""))
        except ValueError:
            return None
        return at if at.tzinfo else timezone.make_aware(at)

    def happening(self, event: Event) -> Happening:
        changes = []
        if event.source and event.target:
            before = desk.label_after(event.kind, event.source)
            after = desk.label_after(event.kind, event.target)
            changes.append((gettext("State"), before, after))
        changes += self.changes(event)
        evidence = str(event.facts.get("evidence") or event.facts.get("message") or "")
        who = event.actor.username if event.actor else gettext("by rule")
        then = f"{self.here()}?known_at={event.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        return Happening(event, step_title(event.kind), who, evidence, changes, then)

    def changes(self, event: Event) -> list[tuple[str, str, str]]:
        """What else an event changed: the differences between two versions."""
        return []


def since(lifecycles: Iterable[Lifecycle], events: Sequence[Event]) -> dict[str, Since]:
    """For each column of state the event that brought it where it is; the first one for the initial."""
    found: dict[str, Since] = {}
    for lifecycle in lifecycles:
        kinds = {f"{lifecycle.subject}.{name}" for name in lifecycle.transitions}
        moved = [event for event in events if event.kind in kinds]
        event = moved[-1] if moved else events[0]
        who = event.actor.username if event.actor else gettext("by rule")
        found[lifecycle.column] = Since(event.recorded_at, who)
    return found


def states_then(lifecycles: Iterable[Lifecycle], events: Sequence[Event]) -> dict[str, str]:
    """The states that these events leave behind, from nothing but them."""
    found = {}
    for lifecycle in lifecycles:
        kinds = {f"{lifecycle.subject}.{name}" for name in lifecycle.transitions}
        moved = [event.target for event in events if event.kind in kinds]
        found[lifecycle.column] = moved[-1] if moved else str(lifecycle.initial)
    return found


def proposed(
    subject: str, steps: Sequence[StepButton], due_at: datetime | None
) -> tuple[NextStep | None, list[StepButton]]:
    """The next step with its reasons, and the other legal ones."""
    first = next((step for step in steps if step.primary), None)
    others = [step for step in steps if step is not first]
    if first is None:
        return None, others
    why, cost = STEP_REASONS.get(f"{subject}.{first.action}", ("", ""))
    return NextStep(first, why, due_at, cost), others


class ThingStep(StepView):
    """A step of a thing: refused, the page comes back as it is now, with what was typed in place."""

    page_class: type[Thing]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(self.address(kwargs["reference"]))

    def address(self, reference: str) -> str:
        return reverse(self.page_class.page_name, args=[reference])

    def refuse(self, request: HttpRequest, refusal: Refusal, **kwargs: Any) -> HttpResponse:
        text = translated(refusal.detail, refusal.facts) or translated(refusal.title, refusal.facts)
        hint = translated(refusal.hint, refusal.facts)
        page = self.page_class()
        page.refused = Refused(kwargs["action"], request.POST.get("reason", ""), text, hint)
        page.setup(request, reference=kwargs["reference"])
        if not self.user.has_perm(page.permission):
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("home"))
        answer = page.get(request, reference=kwargs["reference"])
        answer.status_code = status_of(refusal)
        return answer
