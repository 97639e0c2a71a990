"""The steps that a process puts between a deal and its being confirmed: which it needs, and taking them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.models import Deal
from deals.processing.kinds import APPROVE, CONFIRM, CONFIRM_DEAL, CONFIRMING
from deals.processing.measuring import measured, missing_fields
from refdata.processes import steps
from refdata.processes.cases import NewCase, OpenCase, begin_cases, end_cases, open_cases

DEAL = "deal"


def cases_needed(ids: Sequence[int], how: str, *, by_rule: bool = False) -> dict[int, NewCase]:
    """Of deals about to be confirmed in some way, those whose process asks for more than two persons.

    Each by the version that was in force when it was captured. What a rule confirms needs no approval
    (domain-decisions 5), but whatever was added.
    """

    def subjects() -> list[steps.Subject]:
        return [
            steps.Subject(deal.id, deal.entity_id, deal.captured_at, {**deal.facts, "how": how})
            for deal in measured(ids)
        ]

    if not ids:
        return {}
    return {
        id: replace(
            case, taken=[CONFIRM],
            required=[key for key in case.required if not by_rule or key != APPROVE],
        )
        for id, case in steps.cases_needed(CONFIRM_DEAL, subjects).items()
    }  # fmt: skip


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
            _approve(id, case, actor, at)
            outcome.done.append(id)
        except Refusal as refusal:
            outcome.refused[id] = refusal
    return outcome


@transaction.atomic
def _approve(id: int, case: OpenCase, actor: User, at: datetime) -> None:
    if case.next.key != APPROVE:
        raise steps.first_of(case, f"D-{id}")
    makers = Deal.objects.values_list("makers", flat=True).get(pk=id)
    facts = steps.take_next(
        case, subject=f"D-{id}", makers=makers, roles=[case.next.role], actor=actor, at=at
    )
    _tell(case, facts, actor, at)


def take_step_deals(
    *, ids: Sequence[int], evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the step that the process of each deal is waiting for besides approval; the last one confirms the deal.

    Refused: what `take_added_steps` refuses.
    """
    return steps.take_added_steps(
        CONFIRM_DEAL, Deal, ids=ids, evidence=evidence, actor=actor, at=at, told=_tell,
        missing=missing_fields,
    )  # fmt: skip


def _tell(case: OpenCase, facts: dict[str, Any], actor: User, at: datetime) -> None:
    """The deal's own event tells it; the last step of its case approves it."""
    verb = "approve" if case.is_last else "take_step"
    step = Step(case.row.subject_id, facts=facts)
    advance(Deal, verb, [step], actor=actor, at=at).raise_single()


def _locked(ids: Sequence[int]) -> dict[int, OpenCase]:
    """What is under way about these deals, which are locked first so that none begins meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
        )
    return open_cases(CONFIRMING.name, DEAL, list(ids))
