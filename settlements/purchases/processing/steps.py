"""The steps that a process adds to the checklist of a purchase: they stand between its own, and the payment waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from backoffice.access.models import User
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Conflict
from backoffice.workflow.processes.conditions import Facts
from backoffice.workflow.transitions import Outcome
from deals.confirming.reading import evening_of
from deals.processing.measuring import measured
from deals.state import DealState
from refdata.processes.cases import NewCase, OpenCase, Taken, begin_cases, end_cases, open_cases
from refdata.processes.steps import Subject, cases_needed, first_of, take_added_steps, take_anchor
from settlements.purchases.models import Purchase
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL, BUYING, PAY
from settlements.purchases.state import STEPS, PurchaseState

OVER = (DealState.CANCELLED, DealState.REPLACED)


def facts_of(deal: Facts, state: str = "") -> Facts:
    """What is known of a purchase by its deal; how far it will have come is not, of one that begins."""
    return {"amount": deal["amount"], "first_time": deal["first_time"], "state": state}


def case_of(id: int) -> OpenCase | None:
    """What is under way about a purchase, where its process asks for more than its own steps."""
    return open_cases(BUYING.name, BUYING.subject, [id]).get(id)


def bring_cases(deal_ids: Sequence[int], *, at: datetime) -> None:
    """Have purchases go through what their deals ask for by now: begun, begun anew, or ended with the deal.

    A deal that was amended so that more is asked goes on with what was done. What would be asked no longer
    stays asked. Locks the purchases.
    """
    locked = Purchase.objects.select_for_update(of=("self",)).select_related("deal")
    rows = {row.pk: row for row in locked.filter(deal__in=deal_ids).order_by("pk")}
    over = [id for id, row in rows.items() if row.deal.state in OVER]
    reason = "The deal is cancelled."
    end_cases(subject_type=BUYING.subject, subject_ids=over, reason=reason, actor=None, at=at)
    going = {
        id: row for id, row in rows.items() if id not in over and row.state != PurchaseState.PAID
    }
    cases = cases_needed(BUY_FROM_INDIVIDUAL, lambda: _subjects(going))
    there = open_cases(BUYING.name, BUYING.subject, sorted(cases))
    asked = {id: _going_on(case, there.get(id), going[id]) for id, case in cases.items()}
    more = {id: case for id, case in asked.items() if case is not None}
    reason = "The deal is another version."
    end_cases(
        subject_type=BUYING.subject, subject_ids=sorted(more), reason=reason, actor=None, at=at
    )
    begin_cases([more[id] for id in sorted(more)], actor=None, at=at)


def _subjects(rows: Mapping[int, Purchase]) -> list[Subject]:
    """Each as its deal is now, since the moment at which that was captured."""
    by_deal = {row.deal_id: row for row in rows.values()}
    return [
        Subject(by_deal[deal.id].pk, deal.entity_id, deal.captured_at, facts_of(deal.facts))
        for deal in measured(sorted(by_deal))
    ]


def _going_on(case: NewCase, under_way: OpenCase | None, row: Purchase) -> NewCase | None:
    """A case with what was done before it and then whatever it asks for; None where nothing is asked anew."""
    if under_way is not None and {*case.required} <= {*under_way.row.required}:
        return None
    before = list(under_way.taken) if under_way is not None else _done(row)
    done = [each.key for each in before]
    following = [key for key in case.required if key not in done]
    return replace(case, before=before, required=[*done, *following])


def _done(row: Purchase) -> list[Taken]:
    """The steps of the checklist that were taken before anything was added to them, as its history tells."""
    place = list(PurchaseState).index(PurchaseState(row.state))
    if not place:
        return []
    events = {event.kind.partition(".")[2]: event for event in history_of("purchase", row.pk)}
    return [Taken(step, (e := events[step]).actor_id, "", e.recorded_at) for step in STEPS[:place]]


def due_of(row: Purchase) -> datetime | None:
    """The cut-off of a purchase: the evening of the house on the day on which the securities are due."""
    return evening_of(row.deal.due_date)


def require_turn(row: Purchase, step: str, case: OpenCase | None) -> None:
    """Raises AnotherStepFirst where the process of a purchase has another step before one of its own."""
    if case is not None and case.next.key != step:
        raise first_of(case, str(row))


def take_own_step(row: Purchase, step: str, *, actor: User, at: datetime) -> None:
    """Take a step of the checklist in its turn. Raises AnotherStepFirst, OtherEyesRequired."""
    take_anchor(case_of(row.pk), step, row=row, actor=actor, at=at)


def take_step_purchases(
    *, ids: Sequence[int], step: str = "", evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the added step that each purchase waits for. Refused: what `take_added_steps` refuses."""
    return take_added_steps(
        BUY_FROM_INDIVIDUAL, Purchase, ids=ids, step=step, evidence=evidence, actor=actor, at=at
    )


def before_payment(purchase_ids: Sequence[int]) -> dict[int, Conflict]:
    """Of these purchases, those that may not be paid because a step was added before that and is not taken.

    Paying ahead of the credit skips the program's own steps, as two persons allowed; not what was added.
    """
    found: dict[int, Conflict] = {}
    for id, case in open_cases(BUYING.name, BUYING.subject, purchase_ids).items():
        required = case.row.required
        before = required[len(case.taken) : required.index(PAY)]
        if any(key not in BUYING.anchored for key in before):
            found[id] = first_of(case, f"PU-{id}")
    return found
