"""The entries of settlements: what moves in the books when one is final.

Securities and money move between what an owner holds at a place and its settlements with the
counterparty. Where both accounts stand in our books, the counterparty's side moves as well. Interest
is booked as it is paid (decision 0101). What settles in parts has an entry for each; only the last, which
leaves nothing, is of the kind by which all that reads entries knows that a settlement is final.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.services import AccountKey, NewEntry, NewPosting, account_ids
from ledger.state import AccountKind
from settlements.parting.rules import PartTerms, Share, in_proportion, share_of

SOURCE = "settlement"
SETTLED = "settlement.settle"
PART = "settlement.settle_part"
CROSSED = "CROSSED"  # one of two sides of ours: the other has an entry of its own


class SettledTerms(NamedTuple):
    """What of a settlement its entry is made from: what is left of it, or the part that settles now.

    `quantity`, `amount` and `interest` are what is left (of a part: what settles); `settled…` what was
    final before, and `whole` all of it. `number` is that of the next part where some settled before, or
    of the part; 0 where it settles whole at once. `most` is how much of it may settle now: all that is
    left, of a held one what was released. `parting` says how small a part may be. `is_open` is false of
    what is settled or cancelled.
    """

    id: int
    entity_id: int
    owner_id: int
    counterparty_id: int
    place_id: int
    internal: bool
    delivers: bool
    asset_id: int
    quantity: Decimal
    money_id: int
    amount: Decimal
    book_id: int | None
    interest: Decimal
    whole: Decimal
    settled: Decimal
    settled_amount: Decimal
    settled_interest: Decimal
    number: int
    most: Decimal
    partial_allowed: bool
    minimum: Decimal | None
    lot: Decimal
    minor_unit: int
    is_open: bool
    netting: str = ""  # what it is to a netting set (`_BETWEEN`)
    of_books: tuple[tuple[int, Decimal], ...] = ()  # whose interest it is, where it is of several
    is_last: bool = True  # whether nothing is left after it

    @property
    def parting(self) -> PartTerms:
        return PartTerms(self.partial_allowed, self.minimum, self.lot)

    @property
    def interests(self) -> tuple[tuple[int | None, Decimal], ...]:
        """What of the money is interest, by book; none where there is nothing to book."""
        found = self.of_books or ((self.book_id, self.interest),)
        return tuple((book, amount) for book, amount in found if amount)


def part_terms(terms: SettledTerms, quantity: Decimal) -> SettledTerms:
    """The terms of a part of what is left, with its share of money and interest (`share_of`).

    Whose interest it is, is shared out by what is settled of the whole, so that each book's parts come to
    its own sum. Raises ValueError for no part of it.
    """
    if quantity == terms.quantity and not terms.settled:
        return terms
    left = Share(terms.quantity, terms.amount, terms.interest)
    part = share_of(left, quantity, minor_unit=terms.minor_unit)
    is_last = quantity == terms.quantity
    before, after = terms.settled, terms.settled + quantity
    of_books = tuple(
        (book, _until(after, amount, terms) - _until(before, amount, terms))
        for book, amount in terms.of_books
    )
    return terms._replace(
        quantity=part.quantity, amount=part.amount, interest=part.interest, is_last=is_last,
        number=terms.number or (0 if is_last else 1), of_books=of_books,
    )  # fmt: skip


def _until(settled: Decimal, amount: Decimal, terms: SettledTerms) -> Decimal:
    """What of an amount is settled with so much of the whole."""
    if settled == terms.whole:
        return amount
    return in_proportion(amount, settled, terms.whole, minor_unit=terms.minor_unit)


class SideAccounts(NamedTuple):
    """One party's accounts: what it holds at the place, and its settlements with the other."""

    holding: AccountKey
    cash: AccountKey
    settlement: AccountKey


class Between(NamedTuple):
    """Between whom a settlement moves something, and where: that of thousands is the same."""

    entity_id: int
    owner_id: int
    counterparty_id: int
    place_id: int
    both: bool  # whether the counterparty's side stands in our books too, and is no settlement of its own
    netting: str


def _between(terms: SettledTerms) -> Between:
    both = terms.internal and terms.netting != CROSSED
    return Between(
        terms.entity_id, terms.owner_id, terms.counterparty_id, terms.place_id, both, terms.netting
    )


def _side(entity_id: int, owner_id: int, other_id: int, place_id: int) -> SideAccounts:
    return SideAccounts(
        AccountKey(entity_id, AccountKind.HOLDING.value, owner_id, place_id=place_id),
        AccountKey(entity_id, AccountKind.CASH.value, owner_id, place_id=place_id),
        AccountKey(entity_id, AccountKind.SETTLEMENT.value, owner_id, counterparty_id=other_id),
    )


