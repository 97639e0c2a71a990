"""What the process of a subject asks for, on its page: what was done in which order, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import get_language

from backoffice.access.models import User
from backoffice.desk.base import StepView
from backoffice.desk.process_words import ROLE_WORDS
from backoffice.workflow.processes.deciding import due_at
from backoffice.workflow.processes.definition import ProcessKind, ProcessStep
from refdata.models import ProcessCase
from refdata.processes.cases import OpenCase, read_cases

TAKE_STEP = "take_step"


class Shown(NamedTuple):
    """A step as the page shows it; `who` and `at` once it is taken, `due_at` while it is the next."""

    key: str
    name: str
    role: Any
    who: str
    at: datetime | None
    evidence: str
    is_next: bool
    due_at: datetime | None
    asks: str = ""  # the documents that are to be named as evidence


class OnPage(NamedTuple):
    """The last case of a subject; `takes` where its next step is taken by a form beside it."""

    case: OpenCase
    steps: Sequence[Shown]
    takes: str = ""

    def waits_before(self, key: str) -> bool:
        """Whether another step comes before one of the program."""
        return self.case.row.state == "OPEN" and self.case.next.key != key


def name_of(step: ProcessStep) -> str:
    return step.name.inside(get_language() or "en")


def last_case(kind: ProcessKind, id: int) -> OpenCase | None:
    rows = ProcessCase.objects.filter(process=kind.name, subject_type=kind.subject, subject_id=id)
    return next(iter(read_cases(rows.select_related("version").order_by("-pk")[:1])), None)


def on_page(case: OpenCase, cut_off: datetime | None, takes: str = "") -> OnPage:
    """Every step of a case with who took it, or by when it is due."""
    people = dict(User.objects.filter(pk__in=case.actors).values_list("pk", "username"))
    shown, is_open = [], case.row.state == "OPEN"
    for number, step in enumerate(case.steps):
        role, name = ROLE_WORDS.get(step.role, step.role), name_of(step)
        if number < len(case.taken):
            taken = case.taken[number]
            who = people.get(taken.actor_id, "") if taken.actor_id else ""
            shown.append(Shown(step.key, name, role, who, taken.at, taken.evidence, False, None))
        else:
            is_next = is_open and number == len(case.taken)
            due = due_at(step, cut_off) if is_next else None
            asks = ", ".join(each.inside(get_language() or "en") for each in step.documents)
            shown.append(Shown(step.key, name, role, "", None, "", is_next, due, asks))
    return OnPage(case, shown, takes)


def own_case(
    kind: ProcessKind, row: Any, cut_off: datetime | None, *, user: User, url: str
) -> OnPage | None:
    """The last case of a subject, with the form of its next step for who may take it now."""
    case = last_case(kind, row.pk)
    if case is None:
        return None
    takes = case.row.state == "OPEN" and case.next.key not in kind.anchored
    takes = takes and user.has_perm("refdata.take_step_process")
    return on_page(case, cut_off, url if takes and may_take(case, user, row.makers) else "")


def may_take(case: OpenCase, user: User, makers: Sequence[int] = ()) -> bool:
    """Whether somebody has the role of the next step, and did nothing before it where that is asked."""
    step = case.next
    if step.other_eyes and user.pk in {*makers, *case.actors}:
        return False
    return step.role in {group.name for group in user.groups.all()}


class TakesSteps(StepView):
    """Steps of a subject among which are those that its process adds: for who may take such, and has their role."""

    @property
    def permission(self) -> str:  # type: ignore[override]
        added = self.kwargs["action"] == TAKE_STEP
        return "refdata.take_step_process" if added else super().permission

    def given(self, action: str) -> dict[str, Any]:
        """Which step was meant and what was named as evidence, as services take them."""
        if action != TAKE_STEP:
            return super().given(action)
        typed = self.request.POST
        return {"step": typed.get("step", "")[:40], "evidence": typed.get("reason", "")[:500]}
