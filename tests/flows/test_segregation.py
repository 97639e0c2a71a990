"""Fifty clients on one omnibus account: nobody is below zero, nobody's asset is delivered for another.

Hypothesis chooses what each day brings: settlements of clients and of ourselves, inside our books and at
an outside place, in batches that ask for more than is there, some of them failing first, many in parts; two
clients of the account whose sides cross, by part where one is larger; what is settled by its net; and at each
close a dividend or a split. A plain ledger, which knows nothing of the product, says what every owner and the
place's own account must hold, and be entitled to.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.access.models import User
from backoffice.kernel.rounding import half_up_minor
from backoffice.workflow.transitions import Step, advance
from ledger.guarding import WouldBeNegative
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import (
    AccountMember,
    Asset,
    DepositoryAccount,
    Entity,
    Party,
    Place,
    StandingInstruction,
)
from settlements.actions.applying import entitle
from settlements.actions.models import Entitlement
from settlements.actions.paying import pay
from settlements.models import NettingSet, RecordEvent, Settlement, SettlementPart
from settlements.netting.binding import bind, name_members
from settlements.netting.crossings import cross_sets
from settlements.netting.eligible import Group
from settlements.netting.forming import put_sets
from settlements.netting.rules import legs_of
from settlements.netting.services import prepare, reopen_sets
from settlements.netting.state import SetMode
from settlements.proving import Proof
from settlements.settling import settle_by_places_word, settle_settlements
from tests.sizes import SOAK

CLIENTS, DAYS, A_DAY = 50, 5, 24
FIRST = date(2026, 11, 16)
BANK = "999900DEMOBANKONE097"
PRICE = Decimal("0.5")  # of what crosses and is netted
RATE = Decimal("0.335")  # of a dividend
_numbers = count(1)

Held = defaultdict[tuple[int, int, int], Decimal]  # (place, owner, asset) -> quantity


def noon(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)


@dataclass
class Firm:
    """One firm with fifty clients on one account at a place, a share of its own, and an opening."""

    entity: Entity = field(default_factory=lambda: Entity.objects.get(code="RUS"))
    inside: Place = field(default_factory=lambda: Place.objects.get(code="HOUSE"))
    outside: Place = field(default_factory=lambda: Place.objects.get(code="NSD"))
    held: Held = field(default_factory=lambda: defaultdict(Decimal))
    stated: Held = field(
        default_factory=lambda: defaultdict(Decimal)
    )  # what each place has for all of us

    done: dict[int, tuple[Decimal, Decimal]] = field(
        default_factory=dict
    )  # by parts: shares, money

    def __post_init__(self) -> None:
        number = next(_numbers)
        self.share = Asset.objects.create(code=f"SEG{number}", kind="SECURITY")
        self.money = Asset.objects.get(code="RUB")
        self.bank = Party.objects.get(code=BANK)
        self.own = self.entity.own_party
        self.ssi = StandingInstruction.objects.filter(party=self.bank).order_by("id")[0]
        self.clients = [
            Party.objects.create(code=f"SEG-{number}-{n}", name=f"Client {n}", roles=["CLIENT"])
            for n in range(CLIENTS)
        ]
        account = f"OMNI-{number}"
        DepositoryAccount.objects.create(
            entity=self.entity, place=self.outside, owner=self.own, kind="CLIENT_OMNIBUS",
            number=account,
        )  # fmt: skip
        AccountMember.objects.bulk_create(
            AccountMember(entity=self.entity, place=self.outside, account=account, owner=client,
                          document="D", valid_from=FIRST)
            for client in self.clients
        )  # fmt: skip

    def open(self, chance: random.Random) -> None:
        """Half of the clients hold something, and we do; the omnibus account as a whole has plenty."""
        keys, rows = {}, []
        for place in (self.inside, self.outside):
            for owner in (self.own, self.bank, *self.clients):
                for asset, kind in ((self.share, "HOLDING"), (self.money, "CASH")):
                    quantity = chance.choice([0, chance.randint(1, 60)])
                    if owner == self.bank:
                        quantity = chance.randint(100, 200)
                    if kind == "CASH" and owner == self.own:
                        quantity = (
                            0  # what stands there of the demonstration is counted from here on
                        )
                    key = AccountKey(self.entity.pk, kind, owner.pk, place_id=place.pk)
                    other = AccountKey(self.entity.pk, "OPENING", owner.pk)
                    keys[place.pk, owner.pk, asset.pk] = key
                    if quantity:
                        rows.append((key, other, asset.pk, quantity))
                        self.held[place.pk, owner.pk, asset.pk] += quantity
                        self.stated[place.pk, 0, asset.pk] += quantity
        ids = account_ids([*keys.values(), *(other for _, other, _, _ in rows)])
        entry = NewEntry(
            entity_id=self.entity.pk, kind="opening", source_type="seg", source_id=next(_numbers),
            effective_date=FIRST,
            postings=[NewPosting(ids[a], ids[b], asset, Decimal(n)) for a, b, asset, n in rows],
        )  # fmt: skip
        before = {row[:2]: row.amount for row in balances(account_ids=list(ids.values()))}
        for (place_id, owner_id, asset_id), key in keys.items():
            already = before.get((ids[key], asset_id), Decimal(0))
            self.held[place_id, owner_id, asset_id] += already
            self.stated[place_id, 0, asset_id] += already
        post_entries([entry], at=timezone.now())

    def prepared(self, chance: random.Random, day: date) -> list[Settlement]:
        """A day's settlements, matched and, at the outside place, sent."""
        rows = []
        for _ in range(A_DAY):
            owner = chance.choice([self.own, *self.clients])
            inside = chance.random() < 0.5
            others = [self.bank, *(c for c in self.clients if c != owner)]
            rows.append(
                Settlement(
                    entity=self.entity, owner=owner, source_type="seg", source_id=next(_numbers),
                    counterparty=chance.choice(others) if inside else self.bank,
                    place=self.inside if inside else self.outside, ssi=self.ssi, method="DVP",
                    delivers=chance.random() < 0.6, asset=self.share, money_asset=self.money,
                    quantity=chance.randint(1, 50), amount=chance.choice([0, chance.randint(1, 40)]),
                    due_date=day, approval="APPROVED", matching="MATCHED", partial_allowed=True,
                    transmission="NONE" if inside else "ACKNOWLEDGED",
                )
            )  # fmt: skip
        return Settlement.objects.bulk_create(rows)

    def settle(self, chance: random.Random, rows: list[Settlement], day: date) -> None:
        """Some fail first; then the word of the place, or our own, in whatever batches, for all."""
        late = [Step(row.pk) for row in rows if chance.random() < 0.3]
        advance(Settlement, "fail", late, actor=None, at=timezone.now())
        chance.shuffle(rows)
        while rows:
            size = chance.randint(1, len(rows))
            batch, rows = rows[:size], rows[size:]
            for inside in (True, False):
                some = {r.pk: r for r in batch if (r.place_id == self.inside.pk) is inside}
                if some:
                    self.take(chance, some, day, inside=inside)

    def take(
        self, chance: random.Random, some: dict[int, Settlement], day: date, *, inside: bool
    ) -> None:
        left = {id: int(row.quantity - self.settled(id)[0]) for id, row in some.items()}
        parts = {
            id: Decimal(chance.randint(1, most))
            for id, most in left.items()
            if chance.random() < 0.5
        }
        when = noon(day)
        word = next(_numbers)  # each says another thing, though it be of the same settlement
        proofs = {id: Proof(kind="test", reference=f"{word}-{id}", settled_at=when) for id in some}
        at = timezone.now()
        if inside:
            outcome = settle_settlements(proofs=proofs, settled_date=day, parts=parts, at=at)
        else:
            outcome = settle_by_places_word(proofs=proofs, parts=parts, at=at)
        assert all(isinstance(why, WouldBeNegative) for why in outcome.refused.values())
        assert {*outcome.done, *outcome.refused} == set(some)
        now = Settlement.objects.in_bulk(outcome.done)
        for id in outcome.done:
            whole = parts.get(id, Decimal(left[id])) == left[id]
            assert now[id].settlement == ("SETTLED" if whole else "PARTIAL")
            before = self.settled(id)
            self.done[id] = (
                (Decimal(some[id].quantity), Decimal(some[id].amount))
                if whole
                else (before[0] + parts[id], now[id].settled_amount)
            )
            shares, money = (a - b for a, b in zip(self.done[id], before, strict=True))
            assert money >= 0
            self.move(some[id], shares, money, inside=inside)

    def settled(self, id: int) -> tuple[Decimal, Decimal]:
        return self.done.get(id, (Decimal(0), Decimal(0)))

    def move(self, row: Settlement, shares: Decimal, money: Decimal, *, inside: bool) -> None:
        """The same in the plain ledger: each owner's own, and at the place what goes out or comes in."""
        sign = -1 if row.delivers else 1
        sides = [(row.owner_id, sign), *([(row.counterparty_id, -sign)] if inside else [])]
        for owner, way in sides:
            moves = ((row.asset_id, way * shares), (row.money_asset_id, -way * money))
            for asset, quantity in moves:
                self.held[row.place_id, owner, asset] += quantity
                self.stated[row.place_id, 0, asset] += quantity

    def cross(self, chance: random.Random, day: date) -> None:
        """Two clients of the account deal with each other: the smaller of both sides crosses, or nothing does."""
        one = chance.choice(self.holding(self.share, self.outside))
        two = chance.choice([c for c in self.holding(self.money, self.outside) if c != one])
        rows = [
            self.side(one, two, chance.randint(1, 50), delivers=True, place=self.outside, day=day),
            self.side(two, one, chance.randint(1, 50), delivers=False, place=self.outside, day=day),
        ]
        part = min(row.quantity for row in rows)
        set_id = self.bound(rows, SetMode.CROSSING, 0, 0, day=day, gross=2 * part)
        at, actor = noon(day), User.objects.get(username="checker")
        outcome = cross_sets(ids=[set_id], actor=actor, at=at)
        if outcome.refused:
            assert [why.code for why in outcome.refused.values()] == ["crossing-short"]
            assert not reopen_sets(ids=[set_id], reason="short", actor=actor, at=at).refused
        else:
            assert self.held[self.outside.pk, one.pk, self.share.pk] >= part
            assert self.held[self.outside.pk, two.pk, self.money.pk] >= part * PRICE
            for row in rows:
                self.done[row.pk] = (part, part * PRICE)
                self.move(row, part, part * PRICE, inside=False)
        # What is left of them goes to the place like any other.
        Settlement.objects.filter(pk__in=[row.pk for row in rows]).update(
            transmission="ACKNOWLEDGED"
        )

    def net(self, chance: random.Random, day: date) -> None:
        """What a client buys of the bank and sells to it in our books settles by the net of both, or not at all."""
        rich = self.holding(self.money, self.inside)
        both = [c for c in self.holding(self.share, self.inside) if c in rich]
        client = chance.choice(both or self.clients)
        sold = chance.randint(15, 50)
        bought = sold + chance.choice([-1, 1]) * chance.randint(1, 12)
        rows = [
            self.side(client, self.bank, sold, delivers=True, place=self.inside, day=day),
            self.side(client, self.bank, bought, delivers=False, place=self.inside, day=day),
        ]
        net = Decimal(bought - sold)
        gross = Decimal(bought + sold)
        set_id = self.bound(rows, SetMode.PAIR_OFF, net, -net * PRICE, day=day, gross=gross)
        prepare({set_id: legs_of(net, -net * PRICE)}, noon(day))
        (row,) = Settlement.objects.filter(source_type="set", source_id=set_id)
        proof = Proof(kind="test", reference=f"N-{set_id}", settled_at=noon(day))
        outcome = settle_settlements(proofs={row.pk: proof}, settled_date=day, at=noon(day))
        if outcome.refused:
            assert all(isinstance(why, WouldBeNegative) for why in outcome.refused.values())
            actor = User.objects.get(username="checker")
            assert not reopen_sets(ids=[set_id], reason="short", actor=actor, at=noon(day)).refused
            return
        assert set(
            Settlement.objects.filter(netted_by=set_id).values_list("settlement", flat=True)
        ) == {"SETTLED"}
        for each in rows:
            self.done[each.pk] = (Decimal(each.quantity), Decimal(each.amount))
        self.move(row, row.quantity, row.amount, inside=True)

    def holding(self, asset: Asset, place: Place) -> list[Party]:
        """The clients that have some of it there; where nobody has: all."""
        found = [c for c in self.clients if self.held[place.pk, c.pk, asset.pk] > 10]
        return found or self.clients

    def side(
        self, owner: Party, other: Party, quantity: int, *, delivers: bool, place: Place, day: date
    ) -> Settlement:
        return Settlement.objects.create(
            entity=self.entity, owner=owner, counterparty=other, source_type="seg",
            source_id=next(_numbers), place=place, ssi=self.ssi, method="DVP", delivers=delivers,
            asset=self.share, money_asset=self.money, quantity=Decimal(quantity),
            amount=quantity * PRICE, due_date=day, approval="APPROVED", matching="MATCHED",
            partial_allowed=True,
        )  # fmt: skip

    def bound(
        self, rows: list[Settlement], mode: SetMode, quantity: Decimal | int, amount: Decimal | int, *,
        day: date, gross: Decimal,
    ) -> int:  # fmt: skip
        """A set of two settlements that is agreed on."""
        first = rows[0]
        key = (
            first.entity_id, first.counterparty_id, first.owner_id, "", "", first.place_id, first.ssi_id, "",
            None, first.asset_id, first.money_asset_id, day,
        )  # fmt: skip
        ids = [row.pk for row in rows]
        group = Group(key, 2, Decimal(quantity), gross, Decimal(amount), gross * PRICE, ids)
        (set_id,) = put_sets([(group, None)], mode, at=noon(day))
        if mode == SetMode.CROSSING:
            name_members({set_id: ids}, {set_id: (gross / 2, gross * PRICE / 2)})
        bind({set_id: ids})
        step = Step(set_id, columns={"evidence": "test"})
        assert not advance(NettingSet, "agree", [step], actor=None, at=noon(day)).refused
        return set_id

    def act(self, chance: random.Random, day: date) -> None:
        """A dividend or a split at the close: who holds is entitled, each place pays it, in whatever order."""
        terms: dict[str, Any] = {
            "action": "DIVIDEND",
            "kind": "CASH",
            "rate": RATE,
            "money_asset": self.money,
        }
        if chance.random() < 0.5:
            terms = {
                "action": "SPLIT",
                "kind": "EXCHANGE",
                "outturn": self.share,
                "new": 3,
                "old": 2,
            }
        event = RecordEvent.objects.create(
            instrument=self.share, ex_date=day, record_date=day, payment_date=day, state="APPROVED",
            document="test", **terms,
        )  # fmt: skip
        assert entitle(event_id=event.pk, at=noon(day)).written > 0
        rows = list(Entitlement.objects.filter(event=event))
        assert {(row.place_id, row.owner_id, self.share.pk): row.quantity for row in rows} == {
            key: quantity for key, quantity in self.held.items() if key[2] == self.share.pk and quantity
        }  # fmt: skip
        places = [self.inside, self.outside]
        chance.shuffle(places)
        for place in places:
            self.pay(event, [row for row in rows if row.place_id == place.pk], place, day)
        assert not entitle(event_id=event.pk, at=noon(day)).written

    def pay(self, event: RecordEvent, rows: list[Entitlement], place: Place, day: date) -> None:
        """What the place pays is what it has for all of us, each owner's part of it its own."""
        assert sum(row.quantity for row in rows) == self.stated[place.pk, 0, self.share.pk]
        if event.rate:
            behind = [row for row in rows if row.account.startswith("OMNI")]
            whole = half_up_minor(sum((row.quantity for row in behind), Decimal(0)) * RATE, 2)
            assert sum(row.gross for row in behind) == whole
        proof = Proof(kind="test", reference=f"P-{next(_numbers)}", settled_at=noon(day))
        amount = sum((row.receipt for row in rows), Decimal(0))
        pay(entitlement_ids=[row.pk for row in rows], amount=amount, proof=proof, at=noon(day))
        for row in rows:
            moves = ((self.share.pk, row.given - row.taken), (self.money.pk, row.gross))
            for asset, quantity in moves:
                self.held[place.pk, row.owner_id, asset] += quantity
                self.stated[place.pk, 0, asset] += quantity

    def compare(self, day: date) -> None:
        """Entitlements = what the places have, day by day, and nobody is below zero."""
        accounts = {
            a.pk: a
            for a in LedgerAccount.objects.filter(
                entity=self.entity, kind__in=("HOLDING", "CASH"),
                owner__in=[self.own, self.bank, *self.clients], place__in=[self.inside, self.outside],
            )
        }  # fmt: skip
        booked: Held = defaultdict(Decimal)
        entitled: Held = defaultdict(Decimal)
        for row in balances(as_of=day, account_ids=sorted(accounts)):
            account = accounts[row.account_id]
            if row.asset_id in (self.share.pk, self.money.pk):
                assert account.place_id is not None
                booked[account.place_id, account.owner_id, row.asset_id] += row.amount
                entitled[account.place_id, 0, row.asset_id] += row.amount
                assert row.amount > 0 or not account.guarded
        nothing = {key for key, quantity in self.held.items() if not quantity}
        assert booked == {k: q for k, q in self.held.items() if k not in nothing}
        assert entitled == {k: q for k, q in self.stated.items() if q}


