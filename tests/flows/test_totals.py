"""The open currency position in total: no sum of what deals add, and yet asked at capture."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import connection

from backoffice.access.models import User
from backoffice.demonstration.instructions import BANK_FIVE
from deals.allocating.rules import Share
from deals.amending.services import amend_terms, annotate
from deals.amending.terms import amendment_of
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.asking import ask
from deals.exposing.positions import forget_positions, positions_of
from deals.exposing.recomputing import recompute_exposures
from deals.exposing.totals import revalue_totals
from deals.exposing.what_if import Shock, if_dealt, if_moved
from deals.selectors import deal
from deals.services import cancel_deals
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from limits.exposures import prove_counters
from limits.models import Breach, Limit, Reservation
from limits.services import LimitExceeded
from limits.state import LimitKind
from refdata.models import Book, Entity, FxRate
from refdata.selectors import forget_reference_data, reference_data
from settlements.changing.allocating import allocate_deal
from settlements.changing.unallocating import undo_allocations
from tests.flows.sums import COUNTERS, found
from tests.flows.test_bulk import wait_until_somebody_waits
from tests.following import follow_events
from tests.sizes import SOAK

AT = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
DAY = date(2026, 11, 24)
STEPS = 200 if SOAK else 30
RATES = {"USD": Decimal(80), "EUR": Decimal(90), "CNY": Decimal(11)}
MILLION = 1_000_000


def rate(code: str, value: str | Decimal) -> None:
    """Another row for the same day: of two the later one counts."""
    source = f"T{FxRate.objects.count()}"
    FxRate.objects.create(base=code, quote="RUB", rate_date=DAY, source=source, value=value)


@pytest.fixture
def total(own_database: None) -> Limit:
    Limit.objects.update(cap=10**14)
    for code, value in RATES.items():
        rate(code, value)
    row = Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind=LimitKind.OPEN_CURRENCY_TOTAL, name="total",
        currency="RUB", cap=200 * MILLION,
    )  # fmt: skip
    forget_reference_data()
    return row


def body(side: str, quantity: int, pair: str, price: str, **terms: Any) -> dict[str, Any]:
    return {
        "external_ref": uuid.uuid4().hex, "product": "fx_spot", "side": side, "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": pair, "quantity": str(quantity), "price": price,
        "currency": pair[4:], "traded_at": "2026-11-24T10:15:00+03:00",
    } | terms  # fmt: skip


def dealt(side: str, quantity: int, pair: str = "USD/RUB", price: str = "80", **terms: Any) -> Any:
    """The id of a deal, or the code of its refusal."""
    given = body(side, quantity, pair, price, **terms)
    dealer = User.objects.get(username="dealer")
    (outcome,) = capture_deals([candidate_of(terms_of(given), actor=dealer, at=AT)])
    return outcome.deal_id or getattr(outcome.refusal, "code", None)


def revalued(**more: Any) -> int:
    return revalue_totals(business_date=DAY, at=AT, **more).changed


def used(row: Limit) -> int:
    row.refresh_from_db()
    return int(row.used)


def amended(id: int, quantity: int, pair: str = "USD/RUB", price: str = "80") -> str:
    """What it is short of, if it does not fit."""
    clerk = User.objects.get(username="clerk")
    row = deal(f"D-{id}", visible_to=clerk)
    given = body("buy", quantity, pair, price) | {"external_ref": row.external_ref}
    try:
        amend_terms(row, amendment_of(row, given), reason="x", evidence="", actor=clerk, at=AT)
    except LimitExceeded as refusal:
        return str(refusal.facts["short"])
    return ""


def test_long_and_short_are_not_added(total: Limit) -> None:
    assert dealt("buy", MILLION)
    assert used(total) == 80 * MILLION
    assert dealt("sell", MILLION, "EUR/RUB", "90")
    assert used(total) == 170 * MILLION  # at most: how far it went nobody has looked yet
    assert revalued() == 3
    assert used(total) == 90 * MILLION  # the larger of 80 long and 90 short
    assert revalued() == 0
    rows = Reservation.objects.filter(limit=total, state="COMMITTED").exclude(amount=0)
    assert [(row.source_type, int(row.amount)) for row in rows] == [("position", 90 * MILLION)]
    follow_events()
    assert revalued() == 0  # what is booked meanwhile is the same position
    rate("EUR", "150")
    revalued()
    assert used(total) == 150 * MILLION


def test_what_does_not_fit_at_most_is_looked_at_exactly(total: Limit) -> None:
    assert dealt("buy", 2 * MILLION)  # 160 long
    assert dealt("sell", 2 * MILLION, "EUR/RUB", "90")  # 180 short beside it is not 340
    assert dealt("sell", 223_000, "EUR/RUB", "90") == "limit-exceeded"
    assert dealt("sell", 222_000, "EUR/RUB", "90")  # 199.98 short
    assert dealt("buy", 600_000) == "limit-exceeded"  # 208 long
    assert dealt(
        "sell", 600_000
    )  # it makes what is long less, and 48 more short, of dollars still long
    revalued()
    assert used(total) == int(Decimal("199.98") * MILLION)
    assert found(COUNTERS) == []


def test_one_batch_counts_what_it_has_captured_itself(total: Limit) -> None:
    dealer = User.objects.get(username="dealer")
    asked = [body("buy", MILLION, "USD/RUB", "80") for _ in range(4)]
    asked.insert(2, body("sell", MILLION, "EUR/RUB", "90"))
    outcomes = capture_deals([candidate_of(terms_of(each), actor=dealer, at=AT) for each in asked])
    assert [each.refusal is None for each in outcomes] == [True, True, True, False, False]
    revalued()
    assert used(total) == 160 * MILLION
    assert found(COUNTERS) == []


def test_an_executed_deal_is_beyond_by_what_it_moves(total: Limit) -> None:
    dealt("buy", 2 * MILLION)
    dealt("sell", 1_500_000, "EUR/RUB", "90", stage="executed")  # 135 short beside 160 long
    follow_events()
    assert not Breach.objects.filter(limit=total).exists()
    assert dealt("buy", MILLION, stage="executed")
    follow_events()
    (breach,) = Breach.objects.filter(limit=total)
    assert breach.amount == 40 * MILLION
    revalued()
    assert used(total) == 240 * MILLION
    assert Breach.objects.get(limit=total).closed_at is None
    assert dealt("buy", 1) == "limit-exceeded"
    assert dealt("sell", 500_000)  # whatever makes it less goes through
    revalued()
    assert used(total) == 200 * MILLION
    assert Breach.objects.get(limit=total).closed_at is not None


def test_asking_and_trying_say_what_capture_would(total: Limit) -> None:
    dealt("buy", 2 * MILLION)
    revalued()
    dealer, risk = (User.objects.get(username=name) for name in ("dealer", "risk"))

    def fits(side: str, quantity: int, pair: str, price: str) -> bool:
        return ask(terms_of(body(side, quantity, pair, price)), actor=dealer, at=AT).fits

    assert fits("sell", 2 * MILLION, "EUR/RUB", "90")
    assert not fits("buy", 600_000, "USD/RUB", "80")
    assert fits("buy", 500_000, "USD/RUB", "80")
    shown = if_dealt(terms_of(body("buy", 600_000, "USD/RUB", "80")), actor=dealer, at=AT)
    (effect,) = [each for each in shown.effects if each.limit.pk == total.pk]
    assert (effect.used, effect.excess_after) == (Decimal(208 * MILLION), Decimal(8 * MILLION))
    moved = if_moved(Shock(Decimal(50), currency="USD"), business_date=DAY, actor=risk, at=AT)
    (effect,) = [each for each in moved.effects if each.limit.pk == total.pk]
    assert effect.used == 240 * MILLION


def test_an_amended_deal_and_one_that_ends_are_found_by_the_next_look(total: Limit) -> None:
    first = dealt("buy", 2 * MILLION)  # 160 of 200
    revalued()
    assert amended(first, 2_600_000) == "8000000"
    assert amended(first, 2_500_000) == ""
    revalued()
    assert used(total) == 200 * MILLION
    assert amended(first, 1_000_000) == ""
    revalued(all_deals=True)
    assert used(total) == 80 * MILLION
    assert dealt("buy", 1_500_001) == "limit-exceeded"
    checker = User.objects.get(username="checker")
    assert cancel_deals(ids=[first], reason="x", actor=checker, at=AT).done == [first]
    revalued()
    assert used(total) == 0


def test_what_takes_the_place_of_others_before_the_next_look_gives_no_room_away(
    total: Limit,
) -> None:
    first = dealt("buy", MILLION)
    assert amended(first, 1_100_000) == ""
    assert used(total) == 88 * MILLION  # what it took, and what it moves the total by beyond that
    assert dealt("buy", 1_500_000) == "limit-exceeded"
    assert amended(first, MILLION) == ""
    assert used(total) == 88 * MILLION
    revalued()
    assert used(total) == 80 * MILLION

    block, clerk = dealt("buy", MILLION), User.objects.get(username="clerk")
    shares = [Share("FX-RU", percent=Decimal(100))]
    allocate_deal(id=block, shares=shares, reason="x", actor=clerk, at=AT)
    assert used(total) == 160 * MILLION
    assert undo_allocations(ids=[block], reason="x", actor=clerk, at=AT).done == [block]
    assert used(total) == 160 * MILLION
    revalued()
    assert used(total) == 160 * MILLION
    assert found(COUNTERS) == []


def test_another_trader_takes_nothing_more_of_what_the_deal_is_part_of(total: Limit) -> None:
    first, clerk = dealt("buy", MILLION), User.objects.get(username="clerk")
    revalued()
    row = deal(f"D-{first}", visible_to=clerk)
    annotate(row, amendment_of(row, {"trader": "petrov"}), reason="x", actor=clerk, at=AT)
    assert used(total) == 80 * MILLION


def test_what_counts_by_itself_is_found_however_far_back(total: Limit) -> None:
    first = dealt("buy", MILLION)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('deals_deal', 'id'), %s)", [first + 50_000]
        )
    assert dealt("buy", 100) > first + 50_000
    revalued()
    assert used(total) == 80_008_000
    assert amended(first, 1_100_000) == ""
    revalued()
    assert used(total) == 88_008_000
    rows = Reservation.objects.filter(limit=total, state="COMMITTED").exclude(amount=0)
    assert [row.source_type for row in rows] == ["position"]


def test_a_deal_that_is_booked_during_a_look_is_counted_once(total: Limit) -> None:
    first, book = dealt("buy", MILLION), Book.objects.get(code="FX-RU")
    owner = Entity.objects.get(code="RUS").own_party_id
    ours = AccountKey(book.entity_id, "POSITION", owner, book_id=book.pk)
    other = AccountKey(book.entity_id, "OPENING", owner)
    ids, dollars = account_ids([ours, other]), reference_data().currencies["USD"].asset_id
    entry = NewEntry(
        entity_id=book.entity_id, kind="deal.trade", source_type="deal", source_id=first,
        effective_date=DAY, postings=[NewPosting(ids[other], ids[ours], dollars, Decimal(MILLION))],
    )  # fmt: skip
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        cursor.execute("LOCK TABLE ledger_fold IN ACCESS EXCLUSIVE MODE")
        looking = thread.submit(looked_and_closed, book.entity_id)
        wait_until_somebody_waits()
        post_entries([entry], at=AT)
        rival.commit()
        assert looking.result()[dollars] == MILLION
    rival.close()


def looked_and_closed(entity_id: int) -> dict[int, Decimal]:
    try:
        return positions_of(entity_id)
    finally:
        connection.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_any_day_comes_to_what_a_dictionary_says(total: Limit, seed: int) -> None:
    """Deals, cancels and rates by chance; beside them what each currency comes to, by hand."""
    chance, checker = random.Random(seed), User.objects.get(username="checker")
    rates = dict(RATES)
    live: dict[int, tuple[str, int]] = {}

    def worth(*more: tuple[str, int]) -> Decimal:
        by: dict[str, int] = defaultdict(int)
        for code, amount in [*live.values(), *more]:
            by[code] += amount
        signed = [amount * rates[code] for code, amount in by.items()]
        return max(
            sum((x for x in signed if x > 0), Decimal(0)),
            -sum((x for x in signed if x < 0), Decimal(0)),
        )

    for _ in range(STEPS):
        step = chance.random()
        if step < 0.7:
            code, side = chance.choice(sorted(rates)), chance.choice(["buy", "sell"])
            quantity = chance.randint(1, 1_500_000)
            before, moved = worth(), (code, quantity if side == "buy" else -quantity)
            done = dealt(side, quantity, f"{code}/RUB", str(rates[code]))
            fits = worth(moved) <= max(total.cap, before)
            assert (done != "limit-exceeded") == fits
            if fits:
                live[done] = moved
        elif step < 0.85 and live:
            id = chance.choice(sorted(live))
            if cancel_deals(ids=[id], reason="x", actor=checker, at=AT).done:
                del live[id]
                revalued()
        else:
            code = chance.choice(sorted(rates))
            rates[code] = RATES[code] * chance.randint(90, 110) / 100
            rate(code, rates[code])
            revalued()
        if chance.random() < 0.3:
            follow_events()
        if chance.random() < 0.3:
            revalued()
            total.refresh_from_db()
            assert total.used == worth()
    revalued(all_deals=True)
    total.refresh_from_db()
    assert total.used == worth()
    known = positions_of(total.entity_id)  # what the process has seen of the history by now
    forget_positions()
    assert positions_of(total.entity_id) == known
    assert recompute_exposures(business_date=DAY, at=AT).alarms == 0
    assert prove_counters(business_date=DAY, at=AT).changed == 0
