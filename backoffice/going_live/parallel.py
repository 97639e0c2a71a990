"""A parallel run: what another system says each evening, held against our books. What differs is a break.

Until a firm trusts the new system it keeps the old one as well. Positions and money are compared owner by owner at each
place, the result of the day book by book. Compared again, what differs no more is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.events.selectors import known_now
from backoffice.going_live.folder import Problems, Row, read_table
from backoffice.going_live.names import Names
from backoffice.going_live.proofs import Sums, at_places, sums_of
from backoffice.going_live.tables import PARALLEL
from ledger.accounting.attribution import attributed
from ledger.models import LedgerAccount
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.writing import Differs
from reconciliation.models import Break
from refdata.models import Entity, Place

LOCK = 7_000_072  # an advisory lock together with the entity's number
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Compared:
    """How many figures the other system told, and how many differences opened, closed and stand."""

    figures: int
    opened: int
    closed: int
    live: int


@transaction.atomic
def compare_books(root: Path, *, day: date, at: datetime) -> Compared:
    """Hold what another system says of the evening of a day against our books of that evening, as known now.

    Every entity that a file names is compared whole: what only one of both has differs too. Raises FolderRefused and
    NoRateToValue.
    """
    problems, names = Problems(), Names.read()
    rows = {name: list(read_table(root, name, problems)) for name in PARALLEL}
    every = [row for some in rows.values() for row in some]
    for row in every:
        for column, table in (
            ("entity", names.entities), ("place", names.places), ("owner", names.parties),
            ("asset", names.assets), ("currency", names.assets), ("book", names.books),
        ):  # fmt: skip
            if column in row.values:
                names.find(table, row[column], row.where, problems)
    problems.refuse()
    opened = closed = 0
    entities = Entity.objects.filter(code__in={row["entity"] for row in every}).order_by("pk")
    for entity in entities:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, entity.pk])
        found = {each.key: each for each in _differing(entity, day, rows, names)}
        more, gone = bring_up_to(found, list(_live(entity)), at=at)
        opened, closed = opened + more, closed + gone
    live = sum(_live(entity).count() for entity in entities)
    return Compared(len(every), opened, closed, live)


def _live(entity: Entity) -> QuerySet[Break]:
    rows = Break.objects.filter(entity=entity, kind=BreakKind.SYSTEM)
    return rows.exclude(state=BreakState.CLOSED).order_by("pk")


def _differing(
    entity: Entity, day: date, rows: Mapping[str, Sequence[Row]], names: Names
) -> Iterator[Differs]:
    for kind, file, what, amount in (
        ("HOLDING", "depository.csv", "asset", "quantity"), ("CASH", "bank.csv", "currency", "amount"),
    ):  # fmt: skip
        theirs = _told(entity, rows[file], ("place", "owner", what), amount)
        ours = {key[1:]: sum for key, sum in at_places([entity.pk], day, kind).items()}
        for place, owner, asset in sorted(theirs.keys() | ours.keys()):
            key = place, owner, asset
            yield from _if_differs(
                entity, day, f"{kind}:{':'.join(key)}", names.places[place], names.assets[asset],
                theirs.get(key, ZERO), ours.get(key, ZERO), owner=owner,
            )  # fmt: skip
    results = _told(entity, rows["results.csv"], ("book",), "result")
    if not results:
        return
    ours = results_of(entity, day)
    base, own_place = names.assets[entity.base_currency], _own_place()
    for (book,) in sorted(results.keys() | ours.keys()):
        yield from _if_differs(
            entity, day, f"RESULT:{book}", own_place, base, results.get((book,), ZERO),
            ours.get((book,), ZERO), book=book,
        )  # fmt: skip


def _told(entity: Entity, rows: Sequence[Row], columns: tuple[str, ...], amount: str) -> Sums:
    return sums_of((row for row in rows if row["entity"] == entity.code), columns, amount)


def _if_differs(
    entity: Entity, day: date, what: str, place_id: int, asset_id: int, theirs: Decimal, ours: Decimal,
    **facts: str,
) -> Iterator[Differs]:  # fmt: skip
    if theirs != ours:
        yield Differs(
            key=f"SYSTEM:{entity.pk}:{what}", kind=BreakKind.SYSTEM, entity_id=entity.pk, place_id=place_id,
            asset_id=asset_id, day=day, theirs=theirs, ours=ours, facts={"what": what.split(":")[0], **facts},
        )  # fmt: skip


def results_of(entity: Entity, day: date) -> Sums:
    """What each book earned on a day, in the currency of the entity's books: its part of the result's change."""
    books = dict(
        LedgerAccount.objects.filter(entity=entity, book__isnull=False).values_list(
            "pk", "book__code"
        )
    )
    sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    parts = attributed(entity, day - timedelta(days=1), day, known=known_now(), then=None)
    for part in parts:
        book = books.get(part.account_id or 0)
        if book is not None:
            sums[(book,)] += part.amount
    return {key: amount for key, amount in sums.items() if amount}


def _own_place() -> int:
    """Where a result is looked for: our own books, or the first place that there is."""
    own = Place.objects.filter(finality="INTERNAL").order_by("pk").first()
    return (own or Place.objects.order_by("pk")[0]).pk
