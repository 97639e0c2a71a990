"""The lots of one position: what is open and what each sale consumed, as of a date as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from backoffice.access.models import User
from backoffice.events.selectors import NO_HORIZON, KnownAt, known_now
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from ledger.lots.matching import Change, Matched, Named, match
from ledger.lots.methods import Method
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
    """The lots of a pool, or of one book in it. Raises TooManyChanges and what `match` raises.

    Who sees single books sees the lots that these make among themselves.
    """
    known = known or known_now()
    rows = changes_known(known.horizon).filter(pool_id=pool_id, trade_date__lte=as_of)
    rows = rows.filter(scope.within(entity="entity_id", book="book_id"))
    if book:
        rows = rows.filter(book__code=book)
    found = list(rows.order_by("trade_date", "executed_at", "sequence", "id")[: MOST_CHANGES + 1])
    if len(found) > MOST_CHANGES:
        raise TooManyChanges(most=MOST_CHANGES)
    changes = [
        Change(
            id=row.pk, incoming=row.incoming, quantity=row.quantity, gross=row.gross, fee=row.fee,
            currency=row.currency, trade_date=row.trade_date, executed_at=row.executed_at,
            source_type=row.source_type, source_id=row.source_id,
        )
        for row in found
    ]  # fmt: skip
    currencies = {change.currency for change in changes}
    units = Currency.objects.filter(code__in=currencies).values_list("minor_unit", flat=True)
    matched = match(changes, method=method, minor_unit=max(units, default=0), named=named)
    currency = currencies.pop() if len(currencies) == 1 else ""
    return PositionLots(matched=matched, currency=currency, changes=len(changes))


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