@pytest.mark.django_db
@settings(
    max_examples=20 if SOAK else 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(min_value=0, max_value=10**9))
def test_no_client_is_below_zero_and_entitlements_are_what_the_places_have(seed: int) -> None:
    with transaction.atomic():  # each history begins with the same books
        live(random.Random(seed), Firm())
        transaction.set_rollback(True)


def live(chance: random.Random, firm: Firm) -> None:
    firm.open(chance)
    waiting: list[Settlement] = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        rows = firm.prepared(chance, day) + waiting
        firm.settle(chance, list(rows), day)
        firm.cross(chance, day)
        firm.net(chance, day)
        firm.act(chance, day)
        open_now = Settlement.objects.filter(source_type="seg", asset=firm.share)
        waiting = list(open_now.exclude(settlement="SETTLED"))
        firm.compare(day)
    assert Settlement.objects.filter(asset=firm.share, settlement="SETTLED").count() > A_DAY
    assert waiting  # more was asked for than there was
    sets = NettingSet.objects.filter(asset=firm.share)
    assert {("CROSSING", "SETTLED"), ("PAIR_OFF", "SETTLED")} <= set(
        sets.values_list("mode", "state")
    )
    assert SettlementPart.objects.filter(settlement__asset=firm.share).count() > A_DAY
