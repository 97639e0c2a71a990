"""The entries of entitlements: income owed and received, tax, money paid back, securities in and out.

    owed      RECEIVABLE of the owner ◄── INCOME of the owner: gross, on the day that the policy says
    received  CASH of the owner ◄── RECEIVABLE: what came; TAX ◄── RECEIVABLE: what who paid kept back
              what we keep back: TAX of the client ◄── its CASH, and our CASH ◄── our TAX, owed to the budget
    else      CASH and HOLDING against the POSITION of the owner's books, by what stands in each

One entry for each entitlement and step; what is cancelled is reversed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from backoffice.kernel.rounding import allocate, half_up_minor
from ledger.models import JournalEntry
from ledger.services import AccountKey, reverse_entries
from ledger.settled import in_books
from ledger.state import AccountKind
from refdata.models import Entity
from refdata.selectors import reference_data
from settlements.actions.kinds import ACCRUAL, AccruedOn
from settlements.actions.models import Entitlement
from settlements.actions.state import WithheldBy
from settlements.fails.booking import Move, Source, moves_of_tax, post_all
from settlements.models import RecordEvent
from settlements.ndfl.keeping import keep_income_withholdings, take_back_withholdings
from settlements.transforming.state import PRINCIPAL, EventKind

SOURCE = "entitlement"
OWED, RECEIVED = f"{SOURCE}.accrue", f"{SOURCE}.pay"
PLACES = 8  # decimals of a quantity


def is_income(event: RecordEvent) -> bool:
    """Whether its money is income of the owner, and not what was paid for the security."""
    return event.kind == EventKind.CASH and event.action not in PRINCIPAL


def accrued_from(event: RecordEvent) -> date | None:
    """From which day its income is owed, by the rule in force; None when it is booked as it comes."""
    rule = reference_data().rules.find(ACCRUAL, event.record_date)
    on = AccruedOn.RECORD if rule is None else rule.on
    return {AccruedOn.EX: event.ex_date, AccruedOn.RECORD: event.record_date}.get(on)


def accrue(event: RecordEvent, rows: Sequence[Entitlement], *, at: datetime) -> None:
    """What is income is owed to its owner from now on."""
    day = accrued_from(event)
    if day is None or not is_income(event):
        return
    moves = {
        row: [Move(_key(row, AccountKind.RECEIVABLE), _income(row), row.money_asset_id, row.gross)]
        for row in rows
        if row.money_asset_id and row.gross
    }
    _post(moves, OWED, day, at)


def take_back_accruals(ids: Sequence[int], *, reason: str, at: datetime) -> None:
    """Reverse what these were owed."""
    _reverse(ids, [OWED], reason=reason, actor_id=None, at=at)


def take_back_payments(ids: Sequence[int], *, reason: str, actor_id: int, at: datetime) -> None:
    """Reverse what these received, and were owed. Raises WouldBeNegative for what is not there any more."""
    _reverse(ids, [OWED, RECEIVED], reason=reason, actor_id=actor_id, at=at)
    take_back_withholdings(SOURCE, ids, at=at)


def book_receipts(
    event: RecordEvent, received: Mapping[Entitlement, Decimal], *, day: date, at: datetime
) -> None:
    """The money and the securities of these came: so much money of each. Raises WouldBeNegative."""
    books = Books(event)
    owed = _accrued(received)
    moves = {
        row: [
            *_of_money(event, row, amount, books, row.pk in owed),
            *_of_securities(event, row, books),
        ]
        for row, amount in received.items()
    }
    _post(moves, RECEIVED, day, at)
    keep_income_withholdings(
        [row.pk for row in received if row.withheld_by == WithheldBy.US and row.withheld], at=at
    )


def write_off(
    event: RecordEvent, short: Mapping[Entitlement, Decimal], *, source: tuple[str, int, int], day: date,
    at: datetime,
) -> None:  # fmt: skip
    """What was owed and does not come is no income any more: one entry of what it was found by.

    `source`: the type, the entity and the key of what was accepted.
    """
    name, entity_id, id = source
    moves = [
        Move(_income(row), _key(row, AccountKind.RECEIVABLE), row.money_asset_id, amount)
        for row, amount in short.items()
        if row.money_asset_id and amount
    ]
    if is_income(event):
        post_all({Source(entity_id, f"{name}.accept", name, id): moves}, day=day, at=at)


def _key(row: Entitlement, kind: AccountKind, place_id: int | None = None) -> AccountKey:
    at_place = place_id if kind in (AccountKind.CASH, AccountKind.HOLDING) else row.place_id
    return AccountKey(row.entity_id, kind.value, row.owner_id, place_id=at_place)


def _income(row: Entitlement) -> AccountKey:
    """Without a place, as claims on the other side of a deal meet it there."""
    return AccountKey(row.entity_id, AccountKind.INCOME.value, row.owner_id)


def _of_money(
    event: RecordEvent, row: Entitlement, amount: Decimal, books: Books, is_owed: bool
) -> list[Move]:
    money = row.money_asset_id
    if not money:
        return []
    cash = _key(row, AccountKind.CASH, row.cash_place_id)
    if not is_income(event):
        return [
            Move(cash, _position(row, book), money, part)
            for book, part in books.shared(row, amount, places=books.unit(money))
        ]
    owed = _key(row, AccountKind.RECEIVABLE) if is_owed else _income(row)
    moves = [Move(cash, owed, money, amount)]
    if row.withheld and row.withheld_by == WithheldBy.SOURCE:
        moves.append(Move(_tax(row, row.owner_id), owed, money, row.withheld))
    elif row.withheld and row.withheld_by == WithheldBy.US:
        kept = _kept_back(row, amount, books.unit(money))
        us = books.own[row.entity_id]
        moves += moves_of_tax(
            row.entity_id, us, row.owner_id, place_id=row.cash_place_id, asset_id=money, amount=kept
        )
    return moves


def _kept_back(row: Entitlement, amount: Decimal, unit: int) -> Decimal:
    """What we keep back of what came: of a short payment in proportion."""
    if amount == row.receipt or not row.receipt:
        return row.withheld
    return half_up_minor(row.withheld * amount / row.receipt, unit)


def _of_securities(event: RecordEvent, row: Entitlement, books: Books) -> list[Move]:
    """What goes and what comes; of the same security, as in a split, only what it is more or less."""
    moved: dict[int, Decimal] = defaultdict(Decimal)
    moved[event.instrument_id] -= row.taken
    if row.outturn_id:
        moved[row.outturn_id] += row.given
    held = _key(row, AccountKind.HOLDING, row.place_id)
    return [
        Move(held, _position(row, book), asset, part)
        for asset, amount in moved.items()
        if amount
        for book, part in books.shared(row, amount, places=0 if amount == int(amount) else PLACES)
    ]


def _tax(row: Entitlement, owner_id: int) -> AccountKey:
    return AccountKey(row.entity_id, AccountKind.TAX.value, owner_id)


def _position(row: Entitlement, book_id: int | None) -> AccountKey:
    return AccountKey(row.entity_id, AccountKind.POSITION.value, row.owner_id, book_id=book_id)


class Books:
    """In which books an owner's position stood on the record date: what came and went is theirs in proportion."""

    def __init__(self, event: RecordEvent) -> None:
        self.of: dict[tuple[int, int], list[tuple[int | None, Decimal]]] = defaultdict(list)
        for row in in_books(event.instrument_id, on=event.record_date):
            if row.quantity > 0:
                self.of[row.entity_id, row.owner_id].append((row.book_id, row.quantity))
        self.own = dict(Entity.objects.values_list("pk", "own_party_id"))
        self.units = reference_data().minor_units

    def unit(self, money_id: int) -> int:
        return self.units.get(money_id, 2)

    def shared(
        self, row: Entitlement, amount: Decimal, *, places: int
    ) -> list[tuple[int | None, Decimal]]:
        """An amount by books; of an owner whose position stands in none, by no book."""
        books = self.of.get((row.entity_id, row.owner_id))
        if not books:
            return [(None, amount)] if amount else []
        parts = allocate(amount, [quantity for _, quantity in books], places)
        return [(book, part) for (book, _), part in zip(books, parts, strict=True) if part]


def _accrued(rows: Mapping[Entitlement, Decimal]) -> set[int]:
    """Which of these stand as owed."""
    found = JournalEntry.objects.filter(
        source_type=SOURCE, kind=OWED, source_id__in=[row.pk for row in rows],
        entity_id__in={row.entity_id for row in rows}, reversed_by=None,
    )  # fmt: skip
    return set(found.values_list("source_id", flat=True))


def _post(moves: Mapping[Entitlement, Sequence[Move]], kind: str, day: date, at: datetime) -> None:
    """One entry for each that moves anything, effective on the oldest open day from a day on."""
    post_all(
        {
            Source(row.entity_id, kind, SOURCE, row.pk): [move for move in each if move.amount]
            for row, each in moves.items()
        },
        day=day, at=at,
    )  # fmt: skip


def _reverse(
    ids: Sequence[int], kinds: Sequence[str], *, reason: str, actor_id: int | None, at: datetime
) -> None:
    rows = JournalEntry.objects.filter(
        source_type=SOURCE, kind__in=kinds, source_id__in=ids, reversed_by=None
    )
    reasons = dict.fromkeys(rows.values_list("pk", flat=True), reason)
    if reasons:
        reverse_entries(reasons=reasons, actor_id=actor_id, at=at)
