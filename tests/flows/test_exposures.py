"""Exposures worked out anew: nothing changes without a reason, prices and rates are one, slips are told."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.workflow.models import WorkItem
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing import recomputing
from deals.exposing.recomputing import recompute_exposures, take_up_revaluations
from deals.exposing.valuing import Market
from deals.models import Deal, Revaluation
from deals.services import cancel_deals
from limits.exposures import Recomputed
from limits.models import Limit, Reservation
from refdata.firm_days import firm_day
from refdata.loading.importing import add_missing
from refdata.models import Entity, Instrument, Party
from refdata.selectors import forget_reference_data
from tests.flows.market import BANKS, as_ndjson, generate
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.sizes import MANY_DEALS

pytestmark = pytest.mark.usefixtures("own_database")
BANK = "Demo Bank One"
SHARE = "RU0009029540"


def today() -> date:
    return firm_day(timezone.now())


def recomputed(day: date | None = None) -> tuple[int, int, int]:
    found = recompute_exposures(business_date=day or today(), at=timezone.now())
    return found.checked, found.changed, found.alarms


def used(name: str = BANK) -> Decimal:
    return Limit.objects.get(name=name).used


def price(value: str, day: date | None = None) -> None:
    id = Instrument.objects.get(isin=SHARE).pk
    columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
    add_missing("refdata_price", columns, [(id, day or today(), "TEST", "CLOSE", value, "RUB")])


def rate(base: str, quote: str, value: str, day: date) -> None:
    columns = ("base", "quote", "rate_date", "source", "value")
    add_missing("refdata_fxrate", columns, [(base, quote, day, "TEST", value)])


def deal(api: Any, sample: dict[str, Any], ref: str, **terms: Any) -> str:
    answer = api("dealer").post("/deals/", sample | {"external_ref": ref} | terms)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["reference"])


def kinds() -> list[str]:
    rows = Event.objects.filter(kind__in=("limit.revalue", "limit.alarm")).order_by("id")
    return list(rows.values_list("kind", flat=True))


def test_a_price_moves_what_is_settled_against_payment_by_what_replacing_it_costs(
    api: Any, sample: dict[str, Any]
) -> None:
    """1,000 bought at 312.45: at 320.00 replacing them costs 7,550.00 more than was agreed."""
    deal(api, sample, "BUY")
    deal(api, sample, "SELL", side="sell")
    deal(api, sample, "FREE", settlement={"method": "FOP", "date": None})
    before = Decimal("18747.00") * 2 + Decimal("312450.00")
    assert used() == before
    price("312.45")
    assert recomputed()[1:] == (0, 0)
    price("320.00", today() + timedelta(days=1))
    assert recomputed()[1:] == (0, 0)  # tomorrow's price is not today's
    day = today() + timedelta(days=1)
    assert recomputed(day)[1:] == (1, 0)
    assert used() == before + Decimal("7550.00")
    assert recomputed(day)[1:] == (0, 0)
    price("300.00", today() + timedelta(days=2))  # now it is the sale that would cost more
    assert recomputed(today() + timedelta(days=2))[1:] == (2, 0)
    assert used() == before + Decimal("12450.00")
    assert kinds() == ["limit.revalue"] * 2
    event = Event.objects.filter(kind="limit.revalue").latest("id")
    assert (event.facts["amount"], event.facts["count"]) == ("4900.0000", 2)


def test_a_deal_gives_back_exactly_what_it_was_revalued_to(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = deal(api, sample, "A")
    price("320.00")
    recomputed()
    assert used() == Decimal("26297.00")
    api("checker").post(f"/deals/{reference}/cancel/", {"reason": "x"})
    assert used() == 0
    assert recomputed() == (0, 0, 0)


def test_a_rate_moves_what_counts_in_another_currency(api: Any, sample: dict[str, Any]) -> None:
    first, traded = date(2026, 11, 20), date(2026, 11, 23)  # the firm has no rate of the krone
    rate("NOK", "RUB", "100", first)
    Limit.objects.filter(name="Dealer, own shares").update(currency="NOK", cap=10**9)
    deal(api, sample, "A")
    assert used("Dealer, own shares") == Decimal("3124.50")
    assert recomputed(traded)[1:] == (0, 0)
    rate("NOK", "RUB", "80", first)  # the same day corrected after the deal: a change of the rate
    assert recomputed(traded)[1:] == (1, 0)
    assert used("Dealer, own shares") == Decimal("3905.63")
    rate("NOK", "RUB", "90", today())
    assert recomputed()[1:] == (1, 0)
    assert used("Dealer, own shares") == Decimal("3471.67")
    assert recomputed()[1:] == (0, 0)


def test_what_nothing_explains_is_mended_with_an_alarm(api: Any, sample: dict[str, Any]) -> None:
    for number in range(3):
        deal(api, sample, f"A-{number}")
    whole = used()
    bank = Limit.objects.get(name=BANK)
    rows = list(Reservation.objects.filter(limit=bank).order_by("id"))
    Reservation.objects.filter(pk=rows[0].pk).update(amount=1)  # changed
    Reservation.objects.filter(pk=rows[1].pk).delete()  # lost
    Reservation.objects.create(
        limit=bank, source_type="deal", source_id=999_999, amount=5, state="COMMITTED"
    )  # of nobody
    Limit.objects.filter(pk=bank.pk).update(used=bank.used + 77)  # and the counter besides
    assert recomputed()[1:] == (4, 4)
    assert used() == whole
    assert recomputed()[1:] == (0, 0)
    assert set(kinds()) == {"limit.alarm"}
    follow_events()
    items = WorkItem.objects.filter(kind="limit-alarm", closed_at=None)
    assert list(items.values_list("queue", "subject_id")) == [("admin", bank.pk)]


def test_a_slip_is_an_alarm_even_when_the_price_moved_too(api: Any, sample: dict[str, Any]) -> None:
    deal(api, sample, "A")
    price("320.00")
    recomputed()
    Reservation.objects.filter(limit__name=BANK).update(amount=26_000)
    Limit.objects.filter(name=BANK).update(used=26_000)
    price("330.00", today() + timedelta(days=1))
    assert recomputed(today() + timedelta(days=1))[1:] == (1, 1)
    assert used() == Decimal("36297.00")


def test_a_limit_defined_after_its_deals_counts_them_without_an_alarm(
    api: Any, sample: dict[str, Any]
) -> None:
    other = Party.objects.create(code="OTHER", name="Other", roles=["COUNTERPARTY"])
    Limit.objects.filter(name=BANK).update(party=other)
    deal(api, sample, "A")
    Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="COUNTERPARTY_PRESETTLEMENT", name="New",
        party=Deal.objects.get().counterparty, currency="RUB", cap=10_000,
    )  # fmt: skip
    forget_reference_data()  # what a process remembers for a moment
    assert recomputed()[1:] == (1, 0)
    limit = Limit.objects.get(name="New")
    assert (limit.used, limit.excess) == (Decimal("18747.00"), Decimal("8747.00"))
    assert limit.breaches.get().cause == "RECOMPUTE"


def test_added_prices_and_rates_are_followed_by_a_worker(api: Any, sample: dict[str, Any]) -> None:
    deal(api, sample, "A")
    Limit.objects.filter(name=BANK).update(cap=20_000)
    price("320.00")
    event = Event.objects.get(kind="price.load")
    assert event.facts["instruments"] == [Instrument.objects.get(isin=SHARE).pk]
    follow_events()
    assert Revaluation.objects.filter(done_at=None).count() == 1
    found = take_up_revaluations(business_date=today(), at=timezone.now())
    assert (found.changed, found.alarms) == (1, 0)
    limit = Limit.objects.get(name=BANK)
    assert (limit.used, limit.excess) == (Decimal("26297.00"), Decimal("6297.00"))
    assert limit.breaches.get().cause == "PRICE"
    assert take_up_revaluations(business_date=today(), at=timezone.now()) == Recomputed()
    price("320.00")  # the same again adds nothing and tells nothing
    assert Event.objects.filter(kind="price.load").count() == 1
    price("313.00", today() + timedelta(days=1))
    follow_events()
    take_up_revaluations(business_date=today() + timedelta(days=1), at=timezone.now())
    assert limit.breaches.get().state == "CURED"


def test_reservations_ahead_of_deals_stay_as_they_are(api: Any, sample: dict[str, Any]) -> None:
    held = api("dealer").post("/limits/reservations/", {"deal": sample, "ttl_seconds": 600})
    assert held.status_code == 201
    deal(api, sample, "A")
    price("320.00")
    recomputed()
    limit = Limit.objects.get(name=BANK)
    assert (limit.used, limit.reserved) == (Decimal("26297.00"), Decimal("18747.00"))


def test_recomputing_beside_capture_and_cancel_leaves_counters_true_and_no_alarm(
    api: Any, sample: dict[str, Any]
) -> None:
    Limit.objects.update(cap=10**12)
    people = {user.username: user for user in User.objects.all()}
    days = iter(range(1, 1_000))

    def work(number: int) -> int:
        at, alarms = timezone.now(), 0
        for turn in range(4):
            if number % 3 == 0:
                price(str(300 + 7 * next(days)), today())
                found = recompute_exposures(business_date=today(), at=timezone.now())
                alarms += found.alarms
            elif number % 3 == 1:
                body = sample | {"external_ref": f"T-{number}-{turn}"}
                capture_deals([candidate_of(terms_of(body), actor=people["dealer"], at=at)])
            else:
                ids = list(Deal.objects.filter(state="CAPTURED").values_list("id", flat=True)[:2])
                cancel_deals(ids=ids, reason="x", actor=people["checker"], at=timezone.now())
        return alarms

    assert sum(at_once(work, 9)) == 0
    assert recomputed()[2] == 0
    live = Reservation.objects.filter(state="COMMITTED").values("limit__name")
    assert {row["limit__name"]: row["all"] for row in live.annotate(all=Sum("amount"))} == dict(
        Limit.objects.exclude(used=0).values_list("name", "used")
    )


def test_a_night_that_died_goes_on_where_it_was(
    api: Any, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "CHUNK", 2)
    for number in range(5):
        deal(api, sample, f"A-{number}")
    price("320.00")
    worth = Market.worth
    calls = []

    def dies(*args: Any) -> Decimal:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return worth(*args)

    with monkeypatch.context() as broken:
        broken.setattr(Market, "worth", dies)
        with pytest.raises(KeyboardInterrupt):
            recomputed()
    assert used() == 5 * Decimal("18747.00") + 2 * Decimal("7550.00")
    assert recomputed()[1:] == (3, 0)
    assert used() == 5 * Decimal("26297.00")


@pytest.mark.slow
def test_many_exposures_equal_a_sum_that_knows_nothing_of_ours(
    api: Any, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deals over four banks, prices of all shares: one independent query says what must be used."""
    monkeypatch.setattr(recomputing, "CHUNK", max(500, MANY_DEALS // 7))
    entity = Entity.objects.get(code="RUS")
    Limit.objects.update(cap=10**13)
    for code in BANKS:
        party = Party.objects.create(code=code, name=code, roles=["COUNTERPARTY"])
        Limit.objects.create(
            entity=entity, kind="COUNTERPARTY_PRESETTLEMENT", name=code, party=party,
            currency="RUB", cap=10**13,
        )  # fmt: skip
    market = generate(MANY_DEALS, seed=7, sample=sample)
    body = b"".join(as_ndjson([each for each in market.deals if each.counterparty in BANKS]))
    answer = api("dealer").post("/deals/bulk/", body, content_type="application/x-ndjson")
    counted = answer.json()["counts"]["accepted"]
    assert counted > MANY_DEALS * 9 // 10
    # The fixture's own prices of today count from the first night on.
    first = recomputed()
    assert (first[0], first[2]) == (counted * 2, 0)
    chance, rows = random.Random(11), []
    for id in Instrument.objects.filter(currency="RUB").values_list("pk", flat=True):
        cents = Decimal(chance.randint(100, 99_999)) / 100
        rows.append((id, today(), "TEST", "CLOSE", str(cents), "RUB"))
    columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
    add_missing("refdata_price", columns, rows)
    assert recomputed()[2] == 0
    assert used_by_sum() == dict(Limit.objects.filter(used__gt=0).values_list("name", "used"))
    live = Reservation.objects.filter(state="COMMITTED").values("limit__name")
    assert used_by_sum() == {
        row["limit__name"]: row["all"] for row in live.annotate(all=Sum("amount"))
    }
    assert recomputed()[1:] == (0, 0)


def used_by_sum() -> dict[str, Decimal]:
    """From deals and prices alone, in plain Python: 6 % of the gross, and what replacing costs."""
    found: dict[str, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.code, b.code, v.side, v.gross_amount,"
            " (SELECT x.value FROM refdata_price x WHERE x.instrument_id = d.instrument_id"
            "   ORDER BY x.price_date DESC, x.id DESC LIMIT 1) * v.quantity"
            " FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id"
            " JOIN refdata_party p ON p.id = d.counterparty_id JOIN refdata_book b ON b.id = d.book_id"
        )
        rows = cursor.fetchall()
    dealer = {"EQ-RU": "Dealer, own shares", "EQ-CL": "Dealer, client shares"}
    cent = Decimal("0.01")
    for party, book, side, gross, worth in rows:
        add_on = (gross * 6 / 100).quantize(cent, ROUND_HALF_UP)
        worth = worth.quantize(cent, ROUND_HALF_UP)
        move = worth - gross if side == "buy" else gross - worth
        for name, amount in ((party, add_on + max(move, Decimal(0))), (dealer[book], gross)):
            found[name] = found.get(name, Decimal(0)) + amount
    return found
