"""Stop-losses: the result of a day by hand, a limit that is reached, and what still goes through."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from deals.amending.services import amend_terms
from deals.amending.terms import amendment_of
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.asking import ask
from deals.exposing.exposure import definitions
from deals.exposing.losses import results, revalue_losses
from deals.exposing.recomputing import recompute_exposures
from deals.exposing.stopping import StopLossReached
from deals.exposing.what_if import Shock, if_moved
from deals.selectors import deal as deal_of
from deals.services import cancel_deals
from limits.changes import approve_overrides, propose_override
from limits.exposures import prove_counters
from limits.models import Breach, Limit
from limits.rules import counted_loss
from limits.state import LimitKind
from refdata.firm_days import firm_day
from refdata.models import Book, Entity, Instrument, Price
from refdata.selectors import forget_reference_data
from tests.following import follow_events
from tests.sizes import SOAK

SHARE, BOOK = "RU0009029540", "EQ-RU"
DAY = date(2026, 11, 24)
AT = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
STEPS = 200 if SOAK else 30


@pytest.mark.parametrize(
    ("result", "counts"),
    [("0", "0"), ("0.01", "0"), ("-0.01", "0.0101"), ("-100", "100.0001"), ("250", "0")],
)
def test_a_loss_counts_with_the_least_amount_on_top(result: str, counts: str) -> None:
    assert counted_loss(Decimal(result)) == Decimal(counts)


def price(value: str, day: date = DAY) -> None:
    """Another row for the same day: of two the later one counts."""
    Price.objects.create(
        instrument=Instrument.objects.get(isin=SHARE), price_date=day, kind="CLOSE", value=value,
        source=f"T{Price.objects.count()}", currency="RUB",
    )  # fmt: skip


def stop(name: str, cap: int = 10_000, **about: Any) -> Limit:
    row = Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind=LimitKind.STOP_LOSS, name=name,
        currency="RUB", cap=cap, **about,
    )  # fmt: skip
    forget_reference_data()
    return row


@pytest.fixture
def stops(own_database: None) -> dict[str, Limit]:
    Limit.objects.update(cap=10**13)
    book = Book.objects.get(code=BOOK)
    return {
        "book": stop("book", book=book),
        "trader": stop("trader", trader="dealer"),
        "both": stop("both", book=book, trader="dealer"),
        "other": stop("other", trader="petrov"),
    }


def dealt(sample: dict[str, Any], ref: str, **terms: Any) -> Any:
    body = sample | {"external_ref": ref, "traded_at": "2026-11-24T10:15:00+03:00"} | terms
    actor = User.objects.get(username="dealer")
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=actor, at=AT)])
    return outcome


def asked(sample: dict[str, Any], **terms: Any) -> Any:
    body = sample | {"external_ref": "ask", "traded_at": "2026-11-24T10:15:00+03:00"} | terms
    return ask(terms_of(body), actor=User.objects.get(username="dealer"), at=AT)


def revalued(at: datetime = AT) -> int:
    return revalue_losses(business_date=firm_day(at), at=at).changed


def used(stops: dict[str, Limit]) -> dict[str, Decimal]:
    return {name: Limit.objects.get(pk=row.pk).used for name, row in stops.items()}


def found(stops: dict[str, Limit], day: date = DAY) -> dict[str, Decimal]:
    forget_reference_data()
    defined = {row.id: row for row in definitions().limits()}
    names = {row.pk: name for name, row in stops.items()}
    return {names[id]: result for id, result in results([defined[id] for id in names], day).items()}


def test_the_result_of_a_day_by_hand(stops: dict[str, Limit], sample: dict[str, Any]) -> None:
    """Bought 1,000 at 312.45, sold 400 at 310.00, the last price 305.00; fees of 0.05 %.

    400 x (310.00 - 312.45) + 600 x (305.00 - 312.45) = -980 - 4,470, less fees of 156.23 and 62.00.
    """
    price("305.00")
    dealt(sample, "A")
    dealt(sample, "B", side="sell", quantity="400", price="310.00")
    dealt(sample, "C", trader="petrov", quantity="10", price="300.00")
    lost, won = Decimal("-5668.23"), Decimal("48.50")
    assert found(stops) == {
        "book": lost + won, "trader": lost, "both": lost, "other": won,
    }  # fmt: skip
    assert revalued() == Limit.objects.filter(kind=LimitKind.STOP_LOSS).count()
    assert used(stops) == {
        "book": Decimal("5619.7301"), "trader": Decimal("5668.2301"),
        "both": Decimal("5668.2301"), "other": 0,
    }  # fmt: skip
    assert revalued() == 0


def test_a_book_answers_for_what_it_held_before(
    stops: dict[str, Limit], sample: dict[str, Any]
) -> None:
    """1,000 bought the day before; they were worth 312.45 then and 300.00 now: 12,450 lost today."""
    price("312.45", DAY)
    assert dealt(sample, "A", stage="executed").deal_id
    follow_events()
    price("300.00", DAY + timedelta(days=1))
    assert found(stops, DAY + timedelta(days=1)) == {
        "book": Decimal("-12450.00"), "trader": 0, "both": 0, "other": 0,
    }  # fmt: skip


def test_reaching_it_stops_what_adds_and_lets_through_what_takes_away(
    stops: dict[str, Limit], sample: dict[str, Any]
) -> None:
    price("312.45")
    assert dealt(sample, "A", stage="executed").deal_id
    follow_events()
    Limit.objects.filter(pk=stops["trader"].pk).update(cap="7606.23")  # 1,000 x 7.45 and the fee
    price("305.00")
    revalued()
    (breach,) = Breach.objects.filter(limit=stops["trader"], closed_at=None)
    assert (breach.amount, breach.cause) == (Decimal("0.0001"), "LOSS")
    refused = dealt(sample, "B", quantity="1").refusal
    assert (refused.code, refused.facts["limit"]) == (
        "stop-loss-reached", f"L-{stops['trader'].pk}",
    )  # fmt: skip
    assert not asked(sample, quantity="1").fits
    assert dealt(sample, "E", quantity="1", stage="executed").deal_id  # a legal obligation
    assert dealt(sample, "C", side="sell", quantity="1500").refusal.code == "stop-loss-reached"
    assert asked(sample, side="sell", quantity="600").fits
    assert dealt(sample, "D", side="sell", quantity="600").deal_id
    assert dealt(sample, "F", side="sell", quantity="600").refusal  # what is left are 401
    assert dealt(sample, "G", trader="petrov", quantity="1").deal_id
    price("320.00")
    revalued()
    assert not Breach.objects.filter(limit=stops["trader"], closed_at=None).exists()
    assert dealt(sample, "H", quantity="1").deal_id


def test_an_override_gives_room_and_the_next_day_begins_with_nothing(
    stops: dict[str, Limit], sample: dict[str, Any]
) -> None:
    Limit.objects.filter(kind=LimitKind.STOP_LOSS, trader="").update(cap=10**6)
    Limit.objects.filter(pk=stops["both"].pk).update(cap=10**6)
    price("300.00")
    dealt(sample, "A")
    revalued()
    (use,) = [u for u in asked(sample).uses if u.limit.pk == stops["trader"].pk]
    assert use.short == Decimal("2606.2301")
    row = propose_override(
        limit_id=stops["trader"].pk, amount=use.short, valid_from=None, reason="x", document="",
        valid_until=AT + timedelta(hours=1), actor=User.objects.get(username="risk"), at=AT,
    )  # fmt: skip
    approve_overrides(ids=[row.pk], actor=User.objects.get(username="manager"), at=AT)
    assert dealt(sample, "B", quantity="1").deal_id
    (use,) = [u for u in asked(sample).uses if u.limit.pk == stops["trader"].pk]
    assert use.short == 0
    revalued(AT + timedelta(days=1))
    assert used(stops)["trader"] == 0


def test_what_if_prices_fall_says_which_stop_losses_are_reached(
    stops: dict[str, Limit], sample: dict[str, Any]
) -> None:
    price("312.45")
    dealt(sample, "A")
    revalued()
    shown = if_moved(
        Shock(Decimal(-10), instrument=SHARE), business_date=DAY,
        actor=User.objects.get(username="risk"), at=AT,
    )  # fmt: skip
    effects = {each.limit.pk: each for each in shown.effects}
    # A tenth of 312,450.00, and the fee of 156.23 that was lost before.
    assert effects[stops["both"].pk].used == Decimal("31401.2301")
    assert effects[stops["both"].pk].excess_after == Decimal("21401.2301")
    assert used(stops)["both"] == Decimal("156.2301")


@pytest.mark.parametrize("seed", [1, 2])
def test_any_day_counts_what_a_look_from_scratch_says(
    stops: dict[str, Limit], sample: dict[str, Any], seed: int
) -> None:
    """Deals, cancels and prices by chance: what counts is worked out anew from all deals by hand."""
    chance, checker = random.Random(seed), User.objects.get(username="checker")
    Limit.objects.filter(kind=LimitKind.STOP_LOSS).update(cap=200_000)
    live: dict[int, tuple[str, Decimal, Decimal]] = {}
    last = Decimal("312.45")
    price(str(last))
    for number in range(STEPS):
        step = chance.random()
        if step < 0.6:
            side, quantity = chance.choice(["buy", "sell"]), chance.randint(1, 2_000)
            trader, at = chance.choice(["dealer", "petrov"]), Decimal(chance.randint(300, 325))
            done = dealt(
                sample, f"N-{number}", side=side, quantity=str(quantity), price=str(at),
                trader=trader, stage=chance.choice(["proposed", "executed"]),
            )  # fmt: skip
            if done.deal_id:
                signed = Decimal(quantity if side == "buy" else -quantity)
                fee = (Decimal(quantity) * at * Decimal("0.0005")).quantize(
                    Decimal("0.01"), "ROUND_HALF_UP"
                )
                live[done.deal_id] = trader, signed, signed * at + fee
        elif step < 0.75 and live:
            id = chance.choice(sorted(live))
            if cancel_deals(ids=[id], reason="x", actor=checker, at=AT).done:
                del live[id]
        else:
            last = Decimal(chance.randint(300, 325))
            price(str(last))
        revalued()
        by = {
            trader: sum(
                (q * last - paid for who, q, paid in live.values() if who == trader), Decimal(0)
            )
            for trader in ("dealer", "petrov")
        }
        assert used(stops) == {
            "book": counted_loss(sum(by.values(), Decimal(0))),
            "trader": counted_loss(by["dealer"]), "both": counted_loss(by["dealer"]),
            "other": counted_loss(by["petrov"]),
        }  # fmt: skip
    recompute_exposures(business_date=DAY, at=AT)
    assert revalued() == 0
    assert prove_counters(business_date=DAY, at=timezone.now()).changed == 0


def test_an_amendment_is_stopped_as_a_deal_is(
    stops: dict[str, Limit], sample: dict[str, Any]
) -> None:
    price("312.45")
    first = dealt(sample, "A").deal_id
    Limit.objects.filter(pk=stops["trader"].pk).update(cap=5_000)
    price("305.00")
    revalued()
    clerk = User.objects.get(username="clerk")

    def amended(**changes: Any) -> str:
        row = deal_of(f"D-{first}", visible_to=clerk)
        document = (
            sample | {"external_ref": "A", "traded_at": "2026-11-24T10:15:00+03:00"} | changes
        )
        try:
            amend_terms(
                row, amendment_of(row, document), reason="x", evidence="", actor=clerk, at=AT
            )
        except StopLossReached as refusal:
            return refusal.code
        return ""

    assert amended(quantity="1001") == "stop-loss-reached"
    assert amended(quantity="900") == ""  # less is at risk
    assert amended(quantity="900", price="312.40") == ""
    assert amended(quantity="901") == "stop-loss-reached"
    assert (
        amended(quantity="900", side="sell") == "stop-loss-reached"
    )  # it turns the position round
