"""Cancelling settlements: by us alone where no place has them, else by asking; and what places answer.

A settlement that is cancelled alone leaves its deal to be prepared anew, with the instruction that is
good then. One that is cancelled with its deal ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.amending.consequences import Situation
from deals.models import Deal
from deals.state import CancelState, DealState
from limits.services import give_back
from settlements.changing.rest import PENDING
from settlements.changing.services import CancellationPending, end_with_settlements
from settlements.changing.situations import Instruction, Standing, locked_standings
from settlements.clearing.cancelling import cancel_net_settlements
from settlements.exposures import EXPOSURE
from settlements.models import Settlement
from settlements.netting.asking import (
    ask_for_nets,
    cancel_nets,
    deny_nets,
    free_members,
    take_back_nets,
)

_OF_REST = Situation.REST_CANCELLED.value


class SettledAlready(Conflict):
    code = "settled-already"
    title = gettext_noop("What is settled is not cancelled")
    detail = gettext_noop("%(settlement)s, or another settlement of its deal, is settled.")
    hint = gettext_noop("A settled part is undone by a deal the other way.")


class MatchedInside(Conflict):
    code = "matched-inside"
    title = gettext_noop("Both sides are agreed in our own books")
    detail = gettext_noop("%(settlement)s is matched: no place can be asked to cancel it.")
    hint = gettext_noop("Cancel or amend its deal, with the agreement of the counterparty.")


class ClaimFollowsItsTrade(Conflict):
    code = "claim-follows-its-trade"
    title = gettext_noop("A market claim is not cancelled by itself")
    detail = gettext_noop("%(settlement)s hands on what a record date gave to the other side.")
    hint = gettext_noop("Cancel the settlement that it came of: its claim falls away with it.")


class NoCancellationAsked(Conflict):
    code = "no-cancellation-asked"
    title = gettext_noop("Nobody asked for that cancellation")
    detail = gettext_noop("No cancellation of %(settlement)s is waiting for an answer.")
    hint = gettext_noop("Look at which settlement the answer means.")


@transaction.atomic
def cancel_settlements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Cancel settlements, each with the others of its deal, to be prepared anew.

    What no place has is withdrawn at once; the places of the rest are asked, and until they agree
    it stays live. Of one that settled in part inside our own books the counterparty is asked.
    Raises nothing: refuses with SettledAlready, MatchedInside, CancellationPending, ClaimFollowsItsTrade.
    """
    of_deal = dict(
        Settlement.objects.filter(pk__in=ids, source_type="deal").values_list("pk", "source_id")
    )
    nets = Settlement.objects.filter(pk__in=ids, source_type="net").values_list("pk", flat=True)
    of_nets = cancel_net_settlements(sorted(nets), reason=reason, actor=actor, at=at)
    of_sets = cancel_nets(ids, reason=reason, actor=actor, at=at)
    others = [i for i in ids if not (i in of_deal or i in of_nets.done or i in of_sets.done)]
    refused = _of_no_deal(others) | of_nets.refused | of_sets.refused
    standings = locked_standings(sorted(set(of_deal.values())))
    why = {id: _unfit(id, standings[deal]) for id, deal in sorted(of_deal.items())}
    refused |= {id: refusal for id, refusal in why.items() if refusal is not None}
    chosen = {of_deal[id]: id for id in of_deal if id not in refused}
    asked = [standings[d] for d in sorted(chosen) if _asking(standings[d])]
    waiting = [
        i
        for each in asked
        for i in each.instructions
        if i.cancellation != "REQUESTED"
        and (_goes_with(each, chosen[each.id]) or i.id == chosen[each.id])
    ]
    outcome = advance(
        Settlement, "request_cancel", [Step(i.id, reason) for i in sorted(waiting)],
        actor=actor, at=at,
    )  # fmt: skip
    ask_for_nets(outcome.done, actor=actor, at=at)
    alone = [standings[d] for d in sorted(chosen) if not _asking(standings[d])]
    withdrawn = _withdraw(alone, reason, actor, at)
    done = sorted(set(ids) & {*outcome.done, *withdrawn, *of_nets.done, *of_sets.done})
    return Outcome(done, {**refused, **{i: r for i, r in outcome.refused.items() if i in ids}})


def _of_no_deal(ids: Sequence[int]) -> dict[int, Refusal]:
    claims = set(
        Settlement.objects.filter(pk__in=ids, source_type="claim").values_list("pk", flat=True)
    )
    return {
        id: ClaimFollowsItsTrade(settlement=f"S-{id}")
        if id in claims
        else NotFound(what="settlement", reference=f"S-{id}")
        for id in ids
    }


def _goes_with(standing: Standing, id: int) -> bool:
    """Whether the others of its deal are cancelled with it: not with the rest of one that settled in part."""
    return not any(each.id == id and each.settled for each in standing.instructions)


def _unfit(id: int, standing: Standing) -> Refusal | None:
    own = next((each for each in standing.instructions if each.id == id), None)
    name = f"S-{id}"
    if own is None or own.over:
        return NotFound(what="settlement", reference=name)
    if standing.cancellation in PENDING:
        return CancellationPending(deal=f"D-{standing.id}")
    if own.settlement == "PARTIAL":  # its rest is asked for, and what is settled stays
        return None
    if any(each.settled for each in standing.instructions):
        return SettledAlready(settlement=name)
    if own.inside and own.matching == "MATCHED":
        return MatchedInside(settlement=name)
    return None


