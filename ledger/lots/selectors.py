"""The lots of one position: what is open and what each sale consumed, as of a date as known at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from backoffice.access.models import User
from backoffice.events.selectors import NO_HORIZON, KnownAt, known_now
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from ledger.lots.carrying import Over, match_over
from ledger.lots.conversions import as_rule, touching
from ledger.lots.exchanging import with_cost_of, without_result
from ledger.lots.matching import Change, Lot, Matched, Named
from ledger.lots.methods import Method
from ledger.lots.unsplit import match_pooled_over
from ledger.models import LotChange, LotPool
from refdata.models import Book, Currency
from refdata.scopes import EVERYTHING, Scope, scope_of, visible

FAR = date(9999, 12, 31)
MOST_CHANGES = 20_000  # of one position on a page; reports have no such bound


class TooManyChanges(Invalid):
    code = "too-many-changes"
    title = gettext_noop("The position has been dealt too often for one answer")
    detail = gettext_noop("It has more than %(most)s changes until that date.")
    hint = gettext_noop("Ask for one book or an earlier date, or run the report of results by lot.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLots:
    """The lots of a position, and its currency: empty when it was dealt in several."""

    matched: Matched
    currency: str
    changes: int


def pools(*, visible_to: User) -> QuerySet[LotPool]:
    """The pools a person may see: of a single book those in which it dealt."""
    rows = LotPool.objects.select_related("entity", "owner", "asset")
    scope = scope_of(visible_to)
    if not scope.books:
        return visible(rows, visible_to)
    dealt = LotChange.objects.filter(pool=OuterRef("pk"), book_id__in=scope.books)
    return rows.filter(scope.within() | Exists(dealt))


def pool_of(reference: str, *, visible_to: User) -> LotPool:
    """The pool of a reference such as `LP-12`. Raises NotFound."""
    id = number_in(reference, "LP", "pool of lots")
    row = pools(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="pool of lots", reference=reference)
    return row


def lots_of(
    pool_id: int, *, method: Method, book: str = "", as_of: date = FAR,
    known: KnownAt | None = None, named: Named | None = None, scope: Scope = EVERYTHING,
) -> PositionLots:  # fmt: skip
    """The lots of a pool, or of one book in it, carried over the corporate actions in it.

    Who sees single books sees the lots that these make among themselves. Raises TooManyChanges and what `match`
    raises.
    """
    asked = Asked(method, book, (known or known_now()).horizon, named, scope)
    over, changes = carried(LotPool.objects.get(pk=pool_id), asked, as_of=as_of)
    currencies = {c.currency for c in changes} | {lot.currency for lot in over.matched.lots}
    currency = currencies.pop() if len(currencies) == 1 else ""
    return PositionLots(matched=over.matched, currency=currency, changes=len(changes))


class Asked(NamedTuple):
    """How lots are asked for, whatever the pool; `most` changes of one position are read."""

    method: Method
    book: str = ""
    horizon: int = NO_HORIZON
    named: Named | None = None
    scope: Scope = EVERYTHING
    most: int = MOST_CHANGES


def carried(
    pool: LotPool, asked: Asked, *, as_of: date, until: tuple[date, int] = (FAR, 0)
) -> tuple[Over, list[Change]]:
    """A pool matched over its conversions, until one of them where that is asked, and its own changes.

    What comes from another security is what its own pool lost by the same conversion. Raises TooManyChanges.
    """
    changes = _with_what_came(pool, _changes(pool.pk, asked, as_of), asked)
    rows = touching(pool.entity_id, pool.asset_id, as_of=as_of, horizon=asked.horizon)
    rows = [row for row in rows if (row.day, row.pk) <= until]
    arriving: list[tuple[date, Sequence[Lot]]] = []
    for row in rows:
        if row.asset_id == pool.asset_id or (row.day, row.pk) == until:
            continue
        key = {"entity": pool.entity_id, "owner": pool.owner_id, "account": pool.account}
        source = LotPool.objects.filter(asset=row.asset_id, **key).first()
        if source is not None:
            there, _ = carried(source, asked, as_of=row.day, until=(row.day, row.pk))
            by = as_rule(row)
            arriving += [(row.day, lots) for each, lots in there.left if each == by]
    codes = {c.currency for c in changes}
    codes |= {lot.currency for _, lots in arriving for lot in lots}
    units = Currency.objects.filter(code__in=codes).values_list("minor_unit", flat=True)
    conversions = [as_rule(row) for row in rows if row.asset_id == pool.asset_id]
    minor_unit = max(units, default=0)
    if asked.method == Method.POOLED:
        over = match_pooled_over(changes, conversions, minor_unit=minor_unit, arriving=arriving)
    else:
        over = match_over(
            changes, conversions, method=asked.method, minor_unit=minor_unit, arriving=arriving,
            named=asked.named,
        )  # fmt: skip
    return without_result(over), changes


def _with_what_came(pool: LotPool, changes: Sequence[Change], asked: Asked) -> list[Change]:
    """What came in exchange with what went for it: its cost, by the pools that it left."""
    found = list(changes)
    for number, each in enumerate(changes):
        if not (each.at_cost and each.incoming):
            continue
        went = changes_known(asked.horizon).filter(
            entity=pool.entity_id, source_type=each.source_type, source_id=each.source_id,
            at_cost=True, incoming=False, pool__owner=pool.owner_id,
        ).exclude(pool=pool)  # fmt: skip
        for source in LotPool.objects.filter(pk__in=went.values("pool")).order_by("pk"):
            there, _ = carried(source, asked, as_of=each.trade_date)
            found[number] = with_cost_of(found[number], there.matched.closings)
    return found


def _changes(pool_id: int, asked: Asked, as_of: date) -> list[Change]:
    """Raises TooManyChanges."""
    rows = changes_known(asked.horizon).filter(pool_id=pool_id, trade_date__lte=as_of)
    rows = rows.filter(asked.scope.within(entity="entity_id", book="book_id"))
    if asked.book:
        rows = rows.filter(book__code=asked.book)
    found = list(rows.order_by("trade_date", "executed_at", "sequence", "id")[: asked.most + 1])
    if len(found) > asked.most:
        raise TooManyChanges(most=asked.most)
    return [
        Change(
            id=row.pk, incoming=row.incoming, quantity=row.quantity, gross=row.gross, fee=row.fee,
            currency=row.currency, trade_date=row.trade_date, executed_at=row.executed_at,
            source_type=row.source_type, source_id=row.source_id, book_id=row.book_id, at_cost=row.at_cost,
        )
        for row in found
    ]  # fmt: skip


def changes_known(horizon: int = NO_HORIZON) -> QuerySet[LotChange]:
    """The changes recorded below a horizon and not reversed below it."""
    reversals = LotChange.objects.filter(reverses=OuterRef("pk"), recorded_tx__lt=horizon)
    rows = LotChange.objects.filter(reverses__isnull=True, recorded_tx__lt=horizon)
    return rows.exclude(Exists(reversals))


def books_of(pool_id: int, *, scope: Scope = EVERYTHING) -> list[str]:
    """The books that dealt in a pool, of those within a scope."""
    rows = LotChange.objects.filter(pool_id=pool_id, book__isnull=False)
    rows = rows.filter(scope.within(book="book_id"))
    ids = rows.order_by().values("book_id").distinct()
    return list(Book.objects.filter(pk__in=ids).order_by("code").values_list("code", flat=True))


_UNEQUAL = """
SELECT entity_id, owner_id, asset_id, sum(amount) FROM (
    SELECT a.entity_id, a.owner_id, l.asset_id, l.amount
      FROM ledger_line l JOIN ledger_ledgeraccount a ON a.id = l.account_id
      JOIN ledger_journalentry e ON e.id = l.entry_id
      JOIN refdata_instrument i ON i.asset_id = l.asset_id
     WHERE a.kind = 'POSITION' AND l.recorded_tx < %(horizon)s
       AND e.kind IN ('deal.trade', 'deal.trade.reverse', 'deal.cancel_rest')
    UNION ALL
    SELECT p.entity_id, p.owner_id, p.asset_id,
           CASE WHEN c.incoming = (c.reverses_id IS NULL) THEN c.quantity ELSE -c.quantity END
      FROM ledger_lotchange c JOIN ledger_lotpool p ON p.id = c.pool_id
     WHERE c.recorded_tx < %(horizon)s AND c.source_type = 'deal'
) AS both_sides GROUP BY entity_id, owner_id, asset_id HAVING sum(amount) <> 0
"""


def prove_lots(horizon: int = NO_HORIZON) -> list[tuple[int, int, int, Decimal]]:
    """Entity, owner, asset and difference where lots and trade-date positions disagree: none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(_UNEQUAL, {"horizon": horizon})
        found: list[tuple[int, int, int, Decimal]] = cursor.fetchall()
    return found
