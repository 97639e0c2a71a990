"""What the process of a deal asks for, on the page of the deal: what was done in which order, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import get_language

from backoffice.access.models import User
from backoffice.desk.base import StepButton
from backoffice.desk.process_words import ROLE_WORDS
from backoffice.workflow.processes.deciding import due_at
from backoffice.workflow.processes.definition import ProcessStep
from deals.models import Deal
from deals.processing.kinds import APPROVE, CONFIRMING, TAKE_STEP
from deals.selectors import due_of
from refdata.models import ProcessCase
from refdata.processes.cases import OpenCase, read_cases


@dataclass(frozen=True, slots=True)
class NamedButton(StepButton):
    """A step that its process names."""

    name: str = ""

    @property
    def title(self) -> Any:
        return self.name


class Shown(NamedTuple):
    """A step as the page shows it; `who` and `at` once it is taken, `due_at` while it is the next."""

    name: str
    role: Any
    who: str
    at: datetime | None
    evidence: str
    is_next: bool
    due_at: datetime | None


class OnPage(NamedTuple):
    """The last case of a deal."""

    case: OpenCase
    steps: Sequence[Shown]


def name_of(step: ProcessStep) -> str:
    return step.name.inside(get_language() or "en")


def last_case(deal: Deal) -> OpenCase | None:
    rows = ProcessCase.objects.filter(
        process=CONFIRMING.name, subject_type=CONFIRMING.subject, subject_id=deal.pk
    )
    return next(iter(read_cases(rows.select_related("version").order_by("-pk")[:1])), None)


def on_page(deal: Any, case: OpenCase) -> OnPage:
    """Every step of a case with who took it, or by when it is due."""
    people = dict(User.objects.filter(pk__in=case.actors).values_list("pk", "username"))
    shown, is_open = [], case.row.state == "OPEN"
    for number, step in enumerate(case.steps):
        role = ROLE_WORDS.get(step.role, step.role)
        if number < len(case.taken):
            taken = case.taken[number]
            who = people.get(taken.actor_id, "") if taken.actor_id else ""
            shown.append(Shown(name_of(step), role, who, taken.at, taken.evidence, False, None))
        else:
            is_next = is_open and number == len(case.taken)
            due = due_at(step, due_of(deal)) if is_next else None
            shown.append(Shown(name_of(step), role, "", None, "", is_next, due))
    return OnPage(case, shown)


def in_turn(buttons: Sequence[StepButton], case: OpenCase | None, user: User) -> list[StepButton]:
    """The buttons without those whose turn it is not; the step of a process bears its name, for who may take it."""
    if case is None or case.row.state != "OPEN":
        return [b for b in buttons if b.action != TAKE_STEP]
    step = case.next
    found = []
    for button in buttons:
        if button.action == APPROVE and step.key != APPROVE:
            continue
        if button.action == TAKE_STEP:
            if step.key == APPROVE or not _may_take(step, case, user):
                continue
            button = NamedButton(
                button.action, button.url, True, True, seen=button.seen, name=name_of(step)
            )
        found.append(button)
    return sorted(found, key=lambda button: not button.primary)


def _may_take(step: ProcessStep, case: OpenCase, user: User) -> bool:
    if step.other_eyes and user.pk in case.actors:
        return False
    return step.role in {group.name for group in user.groups.all()}
