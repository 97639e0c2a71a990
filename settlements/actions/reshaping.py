"""What an action does to lots: conversions of all that is open, and what single owners get or give beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from ledger.lots.conversions import NewConversion, keep_conversions
from ledger.lots.keeping import NewChange, PoolKey, keep_changes, pool_ids
from ledger.models import LotPool
from refdata.models import Currency, Instrument
from settlements.actions.booking import SOURCE, Books
from settlements.actions.computing import terms_of
from settlements.actions.models import Entitlement
from settlements.models import RecordEvent, Settlement, Transformation
from settlements.transforming.state import Action, EventKind

ZERO = Decimal(0)
EVENT = "recordevent"


@transaction.atomic
def convert_lots(event: RecordEvent, *, at: datetime) -> int:
    """Keep what becomes of the lots of everybody who has any, once; in how many entities' books.

    What is dealt from the ex-date on is dealt in the new units, or without what is distributed.
    """
    if not _converts(event):
        return 0
    pools = list(
        LotPool.objects.filter(asset=event.instrument_id).values_list("entity", "owner", "account")
    )
    if event.outturn_id is not None:  # what comes to who never dealt in it has a pool of its own
        pool_ids(
            PoolKey(entity, owner, event.outturn_id, account) for entity, owner, account in pools
        )
    of_units = event.outturn_id is not None
    currency = "" if event.money_asset_id is None else _code(event.money_asset_id)
    rows = [
        NewConversion(
            entity_id=entity_id, asset_id=event.instrument_id, outturn_id=event.outturn_id,
            day=event.ex_date, new=event.new, old=event.old, keeps=event.kind == EventKind.STOCK,
            cost_share=_share(event), rate=None if of_units else event.rate,
            currency="" if of_units else currency, source_type=EVENT, source_id=event.pk,
        )
        for entity_id in sorted({entity for entity, _, _ in pools})
    ]  # fmt: skip
    return keep_conversions(rows, at=at)


def _converts(event: RecordEvent) -> bool:
    """Dividends and coupons leave lots as they are; what is redeemed whole is sold, as what is offered."""
    return event.outturn_id is not None or event.action == Action.AMORTISATION


def _share(event: RecordEvent) -> Decimal:
    """Of an exchange all the cost goes along; of what is distributed what was announced, else nothing."""
    if event.kind == EventKind.EXCHANGE:
        return Decimal(1)
    return event.cost_share or ZERO


def keep_receipts(
    event: RecordEvent, received: Mapping[Entitlement, Decimal], *, day: date, at: datetime
) -> None:
    """Fractions that were paid or lost, and what was redeemed, sold or bought by a choice: changes of their own."""
    books = Books(event)
    changes = [
        change for row, money in received.items() for change in _changes(event, row, money, books, day, at)
    ]  # fmt: skip
    keep_changes(changes, at=at)


def _changes(
    event: RecordEvent, row: Entitlement, money: Decimal, books: Books, day: date, at: datetime
) -> list[NewChange]:
    found: list[tuple[int, bool, Decimal, Decimal, date, bool]] = []
    terms = terms_of(event, row.option)
    # An option of what is distributed converts no lots: its units are bought for what is paid, or for nothing.
    if row.option_id is None and row.outturn_id:
        assert terms.new is not None and terms.old is not None
        exact = (row.quantity * terms.new / terms.old).quantize(Decimal("0.00000001"))
        off = row.given - exact
        if off:
            found.append(
                (row.outturn_id, off > 0, abs(off), abs(row.fraction_amount), event.ex_date, False)
            )
    elif row.taken and not row.outturn_id:
        found.append((event.instrument_id, False, row.taken, abs(money), day, False))
    elif row.option_id is not None and row.outturn_id:
        # Rights and what an offer takes go for what comes: that costs what they cost, and what is paid beside them.
        exchanged = bool(row.taken and row.given) and row.outturn_id != event.instrument_id
        if row.taken:
            found.append((event.instrument_id, False, row.taken, ZERO, day, exchanged))
        if row.given:
            found.append((row.outturn_id, True, row.given, row.price_paid, day, exchanged))
    currency = _code(row.money_asset_id) if row.money_asset_id else _currency(event)
    unit = books.unit(row.money_asset_id or 0)
    made: list[NewChange] = []
    for asset_id, incoming, quantity, gross, on, exchanged in found:
        shares = books.shared(row, quantity, places=8)
        paid = dict(books.shared(row, gross, places=unit))
        for book_id, part in shares:
            made.append(NewChange(
                pool=PoolKey(row.entity_id, row.owner_id, asset_id), book_id=book_id, incoming=incoming,
                quantity=part, gross=paid.get(book_id, ZERO), fee=ZERO, currency=currency, trade_date=on,
                executed_at=at, sequence=row.pk, source_type=SOURCE, source_id=row.pk, part=len(made),
                at_cost=exchanged,
            ))  # fmt: skip
    return made


def keep_fractions(event: RecordEvent, rows: Sequence[Transformation], *, at: datetime) -> None:
    """What of pending settlements became no unit is sold, or by who delivers bought, at what is paid for it."""
    with_fraction = {row.settlement_id: row for row in rows if row.fraction}
    if not with_fraction or event.outturn_id is None:
        return
    currency = _code(event.money_asset_id) if event.money_asset_id else _currency(event)
    settlements = Settlement.objects.filter(pk__in=with_fraction).order_by("pk")
    keep_changes(
        [
            NewChange(
                pool=PoolKey(each.entity_id, each.owner_id, event.outturn_id), book_id=each.book_id,
                incoming=each.delivers, quantity=round(with_fraction[each.pk].fraction, 8),
                gross=with_fraction[each.pk].fraction_amount, fee=ZERO, currency=currency,
                trade_date=event.ex_date, executed_at=at, sequence=each.pk,
                source_type="transformation", source_id=with_fraction[each.pk].pk,
            )
            for each in settlements
        ],
        at=at,
    )  # fmt: skip


def _code(asset_id: int) -> str:
    return Currency.objects.values_list("code", flat=True).get(pk=asset_id)


def _currency(event: RecordEvent) -> str:
    """The currency in which what has no price is counted: that of the security."""
    found = Instrument.objects.filter(pk=event.instrument_id).values_list("currency", flat=True)
    return found.first() or ""
