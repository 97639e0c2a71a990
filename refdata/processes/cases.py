"""Cases as they begin, go on step by step, and end. In the caller's transaction, whose subjects are locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.processes.definition import Process, ProcessStep
from backoffice.workflow.transitions import Step, advance
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.vectors import value_of
from refdata.models import CaseStep, DatedRule, ProcessCase
from refdata.processes.kinds import process_named


class Taken(NamedTuple):
    """A step that was taken."""

    key: str
    actor_id: int | None
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case about to begin; `before` it these steps were taken, and those of `taken` are with it, by who acts now."""

    process: str
    version_id: int
    subject_type: str
    subject_id: int
    entity_id: int | None
    required: Sequence[str]
    facts: Mapping[str, str]
    before: Sequence[Taken] = ()
    taken: Sequence[str] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case under way: what it requires on its version, what was done, and what is next."""

    row: ProcessCase
    process: Process
    taken: Sequence[Taken]

    @property
    def steps(self) -> list[ProcessStep]:
        by_key = {step.key: step for step in self.process.steps}
        return [by_key[key] for key in self.row.required]

    @property
    def next(self) -> ProcessStep:
        return self.steps[len(self.taken)]

    @property
    def is_last(self) -> bool:
        return len(self.taken) + 1 == len(self.row.required)

    @property
    def actors(self) -> set[int]:
        return {each.actor_id for each in self.taken if each.actor_id is not None}


def begin_cases(cases: Sequence[NewCase], *, actor: User | None, at: datetime) -> None:
    """Open a case for each, with the steps that are taken by beginning it."""
    rows = ProcessCase.objects.bulk_create(
        ProcessCase(
            process=case.process, version_id=case.version_id, subject_type=case.subject_type,
            subject_id=case.subject_id, entity_id=case.entity_id, required=list(case.required),
            facts=dict(case.facts), begun_at=at,
        )
        for case in cases
    )  # fmt: skip
    actor_id = actor.pk if actor else None
    events = [
        NewEvent(
            kind="process.begin", subject_type="process", subject_id=row.pk, entity_id=row.entity_id,
            target=row.state, facts={
                "process": row.process, "version": f"RL-{row.version_id}", "required": row.required,
                "subject": row.subject_type, "id": row.subject_id,
            },
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor_id, at=at)
    CaseStep.objects.bulk_create(
        CaseStep(
            case=row, position=position, key=each.key, actor_id=each.actor_id,
            evidence=each.evidence, taken_at=each.at,
        )
        for row, case in zip(rows, cases, strict=True)
        for position, each in enumerate(_taken_with(case, actor_id, at), start=1)
    )  # fmt: skip


def _taken_with(case: NewCase, actor_id: int | None, at: datetime) -> list[Taken]:
    return [*case.before, *(Taken(key, actor_id, case.evidence, at) for key in case.taken)]


def take_step(case: OpenCase, *, evidence: str, actor: User | None, at: datetime) -> None:
    """Record that the next step of a case is taken, without an actor by a rule; the last one finishes it."""
    CaseStep.objects.create(
        case=case.row, position=len(case.taken) + 1, key=case.next.key, actor=actor,
        evidence=evidence, taken_at=at,
    )  # fmt: skip
    if case.is_last:
        advance(ProcessCase, "finish", [Step(case.row.pk)], actor=actor, at=at).raise_single()


def end_cases(
    *, subject_type: str, subject_ids: Sequence[int], reason: str, actor: User | None, at: datetime
) -> None:
    """End what is under way about subjects that begin anew, or are over."""
    rows = ProcessCase.objects.filter(
        subject_type=subject_type, subject_id__in=subject_ids, state="OPEN"
    )
    steps = [Step(id, reason) for id in rows.order_by("pk").values_list("pk", flat=True)]
    advance(ProcessCase, "end", steps, actor=actor, at=at)


def open_cases(process: str, subject_type: str, subject_ids: Sequence[int]) -> dict[int, OpenCase]:
    """What is under way about these, by subject; two queries, and one where nothing is."""
    rows = ProcessCase.objects.filter(
        process=process, subject_type=subject_type, subject_id__in=subject_ids, state="OPEN"
    )
    return {case.row.subject_id: case for case in read_cases(rows.order_by("pk"))}


def read_cases(rows: Any) -> list[OpenCase]:
    """Cases with their definitions and what was done; each version is read once."""
    found = list(rows)
    if not found:
        return []
    taken: dict[int, list[Taken]] = {}
    steps = CaseStep.objects.filter(case__in=[row.pk for row in found]).order_by("case", "position")
    for step in steps:
        said = Taken(step.key, step.actor_id, step.evidence, step.taken_at)
        taken.setdefault(step.case_id, []).append(said)
    values = DatedRule.objects.in_bulk({row.version_id for row in found})
    processes: dict[int, Process] = {}
    for id, rule in values.items():
        kind: RuleKind[Any] = process_named(rule.kind)
        processes[id] = value_of(kind, rule.value)
    return [OpenCase(row, processes[row.version_id], taken.get(row.pk, [])) for row in found]
