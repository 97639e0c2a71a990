"""Telling events to webhooks: claimed, sent outside of any transaction, and recorded. At least once.

Each webhook is told in the order of numbers, one batch at a time; threads tell several at once, and a claim
keeps other workers away for a minute, so a receiver that is slow or dead holds up nobody else. Killed between
sending and recording, a batch is sent again when its claim is over.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from backoffice.access.models import User
from backoffice.events.leases import leased
from backoffice.events.models import SequencedEvent
from backoffice.webhooks.models import Delivery, Progress, Webhook
from backoffice.webhooks.rules import (
    BETWEEN_BATCHES,
    is_given_up,
    secret_of,
    signature,
    wait_after,
)
from backoffice.webhooks.sending import Answer, post
from backoffice.workflow.transitions import Step, advance

BATCH = 500
THREADS = 8
LOCK = 7_000_012  # advisory lock: one process delivers
LOOK_AGAIN_SECONDS = 0.5
CLAIMED_FOR = timedelta(seconds=60)
KEPT_DAYS = 30
READS = "events.read_feed"
Seen = Callable[[User], Q]  # which events a person may see, with names under `event__`

_CLAIM = """
WITH due AS MATERIALIZED (
  SELECT p.webhook_id FROM webhooks_progress p JOIN webhooks_webhook w ON w.id = p.webhook_id
   WHERE w.state = 'ACTIVE' AND p.next_attempt_at <= %(at)s
     AND (p.claimed_until IS NULL OR p.claimed_until <= %(at)s)
     AND p.number < (SELECT coalesce(max(number), 0) FROM events_sequence)
   ORDER BY p.next_attempt_at, p.webhook_id LIMIT %(most)s FOR UPDATE OF p SKIP LOCKED)
UPDATE webhooks_progress p SET claim = p.claim + 1, claimed_until = %(until)s
  FROM due WHERE p.webhook_id = due.webhook_id
