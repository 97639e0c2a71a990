"""The steps that a process puts between a deal and its being confirmed: which it needs, and taking them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.processes.deciding import (
    AnotherStepFirst,
    Taking,
    require_may_take,
    steps_needed,
)
from backoffice.workflow.processes.definition import keys_of
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.models import Deal
from deals.processing.kinds import APPROVE, CONFIRM, CONFIRM_DEAL, CONFIRMING
from deals.processing.measuring import measured, missing_fields
from refdata.processes.cases import (
    NewCase,
    OpenCase,
    begin_cases,
    end_cases,
    open_cases,
    take_step,
)
from refdata.processes.versions import version_at, versions_of

DEAL = "deal"


class NoStepWaits(Conflict):
    code = "no-step-waits"
    title = gettext_noop("No further step of a process waits")
    detail = gettext_noop(
        "The process of %(deal)s asks for nothing besides confirming and approving."
    )
    hint = gettext_noop("Look which step is next.")


def cases_needed(ids: Sequence[int], how: str, *, by_rule: bool = False) -> dict[int, NewCase]:
    """Of deals about to be confirmed in some way, those whose process asks for more than two persons.

    Each by the version that was in force when it was captured. What a rule confirms needs no approval
    (domain-decisions 5), but whatever was added. Nothing is measured while no version adds anything.
    """
    versions = versions_of(CONFIRM_DEAL)
    if not ids or all(len(each.process.steps) == len(CONFIRMING.anchors) for each in versions):
        return {}
    found = {}
    for deal in measured(ids):
        version = version_at(versions, deal.captured_at)
        facts = {**deal.facts, "how": how}
        required = keys_of(steps_needed(version.process, facts)) if version else []
        if version and len(required) > len(CONFIRMING.anchors):
            found[deal.id] = NewCase(
                process=CONFIRMING.name, version_id=version.id, subject_type=DEAL,
                subject_id=deal.id, entity_id=deal.entity_id, facts=facts, taken=[CONFIRM],
                required=[key for key in required if not by_rule or key != APPROVE],
            )  # fmt: skip
    return found


def begin(
    cases: Mapping[int, NewCase], done: Sequence[int], *, evidence: Mapping[int, str],
    actor: User | None, at: datetime,
) -> None:  # fmt: skip
    """Begin the cases of those deals that are confirmed now."""
    begun = [replace(cases[id], evidence=evidence[id]) for id in done if id in cases]
    begin_cases(begun, actor=actor, at=at)


def end_deal_cases(ids: Sequence[int], *, reason: str, actor: User | None, at: datetime) -> None:
    """What began about deals that are captured again, or are over, ends."""
    end_cases(subject_type=DEAL, subject_ids=ids, reason=reason, actor=actor, at=at)


def approve_in_turn(ids: Sequence[int], *, actor: User, at: datetime) -> Outcome:
    """Approve those of the deals whose process asks for more: confirmed where that was the last step, else one further.

    Locks all of the deals. Deals whose process asks for nothing more are neither done nor refused.
    """
    outcome = Outcome()
    for id, case in _locked(ids).items():
        try:
            if case.next.key != APPROVE:
                raise _first(case)
            _take(case, roles=[case.next.role], evidence="", actor=actor, at=at)
            outcome.done.append(id)
        except Refusal as refusal:
            outcome.refused[id] = refusal
    return outcome


@transaction.atomic
def take_step_deals(
    *, ids: Sequence[int], evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the step that the process of each deal is waiting for besides approval; the last one confirms the deal.

    Refused: NoStepWaits, AnotherStepFirst, StepOfAnotherRole, OtherEyesRequired, StepIncomplete.
    """
    roles = set(actor.groups.values_list("name", flat=True))
    cases = _locked(ids)
    there = {*Deal.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    outcome = Outcome()
    for id in sorted({*ids}):
        try:
            if id not in cases:
                raise (
                    NoStepWaits(deal=f"D-{id}")
                    if id in there
                    else NotFound(what=DEAL, reference=id)
                )
            case = cases[id]
            if case.next.key == APPROVE:
                raise _first(case)
            _take(case, roles=roles, evidence=evidence, actor=actor, at=at)
            outcome.done.append(id)
        except Refusal as refusal:
            outcome.refused[id] = refusal
    return outcome


@transaction.atomic
def _take(
    case: OpenCase, *, roles: Collection[str], evidence: str, actor: User, at: datetime
) -> None:
    """Take the next step of a case; the deal's own event tells it, and the last one approves the deal."""
    step, id = case.next, case.row.subject_id
    makers = Deal.objects.values_list("makers", flat=True).get(pk=id)
    require_may_take(
        step,
        Taking(
            subject=f"D-{id}", actor_id=actor.pk, roles=roles, before={*makers, *case.actors},
            evidence=evidence, missing_fields=missing_fields(id, step.fields),
        ),
    )  # fmt: skip
    facts = {
        "step": step.key, "name": {"en": step.name.en, "ru": step.name.ru}, "case": str(case.row),
        **({"evidence": evidence} if evidence else {}),
    }  # fmt: skip
    take_step(case, evidence=evidence, actor=actor, at=at)
    verb = "approve" if case.is_last else "take_step"
    advance(Deal, verb, [Step(id, facts=facts)], actor=actor, at=at).raise_single()


def _first(case: OpenCase) -> AnotherStepFirst:
    step = case.next
    return AnotherStepFirst(subject=f"D-{case.row.subject_id}", step=step.name.en, role=step.role)


def _locked(ids: Sequence[int]) -> dict[int, OpenCase]:
    """What is under way about these deals, which are locked first so that none begins meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
        )
    return open_cases(CONFIRMING.name, DEAL, list(ids))
