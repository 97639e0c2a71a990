"""Every kind of limit through the real path: taken at capture, the same by recomputation, given back."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.recomputing import recompute_exposures
from deals.services import cancel_deals
from limits.models import Limit
from limits.rules import LimitRequest, Need
from limits.services import LimitExceeded, expire_holds
from limits.state import LimitKind, Tenor
from refdata.firm_days import firm_day
from refdata.models import BondTerms, Book, Entity, Instrument, Party, PartyGroup
from tests.flows.sums import HELD, found
from tests.reserving import reserve
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database")
YEARS = "Over a year, up to five"  # of the demonstration
STEPS = 600 if SOAK else 60
SHARE, BANK, BOOK = "RU0009029540", "999900DEMOBANKONE097", "EQ-RU"
GROSS = Decimal("312450.00")


def limit(kind: LimitKind, name: str, **about: Any) -> Limit:
    return Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind=kind, name=name, currency="RUB",
        cap=10_000_000, defined_at=timezone.now() - timedelta(days=9), **about,
    )  # fmt: skip


@pytest.fixture
def all_kinds(own_database: None) -> None:
    instrument = Instrument.objects.get(isin=SHARE)
    issuer = Party.objects.create(code="SBER", name="Sber", roles=["ISSUER"])
    Instrument.objects.filter(pk=instrument.pk).update(issuer=issuer)
    group = PartyGroup.objects.create(code="G", name="Group")
    Party.objects.filter(code=BANK).update(group=group)
    limit(LimitKind.BOOK, "book", book=Book.objects.get(code=BOOK))
    limit(LimitKind.DEALER, "trader", trader="dealer")
    limit(LimitKind.DEALER, "trader in book", trader="dealer", book=Book.objects.get(code=BOOK))
    limit(LimitKind.DEALER, "another trader", trader="petrov")
    limit(LimitKind.INSTRUMENT, "instrument", instrument=instrument)
    limit(LimitKind.ISSUER, "issuer", party=issuer)
    limit(LimitKind.TENOR, "month", tenor=Tenor.UP_TO_1M)
    limit(LimitKind.TENOR, "year", tenor=Tenor.UP_TO_1Y)
    limit(LimitKind.COUNTERPARTY_PRESETTLEMENT, "group", group=group)


def captured(sample: dict[str, Any], **terms: Any) -> int:
    body = sample | {"external_ref": f"K-{Limit.objects.count()}-{sorted(terms)}"} | terms
    candidate = candidate_of(
        terms_of(body), actor=User.objects.get(username="dealer"), at=timezone.now()
    )
    (outcome,) = capture_deals([candidate])
    assert outcome.deal_id is not None, outcome
    return outcome.deal_id


def used() -> dict[str, Decimal]:
    return dict(Limit.objects.exclude(used=0).values_list("name", "used"))


def recomputed(days: int = 0) -> tuple[int, int]:
    at = timezone.now()
    found = recompute_exposures(business_date=firm_day(at) + timedelta(days=days), at=at)
    return found.changed, found.alarms


EVERY = {
    "Dealer, own shares": GROSS, "Demo Bank One": Decimal("18747.00"), "book": GROSS,
    "trader": GROSS, "trader in book": GROSS, "instrument": GROSS, "issuer": GROSS,
    "month": GROSS, "group": Decimal("18747.00"),
}  # fmt: skip


@pytest.mark.usefixtures("all_kinds")
def test_capture_and_recomputation_say_the_same_of_every_kind(sample: dict[str, Any]) -> None:
    deal = captured(sample)
    assert used() == EVERY
    assert recomputed() == (0, 0)
    another = captured(sample, trader="petrov", side="sell")
    assert used()["another trader"] == GROSS
    assert used()["trader"] == GROSS
    assert not {"instrument", "issuer"} & used().keys()  # what was bought is sold again
    assert recomputed() == (0, 0)
    checker = User.objects.get(username="checker")
    cancel_deals(ids=[deal, another], reason="x", actor=checker, at=timezone.now())
    assert used() == {}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("all_kinds")
def test_any_history_over_all_kinds_equals_a_recomputation(
    sample: dict[str, Any], seed: int
) -> None:
    """Deals, cancels and holds by chance; after each tenth step nothing is left to be mended."""
    chance = random.Random(seed)
    people = {name: User.objects.get(username=name) for name in ("dealer", "checker")}
    Limit.objects.filter(name__in=("trader", "issuer", "group")).update(cap=700_000)
    live: list[int] = []
    for number in range(STEPS):
        at, step = timezone.now(), chance.random()
        if step < 0.6:
            body = sample | {
                "external_ref": f"H-{number}", "side": chance.choice(["buy", "sell"]),
                "quantity": str(chance.randint(1, 1_500)),
                "instrument": chance.choice([SHARE, "RU0007661625"]),
                "trader": chance.choice(["petrov", "dealer"]),
                "stage": chance.choice(["proposed"] * 5 + ["executed"]),
                "settlement": {"method": chance.choice(["DVP", "DVP", "FOP"]), "date": None},
            }  # fmt: skip
            candidate = candidate_of(terms_of(body), actor=people["dealer"], at=at)
            (outcome,) = capture_deals([candidate])
            live += [outcome.deal_id] if outcome.deal_id else []
        elif step < 0.8 and live:
            id = live.pop(chance.randrange(len(live)))
            cancel_deals(ids=[id], reason="x", actor=people["checker"], at=at)
        elif step < 0.95:
            ids = chance.sample(sorted(Limit.objects.values_list("pk", flat=True)), 3)
            needs = [Need(id, Decimal(chance.randint(1, 100_000))) for id in sorted(ids)]
            with suppress(LimitExceeded):
                reserve(LimitRequest(needs), ttl_seconds=1, actor=people["dealer"], at=at)
        else:
            expire_holds(at=at + timedelta(seconds=2))
        if number % 10 == 9:
            assert recomputed()[1] == 0  # prices may move what capture took, and explain it
            assert recomputed() == (0, 0)
            assert found(HELD) == []
    expire_holds(at=timezone.now() + timedelta(hours=1))
    assert not Limit.objects.exclude(reserved=0).exists()
    cancel_deals(ids=sorted(live), reason="x", actor=people["checker"], at=timezone.now())
    assert used() == {}


@pytest.mark.usefixtures("all_kinds")
def test_what_runs_shorter_changes_its_bucket_and_its_add_on_without_an_alarm(
    sample: dict[str, Any],
) -> None:
    instrument = Instrument.objects.get(isin=SHARE)
    today = firm_day(timezone.now())
    ends = today + timedelta(days=400)
    BondTerms.objects.create(instrument=instrument, start_date=today, maturity_date=ends)
    captured(sample)
    assert used() == {name: each for name, each in EVERY.items() if name != "month"} | {
        YEARS: GROSS, "Demo Bank One": Decimal("24996.00"), "group": Decimal("24996.00"),
    }  # fmt: skip
    assert recomputed() == (0, 0)
    assert recomputed(days=60) == (4, 0)  # out of one bucket, into the other, two add-ons
    assert (used().get(YEARS), used()["year"]) == (None, GROSS)
    assert used()["group"] == Decimal("18747.00")
    assert recomputed(days=60) == (0, 0)


@pytest.mark.usefixtures("all_kinds")
def test_who_joins_a_group_brings_what_it_has_and_takes_it_away_when_it_leaves(
    sample: dict[str, Any],
) -> None:
    Party.objects.filter(code=BANK).update(group=None)
    captured(sample)
    assert "group" not in used()
    Party.objects.filter(code=BANK).update(group=PartyGroup.objects.get(code="G"))
    assert recomputed() == (1, 0)
    assert used()["group"] == Decimal("18747.00")
    Party.objects.filter(code=BANK).update(group=None)
    assert recomputed() == (1, 0)
    assert "group" not in used()


@pytest.mark.usefixtures("all_kinds")
def test_two_members_of_a_group_share_its_limit(sample: dict[str, Any]) -> None:
    Limit.objects.filter(name="group").update(cap=Decimal("18747.00"))
    other = Party.objects.get(code="999900DEMOBANKTWO062")
    Party.objects.filter(pk=other.pk).update(group=PartyGroup.objects.get(code="G"))
    captured(sample)
    body = sample | {"external_ref": "K-2", "counterparty": other.code, "quantity": "1"}
    (outcome,) = capture_deals(
        [candidate_of(terms_of(body), actor=User.objects.get(username="dealer"), at=timezone.now())]
    )
    assert outcome.refusal is not None
    assert outcome.refusal.facts["limits"] == [f"L-{Limit.objects.get(name='group').pk}"]
