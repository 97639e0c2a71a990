"""Counterparties by the current exposure method: the vector C1 from captured deals to the limit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.recomputing import recompute_exposures, revalue_exposures
from deals.models import Deal
from deals.services import cancel_deals
from limits.models import Limit, Reservation
from limits.state import LimitKind
from refdata.bonds import lay_out
from refdata.loading.importing import add_missing
from refdata.models import (
    Agreement,
    Asset,
    BondTerms,
    Entity,
    FxRate,
    Instrument,
    InstrumentIdentifier,
    Party,
    PartyGroup,
)
from refdata.selectors import forget_reference_data

pytestmark = pytest.mark.usefixtures("own_database")
DAY = date(2026, 11, 24)
BOND = "XS0000000009"
GROSS_ADD_ON, NETTED = Decimal("650000.00"), Decimal("830857.14")  # the vector C1


def rate(base: str, quote: str, value: str) -> None:
    FxRate.objects.create(base=base, quote=quote, rate_date=DAY, source="TEST", value=value)


@pytest.fixture
def bank(own_database: None) -> Party:
    """A party with a limit in dollars, one for its group, and prices as the vector needs them."""
    group = PartyGroup.objects.create(code="G", name="G")
    bank = Party.objects.create(code="C1", name="C1", roles=["COUNTERPARTY"], group=group)
    entity = Entity.objects.get(code="RUS")
    for about in ({"party": bank}, {"group": group}):
        Limit.objects.create(
            entity=entity, kind=LimitKind.COUNTERPARTY_PRESETTLEMENT, name=f"C1 {next(iter(about))}",
            currency="USD", cap=10_000_000, **about,
        )  # fmt: skip
    Limit.objects.exclude(name__startswith="C1").update(cap=10**14)
    asset = Asset.objects.create(kind="SECURITY", code=BOND, name="Seven years")
    bond = Instrument.objects.create(
        asset=asset,
        isin=None,
        ticker="C1B",
        kind="BOND",
        currency="USD",
        market="MISX",
        nominal=100,
        nominal_currency="USD",
    )
    InstrumentIdentifier.objects.create(instrument=bond, scheme="ISIN", value=BOND)
    terms = BondTerms.objects.create(
        instrument=bond, start_date=date(2026, 11, 23), maturity_date=date(2033, 11, 23),
        coupon_rate=0, frequency=1,
    )  # fmt: skip
    lay_out(Instrument.objects.get(pk=bond.pk), BondTerms.objects.get(pk=terms.pk))
    FxRate.objects.create(
        base="USD", quote="RUB", rate_date=date(2026, 11, 20), source="CBR", value="80"
    )
    rate("EUR", "USD", "1.015")
    rate("GBP", "USD", "0.984")
    add_missing(
        "refdata_price", ("instrument_id", "price_date", "source", "kind", "value", "currency"),
        [(bond.pk, DAY, "TEST", "CLOSE", "101", "USD")],
    )  # fmt: skip
    return bank


def agreed(bank: Party, **more: Any) -> Agreement:
    terms: dict[str, Any] = {
        "kind": "ISDA", "number": "ISDA-1", "signed_on": date(2026, 1, 1),
        "valid_from": date(2026, 1, 1), "netting": True, "netting_opinion": "counsel, 2026",
    } | more  # fmt: skip
    return Agreement.objects.create(entity=Entity.objects.get(code="RUS"), party=bank, **terms)


def captured(**terms: Any) -> int:
    body = {
        "product": "fx_spot", "side": "buy", "book": "FX-RU", "counterparty": "C1",
        "price": "1", "currency": "USD", "traded_at": "2026-11-23T10:15:00+03:00",
        "stage": "executed",
    } | terms  # fmt: skip
    dealer = User.objects.get(username="dealer")
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=dealer, at=timezone.now())])
    assert outcome.deal_id is not None, outcome
    return outcome.deal_id


def the_three_of_c1(**more: Any) -> list[int]:
    """A forward below a year, one of two years, and seven years of interest (a bond stands for it)."""
    return [
        captured(
            external_ref="F1", pair="EUR/USD", quantity="10000000",
            settlement={"method": "PFOD", "date": "2027-05-24"}, **more,
        ),
        captured(
            external_ref="F2", pair="GBP/USD", quantity="5000000",
            settlement={"method": "PFOD", "date": "2028-11-22"}, **more,
        ),
        captured(
            external_ref="B7", product="bond", book="EQ-RU", instrument=BOND, quantity="200000",
            price="100", settlement={"method": "DVP", "date": "2026-11-25"}, **more,
        ),
    ]  # fmt: skip


def used(name: str = "C1 party") -> Decimal:
    return Limit.objects.get(name=name).used


def night(day: date = DAY) -> int:
    found = recompute_exposures(business_date=day, at=timezone.now())
    assert recompute_exposures(business_date=day, at=timezone.now()).changed == 0
    return found.alarms


def test_c1_captured_gross_and_netted_by_the_night(bank: Party) -> None:
    agreement = agreed(bank)
    the_three_of_c1()
    assert used() == used("C1 group") == GROSS_ADD_ON  # what capture takes is never less
    assert night() == 0
    assert used() == used("C1 group") == NETTED
    row = Reservation.objects.get(source_type="netting", limit__name="C1 party")
    assert (row.source_id, row.amount, row.state) == (agreement.pk, NETTED, "COMMITTED")
    assert Limit.objects.get(name="C1 party").excess == 0
    events = Event.objects.filter(kind="limit.revalue", subject_id=row.limit_id)
    (facts,) = [
        event.facts for event in events
    ]  # the deals leave and their agreement comes at once
    deals = sorted(f"deal:{id}" for id in Deal.objects.values_list("pk", flat=True))
    assert sorted(facts["sources"]) == [*deals, f"netting:{agreement.pk}"]


def test_c1_without_an_agreement_each_deal_counts_by_itself(bank: Party) -> None:
    agreed(bank, valid_until=DAY)  # over on the day that is looked at
    the_three_of_c1()
    assert night() == 0
    # The bond would cost 200,000 more to replace; a currency deal counts its add-on.
    assert used() == GROSS_ADD_ON + 200_000


def test_what_names_another_agreement_or_is_free_of_payment_is_not_netted(bank: Party) -> None:
    agreed(bank)
    agreed(bank, number="ISDA-2", netting=False)
    forget_reference_data()
    captured(
        external_ref="F1", pair="EUR/USD", quantity="10000000", agreement="ISDA-2",
        settlement={"method": "PFOD", "date": "2027-05-24"},
    )  # fmt: skip
    captured(
        external_ref="FREE", product="bond", book="EQ-RU", instrument=BOND, quantity="10",
        price="100", settlement={"method": "FOP", "date": "2026-11-25"},
    )  # fmt: skip
    assert night() == 0
    assert used() == Decimal(101_000)
    assert not Reservation.objects.filter(source_type="netting").exists()


def test_a_price_moves_the_set_and_the_end_of_the_agreement_parts_it(bank: Party) -> None:
    agreement = agreed(bank)
    ids = the_three_of_c1()
    night()
    bond = Instrument.objects.get(ticker="C1B")
    add_missing(
        "refdata_price", ("instrument_id", "price_date", "source", "kind", "value", "currency"),
        [(bond.pk, DAY + timedelta(days=1), "TEST", "CLOSE", "100", "USD")],
    )  # fmt: skip
    day = DAY + timedelta(days=1)
    found = revalue_exposures(
        instrument_ids=[bond.pk], rates=False, business_date=day, at=timezone.now()
    )
    assert found.alarms == 0
    # Worth +150,000, -80,000 and nothing: 70,000 net, of 150,000 positive 0.466667.
    assert used() == Decimal(70_000) + Decimal("442000.00")
    checker = User.objects.get(username="checker")
    cancel_deals(ids=ids[:1], reason="x", actor=checker, at=timezone.now())
    assert night(day) == 0
    assert used() == Decimal("220000.00")  # nothing positive is left: 0.4 of 550,000
    Agreement.objects.filter(pk=agreement.pk).update(valid_until=day)
    assert night(day) == 0
    assert used() == Decimal("550000.00")
    held = Reservation.objects.filter(source_type="netting", state="COMMITTED")
    assert not held.exists()
