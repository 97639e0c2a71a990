"""Reading keys, and sharing a month out by those in force: what each desk bears, and a deal of it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from expenses.allocating.models import AllocationKey, AllocationShare
from expenses.allocating.rules import Key, Shared, Target, per_deal, step_down
from expenses.allocating.state import Basis, KeyState
from expenses.centres import CostCentre
from expenses.costs.expecting import last_day
from expenses.costs.models import Cost
from refdata.models import Book, Entity
from refdata.scopes import visible
from refdata.selectors import reference_data

CENTRE, BOOK = "centre", "book"
ALL_THAT_IS_KNOWN = 9_223_372_036_854_775_807


def keys(*, visible_to: User) -> QuerySet[AllocationKey]:
    """Those of the entities that a person sees whole, newest first."""
    rows = AllocationKey.objects.select_related("entity", "centre", "proposed_by")
    rows = rows.prefetch_related("shares__centre", "shares__book")
    return visible(rows.order_by("-id"), visible_to)


def key(reference: str, *, visible_to: User) -> AllocationKey:
    """The key of a reference such as `AK-2`. Raises NotFound."""
    row = keys(visible_to=visible_to).filter(pk=number_in(reference, "AK", "key")).first()
    if row is None:
        raise NotFound(what="key", reference=reference)
    return row


def keys_in_force(
    entity_id: int, month: date, horizon: int = ALL_THAT_IS_KNOWN
) -> list[AllocationKey]:
    """Of each centre the last that began by a month, in their turn; approved below a transaction."""
    approved = Event.objects.filter(
        subject_type="allocationkey", subject_id=OuterRef("pk"), kind="allocationkey.approve",
        tx__lt=horizon,
    )  # fmt: skip
    rows = AllocationKey.objects.select_related("centre").filter(
        Exists(approved), entity_id=entity_id, state=KeyState.APPROVED, valid_from__lte=month
    )
    last = {row.centre_id: row for row in rows.order_by("valid_from", "pk")}
    return sorted(last.values(), key=lambda row: (row.position, row.pk))


# What each desk dealt, and what of its settlements became final, in a month, as known below a transaction.
_DEALS = """
SELECT d.book_id, count(*) FROM deals_deal d
 WHERE d.entity_id = %(entity)s AND d.trade_date BETWEEN %(first)s AND %(last)s
   AND EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'deal' AND e.subject_id = d.id
                  AND e.kind = 'deal.capture' AND e.tx < %(horizon)s)
   AND NOT EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'deal' AND e.subject_id = d.id
                      AND e.kind IN ('deal.cancel', 'deal.allocate', 'deal.group') AND e.tx < %(horizon)s)
 GROUP BY 1
"""
_SETTLEMENTS = """
SELECT s.book_id, count(*) FROM settlements_settlement s
 WHERE s.entity_id = %(entity)s AND s.settled_date BETWEEN %(first)s AND %(last)s AND s.book_id IS NOT NULL
   AND EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
                  AND e.kind = 'settlement.settle' AND e.tx < %(horizon)s)
 GROUP BY 1
"""


def counted(query: str, entity_id: int, month: date, horizon: int) -> dict[int, int]:
    """How many by book."""
    facts: dict[str, Any] = {
        "entity": entity_id, "first": month, "last": last_day(month), "horizon": horizon,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return dict(cursor.fetchall())


class Desk(NamedTuple):
    """What a desk bears of a month, how many deals it made, and what one costs."""

    book: Book
    amount: Decimal
    deals: int
    per_deal: Decimal | None


class Allocated(NamedTuple):
    """A month shared out: by which steps, what desks bear, and what stayed with centres (None: of no centre)."""

    shared: Shared
    keys: Sequence[AllocationKey]
    desks: Sequence[Desk]
    left: Sequence[tuple[CostCentre | None, Decimal]]
    total: Decimal


def allocated(entity: Entity, month: date, *, horizon: int = ALL_THAT_IS_KNOWN) -> Allocated:
    """Share what the centres of an entity cost in a month out, in the currency of its books.

    A centre that belongs to a book and has no key is that desk's.
    """
    rows = Cost.objects.filter(entity=entity, month=month, recorded_tx__lt=horizon).order_by()
    costs = {
        (CENTRE, id or 0): amount
        for id, amount in rows.values_list("centre_id").annotate(sum=Sum("base"))
    }
    deals = counted(_DEALS, entity.pk, month, horizon)
    in_force = keys_in_force(entity.pk, month, horizon)
    weights = _weights(entity, month, horizon, in_force, deals)
    told = [Key((CENTRE, row.centre_id), weights[row.pk]) for row in in_force]
    unit = reference_data().currencies[entity.base_currency].minor_unit
    centres = CostCentre.objects.filter(entity=entity).in_bulk()
    with_key = {row.centre_id for row in in_force}
    own = [
        Key((CENTRE, row.pk), {(BOOK, row.book_id): Decimal(1)})
        for row in centres.values()
        if row.book_id is not None and row.pk not in with_key
    ]
    shared = step_down(costs, [*told, *own], unit)
    return Allocated(
        shared, in_force, _desks(shared.at, deals),
        [
            (centres.get(id), amount)
            for (what, id), amount in sorted(shared.at.items()) if what == CENTRE
        ],
        sum(costs.values(), Decimal(0)),
    )  # fmt: skip


def _weights(
    entity: Entity,
    month: date,
    horizon: int,
    rows: Sequence[AllocationKey],
    deals: Mapping[int, int],
) -> dict[int, dict[Target, Decimal]]:
    """By key, to whom with which weight: told, or counted in the month."""
    settled: Mapping[int, int] = (
        counted(_SETTLEMENTS, entity.pk, month, horizon)
        if any(row.basis == Basis.SETTLEMENTS for row in rows)
        else {}
    )
    by_basis: dict[str, Mapping[int, int]] = {
        Basis.DEALS.value: deals, Basis.SETTLEMENTS.value: settled,
    }  # fmt: skip
    found: dict[int, dict[Target, Decimal]] = {
        row.pk: {(BOOK, id): Decimal(count) for id, count in by_basis.get(row.basis, {}).items()}
        for row in rows
    }
    shares: Any = AllocationShare.objects.filter(key__in=[row.pk for row in rows])
    for key_id, centre, book, weight in shares.values_list(
        "key_id", "centre_id", "book_id", "weight"
    ):
        target: Target = (CENTRE, centre) if centre else (BOOK, book)
        found[key_id][target] = weight
    return found


def _desks(at: Mapping[Target, Decimal], deals: Mapping[int, int]) -> list[Desk]:
    ids = [id for what, id in at if what == BOOK]
    books = Book.objects.filter(pk__in=ids).order_by("code")
    return [
        Desk(book, at[BOOK, book.pk], deals.get(book.pk, 0), per_deal(at[BOOK, book.pk], deals.get(book.pk, 0)))
        for book in books
    ]  # fmt: skip
