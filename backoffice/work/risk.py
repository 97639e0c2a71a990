"""Work for risk and the manager: what goes beyond limits, what they stop, and what waits for other eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.events.consumers import Happened
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.confirming.reading import end_of_day

CHANGES = ("override", "cap", "opening", "closing")
# States of breaches and changes in which nobody has to decide about them any more.
DECIDED_CHANGES = frozenset({"ACCEPTED", "CURED", "APPROVED", "DECLINED", "WITHDRAWN", "EXPIRED"})


def tell_risk(events: Sequence[Happened], *, at: datetime) -> None:
    """A breach waits for risk, and whatever is proposed about limits for the manager, until it is decided."""
    items = [
        NewItem(
            kind=e.subject_type, queue="risk" if e.subject_type == "breach" else "manager",
            subject_type=e.subject_type, subject_id=e.subject_id, entity_id=e.entity_id,
            reason=e.reason or e.facts["limit"], amount=Decimal(e.facts["amount"]),
            currency=e.facts["currency"], due_at=end_of_day(e.recorded_at),
        )
        for e in events
        if e.kind in ("breach.open", *(f"{each}.propose" for each in CHANGES))
    ]  # fmt: skip
    open_items(items, at=at)
    for subject in ("breach", *CHANGES):
        ended = [e for e in events if e.subject_type == subject and e.target in DECIDED_CHANGES]
        close_items(
            subject_type=subject,
            subject_ids=sorted({e.subject_id for e in ended}),
            kinds=[subject],
            at=at,
        )


def tell_risk_of_settlements(events: Sequence[Happened], *, at: datetime) -> None:
    """What a settlement-day limit stops waits for risk until it goes out, or is settled without."""
    items = [
        NewItem(
            kind="settlement-limit", queue="risk", subject_type=e.subject_type,
            subject_id=e.subject_id, entity_id=e.entity_id, reason=e.facts["limit"],
            amount=Decimal(e.facts["short"]), currency=e.facts["currency"],
            due_at=end_of_day(e.recorded_at),
        )
        for e in events
        if e.kind == "settlement.exceed_limit"
    ]  # fmt: skip
    open_items(items, at=at)
    stopped_last = {e.subject_id: e.kind == "settlement.exceed_limit" for e in events}
    gone = sorted(id for id, stopped in stopped_last.items() if not stopped)
    close_items(subject_type="settlement", subject_ids=gone, kinds=["settlement-limit"], at=at)


HIT_KINDS = (
    "screeninghit.open", "screeninghit.recur", "screeninghit.propose_clearing",
    "screeninghit.approve_clearing", "screeninghit.decline_clearing", "screeninghit.confirm",
    "screeninghit.vanish",
)  # fmt: skip
# In which state of a hit who has to do what.
HITS_WAIT = {"OPEN": ("screening-hit", "risk"), "CLEARING": ("screening-clearing", "manager")}


def tell_risk_of_hits(events: Sequence[Happened], *, at: datetime) -> None:
    """A hit waits for risk to compare it, then for the manager to agree that it is another."""
    last = {e.subject_id: e for e in events}
    for kind, _ in HITS_WAIT.values():
        over = [id for id, e in last.items() if HITS_WAIT.get(e.target, ("",))[0] != kind]
        close_items(subject_type="screeninghit", subject_ids=over, kinds=[kind], at=at)
    items = []
    for id, e in sorted(last.items()):
        if e.target in HITS_WAIT:
            kind, queue = HITS_WAIT[e.target]
            items.append(
                NewItem(
                    kind=kind, queue=queue, subject_type="screeninghit", subject_id=id,
                    reason=e.reason or e.facts.get("entry", ""),
                )
            )  # fmt: skip
    open_items(items, at=at)
