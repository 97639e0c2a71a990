"""The entries of settlements: what moves in the books when one is final.

Securities and money move between what an owner holds at a place and its settlements with the
counterparty. Where both accounts stand in our books, the counterparty's side moves as well. Interest
is booked as it is paid (decision 0101).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.services import AccountKey, NewEntry, NewPosting, account_ids
from ledger.state import AccountKind

SOURCE = "settlement"
SETTLED = "settlement.settle"


class SettledTerms(NamedTuple):
    """What of a settlement its entry is made from."""

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
    of_books: tuple[tuple[int, Decimal], ...] = ()  # whose interest it is, where it is of several

    @property
    def interests(self) -> tuple[tuple[int | None, Decimal], ...]:
        """What of the money is interest, by book; none where there is nothing to book."""
        found = self.of_books or ((self.book_id, self.interest),)
        return tuple((book, amount) for book, amount in found if amount)


class SideAccounts(NamedTuple):
    """One party's accounts: what it holds at the place, and its settlements with the other."""

    holding: AccountKey
    cash: AccountKey
    settlement: AccountKey


def side(entity_id: int, owner_id: int, other_id: int, place_id: int) -> SideAccounts:
    return SideAccounts(
        AccountKey(entity_id, AccountKind.HOLDING.value, owner_id, place_id=place_id),
        AccountKey(entity_id, AccountKind.CASH.value, owner_id, place_id=place_id),
        AccountKey(entity_id, AccountKind.SETTLEMENT.value, owner_id, counterparty_id=other_id),
    )


def sides_of(terms: SettledTerms) -> list[tuple[SideAccounts, bool]]:
    """The owner's side, and inside our books the counterparty's; with whether it delivers."""
    ours = side(terms.entity_id, terms.owner_id, terms.counterparty_id, terms.place_id)
    sides = [(ours, terms.delivers)]
    if terms.internal:
        theirs = side(terms.entity_id, terms.counterparty_id, terms.owner_id, terms.place_id)
        sides.append((theirs, not terms.delivers))
    return sides


def interest_account(terms: SettledTerms, book_id: int | None) -> AccountKey:
    return AccountKey(terms.entity_id, AccountKind.INTEREST.value, terms.owner_id, book_id=book_id)


def accounts_of(settlements: Sequence[SettledTerms]) -> dict[AccountKey, int]:
    """Every account these settlements touch, opened where missing."""
    keys = {key for terms in settlements for accounts, _ in sides_of(terms) for key in accounts}
    interest = {
        interest_account(terms, book) for terms in settlements for book, _ in terms.interests
    }
    return account_ids(keys | interest)


def entries_of(
    settlements: Sequence[SettledTerms], settled_date: date, accounts: dict[AccountKey, int]
) -> list[NewEntry]:
    """One entry for each settlement, effective on the date the place says it was final."""
    return [
        NewEntry(
            entity_id=terms.entity_id,
            kind=SETTLED,
            source_type=SOURCE,
            source_id=terms.id,
            effective_date=settled_date,
            postings=list(_postings(terms, accounts)),
        )
        for terms in settlements
    ]


def _postings(terms: SettledTerms, accounts: dict[AccountKey, int]) -> Iterator[NewPosting]:
    for keys, delivers in sides_of(terms):
        holding, cash, settlement = (accounts[key] for key in keys)
        if terms.quantity:
            debit, credit = (settlement, holding) if delivers else (holding, settlement)
            yield NewPosting(debit, credit, terms.asset_id, terms.quantity)
        if terms.amount:
            debit, credit = (cash, settlement) if delivers else (settlement, cash)
            yield NewPosting(debit, credit, terms.money_id, terms.amount)
    owed = accounts[sides_of(terms)[0][0].settlement]
    for book_id, amount in terms.interests:  # what of it was interest is owed by nobody any more
        earned = accounts[interest_account(terms, book_id)]
        debit, credit = (owed, earned) if amount > 0 else (earned, owed)
        yield NewPosting(debit, credit, terms.money_id, abs(amount))
