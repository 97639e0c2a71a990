"""Limits of instruments and issuers: one signed number of what is held, settled or not, at the last price."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.consumers import Happened
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.holdings import count_holdings
from deals.exposing.recomputing import (
    ask_for_revaluation,
    recompute_exposures,
    revalue_exposures,
    take_up_revaluations,
)
from deals.exposing.what_if import Shock, if_moved
from deals.models import Deal
from deals.services import cancel_deals, settle_deals
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from limits.exposures import prove_counters
from limits.models import Breach, Limit, Reservation
from limits.state import LimitKind
from refdata.models import Book, Entity, Instrument, Party, PartyGroup, Price
from refdata.selectors import forget_reference_data
from tests.flows.sums import COUNTERS, found
from tests.flows.test_bulk import wait_until_somebody_waits
from tests.following import follow_events

SHARE, PREFERRED = "RU0009029540", "RU0007661625"
LAST = Decimal("312.45")  # of the demonstration
DAY = date(2026, 11, 28)


def limit(kind: LimitKind, name: str, cap: int = 1_000_000, **about: Any) -> Limit:
    row = Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind=kind, name=name, currency="RUB", cap=cap,
        defined_at=timezone.now() - timedelta(days=9), **about,
    )  # fmt: skip
    forget_reference_data()
    return row


@pytest.fixture
def held(own_database: None) -> Limit:
    Limit.objects.update(cap=10**13)
    return limit(LimitKind.INSTRUMENT, "Sber", instrument=Instrument.objects.get(isin=SHARE))


@pytest.fixture
def issuer(held: Limit) -> Limit:
    group = PartyGroup.objects.create(code="SBER-G", name="Group of Sber")
    party = Party.objects.create(code="SBER", name="Sber", roles=["ISSUER"], group=group)
    Instrument.objects.filter(isin__in=(SHARE, PREFERRED)).update(issuer=party)
    limit(LimitKind.ISSUER, "group of Sber", group=group)
    return limit(LimitKind.ISSUER, "issuer Sber", party=party)


def dealt(sample: dict[str, Any], quantity: int, **terms: Any) -> Any:
    """More, or below nothing less, of the share; its id, or the code of the refusal."""
    side = "buy" if quantity > 0 else "sell"
    body = sample | {
        "external_ref": f"H-{Deal.objects.count()}-{quantity}", "quantity": str(abs(quantity)),
        "side": side, "stage": "proposed",
    } | terms  # fmt: skip
    dealer = User.objects.get(username="dealer")
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=dealer, at=timezone.now())])
    return outcome.deal_id or getattr(outcome.refusal, "code", None)


def net(row: Limit) -> Decimal:
    row.refresh_from_db()
    assert row.used == abs(row.net)
    return row.net


def price(value: str, isin: str = SHARE) -> None:
    instrument = Instrument.objects.get(isin=isin)
    Price.objects.create(
        instrument=instrument, price_date=DAY, kind="CLOSE", value=value, currency="RUB",
        source=f"T{Price.objects.count()}",
    )  # fmt: skip
    revalue_exposures(
        instrument_ids=[instrument.pk], rates=False, business_date=DAY, at=timezone.now()
    )


def night() -> None:
    """What should count counts, without an alarm, and a second look finds nothing more."""
    at = timezone.now()
    assert recompute_exposures(business_date=DAY, at=at).alarms == 0
    again = recompute_exposures(business_date=DAY, at=at)
    assert (again.changed, again.alarms) == (0, 0)
    assert prove_counters(business_date=DAY, at=at).changed == 0
    assert found(COUNTERS) == []


def settled(*ids: int) -> None:
    """Booked on the trade date, and settled in full."""
    follow_events()
    Deal.objects.filter(pk__in=ids).update(state="SETTLING")
    assert settle_deals(ids=list(ids), at=timezone.now()).done == list(ids)


def sources(row: Limit) -> set[tuple[str, Decimal]]:
    rows = Reservation.objects.filter(limit=row, state="COMMITTED")
    return set(rows.values_list("source_type", "amount"))


def test_a_sale_takes_back_what_a_purchase_took(held: Limit, sample: dict[str, Any]) -> None:
    assert dealt(sample, 3_000)
    assert net(held) == 3_000 * LAST
    assert dealt(sample, 201) == "limit-exceeded"
    assert dealt(sample, -6_000)
    assert net(held) == -3_000 * LAST  # what is short counts as much as what is long
    assert dealt(sample, -201) == "limit-exceeded"
    assert dealt(sample, 6_200)
    night()
    assert net(held) == 3_200 * LAST


def test_what_is_settled_is_still_held_and_moves_with_its_price(
    held: Limit, sample: dict[str, Any]
) -> None:
    first, second = dealt(sample, 2_000, stage="executed"), dealt(sample, -500, stage="executed")
    settled(first, second)
    assert net(held) == 1_500 * LAST
    assert dealt(sample, 1_701) == "limit-exceeded"
    night()
    assert net(held) == 1_500 * LAST
    assert sources(held) == {("holding", 1_500 * LAST)}  # the deals are one with it
    open_deal = dealt(sample, 1_000)
    price("400")
    assert net(held) == 2_500 * 400
    assert sources(held) == {("holding", Decimal(600_000)), ("deal", Decimal(400_000))}
    shown = if_moved(
        Shock(Decimal(10), instrument=SHARE), business_date=DAY,
        actor=User.objects.get(username="risk"), at=timezone.now(),
    )  # fmt: skip
    (effect,) = [each for each in shown.effects if each.limit.pk == held.pk]
    assert effect.used == Decimal(1_100_000)
    checker = User.objects.get(username="checker")
    assert cancel_deals(ids=[open_deal], reason="x", actor=checker, at=timezone.now()).done
    assert net(held) == 1_500 * 400
    price("700")
    (breach,) = Breach.objects.filter(limit=held, closed_at=None)
    assert (breach.amount, breach.cause) == (Decimal(50_000), "PRICE")
    night()
    assert Breach.objects.get(limit=held, closed_at=None).pk == breach.pk
    sold = dealt(sample, -1_500, stage="executed")
    settled(sold)
    night()
    assert net(held) == 0
    assert not sources(held)
    assert not Breach.objects.filter(limit=held, closed_at=None).exists()


def test_folding_what_settled_neither_ends_a_breach_nor_opens_another(
    held: Limit, sample: dict[str, Any]
) -> None:
    deal = dealt(sample, 4_000, stage="executed")
    follow_events()
    (breach,) = Breach.objects.filter(limit=held)
    settled(deal)
    night()
    assert sources(held) == {("holding", 4_000 * LAST)}
    assert Breach.objects.get(limit=held).closed_at is None
    assert Breach.objects.get(limit=held).pk == breach.pk


def test_a_price_that_comes_between_the_look_and_the_write_loses_nothing(
    held: Limit, sample: dict[str, Any]
) -> None:
    settled(dealt(sample, 1_000, stage="executed"))
    night()
    settled(dealt(sample, 500, stage="executed"))
    share = Instrument.objects.get(isin=SHARE)
    Price.objects.create(
        instrument=share, price_date=DAY, kind="CLOSE", value=400, currency="RUB", source="T"
    )
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        # As whoever values what is held does.
        cursor.execute(
            "UPDATE limits_reservation SET amount = 400000 WHERE limit_id = %s AND source_type = 'holding'",
            [held.pk],
        )
        more = 400_000 - 1_000 * LAST
        cursor.execute("UPDATE limits_limit SET used = used + %s WHERE id = %s", [more, held.pk])
        counting = thread.submit(counted_and_closed)
        wait_until_somebody_waits()
        rival.commit()
        assert counting.result() == {held.pk}
    rival.close()
    assert net(held) == 1_500 * 400
    assert sources(held) == {("holding", Decimal(600_000))}
    night()


def counted_and_closed() -> set[int]:
    try:
        return count_holdings(business_date=DAY, at=timezone.now()).overtaken
    finally:
        connection.close()


def test_a_deal_that_is_settled_before_it_is_booked_counts_by_itself_until_then(
    held: Limit, sample: dict[str, Any]
) -> None:
    deal = dealt(sample, 1_000)
    Deal.objects.filter(pk=deal).update(state="SETTLING")
    assert settle_deals(ids=[deal], at=timezone.now()).done == [deal]
    night()
    assert sources(held) == {("deal", 1_000 * LAST)}


def test_a_new_limit_counts_what_is_there_whoever_brought_it(
    held: Limit, sample: dict[str, Any]
) -> None:
    settled(dealt(sample, 1_000, stage="executed"))
    book, share = Book.objects.get(code="EQ-RU"), Instrument.objects.get(isin=SHARE)
    owner = Entity.objects.get(code="RUS").own_party_id
    ours = AccountKey(book.entity_id, "POSITION", owner, book_id=book.pk)
    opening = AccountKey(book.entity_id, "OPENING", owner)
    ids = account_ids([ours, opening])
    entry = NewEntry(
        entity_id=book.entity_id, kind="opening", source_type="test", source_id=77,
        effective_date=date(2026, 1, 1),
        postings=[NewPosting(ids[opening], ids[ours], share.pk, Decimal(250))],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())
    Limit.objects.filter(pk=held.pk).update(closed_at=timezone.now())
    new = limit(LimitKind.INSTRUMENT, "new", cap=10_000, instrument=share)
    at = timezone.now() + timedelta(seconds=9)
    ask_for_revaluation([_happened("opening.apply")], at=timezone.now())
    assert take_up_revaluations(business_date=DAY, at=at).alarms == 0
    assert net(new) == 1_250 * LAST
    (breach,) = Breach.objects.filter(limit=new)
    assert breach.amount == 1_250 * LAST - 10_000


def test_an_issuer_answers_for_all_its_instruments_and_its_group_too(
    issuer: Limit, held: Limit, sample: dict[str, Any]
) -> None:
    settled(dealt(sample, 1_000, stage="executed"))
    dealt(sample, -500, instrument=PREFERRED, price="128.10")
    night()
    whole = 1_000 * LAST - 500 * Decimal("128.10")
    assert net(issuer) == net(Limit.objects.get(name="group of Sber")) == whole
    price("100", PREFERRED)
    assert net(issuer) == 1_000 * LAST - 50_000
    Instrument.objects.filter(isin=SHARE).update(issuer=None)
    forget_reference_data()
    night()
    assert net(issuer) == -50_000
    assert net(held) == 1_000 * LAST


def _happened(kind: str) -> Any:
    return Happened(1, 1, kind, "opening", 1, None, None, timezone.now(), "", "", "", {})