def _asking(standing: Standing) -> list[Instruction]:
    return [each for each in standing.instructions if each.asks]


def _withdraw(
    standings: Sequence[Standing], reason: str, actor: User | None, at: datetime
) -> list[int]:
    """Cancel all settlements of these deals, which are to be prepared anew."""
    steps = [Step(i.id, reason) for each in standings for i in each.instructions]
    free_members([step.id for step in steps], reason=reason, at=at)
    done = sorted(advance(Settlement, "agree_cancel", steps, actor=actor, at=at).done)
    again = [Step(each.id, reason) for each in standings if each.state == DealState.SETTLING]
    advance(Deal, "reinstruct", again, actor=actor, at=at)
    give_back(EXPOSURE, done, state="RELEASED")
    return done


@transaction.atomic
def take_cancelled(*, answers: Mapping[int, Step], at: datetime) -> Outcome:
    """Places agree to cancel these settlements: what nobody waits for any more is over.

    With the last of a deal the deal is cancelled, where that was asked for; else it is prepared
    anew. Of one that had settled in part only the rest is over, and a person says what becomes of it.
    An answer to a question that was not asked, or about what is settled, is refused.
    """
    answers = take_back_nets(answers, at=at)
    standings, refused = _answered(answers)
    good = {id: step for id, step in answers.items() if id not in refused}
    outcome = advance(
        Settlement, "agree_cancel", [good[id] for id in sorted(good)], actor=None, at=at
    )
    gone = set(outcome.done)
    left = [
        each._replace(
            instructions=tuple(
                i._replace(cancellation="AGREED") if i.id in gone else i
                for i in each.instructions
                if i.id not in gone or i.settled
            )
        )
        for each in standings
    ]
    over = [each for each in left if not any(i.outside or i.settled for i in each.instructions)]
    with_deal = [each for each in over if each.cancellation == CancelState.APPROVED]
    end_with_settlements(with_deal, actor=None, at=at)
    _withdraw([each for each in over if each not in with_deal], "", None, at)
    give_back(EXPOSURE, sorted(gone), state="RELEASED")
    return outcome.refusing(refused)


@transaction.atomic
def take_denied(*, answers: Mapping[int, Step], at: datetime) -> Outcome:
    """Places do not cancel these settlements: they go on, and with them the rest of their deals."""
    answers = deny_nets(answers, at=at)
    standings, refused = _answered(answers)
    steps = [step for id, step in sorted(answers.items()) if id not in refused]
    outcome = advance(Settlement, "deny_cancel", steps, actor=None, at=at)
    others = [
        Step(i.id)
        for each in standings
        for i in each.instructions
        if i.cancellation == "REQUESTED" and i.id not in answers
    ]
    advance(Settlement, "deny_cancel", others, actor=None, at=at)
    asked = [Step(each.id) for each in standings if each.cancellation == CancelState.APPROVED]
    advance(Deal, "deny_cancel", asked, actor=None, at=at)
    return outcome.refusing(refused)


def _answered(answers: Mapping[int, Step]) -> tuple[list[Standing], dict[int, Refusal]]:
    """The deals of the settlements that answers are about, locked; and answers to no question."""
    of_deal = dict(
        Settlement.objects.filter(pk__in=answers, source_type="deal").values_list("pk", "source_id")
    )
    standings = locked_standings(sorted(set(of_deal.values())))
    waiting = {
        each.id
        for standing in standings.values()
        for each in standing.instructions
        if each.cancellation == "REQUESTED" and each.settlement != "SETTLED"
    }
    refused: dict[int, Refusal] = {
        id: NoCancellationAsked(settlement=f"S-{id}") for id in answers if id not in waiting
    }
    concerned = {of_deal[id] for id in answers if id not in refused}
    return [each for id, each in sorted(standings.items()) if id in concerned], refused


@transaction.atomic
def end_requests_of_settled(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """What is settled is cancelled no more: requests for deals of which a part is settled are over.

    Those that were asked for after it, about the rest alone, are not. What was never sent goes on:
    no place is going to answer for it.
    """
    rows = Settlement.objects.filter(pk__in=settlement_ids, source_type="deal")
    with_place = Settlement.objects.filter(
        source_type="deal", source_id__in=rows.values("source_id"), cancellation="REQUESTED"
    )
    rows_unsent = with_place.filter(transmission="NONE").exclude(settlement="PARTIAL")
    unsent = rows_unsent.order_by("pk").values_list("pk", flat=True)
    advance(Settlement, "deny_cancel", [Step(id) for id in unsent], actor=None, at=at)
    deals = Deal.objects.filter(pk__in=rows.values("source_id"), cancellation__in=PENDING)
    asked = requests_of(deals.order_by("pk").values_list("pk", flat=True))
    steps = [Step(id) for id, facts in asked.items() if facts["situation"] != _OF_REST]
    advance(Deal, "deny_cancel", steps, actor=None, at=at)


def requests_of(deal_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the last request to cancel each of these deals said."""
    rows = Event.objects.filter(
        subject_type="deal", subject_id__in=list(deal_ids), kind="deal.request_cancel"
    )
    return {event.subject_id: event.facts for event in rows.order_by("subject_id", "tx", "id")}