def _sides(between: Between) -> list[SideAccounts]:
    """The owner's side, and where it is ours to book the counterparty's."""
    entity_id, owner_id, other_id, place_id, both, netting = between
    sides = [_side(entity_id, owner_id, other_id, place_id)]
    if both:
        sides.append(_side(entity_id, other_id, owner_id, place_id))
    return [_netted(each, netting) for each in sides]


# By which account the settlements of a set meet what they settle: members and net, what is replaced and its outturn.
_BETWEEN = {
    "MEMBER": AccountKind.NETTING, "NET": AccountKind.NETTING,
    "REPLACED": AccountKind.CONVERSION, "OUTTURN": AccountKind.CONVERSION,
    "CLAIM": AccountKind.INCOME,
}  # fmt: skip


def _netted(accounts: SideAccounts, netting: str) -> SideAccounts:
    """What is netted goes through an account of its own, which comes to nothing with the set: each member
    against its settlements with the other, the net against what is held.
    """
    if netting not in _BETWEEN:
        return accounts
    owed = accounts.settlement
    between = AccountKey(owed.entity_id, _BETWEEN[netting].value, owed.owner_id)
    if netting in ("MEMBER", "REPLACED"):
        return accounts._replace(holding=between, cash=between)
    return accounts._replace(settlement=between)


def interest_account(terms: SettledTerms, book_id: int | None) -> AccountKey:
    return AccountKey(terms.entity_id, AccountKind.INTEREST.value, terms.owner_id, book_id=book_id)


def accounts_of(settlements: Sequence[SettledTerms]) -> dict[AccountKey, int]:
    """Every account these settlements touch, opened where missing."""
    interest = {
        interest_account(terms, book) for terms in settlements for book, _ in terms.interests
    }
    return accounts_between({_between(terms) for terms in settlements}, interest)


def accounts_between(
    those: Collection[Between], others: Collection[AccountKey] = ()
) -> dict[AccountKey, int]:
    """Every account that settlements between some touch, opened where missing, and these others."""
    keys = {key for between in those for accounts in _sides(between) for key in accounts}
    return account_ids({*keys, *others})


def accounts_of_sides(
    between: Between, accounts: Mapping[AccountKey, int]
) -> list[tuple[int, int, int]]:
    """Of each side, the owner's first: what it holds, its cash, and its settlements with the other."""
    return [
        (accounts[s.holding], accounts[s.cash], accounts[s.settlement]) for s in _sides(between)
    ]


def entries_of(
    settlements: Sequence[SettledTerms], settled_date: date, accounts: dict[AccountKey, int]
) -> list[NewEntry]:
    """One entry for each, effective on the date the place says it was final; of a part with its number."""
    moving = _Moving(accounts)
    return [
        NewEntry(
            entity_id=terms.entity_id,
            kind=SETTLED if terms.is_last else PART,
            source_type=SOURCE,
            source_id=terms.id,
            part=terms.number,
            effective_date=settled_date,
            postings=moving.postings(terms),
        )
        for terms in settlements
    ]


class _Moving:
    """Postings of settlements; whose accounts they are is looked up once for all between the same two."""

    def __init__(self, accounts: Mapping[AccountKey, int]) -> None:
        self.accounts = accounts
        self.known: dict[Between, list[tuple[int, int, int]]] = {}

    def postings(self, terms: SettledTerms) -> list[NewPosting]:
        sides, found = self._sides(_between(terms)), []
        delivers = terms.delivers
        for holding, cash, settlement in sides:
            if terms.quantity:
                debit, credit = (settlement, holding) if delivers else (holding, settlement)
                found.append(NewPosting(debit, credit, terms.asset_id, terms.quantity))
            if terms.amount:
                debit, credit = (cash, settlement) if delivers else (settlement, cash)
                found.append(NewPosting(debit, credit, terms.money_id, terms.amount))
            delivers = not delivers
        owed = sides[0][2]
        for book_id, amount in terms.interests:  # what was interest is owed by nobody any more
            earned = self.accounts[interest_account(terms, book_id)]
            debit, credit = (owed, earned) if amount > 0 else (earned, owed)
            found.append(NewPosting(debit, credit, terms.money_id, abs(amount)))
        return found

    def _sides(self, between: Between) -> list[tuple[int, int, int]]:
        found = self.known.get(between)
        if found is None:
            found = self.known[between] = accounts_of_sides(between, self.accounts)
        return found
