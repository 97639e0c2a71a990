"""Amending and cancelling deals, whatever has become of them: the table decides, this carries it out.

Locks go right to left: the settlements of the deals, the deals, their limits. What the table says
stands in `deals/amending/consequences.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.amending.consequences import (
    Act,
    Agreement,
    Consequence,
    Situation,
    consequence_of,
)
from deals.amending.services import amend_terms, annotate
from deals.amending.terms import amendment_of
from deals.models import Deal, Stage
from deals.selectors import deals
from deals.services import cancel_deals as cancel_unconfirmed
from deals.services import end_deals
from deals.state import CancelState, DealState
from limits.services import give_back
from settlements.changing.rest import PENDING, end_rests
from settlements.changing.situations import Instruction, Standing, locked_standings
from settlements.clearing.leaving import hold_limits_of, hold_nets_of, leave_nets
from settlements.exposures import EXPOSURE
from settlements.models import Settlement
from settlements.netting.asking import ask_for_nets, free_members


class CancellationPending(Conflict):
    code = "cancellation-pending"
    title = gettext_noop("The deal is being cancelled")
    detail = gettext_noop("The cancellation of %(deal)s waits for its answer.")
    hint = gettext_noop("Wait for the answer, or take the request back first.")


class AgreementMissing(Conflict):
    code = "agreement-missing"
    title = gettext_noop("The counterparty's agreement is not recorded")
    detail = gettext_noop("%(deal)s is confirmed: the counterparty has to agree.")
    hint = gettext_noop("Record the document or message by which it agrees.")


class EvidenceMissing(Invalid):
    code = "evidence-missing"
    title = gettext_noop("What shows it is not named")
    detail = gettext_noop("A document or message has to be named.")
    hint = gettext_noop("Send evidence: the number of the document, or the id of the message.")


class NotYours(Conflict):
    code = "amended-by-clerk"
    title = gettext_noop("A clerk has to amend that deal")
    detail = gettext_noop("%(deal)s is not your own proposal, or is confirmed already.")
    hint = gettext_noop("Ask a clerk: dealers amend what they proposed, until it is confirmed.")


@retried()
@transaction.atomic
def amend_deal(
    *, id: int, document: Mapping[str, Any], reason: str, evidence: str, actor: User, at: datetime
) -> None:
    """Give a deal other terms: the whole of them anew, or a merge patch of those that stand.

    Economics make it a captured deal again, to be confirmed and approved anew; what was prepared
    for settlement is withdrawn. Raises what the table and the capture of a deal raise.
    """
    standing = locked_standings([id]).get(id)
    if standing is None:
        raise NotFound(what="deal", reference=f"D-{id}")
    row: Any = deals(visible_to=actor).get(pk=id)
    amendment = amendment_of(row, document)
    act = Act.AMEND if amendment.economic else Act.ANNOTATE
    cell = consequence_of(standing.situation, act)
    may_amend(row, actor)
    if not amendment.economic:
        annotate(row, amendment, reason=reason, actor=actor, at=at)
        return
    if standing.cancellation in PENDING:
        raise CancellationPending(deal=f"D-{id}")
    if cell.agreement != Agreement.NONE and not evidence:
        raise AgreementMissing(deal=f"D-{id}")
    withdrawn = withdraw_instructions(standing.instructions, reason, actor, at)
    give_back(EXPOSURE, withdrawn, state="RELEASED")
    amend_terms(row, amendment, reason=reason, evidence=evidence, actor=actor, at=at)


def may_amend(row: Deal, actor: User) -> None:
    """A dealer amends what is its own, proposed and not confirmed; whoever confirms deals the rest."""
    own = row.captured_by_id == actor.pk and row.stage == Stage.PROPOSED
    if not (own and row.state == DealState.CAPTURED) and not actor.has_perm("deals.confirm_deal"):
        raise NotYours(deal=f"D-{row.pk}")


@retried()
@transaction.atomic
def cancel_deals(
    *, ids: Sequence[int], reason: str, actor: User, at: datetime, evidence: str = ""
) -> Outcome:
    """Cancel deals at once where one side may; ask for the cancellation of the others.

    `evidence` names the document or message of the counterparty's agreement, where it is there
    already. Deals that were asked for stay live, reserved and exposed (`cancellation_of`).
    """
    refused, cells = _cells(ids, lambda _: Act.CANCEL)
    one_sided = [id for id, (_, cell) in cells.items() if not cell.eyes]
    outcome = cancel_unconfirmed(ids=one_sided, reason=reason, actor=actor, at=at)
    facts = {"evidence": evidence} if evidence else {}
    asked = [
        Step(id, reason, {"situation": standing.situation.value, **facts})
        for id, (standing, cell) in cells.items()
        if cell.eyes
    ]
    waiting = advance(Deal, "request_cancel", asked, actor=actor, at=at)
    if evidence:
        steps = [Step(id, reason, facts) for id in sorted(waiting.done)]
        advance(Deal, "agree_cancel", steps, actor=actor, at=at)
    done = sorted([*outcome.done, *waiting.done])
    return Outcome(done, {**refused, **outcome.refused, **waiting.refused})


@transaction.atomic
def agree_cancels(*, ids: Sequence[int], evidence: str, actor: User, at: datetime) -> Outcome:
    """Record the document or message by which the counterparty agrees; other eyes approve it."""
    if not evidence:
        raise EvidenceMissing()
    steps = [Step(id, facts={"evidence": evidence}) for id in ids]
    return advance(Deal, "agree_cancel", steps, actor=actor, at=at)


@transaction.atomic
def deny_cancels(*, ids: Sequence[int], evidence: str, actor: User, at: datetime) -> Outcome:
    """Record that the counterparty does not agree; the deal goes on as it was.

    A request that lies with a place is answered by the place.
    """
    if not evidence:
        raise EvidenceMissing()
    standings = locked_standings(ids)
    with_places = {
        id: CancellationPending(deal=f"D-{id}")
        for id, each in standings.items()
        if each.cancellation == CancelState.APPROVED
    }
    steps = [Step(id, facts={"evidence": evidence}) for id in ids if id not in with_places]
    return advance(Deal, "deny_cancel", steps, actor=actor, at=at).refusing(with_places)


@transaction.atomic
def withdraw_cancels(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back a request that nobody has approved."""
    return advance(Deal, "withdraw_cancel", [Step(id, reason) for id in ids], actor=actor, at=at)


