"""The steps that a process puts between a file and its approval: which it needs, and taking them in turn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from backoffice.access.models import User
from onboarding.models import PartyFile
from onboarding.processing.kinds import APPROVE, ONBOARD, ONBOARDING, SUBMIT
from onboarding.processing.measuring import measures_of
from onboarding.reading import ReadFile
from refdata.processes.cases import OpenCase, begin_cases, end_cases, open_cases
from refdata.processes.steps import NoStepWaits, Subject, cases_needed, first_of, take_next

FILE = ONBOARDING.subject


def begin_case(read: ReadFile, *, actor: User, at: datetime) -> None:
    """Begin the case of a file that is submitted, where the version of that moment asks for more than two persons."""
    row = read.row
    subject = Subject(row.pk, row.entity_id, at, measures_of(read))
    cases = cases_needed(ONBOARD, lambda: [subject])
    begin_cases([replace(case, taken=[SUBMIT]) for case in cases.values()], actor=actor, at=at)


def end_case(id: int, *, reason: str, actor: User, at: datetime) -> None:
    """What began about a file that is sent back, declined or closed ends."""
    end_cases(subject_type=FILE, subject_ids=[id], reason=reason, actor=actor, at=at)


def case_of(id: int) -> OpenCase | None:
    """What is under way about a file, which is locked."""
    return open_cases(ONBOARDING.name, FILE, [id]).get(id)


def take(
    case: OpenCase, row: PartyFile, *, roles: Collection[str], evidence: str, actor: User, at: datetime
) -> dict[str, Any]:  # fmt: skip
    """Take the next step of a case; what the event of the file says about it."""
    return take_next(
        case, subject=str(row), makers=row.makers, roles=roles, actor=actor, at=at, evidence=evidence
    )  # fmt: skip


def require_turn(case: OpenCase | None, row: PartyFile, *, approval: bool) -> OpenCase:
    """The case of a file, whose next step somebody is about to take. Raises NoStepWaits, AnotherStepFirst."""
    if case is None:
        raise NoStepWaits(subject=str(row))
    if (case.next.key == APPROVE) != approval:
        raise first_of(case, str(row))
    return case
