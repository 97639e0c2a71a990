"""The steps that processes add to what the program asks for: who needs them, and taking them in their turn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import StatefulModel
from backoffice.workflow.processes.conditions import Facts
from backoffice.workflow.processes.deciding import (
    AnotherStepFirst,
    Taking,
    require_may_take,
    steps_needed,
)
from backoffice.workflow.processes.definition import asks_more, keys_of
from backoffice.workflow.transitions import Outcome, each_by_itself
from refdata.dated_rules.kinds import RuleKind
from refdata.processes.cases import NewCase, OpenCase, open_cases, take_step
from refdata.processes.kinds import kind_of
from refdata.processes.versions import version_at, versions_of

TAKERS = (
    "clerk",
    "checker",
    "risk",
    "accountant",
    "manager",
)  # who may take steps, and see their subjects


class NoStepWaits(Conflict):
    code = "no-step-waits"
    title = gettext_noop("No further step of a process waits")
    detail = gettext_noop("The process of %(subject)s asks for nothing besides its fixed steps.")
    hint = gettext_noop("Look which step is next.")


class Subject(NamedTuple):
    """What is about to go through a process: `since` says on which version, `facts` what is known of it."""

    id: int
    entity_id: int | None
    since: datetime
    facts: Facts


def cases_needed(
    rule: RuleKind[Any], subjects: Callable[[], Iterable[Subject]]
) -> dict[int, NewCase]:
    """Of these, those whose process asks for more than the program itself, each by the version of its time.

    They are not even asked for while no version adds anything.
    """
    kind, versions = kind_of(rule), versions_of(rule)
    if not any(asks_more(each.process.steps, kind) for each in versions):
        return {}
    found = {}
    for subject in subjects():
        version = version_at(versions, subject.since)
        steps = steps_needed(version.process, subject.facts) if version else []
        if version and asks_more(steps, kind):
            found[subject.id] = NewCase(
                process=kind.name, version_id=version.id, subject_type=kind.subject,
                subject_id=subject.id, entity_id=subject.entity_id, facts=subject.facts,
                required=keys_of(steps),
            )  # fmt: skip
    return found


def first_of(case: OpenCase, subject: str) -> AnotherStepFirst:
    """That a case waits for its next step."""
    return AnotherStepFirst(subject=subject, step=case.next.name, role=case.next.role)


def take_next(
    case: OpenCase, *, subject: str, makers: Collection[int], roles: Collection[str], actor: User,
    at: datetime, evidence: str = "", missing_fields: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Take the next step of a case; what the event of its subject is to say of it.

    Raises StepOfAnotherRole, OtherEyesRequired, StepIncomplete.
    """
    step = case.next
    taking = Taking(
        subject=subject, actor_id=actor.pk, roles=roles, before={*makers, *case.actors},
        evidence=evidence, missing_fields=missing_fields,
    )  # fmt: skip
    require_may_take(step, taking)
    take_step(case, evidence=evidence, actor=actor, at=at)
    return {
        "step": step.key, "name": {"en": step.name.en, "ru": step.name.ru}, "case": str(case.row),
        **({"evidence": evidence} if evidence else {}),
    }  # fmt: skip


def take_anchor(
    case: OpenCase | None, key: str, *, row: StatefulModel, actor: User | None, at: datetime
) -> None:
    """The program is about to take one of its own steps: in its turn, and by other eyes where the version asks.

    Without an actor a rule takes it. Raises AnotherStepFirst, OtherEyesRequired.
    """
    if case is None:
        return
    if case.next.key != key:
        raise first_of(case, str(row))
    if actor is None:
        take_step(case, evidence="", actor=None, at=at)
    else:
        roles = [case.next.role]  # its permission is the program's own
        take_next(case, subject=str(row), makers=row.makers, roles=roles, actor=actor, at=at)


Told = Callable[[OpenCase, dict[str, Any], User, datetime], None]
Missing = Callable[[int, Sequence[str]], list[str]]


@transaction.atomic
def take_added_steps(
    rule: RuleKind[Any], model: type[StatefulModel], *, ids: Collection[int], step: str = "",
    evidence: str = "", actor: User, at: datetime, told: Told | None = None,
    missing: Missing = lambda _id, _wanted: [],
) -> Outcome:  # fmt: skip
    """Take the added step that each of these waits for: `step`, where the caller names it. Locks them.

    `told` writes what happened to the subject, else an event of its own does. Refused: NotFound, NoStepWaits,
    AnotherStepFirst, StepOfAnotherRole, OtherEyesRequired, StepIncomplete.
    """
    kind = kind_of(rule)
    locked = model._default_manager.select_for_update().filter(pk__in=ids).order_by("pk")
    rows: dict[int, Any] = {row.pk: row for row in locked}
    cases = open_cases(kind.name, kind.subject, sorted(rows))
    roles = set(actor.groups.values_list("name", flat=True))

    def take(id: int) -> None:
        if id not in rows:
            raise NotFound(what=kind.subject, reference=id)
        row, case = rows[id], cases.get(id)
        if case is None:
            raise NoStepWaits(subject=str(row))
        following = case.next
        if following.key in kind.anchored or step not in ("", following.key):
            raise first_of(case, str(row))
        facts = take_next(
            case, subject=str(row), makers=row.makers, roles=roles, evidence=evidence, actor=actor,
            at=at, missing_fields=missing(id, following.fields),
        )  # fmt: skip
        (told or _tell)(case, facts, actor, at)

    return each_by_itself(ids, take)


def _tell(case: OpenCase, facts: dict[str, Any], actor: User, at: datetime) -> None:
    row = case.row
    event = NewEvent(
        kind=f"{row.subject_type}.take_step", subject_type=row.subject_type,
        subject_id=row.subject_id, entity_id=row.entity_id, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
