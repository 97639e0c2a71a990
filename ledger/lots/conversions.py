"""Conversions of lots as facts: of every pool of a security in the books of an entity, from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from backoffice.events.selectors import NO_HORIZON
from ledger.lots.carrying import Conversion
from ledger.lots.models import LotChange, LotConversion, LotPool


class NewConversion(NamedTuple):
    """What becomes of everything open in a security at the beginning of a day, as `carrying.Conversion` says."""

    entity_id: int
    asset_id: int
    outturn_id: int | None
    day: date
    new: Decimal | None
    old: Decimal | None
    keeps: bool
    cost_share: Decimal
    rate: Decimal | None
    currency: str
    source_type: str
    source_id: int


@transaction.atomic
def keep_conversions(rows: Sequence[NewConversion], *, at: datetime) -> int:
    """Write conversions; one of the same source and entity that stands already is not written again."""
    standing = {
        (row.entity_id, row.source_type, row.source_id)
        for row in conversions_known().filter(source_id__in=[row.source_id for row in rows])
    }
    new = [
        LotConversion(**row._asdict(), recorded_at=at)
        for row in rows
        if (row.entity_id, row.source_type, row.source_id) not in standing
    ]
    LotConversion.objects.bulk_create(new)
    return len(new)


@transaction.atomic
def reverse_conversions(*, source_type: str, source_ids: Sequence[int], at: datetime) -> int:
    """Reverse what is kept of these sources and not reversed yet; how many were."""
    rows = list(conversions_known().filter(source_type=source_type, source_id__in=source_ids))
    names = [name for name in NewConversion._fields]
    LotConversion.objects.bulk_create(
        LotConversion(**{name: getattr(row, name) for name in names}, reverses=row, recorded_at=at)
        for row in rows
    )
    return len(rows)


def conversions_known(horizon: int = NO_HORIZON) -> QuerySet[LotConversion]:
    """The conversions recorded below a horizon and not reversed below it."""
    reversals = LotConversion.objects.filter(reverses=OuterRef("pk"), recorded_tx__lt=horizon)
    rows = LotConversion.objects.filter(reverses__isnull=True, recorded_tx__lt=horizon)
    return rows.exclude(Exists(reversals)).order_by("day", "id")


def touching(entity_id: int, asset_id: int, *, as_of: date, horizon: int) -> list[LotConversion]:
    """The conversions by which lots of a security leave it or come to it, until a day."""
    rows = conversions_known(horizon).filter(entity=entity_id, day__lte=as_of)
    return list(rows.filter(Q(asset=asset_id) | Q(outturn=asset_id)))


def converted_pools(pool_ids: Sequence[int], *, horizon: int) -> set[int]:
    """Which of these pools a conversion or an exchange takes lots out of, or brings lots to."""
    mine = Q(entity=OuterRef("entity")) & (
        Q(asset=OuterRef("asset")) | Q(outturn=OuterRef("asset"))
    )
    rows = LotPool.objects.filter(Exists(conversions_known(horizon).filter(mine)), pk__in=pool_ids)
    exchanged = LotChange.objects.filter(
        pool__in=pool_ids, at_cost=True, recorded_tx__lt=horizon, reverses=None
    )
    return {*rows.values_list("pk", flat=True), *exchanged.values_list("pool_id", flat=True)}


def as_rule(row: LotConversion) -> Conversion:
    same = row.outturn_id == row.asset_id
    new = row.new
    if same and row.keeps and row.new is not None and row.old is not None:
        new = row.new + row.old  # what is distributed lies beside what it is distributed on
    return Conversion(
        day=row.day, source_type=row.source_type, source_id=row.source_id, new=new, old=row.old,
        keeps=row.keeps, same=same, cost_share=row.cost_share, rate=row.rate,
        currency=row.currency,
    )  # fmt: skip
