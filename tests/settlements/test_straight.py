"""What settles straight is booked, proved and told as what goes the long way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.events.models import Event
from ledger.models import JournalEntry, Posting
from settlements.models import Evidence, Settlement, SettlementLink
from settlements.posting import accounts_of, entries_of
from settlements.selectors import locked_terms
from settlements.services import Proof, settle_settlements
from settlements.straight import straight_among
from tests.flows.queue import DUE, House

pytestmark = pytest.mark.usefixtures("own_database")
PROOF = Proof(kind="run", reference="R-1", settled_at=timezone.now())


@pytest.fixture
def house() -> House:
    return House(3)


@pytest.fixture
def rows(house: House) -> list[Settlement]:
    for party in (0, 1, 2):
        house.give(party, house.money, 10_000)
        for share in house.shares[:2]:
            house.give(party, share, 1_000)
    return [
        house.put(0, 1, 0, 10, "25.50"), house.put(1, 0, 1, 3, 40), house.put(0, 1, 0, 5, 0),
        house.put(2, 1, 1, 7, 9, delivers=False, owner=house.parties[1], counterparty=house.parties[2]),
    ]  # fmt: skip


def settle(ids: list[int], parts: dict[int, Decimal] | None = None) -> None:
    outcome = settle_settlements(
        proofs=dict.fromkeys(ids, PROOF), settled_date=DUE, at=timezone.now(), parts=parts
    )
    assert (sorted(outcome.done), outcome.refused) == (sorted(ids), {})


def test_the_postings_are_those_of_their_terms(rows: list[Settlement]) -> None:
    ids = [row.pk for row in rows]
    assert straight_among(dict.fromkeys(ids, PROOF), ()).ids == ids
    terms = locked_terms(ids)
    expected = {
        entry.source_id: [tuple(posting) for posting in entry.postings]
        for entry in entries_of(terms, DUE, accounts_of(terms))
    }
    settle(ids)
    entries = JournalEntry.objects.filter(source_type="settlement", kind="settlement.settle")
    found = {
        entry.source_id: [
            (p.debit_account_id, p.credit_account_id, p.asset_id, p.quantity)
            for p in Posting.objects.filter(entry=entry).order_by("id")
        ]
        for entry in entries.filter(effective_date=DUE, part=0)
    }
    assert found == expected
    for row in Settlement.objects.filter(pk__in=ids):
        assert (row.settlement, row.settled_date, row.reasons) == ("SETTLED", DUE, [])
        assert (row.settled_quantity, row.settled_amount) == (row.quantity, row.amount)
    assert list(Evidence.objects.order_by("pk").values_list("settlement_id", flat=True)) == ids
    told = Event.objects.filter(kind="settlement.settle").order_by("pk")
    assert [(each.subject_id, each.facts) for each in told] == [
        (id, {"evidence": "run:R-1"}) for id in ids
    ]


def test_what_needs_more_looked_at_does_not_go_straight(
    house: House, rows: list[Settlement]
) -> None:
    first, second, held, plain = rows
    SettlementLink.objects.create(first=first, second=second, kind="BEFORE")
    Settlement.objects.filter(pk=held.pk).update(hold="OURS", released_quantity=3)
    proofs = dict.fromkeys((row.pk for row in rows), PROOF)
    assert straight_among(proofs, ()).ids == [plain.pk]
    assert straight_among(proofs, {plain.pk}).ids == []
    several = {id: replace(PROOF, reference=f"M-{id}") for id in proofs}
    assert straight_among(several, ()).ids == []


def test_what_goes_round_settles_whichever_way_each_goes(house: House) -> None:
    """Nobody has anything at first but what the one before brings: judged together, or not at all."""
    ring = house.ring([0, 1, 2])
    ring[0].partial_allowed = True
    ring[0].save()
    ids = [row.pk for row in ring]
    part = {ring[0].pk: Decimal(ring[0].quantity)}
    settle(ids, parts=part)
