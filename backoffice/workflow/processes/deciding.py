"""What a case of a process needs, which step is next and who may take it, and what falls due by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from backoffice.kernel.errors import Conflict, Forbidden, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.processes.conditions import Facts, holds
from backoffice.workflow.processes.definition import Process, ProcessStep, Reaction


class AnotherStepFirst(Conflict):
    code = "another-step-first"
    title = gettext_noop("Another step comes first")
    detail = gettext_noop("%(subject)s waits for “%(step)s” by %(role)s.")
    hint = gettext_noop("Have that step taken; nothing of the process can be skipped.")


class StepOfAnotherRole(Forbidden):
    code = "step-of-another-role"
    title = gettext_noop("The step belongs to another role")
    detail = gettext_noop("“%(step)s” of %(subject)s is taken by %(role)s.")
    hint = gettext_noop("Ask a colleague who holds that role.")


class StepIncomplete(Invalid):
    code = "step-incomplete"
    title = gettext_noop("Something that the step asks for is missing")
    detail = gettext_noop("“%(step)s” of %(subject)s asks for: %(missing)s.")
    hint = gettext_noop("Name the document as evidence, and have the fields of the deal filled in.")


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """What an example of a process is given: what is known of the case, and how many days it has lasted."""

    facts: dict[str, str] = {}
    days: int = 0


def steps_needed(process: Process, facts: Facts) -> list[ProcessStep]:
    """The steps of a case, in their order."""
    return [step for step in process.steps if holds(step.when, facts)]


def reactions_due(process: Process, facts: Facts, days: int) -> list[Reaction]:
    """What happens by itself in a case that is so many days old."""
    return [
        each for each in process.reactions if days > each.after_days and holds(each.when, facts)
    ]


def outcome_of(process: Process, case: Case) -> list[str]:
    """What an example comes to: the steps it needs, then what happens by itself."""
    return [
        *(step.key for step in steps_needed(process, case.facts)),
        *(each.key for each in reactions_due(process, case.facts, case.days)),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Somebody about to take a step: who, in which roles, and what was brought along."""

    subject: str
    actor_id: int
    roles: Collection[str]
    before: Collection[int]  # who worked on the case already
    evidence: str = ""
    missing_fields: Sequence[str] = ()


def require_may_take(step: ProcessStep, taking: Taking) -> None:
    """Raises StepOfAnotherRole, OtherEyesRequired, StepIncomplete."""
    said: dict[str, Any] = {"step": step.name, "subject": taking.subject}
    if step.role not in taking.roles:
        raise StepOfAnotherRole(**said, role=step.role)
    if step.other_eyes and taking.actor_id in taking.before:
        raise OtherEyesRequired(subject=taking.subject, action=step.key)
    documents = [each.en for each in step.documents] if not taking.evidence.strip() else []
    missing = [*documents, *taking.missing_fields]
    if missing:
        raise StepIncomplete(**said, missing=", ".join(missing))


def due_at(step: ProcessStep, cut_off: datetime | None) -> datetime | None:
    """By when a step is due: so long before the cut-off of its case, which stands in the place's local time."""
    return None if cut_off is None else cut_off - timedelta(minutes=step.minutes_before)
