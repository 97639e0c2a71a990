"""64 clients under one limit: at no instant more than it allows, and in the end nothing is left behind.

A sampler on a connection of its own looks at the counters, their reservations and the overrides as one
statement sees them; afterwards the event log alone is replayed in the order in which the limit was held.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.recomputing import recompute_exposures
from deals.models import Deal
from deals.services import cancel_deals
from limits.changes import approve_overrides, keep_dates, propose_override
from limits.exposures import prove_counters
from limits.models import Limit, Override, Reservation
from limits.rules import LimitRequest, Need
from limits.services import LimitExceeded, ReservationGone, expire_holds, release_hold
from refdata.firm_days import firm_day
from tests.guards.test_rivals import at_once
from tests.reserving import reserve
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database")
CLIENTS = 64
SECONDS = 60.0 if SOAK else 4.0
CAP, MORE = Decimal(400_000), Decimal(150_000)
SAMPLE = """
SELECT l.used, l.reserved, l.cap, l.override, l.excess,
       coalesce((SELECT sum(o.amount) FROM limits_override o
                  WHERE o.limit_id = l.id AND o.state = 'IN_FORCE'), 0),
       coalesce((SELECT sum(r.amount) FROM limits_reservation r
                  WHERE r.limit_id = l.id AND r.state = 'COMMITTED'), 0),
       coalesce((SELECT sum(r.amount) FROM limits_reservation r
                  WHERE r.limit_id = l.id AND r.state = 'HELD'), 0),
       (SELECT count(*) FROM deals_deal d WHERE d.stage = 'executed'),
       (SELECT count(*) FROM limits_override o WHERE o.state IN ('EXPIRED', 'WITHDRAWN'))
  FROM limits_limit l WHERE l.id = %s
