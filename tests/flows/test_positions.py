"""The open currency position: one number that goes both ways, kept as the absolute of a signed sum."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration.instructions import BANK_FIVE
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.recomputing import recompute_exposures
from deals.models import Deal
from deals.services import cancel_deals, settle_deals
from limits.exposures import prove_counters
from limits.models import Breach, Limit, Reservation
from limits.rules import Headroom, LimitRequest, Need, allot, moved_away
from limits.services import LimitExceeded, expire_holds, release_hold
from refdata.firm_days import firm_day
from refdata.models import Entity
from tests.reserving import reserve
from tests.sizes import SOAK

STEPS = 600 if SOAK else 80


def room(available: int, net: int) -> Headroom:
    return Headroom(Decimal(available), net=Decimal(net))


def decided(rooms: dict[int, Headroom], *amounts: int, binding: bool = False) -> list[bool]:
    asked = [LimitRequest([Need(1, Decimal(amount))], binding) for amount in amounts]
    return [each.granted for each in allot(rooms, asked)]


class TestAllotPositions:
    def test_what_takes_it_back_takes_no_room(self) -> None:
        rooms = {1: room(100, 900)}
        assert decided(rooms, 101, -500, 600, 1) == [False, True, True, False]
        assert [rooms[1].net, rooms[1].available, rooms[1].taken] == [1_000, 0, 100]

    def test_it_may_turn_round_up_to_what_is_allowed_the_other_way(self) -> None:
        assert decided({1: room(100, 900)}, -1_900) == [True]
        assert decided({1: room(100, 900)}, -1_901) == [False]
        assert moved_away(Decimal(900), Decimal(-1_900)) == 100

    def test_beyond_the_limit_only_what_takes_it_back_is_granted(self) -> None:
        rooms = {1: room(-50, 1_050)}
        assert decided(rooms, 1, -10, -1_000, -1_041) == [False, True, True, False]

    def test_an_executed_deal_goes_beyond_and_says_by_how_much(self) -> None:
        rooms = {1: room(100, 900)}
        asked = [LimitRequest([Need(1, Decimal(130))], binding=True)]
        (found,) = allot(rooms, asked)
        assert (found.granted, found.short) == (True, {1: Decimal(30)})
        assert rooms[1].excess == 30


@pytest.fixture
def euros(own_database: None) -> Limit:
    Limit.objects.update(cap=10**14)
    return Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="OPEN_CURRENCY_POSITION", name="euros",
        nostro_currency="EUR", currency="EUR", cap=1_000_000,
    )  # fmt: skip


def dealt(side: str, quantity: int, **terms: Any) -> int | None:
    """The id of a deal in euros, or None where the limit refused it."""
    body = {
        "external_ref": uuid.uuid4().hex, "product": "fx_spot", "side": side, "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": str(quantity), "price": "1.1",
        "currency": "USD", "traded_at": "2026-11-23T10:15:00+03:00",
    } | terms  # fmt: skip
    body = {name: value for name, value in body.items() if value is not None}
    dealer = User.objects.get(username="dealer")
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=dealer, at=timezone.now())])
    if outcome.refusal is not None:
        assert outcome.refusal.code == "limit-exceeded"
    return outcome.deal_id


def stands(limit: Limit) -> tuple[int, int, int]:
    limit.refresh_from_db()
    return int(limit.net), int(limit.used), int(limit.excess)


def cancelled(*ids: int | None) -> None:
    checker = User.objects.get(username="checker")
    given = [id for id in ids if id is not None]
    assert cancel_deals(ids=given, reason="x", actor=checker, at=timezone.now()).done == given


def settled(*ids: int | None) -> None:
    given = [id for id in ids if id is not None]
    Deal.objects.filter(pk__in=given).update(state="SETTLING")
    assert settle_deals(ids=given, at=timezone.now()).done == given


def proved() -> None:
    day, at = firm_day(timezone.now()), timezone.now()
    found = recompute_exposures(business_date=day, at=at)
    assert (found.changed, found.alarms) == (0, 0)
    assert prove_counters(business_date=day, at=at).changed == 0


def test_purchases_and_sales_are_one_number(euros: Limit) -> None:
    bought = dealt("buy", 600_000)
    assert stands(euros) == (600_000, 600_000, 0)
    assert dealt("buy", 400_001) is None
    sold = dealt("sell", 900_000)
    assert stands(euros) == (-300_000, 300_000, 0)
    assert dealt("sell", 700_001) is None
    assert dealt("sell", 700_000)
    assert stands(euros) == (-1_000_000, 1_000_000, 0)
    proved()
    settled(bought, sold)
    assert stands(euros) == (-1_000_000, 1_000_000, 0)  # what was bought is still there
    proved()


def test_a_deal_that_ends_may_leave_it_beyond_its_limit_and_risk_is_told(euros: Limit) -> None:
    dealt("buy", 900_000)
    offsetting = dealt("sell", 800_000)
    dealt("buy", 900_000)
    assert stands(euros) == (1_000_000, 1_000_000, 0)
    cancelled(offsetting)
    assert stands(euros) == (1_800_000, 1_800_000, 800_000)
    proved()
    (breach,) = Breach.objects.filter(limit=euros)
    assert (breach.amount, breach.cause) == (Decimal(800_000), "RECOMPUTE")
    assert dealt("buy", 1) is None
    assert dealt("sell", 500_000)  # back towards nothing
    assert stands(euros) == (1_300_000, 1_300_000, 300_000)
    assert dealt("sell", 2_600_001) is None  # as far the other way, and one more
    assert dealt("sell", 1_000_000)
    recompute_exposures(business_date=firm_day(timezone.now()), at=timezone.now())
    assert stands(euros) == (300_000, 300_000, 0)


def test_a_security_paid_in_its_own_currency_opens_nothing_but_its_fee(euros: Limit) -> None:
    rubles = Limit.objects.create(
        entity=euros.entity, kind="OPEN_CURRENCY_POSITION", name="rubles", nostro_currency="RUB",
        currency="RUB", cap=1_000_000,
    )  # fmt: skip
    share = {
        "product": "equity", "book": "EQ-RU", "instrument": "RU0009029540", "currency": "RUB",
        "price": "312.45", "counterparty": "999900DEMOBANKONE097",
    }  # fmt: skip
    assert dealt("buy", 1_000, pair=None, **share)
    rubles.refresh_from_db()
    assert (rubles.net, rubles.used) == (Decimal("-156.23"), Decimal("156.23"))
    assert stands(euros) == (0, 0, 0)
    proved()


def test_the_database_keeps_used_the_absolute_of_the_sum(euros: Limit) -> None:
    dealt("sell", 100)
    with pytest.raises(IntegrityError):
        Limit.objects.filter(pk=euros.pk).update(net=5)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_history_leaves_the_sum_of_what_is_left(euros: Limit, seed: int) -> None:
    """Deals, cancels, settlements and holds by chance, and beside them a dictionary that adds up."""
    chance, dealer = random.Random(seed), User.objects.get(username="dealer")
    live: dict[int, int] = {}
    over: dict[int, int] = {}
    holds: list[int] = []
    for _ in range(STEPS):
        step = chance.choice(["deal"] * 6 + ["cancel", "settle", "hold", "release"])
        before = stands(euros)[0]
        if step == "deal":
            side, quantity = chance.choice(["buy", "sell"]), chance.randint(1, 800_000)
            executed = chance.random() < 0.15
            signed = quantity if side == "buy" else -quantity
            id = dealt(side, quantity, stage="executed" if executed else "proposed")
            limit = Limit.objects.get(pk=euros.pk)
            if id is not None:
                live[id] = signed
                fits = abs(before + signed) + limit.reserved <= limit.cap
                assert executed or fits or abs(before + signed) <= abs(before)
        elif step in ("cancel", "settle") and live:
            id = chance.choice(sorted(live))
            if step == "cancel":
                cancelled(id)
                del live[id]
            else:
                settled(id)
                over[id] = live.pop(id)
        elif step == "hold":
            amount = Decimal(chance.choice([-1, 1]) * chance.randint(1, 500_000))
            try:
                hold = reserve(
                    LimitRequest([Need(euros.pk, amount)]), ttl_seconds=60, actor=dealer,
                    at=timezone.now(),
                )  # fmt: skip
                holds.append(hold.pk)
            except LimitExceeded:
                pass
        elif step == "release" and holds:
            release_hold(hold_id=holds.pop(), actor=dealer, at=timezone.now())
        limit = Limit.objects.get(pk=euros.pk)
        assert limit.net == sum(live.values()) + sum(over.values())
        assert limit.used == abs(limit.net)
        assert limit.used + limit.reserved <= limit.cap + limit.excess
    proved()
    expire_holds(at=timezone.now() + timedelta(hours=1))
    assert Limit.objects.get(pk=euros.pk).reserved == 0
    held = Reservation.objects.filter(limit=euros, state="COMMITTED")
    assert sum(row.amount for row in held) == Limit.objects.get(pk=euros.pk).net
