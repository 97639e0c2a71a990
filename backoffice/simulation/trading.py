"""Taking the deals of a simulated day all the way to its places: captured, confirmed, prepared, released and sent.

Every step takes up what is left of it and commits in batches: broken off, the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Sum

from backoffice.access.models import User
from backoffice.events.models import ConsumerCursor, Event, SequencedEvent
from backoffice.simulation.dealing import deals_of
from backoffice.simulation.firm import Firm
from backoffice.simulation.plan import Plan
from backoffice.tasks import follow_events
from deals.capturing.bulk import capture_chunk, check_chunk
from deals.capturing.schema import terms_of
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from deals.state import DealState
from settlements.models import Settlement, SettlementRun
from settlements.running.services import request_run, work_on_run
from settlements.services import release_settlements

Clock = Callable[[], datetime]
CHUNK = 2_000  # deals that are captured, or settlements that are released, in one commit
PATIENCE_SECONDS = 3600.0


class Stuck(Exception):
    """A step did not come to its end."""


def capture(plan: Plan, firm: Firm, dealer: User, *, clock: Clock) -> int:
    """Capture what is not captured yet; how many deals were new. Raises Stuck where one is refused."""
    known = set(Deal.objects.filter(entity=firm.entity).values_list("external_ref", flat=True))
    left = (each for each in deals_of(plan, firm) if each["external_ref"] not in known)
    total = 0
    while rows := list(islice(left, CHUNK)):
        at = clock()
        chunk = check_chunk((terms_of(row) for row in rows), total, actor=dealer, at=at)
        with transaction.atomic():
            told = capture_chunk(chunk, actor=dealer, at=at)
        total += len(rows)
        refused = [row for row in told if row["status"] != "accepted"]
        if refused:
            raise Stuck(f"{len(refused)} deals were not captured, the first: {refused[0]}")
    return total


def agree(firm: Firm, people: Mapping[str, User], *, clock: Clock) -> int:
    """Confirm and approve, each by other eyes."""
    rows = Deal.objects.filter(entity=firm.entity).order_by("id")
    for ids in _batches(rows.filter(state=DealState.CAPTURED).values_list("id", flat=True)):
        confirm_deals(ids=ids, evidence="Affirmed.", actor=people["clerk"], at=clock())
    confirmed = rows.filter(state=DealState.PENDING_APPROVAL).values_list("id", flat=True)
    count = 0
    for ids in _batches(confirmed):
        count += len(approve_deals(ids=ids, actor=people["checker"], at=clock()).done)
    return count


def follow() -> None:
    """Follow the events until nothing moves any more: other work on the server may hold them back."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = None
    while time.monotonic() < deadline:
        follow_events()
        read = ConsumerCursor.objects.aggregate(total=Sum("number"))["total"]
        now = (Event.objects.count(), SequencedEvent.objects.count(), read)
        if now[0] == now[1] and now == before:
            return
        before = now
        time.sleep(0.05)
    raise Stuck("the events were not followed to their end")


def release(plan: Plan, firm: Firm, checker: User, *, clock: Clock) -> int:
    rows = Settlement.objects.filter(
        entity=firm.entity, approval="PREPARED", due_date__lte=plan.day, transmission="NONE"
    )
    count = 0
    for ids in _batches(rows.order_by("id").values_list("id", flat=True)):
        count += len(release_settlements(ids=ids, actor=checker, at=clock()).done)
    return count


def send(plan: Plan, firm: Firm, clerk: User, *, clock: Clock) -> int:
    """One run lets everything go that is released; how much has left."""
    rows = Settlement.objects.filter(
        entity=firm.entity, approval="APPROVED", due_date__lte=plan.day
    )
    if rows.filter(transmission="NONE").exists():
        run = request_run(
            business_date=plan.day, objective="FIFO", mode="RELEASE", is_last=True,
            entity_id=firm.entity.pk, actor=clerk, at=clock(),
        )  # fmt: skip
        work_on_run(run.pk, at=clock())
        _wait_for(run.pk, clock)
    return rows.exclude(transmission="NONE").count()


def _wait_for(run_id: int, clock: Clock) -> None:
    """A worker may have taken it up before us."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        state = SettlementRun.objects.values_list("state", flat=True).get(pk=run_id)
        if state in ("COMPLETED", "FAILED"):
            break
        time.sleep(0.2)
        work_on_run(run_id, at=clock())
    if state != "COMPLETED":
        raise Stuck(f"the run is {state}")


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    rows = iter(list(ids))
    while batch := list(islice(rows, CHUNK)):
        yield batch