RETURNING p.webhook_id, p.number, p.claim, p.failures
"""
_ANY_DUE = """
SELECT EXISTS (SELECT 1 FROM webhooks_progress p JOIN webhooks_webhook w ON w.id = p.webhook_id
   WHERE w.state = 'ACTIVE' AND p.next_attempt_at <= %(at)s
     AND (p.claimed_until IS NULL OR p.claimed_until <= %(at)s)
     AND p.number < (SELECT coalesce(max(number), 0) FROM events_sequence))
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch of a webhook that is claimed: what is sent, and what it was when it was claimed."""

    webhook: Webhook
    claim: int
    attempt: int
    first: int
    last: int
    count: int
    body: bytes

    def headers(self, at: datetime) -> dict[str, str]:
        """The id of the attempt, its time, and a signature by each secret that is good now."""
        timestamp = int(at.timestamp())
        signed = ",".join(
            f"v1={signature(each, timestamp, self.body)}" for each in secrets_of(self.webhook, at)
        )
        return {
            "Webhook-Id": f"{self.webhook}-{self.claim}", "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": signed,
        }  # fmt: skip


def secrets_of(row: Webhook, at: datetime) -> list[str]:
    """The secret, and for a day after it was changed the one before it."""
    numbers = [row.secret_number]
    if row.overlap_until is not None and at < row.overlap_until:
        numbers.append(row.secret_number - 1)
    return [
        secret_of(settings.SECRET_KEY, webhook_id=row.pk, salt=row.salt, number=number)
        for number in numbers
    ]


def deliver_due(
    *, clock: Callable[[], datetime], seen: Seen, seconds: float, chance: Callable[[], float] = random.random
) -> int:  # fmt: skip
    """Send what is due until nothing is, or the time is over; how many batches were sent.

    One process does so at a time: however many receivers are slow, they never hold more than one.
    """
    with leased(LOCK) as mine:
        return _deliver(clock, seen, time.monotonic() + seconds, chance) if mine else 0


def _deliver(
    clock: Callable[[], datetime], seen: Seen, until: float, chance: Callable[[], float]
) -> int:
    sent = 0
    going: dict[Future[tuple[Answer, int]], tuple[Parcel, datetime]] = {}
    with ThreadPoolExecutor(THREADS) as threads:
        while True:
            if time.monotonic() < until:
                for parcel in claim_due(at=clock(), seen=seen, most=THREADS - len(going)):
                    at = clock()
                    going[threads.submit(_sent, parcel, at)] = parcel, at
            if not going:
                return sent
            # While one is waited for, the others are looked at again.
            done, _ = wait(going, timeout=LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
            for each in done:
                parcel, at = going.pop(each)
                answer, took_ms = each.result()
                record(parcel, answer, started_at=at, took_ms=took_ms, at=clock(), chance=chance())
                sent += 1


def _sent(parcel: Parcel, at: datetime) -> tuple[Answer, int]:
    """In a thread of its own, without the database."""
    began = time.monotonic()
    answer = post(
        parcel.webhook.url, parcel.body, parcel.headers(at), private=settings.DEMONSTRATION
    )
    return answer, int((time.monotonic() - began) * 1000)


def claim_due(*, at: datetime, seen: Seen, most: int) -> list[Parcel]:
    """Take up to so many webhooks that have something to tell, and what each is told next."""
    facts: dict[str, Any] = {"at": at, "until": at + CLAIMED_FOR, "most": most}
    with connection.cursor() as cursor:  # looked at first without a lock: idle leaves no trace
        cursor.execute(_ANY_DUE, facts)
        if most < 1 or not cursor.fetchone()[0]:
            return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, facts)
        claimed = cursor.fetchall()
    rows = Webhook.objects.select_related("owner").in_bulk([row[0] for row in claimed])
    return [
        parcel
        for id, number, claim, failures in sorted(claimed)
        if (parcel := _parcel(rows[id], number, claim, failures, seen, at)) is not None
    ]


def _parcel(
    row: Webhook, number: int, claim: int, failures: int, seen: Seen, at: datetime
) -> Parcel | None:
    """What is told next; None where nothing of what happened is for this webhook."""
    if not row.owner.is_active or not row.owner.has_perm(READS):
        disable(row, "The owner may not read events any more.", claim=claim, at=at)
        return None
    last = SequencedEvent.objects.order_by("-number").values_list("number", flat=True).first() or 0
    events = list(_events(row, number, last, seen))
    if not events:
        _passed(row.pk, claim, last, at)
        return None
    last = events[-1]["number"] if len(events) == BATCH else last
    body = msgspec.json.encode({"webhook": str(row), "events": events, "next_after": last})
    return Parcel(row, claim, failures + 1, events[0]["number"], last, len(events), body)


def _events(row: Webhook, number: int, last: int, seen: Seen) -> Iterator[dict[str, Any]]:
    """Numbered events, told thin: what happened to what. Who or why may name people, and is read over REST."""
    rows = SequencedEvent.objects.filter(seen(row.owner), number__gt=number, number__lte=last)
    if row.kinds:
        rows = rows.filter(event__kind__in=row.kinds)
    for each in rows.select_related("event").order_by("number")[:BATCH]:
        yield {
            "number": each.number, "kind": each.event.kind,
            "subject": f"{each.event.subject_type}:{each.event.subject_id}",
            "recorded_at": each.event.recorded_at.isoformat(), "source": each.event.source,
            "target": each.event.target, "hash": each.hash,
        }  # fmt: skip


def _passed(webhook_id: int, claim: int, number: int, at: datetime) -> None:
    """The claim is let go; nobody else has claimed it and nobody put it back meanwhile."""
    Progress.objects.filter(webhook_id=webhook_id, claim=claim).update(
        number=number, claimed_until=None, failures=0, failing_since=None,
        next_attempt_at=at + BETWEEN_BATCHES,
    )  # fmt: skip


@transaction.atomic
def record(
    parcel: Parcel, answer: Answer, *, started_at: datetime, took_ms: int, at: datetime, chance: float
) -> None:  # fmt: skip
    """Keep what became of an attempt: go on after it, wait, or give the webhook up after a day."""
    Delivery.objects.create(
        webhook=parcel.webhook, first_number=parcel.first, last_number=parcel.last,
        events=parcel.count, attempt=parcel.attempt, started_at=started_at, took_ms=took_ms,
        status=answer.status, error=answer.error, taken=answer.is_taken,
    )  # fmt: skip
    if answer.is_taken:
        _passed(parcel.webhook.pk, parcel.claim, parcel.last, at)
        return
    rows = Progress.objects.select_for_update()
    row = rows.filter(webhook=parcel.webhook, claim=parcel.claim).first()
    if row is None:  # another one claimed it, or it was put back: that is what counts
        return
    row.failures += 1
    row.failing_since = row.failing_since or started_at
    row.claimed_until = None
    row.next_attempt_at = at + wait_after(row.failures, chance)
    row.save()
    if is_given_up(row.failing_since, at):
        told = answer.error or f"HTTP {answer.status}"
        disable(parcel.webhook, told, claim=parcel.claim, at=at)


@transaction.atomic
def disable(row: Webhook, why: str, *, claim: int, at: datetime) -> None:
    """Tell nothing until somebody has looked: an event says so, and an administrator is given work."""
    Progress.objects.filter(webhook=row, claim=claim).update(claimed_until=None)
    advance(Webhook, "disable", [Step(row.pk, why)], actor=None, at=at)


def forget_old_deliveries(*, at: datetime) -> int:
    """Drop attempts of more than a month ago; what was told is in the events themselves."""
    old = Delivery.objects.filter(started_at__lt=at - timedelta(days=KEPT_DAYS))
    return old.delete()[0]
