"""A queue of settlements in our own books, put there as it is, and what each party has to settle it with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place, StandingInstruction
from settlements.models import Settlement

DUE = date(2026, 11, 24)
SHARES = ("RU0009029540", "RU0007661625", "RU0009024277", "RU0007288411", "RU0009033591")
_numbers = count(1)


class House:
    """Parties with accounts in our books, each with an instruction; deliveries against rubles between them."""

    def __init__(self, parties: int) -> None:
        self.entity, self.place = Entity.objects.get(code="RUS"), Place.objects.get(code="HOUSE")
        self.money = Asset.objects.get(code="RUB")
        self.shares = [Asset.objects.get(code=code) for code in SHARES]
        self.parties = Party.objects.bulk_create(
            Party(code=f"Q-{n}", name=f"Q {n}", roles=["COUNTERPARTY"]) for n in range(parties)
        )
        made = StandingInstruction.objects.bulk_create(
            StandingInstruction(
                party=party, place=self.place, depository_account=party.code, cash_account=party.code,
                valid_from=date(2020, 1, 1), status="APPROVED",
                proposed_by=User.objects.get(username="admin"),
                approved_by=User.objects.get(username="manager"),
            )
            for party in self.parties
        )  # fmt: skip
        self.ssi = {row.party_id: row for row in made}
        self.opening: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)

    def give(self, party: int, asset: Asset, quantity: int | Decimal) -> None:
        """So much more of an asset stands on the account of a party from here on."""
        owner = self.parties[party]
        kind = "CASH" if asset == self.money else "HOLDING"
        key = AccountKey(self.entity.pk, kind, owner.pk, place_id=self.place.pk)
        other = AccountKey(self.entity.pk, "OPENING", owner.pk)
        ids = account_ids([key, other])
        amount = Decimal(quantity)
        sides = (ids[key], ids[other]) if amount > 0 else (ids[other], ids[key])
        posting = NewPosting(*sides, asset.pk, abs(amount))
        entry = NewEntry(
            entity_id=self.entity.pk, kind="opening", source_type="test", source_id=next(_numbers),
            effective_date=date(2026, 1, 1), postings=[posting],
        )  # fmt: skip
        post_entries([entry], at=timezone.now())
        self.opening[owner.pk, asset.pk] += amount

    def put(self, giver: int, payer: int, share: int, quantity: int, amount: int | str,
            **more: object) -> Settlement:  # fmt: skip
        """A matched delivery against payment; the giver is whose settlement it is."""
        owner, other = self.parties[giver], self.parties[payer]
        return Settlement.objects.create(
            **{
                "entity": self.entity, "owner": owner, "counterparty": other, "source_type": "test",
                "source_id": next(_numbers), "place": self.place, "ssi": self.ssi[other.pk],
                "method": "DVP", "delivers": True, "asset": self.shares[share], "quantity": quantity,
                "money_asset": self.money, "amount": Decimal(amount), "due_date": DUE,
                "approval": "APPROVED", "matching": "MATCHED",
            }
            | more
        )  # fmt: skip

    def ring(self, members: Sequence[int]) -> list[Settlement]:
        """Each delivers to the next one, who has no money but what the one after pays: nobody begins."""
        rows = []
        for n, giver in enumerate(members):
            self.give(giver, self.shares[n], 10)
            rows.append(self.put(giver, members[(n + 1) % len(members)], n, 10, 1_000))
        return rows

    def expected(self, settled: Sequence[Settlement]) -> dict[tuple[int, int], Decimal]:
        """What everybody has after these, by plain sums: owner and asset."""
        found = defaultdict(Decimal, self.opening)
        for row in settled:
            found[row.owner_id, row.asset_id] -= row.quantity
            found[row.counterparty_id, row.asset_id] += row.quantity
            found[row.owner_id, row.money_asset_id] += row.amount
            found[row.counterparty_id, row.money_asset_id] -= row.amount
        return {key: amount for key, amount in found.items() if amount}

    def booked(self) -> dict[tuple[int, int], Decimal]:
        """What everybody has by the books."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, owner_id FROM ledger_ledgeraccount"
                " WHERE place_id = %s AND kind IN ('HOLDING', 'CASH') AND owner_id = ANY(%s)",
                [self.place.pk, [party.pk for party in self.parties]],
            )
            owners = dict(cursor.fetchall())
        found: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for line in balances(account_ids=list(owners)):
            found[owners[line.account_id], line.asset_id] += line.amount
        return {key: amount for key, amount in found.items() if amount}
