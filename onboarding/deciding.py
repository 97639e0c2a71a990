"""Deciding about files: submitted by one, approved by other eyes, sent back, declined, taken up again, closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from onboarding.admitting import admit
from onboarding.calendars import review_of
from onboarding.models import PartyFile
from onboarding.processing import steps
from onboarding.reading import points_of, read_file
from onboarding.rule_kinds import REVIEW
from onboarding.rules import require_met
from onboarding.screening import PERSON, subjects_of
from onboarding.services import SUBJECT, locked
from onboarding.state import FILE_LIFECYCLE
from onboarding.taking_on import propose_limits, screen_party, try_party, write_party
from refdata.firm_days import firm_day
from refdata.screening.contents import Subject
from refdata.screening.services import screen
from refdata.selectors import reference_data


class ReasonNeeded(Conflict):
    code = "file-reason-missing"
    title = gettext_noop("The reason has to be said")
    detail = gettext_noop("%(file)s cannot be decided so without a reason.")
    hint = gettext_noop("Say in a sentence why; it stays in the history of the file.")


@transaction.atomic
def submit_files(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Say that files are complete, and hand them to other eyes; each is looked at point by point first.

    Refused: FileIncomplete, ProposalWrong where the party could not be written so.
    """
    today = firm_day(at)

    def submit(id: int) -> None:
        row = locked(id)
        FILE_LIFECYCLE.require("submit", source=row.state)
        read = read_file(row, on=today)
        require_met(points_of(read, screened=False), file=str(row))
        row.submitted_by = actor
        if row.party_id is None:
            try_party(row, actor=actor, on=today, at=at)
        step = Step(id, columns={"submitted_by": actor.pk})
        advance(PartyFile, "submit", [step], actor=actor, at=at).raise_single()
        screen(subjects_of(row), actor=actor, at=at, only_due=True)
        steps.begin_case(read, actor=actor, at=at)

    return each_by_itself(ids, submit)


@transaction.atomic
def approve_files(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the party may be dealt with, what its grade gives is proposed as limits.

    Where the process of a file asks for more, it is one step further, and approved by the last of them. Refused:
    FileIncomplete where a document is missing or has expired, or somebody of the file is like an entry of a list.
    """

    def approve(id: int) -> None:
        row = locked(id)
        _require_eyes(row, "approve", actor)
        case = steps.case_of(id)
        if case is None:
            _approve(row, {}, actor=actor, at=at)
            return
        case = steps.require_turn(case, row, approval=True)
        _take(case, row, roles=[case.next.role], evidence="", actor=actor, at=at)

    return each_by_itself(ids, approve)


@transaction.atomic
def take_step_files(
    *, ids: Sequence[int], evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the step that the process of each file waits for besides approval; the last one approves it.

    Refused: NoStepWaits, AnotherStepFirst, StepOfAnotherRole, OtherEyesRequired, StepIncomplete.
    """
    roles = set(actor.groups.values_list("name", flat=True))

    def step(id: int) -> None:
        row = locked(id)
        case = steps.require_turn(steps.case_of(id), row, approval=False)
        _take(case, row, roles=roles, evidence=evidence, actor=actor, at=at)

    return each_by_itself(ids, step)


def _require_eyes(row: PartyFile, name: str, actor: User) -> None:
    FILE_LIFECYCLE.require(name, source=row.state)
    if actor.pk in row.makers:
        raise OtherEyesRequired(subject=SUBJECT, action=name)


def _take(
    case: Any, row: PartyFile, *, roles: Collection[str], evidence: str, actor: User, at: datetime
) -> None:
    """One step further; the file's own event tells it, and the last step approves the file."""
    last = case.is_last
    facts = steps.take(case, row, roles=roles, evidence=evidence, actor=actor, at=at)
    if last:
        _require_eyes(row, "approve", actor)
        _approve(row, facts, actor=actor, at=at)
    else:
        step = Step(row.pk, facts=facts)
        advance(PartyFile, "take_step", [step], actor=actor, at=at).raise_single()


def _approve(row: PartyFile, facts: Mapping[str, Any], *, actor: User, at: datetime) -> None:
    today = firm_day(at)
    read = read_file(row, on=today)
    require_met(points_of(read), file=str(row))
    is_new = row.party_id is None
    party = write_party(row, actor=actor, on=today, at=at) if is_new else row.party
    assert party is not None
    credit, risk = read.credit, read.risk
    grade = credit.grade if credit else ""
    levels = reference_data().rules.in_force(REVIEW, today)
    review = review_of(levels, risk.grade if risk else "", today)
    columns = {
        "party": party.pk, "approved_by": actor.pk, "approved_at": at,
        "points": credit.points if credit else None, "grade": grade,
        "risk": risk.grade if risk else "", "review_on": review.due_on if review else None,
    }  # fmt: skip
    gone = _withdrawn_since(row)
    limits = propose_limits(read, party, grade=grade, actor=actor, on=today, at=at)
    told = {
        **facts, "party": party.code, "grade": grade, "risk": columns["risk"],
        "owners": [person.name for person in read.owners], "limits": list(limits),
        "screenings": sorted(each.screening for each in read.standings.values()),
        "review_on": review.due_on.isoformat() if review else "",
    }  # fmt: skip
    step = Step(row.pk, facts=told, columns=columns)
    advance(PartyFile, "approve", [step], actor=actor, at=at).raise_single()
    row.documents.filter(withdrawn_at=None, accepted_at=None).update(accepted_at=at)
    if is_new:
        screen_party(party, actor=actor, at=at)
    screen(gone, actor=actor, at=at)
    admit([row.pk], on=today)


def _withdrawn_since(row: PartyFile) -> list[Subject]:
    """Whom this approval is the first to see withdrawn: nobody looks for them any more."""
    if row.approved_at is None:
        return []
    gone = row.persons.filter(withdrawn_at__gt=row.approved_at).order_by("pk")
    return [Subject(PERSON, id) for id in gone.values_list("pk", flat=True)]


@transaction.atomic
def send_back_files(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Not be convinced: whoever keeps the file mends what is said in the reason."""
    return _decided("send_back", ids, reason, actor, at)


@transaction.atomic
def decline_files(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse to deal with those parties, as other eyes."""
    return _decided("decline", ids, reason, actor, at)


@transaction.atomic
def close_files(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """End dealing with those parties; one person is enough to stop."""
    return _decided("close", ids, reason, actor, at)


def _decided(name: str, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    def after(row: PartyFile) -> None:
        steps.end_case(row.pk, reason=reason, actor=actor, at=at)
        admit([row.pk], on=firm_day(at))

    return _with_reason(name, ids, reason, actor, at, after)


@transaction.atomic
def take_up_files(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take approved files up again before their review is due, because something has changed."""
    return _with_reason("take_up", ids, reason, actor, at, lambda _row: None)


def _with_reason(
    name: str, ids: Sequence[int], reason: str, actor: User, at: datetime,
    after: Callable[[PartyFile], None],
) -> Outcome:  # fmt: skip
    def decide(id: int) -> None:
        row = locked(id)
        if not reason.strip():
            raise ReasonNeeded(file=str(row))
        advance(PartyFile, name, [Step(id, reason)], actor=actor, at=at).raise_single()
        after(row)

    return each_by_itself(ids, decide)