@retried()
@transaction.atomic
def approve_cancels(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Approve, as other eyes, what was asked for and agreed on: the deals are cancelled.

    What a place has is asked back from it first; the deal is cancelled when all of it is agreed on.
    A cleared deal, of which the venue's report says that it is void, leaves its nets.
    """
    hold_nets_of(ids)
    refused, cells = _cells(ids, lambda each: Act.REVERSE if each.cleared else Act.CANCEL)
    refused |= {
        id: AgreementMissing(deal=f"D-{id}")
        for id, (standing, cell) in cells.items()
        if cell.agreement == Agreement.DOCUMENT and standing.cancellation == CancelState.REQUESTED
    }
    steps = [Step(id) for id in ids if id not in refused]
    outcome = advance(Deal, "approve_cancel", steps, actor=actor, at=at)
    approved = [cells[id][0] for id in sorted(outcome.done)]
    asked = [
        each
        for each in approved
        if each.situation != Situation.REST_CANCELLED and any(i.outside for i in each.instructions)
    ]
    requests = [
        Step(i.id) for each in asked for i in each.instructions if i.cancellation != "REQUESTED"
    ]
    advance(Settlement, "request_cancel", sorted(requests, key=_id_of), actor=actor, at=at)
    ask_for_nets([each.id for each in requests], actor=actor, at=at)
    rests = [each for each in approved if each.situation == Situation.REST_CANCELLED]
    ended = [each for each in approved if each not in asked and each not in rests]
    over = [*rests, *ended]
    hold_limits_of(
        [each.id for each in over], [i.id for each in over for i in each.instructions], at=at
    )
    end_rests(rests, actor=actor, at=at)
    leave_nets([each.id for each in ended if each.cleared], at=at)
    end_with_settlements(ended, actor=actor, at=at)
    return outcome.refusing(refused)


def _id_of(step: Step) -> int:
    return step.id


def end_with_settlements(
    standings: Sequence[Standing], *, actor: User | None, at: datetime, reason: str = ""
) -> None:
    """Cancel locked deals to which everybody has agreed, with what is left of their settlements."""
    left = [each for standing in standings for each in standing.instructions]
    withdrawn = withdraw_instructions(left, reason, actor, at)
    steps = [Step(each.id, reason) for each in standings]
    end_deals(steps, actor=actor, at=at, ended={EXPOSURE: withdrawn})


def withdraw_instructions(
    instructions: Iterable[Instruction], reason: str, actor: User | None, at: datetime
) -> list[int]:
    """Settlements that no place has are cancelled by us alone; the caller gives their room back.

    A netting set that one is bound in is open again: the others of it live on.
    """
    instructions = list(instructions)
    free_members([each.id for each in instructions], reason=reason, at=at)
    steps = [Step(each.id, reason) for each in sorted(instructions)]
    return sorted(advance(Settlement, "agree_cancel", steps, actor=actor, at=at).done)


def _cells(
    ids: Sequence[int], act_of: Callable[[Standing], Act]
) -> tuple[dict[int, Refusal], dict[int, tuple[Standing, Consequence]]]:
    """What the table says of each deal, which is locked from now on; and those it refuses."""
    found = locked_standings(ids)
    refused: dict[int, Refusal] = {
        id: NotFound(what="deal", reference=f"D-{id}") for id in ids if id not in found
    }
    cells: dict[int, tuple[Standing, Consequence]] = {}
    for id, standing in sorted(found.items()):
        try:
            cells[id] = standing, consequence_of(standing.situation, act_of(standing))
        except Refusal as refusal:
            refused[id] = refusal
    return refused, cells
