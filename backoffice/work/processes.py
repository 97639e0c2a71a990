"""Work for processes: the next step of a case waits for its role, by its deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.processes.deciding import due_at
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.models import Deal
from deals.processing.kinds import CONFIRMING
from deals.selectors import due_of, with_economics
from refdata.models import ProcessCase
from refdata.processes.cases import OpenCase, open_cases
from refdata.processes.reacting import REACTION_KINDS

STEP = "process-step"


# What ends what a process called somebody about.
OVER = (
    "settlement.settle", "settlement.agree_cancel", "inbound.replay", "inbound.withdraw",
    "purchase.pay", "businessday.sign_off",
)  # fmt: skip
PROCESS_EVENTS = ("process.begin", "process.finish", "process.end", "deal.take_step", *OVER)


def tell_of_processes(events: Sequence[Happened], *, at: datetime) -> None:
    """What a case waits for now is work for the role of its next step; what it waited for before is not.

    Who was called about something that lasted is called no more once it is over.
    """
    over = [e for e in events if e.kind in OVER]
    for subject in sorted({e.subject_type for e in over}):
        ended = subjects_of([e for e in over if e.subject_type == subject])
        close_items(subject_type=subject, subject_ids=ended, kinds=REACTION_KINDS, at=at)
    cases = subjects_of([e for e in events if e.subject_type == "process"])
    about = ProcessCase.objects.filter(pk__in=cases, subject_type=CONFIRMING.subject)
    ids = {
        *about.values_list("subject_id", flat=True),
        *subjects_of([e for e in events if e.subject_type == "deal"]),
    }
    close_items(subject_type="deal", subject_ids=sorted(ids), kinds=[STEP], at=at)
    waiting = open_cases(CONFIRMING.name, CONFIRMING.subject, sorted(ids))
    deals = with_economics(Deal.objects.filter(pk__in=waiting)).order_by("pk")
    open_items([_item(deal, waiting[deal.pk]) for deal in deals], at=at)


def _item(deal: Any, case: OpenCase) -> NewItem:
    step = case.next
    return NewItem(
        kind=STEP, queue=step.role, subject_type="deal", subject_id=deal.pk, entity_id=deal.entity_id,
        reason=f"{step.name.en} | {step.name.ru}", amount=abs(deal.net_amount), currency=deal.currency,
        due_at=due_at(step, due_of(deal)),
    )  # fmt: skip
