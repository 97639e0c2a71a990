"""Limits in the database: any history of deals, holds, cancels and expiries leaves what a ledger says."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from deals.models import Deal
from deals.services import cancel_deals
from limits.models import Limit, Reservation
from limits.rules import LimitRequest, Need
from limits.services import LimitExceeded, expire_holds, release_hold
from tests.reserving import reserve
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database")
STEPS = 400 if SOAK else 60


class History:
    """Random steps on the limits, and beside them what each source must hold: the model."""

    def __init__(self, api: Any, sample: dict[str, Any], seed: int) -> None:
        self.api, self.sample, self.chance = api, sample, random.Random(seed)
        self.people = {name: User.objects.get(username=name) for name in ("dealer", "checker")}
        self.now = timezone.now()
        self.held: dict[int, tuple[Any, dict[int, Decimal]]] = {}
        self.used: dict[int, dict[int, Decimal]] = {}
        self.cap = {row.pk: row.cap for row in Limit.objects.all()}
        self.excess: defaultdict[int, Decimal] = defaultdict(Decimal)

    def capture(self) -> None:
        executed = self.chance.random() < 0.2
        body = self.sample | {
            "external_ref": uuid.uuid4().hex, "quantity": str(self.chance.randint(1, 2_000)),
            "stage": "executed" if executed else "proposed",
        }  # fmt: skip
        answer = self.api("dealer").post("/deals/", body)
        assert answer.status_code == 201 or (answer.status_code == 409 and not executed)
        if answer.status_code == 201:
            deal = answer.json()
            self.used[int(deal["reference"][2:])] = {
                int(row["limit"][2:]): Decimal(row["reserved"]["amount"]) for row in deal["limits"]
            }

    def hold(self) -> None:
        needs = [
            Need(id, Decimal(self.chance.randint(1, 200_000)))
            for id in sorted(self.chance.sample(sorted(self.cap), 2))
        ]
        try:
            hold = reserve(
                LimitRequest(needs), ttl_seconds=self.chance.randint(1, 60),
                actor=self.people["dealer"], at=self.now,
            )  # fmt: skip
        except LimitExceeded:
            return
        self.held[hold.pk] = (hold.expires_at, {need.limit_id: need.amount for need in needs})

    def cancel(self) -> None:
        if self.used:
            id = self.chance.choice(sorted(self.used))
            actor = self.people["checker"]
            assert cancel_deals(ids=[id], reason="x", actor=actor, at=self.now).done == [id]
            del self.used[id]

    def release(self) -> None:
        if self.held:
            id = self.chance.choice(sorted(self.held))
            release_hold(hold_id=id, actor=self.people["dealer"], at=self.now)
            del self.held[id]

    def expire(self) -> None:
        self.now += timedelta(seconds=self.chance.randint(1, 30))
        expire_holds(at=self.now)
        self.held = {id: each for id, each in self.held.items() if each[0] > self.now}

    def totals(self) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
        used: defaultdict[int, Decimal] = defaultdict(Decimal)
        reserved: defaultdict[int, Decimal] = defaultdict(Decimal)
        for needs in self.used.values():
            for id, amount in needs.items():
                used[id] += amount
        for _, needs in self.held.values():
            for id, amount in needs.items():
                reserved[id] += amount
        return used, reserved


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_history_leaves_what_the_model_says(
    api: Any, sample: dict[str, Any], seed: int
) -> None:
    Limit.objects.filter(name="Demo Bank One").update(cap=Decimal(150_000))
    history = History(api, sample, seed)
    steps = [history.capture] * 4 + [history.hold] * 3 + [history.cancel, history.release]
    for number in range(STEPS):
        history.chance.choice([*steps, history.expire])()
        if number % 10 and number < STEPS - 1:
            continue
        used, reserved = history.totals()
        for limit in Limit.objects.all():
            assert (limit.used, limit.reserved) == (used[limit.pk], reserved[limit.pk]), limit
            over = limit.used + limit.reserved - limit.cap - limit.override
            assert limit.excess >= max(over, Decimal(0))
    live = Reservation.objects.filter(state__in=("HELD", "COMMITTED"))
    assert live.count() == sum(map(len, history.used.values())) + sum(
        len(needs) for _, needs in history.held.values()
    )
    assert Deal.objects.exclude(state="CANCELLED").count() == len(history.used)
