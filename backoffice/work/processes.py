"""Work for processes: the next step of a case waits for its role, by its deadline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.processes.deciding import due_at
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.models import Deal, Inbound
from deals.processing.kinds import CONFIRMING
from deals.repairing.processing import REPAIRING
from deals.selectors import due_of, with_economics
from ledger import day_steps
from ledger.day_processing import CLOSING
from ledger.models import BusinessDay
from onboarding.processing.kinds import ONBOARDING
from refdata.models import ProcessCase
from refdata.processes.cases import OpenCase, open_cases
from refdata.processes.reacting import REACTION_KINDS
from settlements.purchases.models import Purchase
from settlements.purchases.processing import steps as purchase_steps
from settlements.purchases.processing.kinds import BUYING

STEP = "process-step"


# What ends what a process called somebody about.
OVER = (
    "settlement.settle", "settlement.agree_cancel", "inbound.replay", "inbound.withdraw",
    "purchase.pay", "businessday.sign_off",
    "partyfile.approve", "partyfile.send_back", "partyfile.decline", "partyfile.close",
)  # fmt: skip


class Waiting(NamedTuple):
    """Of what waits for a step: when its case is cut off, and what is at stake where that is known."""

    cut_off: datetime | None
    amount: Decimal | None = None
    currency: str = ""


def _deals(ids: Sequence[int]) -> dict[int, Waiting]:
    rows: Any = with_economics(Deal.objects.filter(pk__in=ids)).order_by("pk")
    return {row.pk: Waiting(due_of(row), abs(row.net_amount), row.currency) for row in rows}


def _repairs(ids: Sequence[int]) -> dict[int, Waiting]:
    rows = Inbound.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "deal_id")
    deal_of, known = dict(rows), _deals([deal_id for _, deal_id in rows])
    return {id: known[deal_id] for id, deal_id in deal_of.items()}


def _days(ids: Sequence[int]) -> dict[int, Waiting]:
    rows = BusinessDay.objects.filter(pk__in=ids).order_by("pk")
    return {row.pk: Waiting(day_steps.due_of(row)) for row in rows}


def _purchases(ids: Sequence[int]) -> dict[int, Waiting]:
    rows = Purchase.objects.filter(pk__in=ids).select_related("deal").order_by("pk")
    return {row.pk: Waiting(purchase_steps.due_of(row)) for row in rows}


def _files(ids: Sequence[int]) -> dict[int, Waiting]:
    """Nothing of a party's file is due before a cut-off."""
    return {id: Waiting(None) for id in ids}


# By what a case is about: its process, the anchors that wait as work of their own, and what is known of it.
Asked = Callable[[Sequence[int]], dict[int, Waiting]]
WAITS: Mapping[str, tuple[str, frozenset[str], Asked]] = {
    CONFIRMING.subject: (CONFIRMING.name, frozenset(), _deals),
    REPAIRING.subject: (REPAIRING.name, REPAIRING.anchored, _repairs),
    BUYING.subject: (BUYING.name, BUYING.anchored, _purchases),
    CLOSING.subject: (CLOSING.name, CLOSING.anchored, _days),
    ONBOARDING.subject: (ONBOARDING.name, frozenset(), _files),
}
PROCESS_EVENTS = (
    "process.begin", "process.finish", "process.end", *OVER,
    *(f"{subject}.take_step" for subject in WAITS),
    *(f"purchase.{step}" for step in sorted(BUYING.anchored - {"pay"})),
)  # fmt: skip


def tell_of_processes(events: Sequence[Happened], *, at: datetime) -> None:
    """What a case waits for now is work for the role of its next step; what it waited for before is not.

    Who was called about something that lasted is called no more once it is over.
    """
    over = [e for e in events if e.kind in OVER]
    for subject in sorted({e.subject_type for e in over}):
        ended = subjects_of([e for e in over if e.subject_type == subject])
        close_items(subject_type=subject, subject_ids=ended, kinds=REACTION_KINDS, at=at)
    cases = subjects_of([e for e in events if e.subject_type == "process"])
    for subject in WAITS:
        about = ProcessCase.objects.filter(pk__in=cases, subject_type=subject)
        ids = {
            *about.values_list("subject_id", flat=True),
            *subjects_of([e for e in events if e.subject_type == subject]),
        }
        _tell(subject, sorted(ids), at)


def _tell(subject: str, ids: Sequence[int], at: datetime) -> None:
    process, own, known = WAITS[subject]
    close_items(subject_type=subject, subject_ids=ids, kinds=[STEP], at=at)
    cases = {
        id: case
        for id, case in open_cases(process, subject, ids).items()
        if case.next.key not in own
    }
    waiting = known(sorted(cases)) if cases else {}
    open_items([_item(cases[id], each) for id, each in waiting.items()], at=at)


def _item(case: OpenCase, waiting: Waiting) -> NewItem:
    step = case.next
    return NewItem(
        kind=STEP, queue=step.role, subject_type=case.row.subject_type,
        subject_id=case.row.subject_id, entity_id=case.row.entity_id,
        reason=f"{step.name.en} | {step.name.ru}", amount=waiting.amount,
        currency=waiting.currency, due_at=due_at(step, waiting.cut_off),
    )  # fmt: skip
