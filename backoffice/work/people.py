"""Work for people: what waits for a clerk, a checker, those who close a day, or an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.events.consumers import Happened, subjects_of
from backoffice.night import role_of
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.amending.consequences import TABLE, Act, Agreement, Situation
from deals.confirming.reading import end_of_day
from ledger.day_processing import CLOSING, SIGN_OFF
from refdata.processes.cases import open_cases
from settlements.preparing import SSI_MISSING

# What waits for a checker from then on, and the facts that say what about.
ASKS_FOR_EYES = {
    "evidence.propose": ("settlement", "document"), "ssi.propose": (), "proposal.file": ("name",),
}  # fmt: skip


def close_done_items(events: Sequence[Happened], *, at: datetime) -> None:
    """What waited for an instruction no longer does once the deal is prepared."""
    close_items(subject_type="deal", subject_ids=subjects_of(events), kinds=[SSI_MISSING], at=at)


def tell_clerks(events: Sequence[Happened], *, at: datetime) -> None:
    """What came in and cannot be booked, and what has failed to settle, waits for a clerk."""
    items = [
        NewItem(
            kind="repair" if e.kind == "inbound.receive" else "failing", queue="clerk",
            subject_type=e.subject_type, subject_id=e.subject_id, entity_id=e.entity_id,
            reason=", ".join(e.facts.get("problems", [])) or e.reason,
            amount=Decimal(e.facts["amount"]) if e.facts.get("amount") else None,
            currency=e.facts.get("currency", ""), due_at=end_of_day(e.recorded_at),
        )
        for e in events
        if e.kind != "settlement.settle"
    ]  # fmt: skip
    open_items(items, at=at)
    settled = [event for event in events if event.kind == "settlement.settle"]
    close_items(
        subject_type="settlement", subject_ids=subjects_of(settled), kinds=["failing"],
        at=at,
    )  # fmt: skip


def tell_clerks_of_cover(events: Sequence[Happened], *, at: datetime) -> None:
    """What a place settled and our books cannot follow waits for a clerk, until they do."""
    last = {e.subject_id: e for e in events}
    items = [
        NewItem(
            kind="uncovered", queue="clerk", subject_type=e.subject_type, subject_id=e.subject_id,
            entity_id=e.entity_id, reason=e.reason, due_at=end_of_day(e.recorded_at),
        )
        for e in last.values()
        if e.kind == "settlement.lack_cover"
    ]  # fmt: skip
    open_items(items, at=at)
    over = sorted(id for id, e in last.items() if e.kind != "settlement.lack_cover")
    close_items(subject_type="settlement", subject_ids=over, kinds=["uncovered"], at=at)


def tell_administrator(events: Sequence[Happened], *, at: datetime) -> None:
    """Events that no consumer could digest, broken runs and limits that were wrong wait for an administrator."""
    kinds = {"event.park": "parked-event", "limit.alarm": "limit-alarm"}
    items = [
        NewItem(
            kind=kinds.get(e.kind, "broken-run"), queue="admin", subject_type=e.subject_type,
            subject_id=e.subject_id, entity_id=e.entity_id, reason=e.reason,
        )
        for e in events
    ]  # fmt: skip
    open_items(items, at=at)


def tell_checkers(events: Sequence[Happened], *, at: datetime) -> None:
    """Documents that would settle, instructions and changes of reference data wait for other eyes."""
    asked = [e for e in events if e.kind in ASKS_FOR_EYES]
    items = [
        NewItem(
            kind=e.subject_type, queue="checker", subject_type=e.subject_type,
            subject_id=e.subject_id, entity_id=e.entity_id,
            reason=": ".join(e.facts[name] for name in ASKS_FOR_EYES[e.kind]),
        )
        for e in asked
    ]  # fmt: skip
    open_items(items, at=at)
    for subject in ("evidence", "ssi", "proposal"):
        about = [e for e in events if e.subject_type == subject and e.kind not in ASKS_FOR_EYES]
        close_items(subject_type=subject, subject_ids=subjects_of(about), kinds=[subject], at=at)


def tell_closers(events: Sequence[Happened], *, at: datetime) -> None:
    """What holds up the close of a day waits for those who can go on with it."""
    waiting = {
        "night.break_off": "broken-night", "openpoint.open": "open-points",
        "openpoint.recur": "open-points", "businessday.seal": "sign-off",
        "businessday.take_step": "sign-off",
    }  # fmt: skip
    days = subjects_of([e for e in events if waiting.get(e.kind) == "sign-off"])
    cases = open_cases(CLOSING.name, CLOSING.subject, days)
    early = {id for id, case in cases.items() if case.next.key != SIGN_OFF}
    items = [
        NewItem(
            kind=waiting[e.kind], queue=role_of(e.facts["step"] if e.kind == "night.break_off" else waiting[e.kind]),
            subject_type="businessday", subject_id=e.facts.get("day", e.subject_id),
            entity_id=e.entity_id, reason=e.reason,
        )
        for e in events
        if e.kind in waiting and not (waiting[e.kind] == "sign-off" and e.subject_id in early)
    ]  # fmt: skip
    open_items(items, at=at)
    for e in events:
        done = {"night.restart": "broken-night", "businessday.sign_off": "sign-off"}.get(e.kind)
        done = "open-points" if e.kind == "businessday.seal" else done
        if done:
            day = e.facts.get("day", e.subject_id)
            close_items(subject_type="businessday", subject_ids=[day], kinds=[done], at=at)


# What a cancellation waits for: the answer of the counterparty, or other eyes.
CANCEL_ANSWER, CANCEL_EYES = "cancel-answer", "cancel-approval"


def tell_of_cancellations(events: Sequence[Happened], *, at: datetime) -> None:
    """A clerk records the counterparty's answer to a request; a checker approves what is agreed."""
    for e in events:
        waits = _waits_for(e)
        other = [kind for kind in (CANCEL_ANSWER, CANCEL_EYES) if kind != waits]
        close_items(subject_type="deal", subject_ids=[e.subject_id], kinds=other, at=at)
        if waits:
            item = NewItem(
                kind=waits, queue="clerk" if waits == CANCEL_ANSWER else "checker",
                subject_type="deal", subject_id=e.subject_id, entity_id=e.entity_id,
                reason=e.reason, due_at=end_of_day(e.recorded_at),
            )  # fmt: skip
            open_items([item], at=at)


def _waits_for(event: Happened) -> str:
    if event.kind == "deal.agree_cancel":
        return CANCEL_EYES
    if event.kind != "deal.request_cancel":
        return ""
    cell = TABLE[Situation(event.facts["situation"])][Act.CANCEL]
    return CANCEL_ANSWER if cell.agreement == Agreement.DOCUMENT else CANCEL_EYES