"""


def hot() -> Limit:
    return Limit.objects.get(name="Demo Bank One")


@dataclass
class Client:
    """One of many: holds, gives back, deals and cancels by chance until it is told to stop."""

    number: int
    sample: dict[str, Any]
    limit_id: int
    until: float
    done: Counter[str] = field(default_factory=Counter)
    holds: list[int] = field(default_factory=list)
    deals: list[int] = field(default_factory=list)

    def work(self) -> Counter[str]:
        chance = random.Random(self.number)
        self.dealer = User.objects.get(username="dealer")
        self.checker = User.objects.get(username="checker")
        steps = [self.hold] * 10 + [self.release] * 4 + [self.deal] * 3 + [self.cancel, self.expire]
        while time.monotonic() < self.until:
            chance.choice(steps)(chance)
        return self.done

    def hold(self, chance: random.Random) -> None:
        request = LimitRequest([Need(self.limit_id, Decimal(chance.randint(1, 30_000)))])
        try:
            row = reserve(
                request, ttl_seconds=chance.randint(1, 3), actor=self.dealer, at=timezone.now()
            )
        except LimitExceeded:
            self.done["no room"] += 1
            return
        self.holds.append(row.pk)
        self.done["held"] += 1

    def release(self, chance: random.Random) -> None:
        if self.holds:
            try:
                release_hold(hold_id=self.holds.pop(), actor=self.dealer, at=timezone.now())
                self.done["released"] += 1
            except ReservationGone:
                self.done["gone"] += 1

    def deal(self, chance: random.Random) -> None:
        executed = chance.random() < 0.1
        body = self.sample | {
            "external_ref": uuid.uuid4().hex, "quantity": str(chance.randint(1, 1_500)),
            "stage": "executed" if executed else "proposed",
        }  # fmt: skip
        candidate = candidate_of(terms_of(body), actor=self.dealer, at=timezone.now())
        (outcome,) = capture_deals([candidate])
        assert outcome.deal_id is not None or not executed
        self.done["dealt" if outcome.deal_id else "refused"] += 1
        self.deals += [outcome.deal_id] if outcome.deal_id else []

    def cancel(self, chance: random.Random) -> None:
        if self.deals:
            id = self.deals.pop()
            assert cancel_deals(ids=[id], reason="x", actor=self.checker, at=timezone.now()).done
            self.done["cancelled"] += 1

    def expire(self, chance: random.Random) -> None:
        self.done["expired"] += expire_holds(at=timezone.now())


def sampled(limit_id: int, stop: threading.Event, seen: list[tuple[Any, ...]]) -> None:
    """What another connection sees, as often as it can."""
    own = psycopg2.connect(**connection.get_connection_params())
    own.autocommit = True
    with own.cursor() as cursor:
        while not stop.wait(0.002):
            cursor.execute(SAMPLE, [limit_id])
            seen.append(cursor.fetchone())
    own.close()


def give_more_room(limit_id: int, start: datetime) -> None:
    """An override for the second quarter of the time; then it ends, swept like every second."""
    risk, manager = (User.objects.get(username=name) for name in ("risk", "manager"))
    quarter = timedelta(seconds=SECONDS / 4)
    time.sleep(quarter.total_seconds())
    at = timezone.now()
    row = propose_override(
        limit_id=limit_id, amount=MORE, valid_from=None, valid_until=at + quarter, reason="x",
        document="", actor=risk, at=at,
    )  # fmt: skip
    approve_overrides(ids=[row.pk], actor=manager, at=timezone.now()).raise_single()
    while timezone.now() < start + timedelta(seconds=SECONDS):
        time.sleep(0.2)
        keep_dates(at=timezone.now())


@pytest.mark.slow
def test_64_clients_under_one_limit(sample: dict[str, Any], record_property: Any) -> None:
    limit_id = hot().pk
    Limit.objects.filter(pk=limit_id).update(cap=CAP)
    Limit.objects.filter(kind="DEALER").update(cap=10**15)
    stop = threading.Event()
    seen: list[tuple[Any, ...]] = []
    start, until = timezone.now(), time.monotonic() + SECONDS
    sampler = threading.Thread(target=sampled, args=(limit_id, stop, seen))
    sampler.start()

    def one(number: int) -> Counter[str]:
        if number == CLIENTS:
            give_more_room(limit_id, start)
            return Counter()
        return Client(number, sample, limit_id, until).work()

    results = at_once(one, CLIENTS + 1)
    stop.set()
    sampler.join()
    assert None not in results  # nobody died
    done: Counter[str] = sum(results, Counter())
    record_property("steps", f"{sum(done.values()) / SECONDS:.0f}/s, {len(seen)} looks, {done}")
    assert min(done[what] for what in ("held", "no room", "dealt", "released")) > 0, done
    assert len(seen) > SECONDS * 5
    for row in seen:
        holds_at(*row)
    replayed(limit_id)
    nothing_is_left(limit_id)


def holds_at(
    used: Decimal, reserved: Decimal, cap: Decimal, override: Decimal, excess: Decimal,
    in_force: Decimal, committed: Decimal, held: Decimal, executed: int, ended: int,
) -> None:  # fmt: skip
    """What must be so at any instant."""
    assert used + reserved <= cap + override + excess
    assert override == in_force  # never before it is approved, never after it has ended
    assert (used, reserved) == (committed, held)
    # More than is allowed counts only where an executed deal, or an override that ended, brought it.
    assert excess == 0 or executed or ended


def replayed(limit_id: int) -> None:
    """The log alone, in the order in which the limit was held: every grant had its room."""
    taken: dict[str, Decimal] = {}
    deals = dict(
        Reservation.objects.filter(limit_id=limit_id, source_type="deal").values_list(
            "source_id", "amount"
        )
    )
    override = Override.objects.get(limit_id=limit_id)
    grants, activated = 0, False
    for event in Event.objects.order_by("id"):
        subject = f"{event.subject_type}:{event.subject_id}"
        activated |= event.kind == "override.activate"
        if event.kind in ("limit.release", "limit.expire", "deal.cancel"):
            del taken[subject]
        elif event.kind == "limit.reserve" and event.subject_id == limit_id:
            taken[event.facts["source"]] = Decimal(event.facts["amount"])
        elif event.kind == "deal.capture":
            taken[subject] = deals[event.subject_id]
        else:
            continue
        if event.kind in ("limit.reserve", "deal.capture") and not event.facts.get("executed"):
            # By the time of the request: it may have waited for the limit past the override's end.
            in_force = activated and event.recorded_at < override.valid_until
            assert sum(taken.values()) <= CAP + (MORE if in_force else 0), event.pk
            grants += 1
    assert grants
    limit = hot()
    assert limit.used + limit.reserved == sum(taken.values(), Decimal(0))


def nothing_is_left(limit_id: int) -> None:
    """All holds end, all counters are what they are made of, and what deals use is what they should."""
    at = timezone.now() + timedelta(hours=1)
    expire_holds(at=at)
    keep_dates(at=at)
    limit = hot()
    assert limit.reserved == limit.override == 0
    assert not Reservation.objects.filter(state="HELD").exists()
    day = firm_day(timezone.now())
    assert prove_counters(business_date=day, at=at).changed == 0
    found = recompute_exposures(business_date=day, at=at)
    assert (found.changed, found.alarms) == (0, 0)
    ids = list(Deal.objects.filter(state="CAPTURED").order_by("id").values_list("id", flat=True))
    cancel_deals(ids=ids, reason="x", actor=User.objects.get(username="checker"), at=at)
    limit = hot()
    assert limit.used == limit.reserved == 0
    assert prove_counters(business_date=day, at=at).changed == 0
