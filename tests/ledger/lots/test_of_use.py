"""Which changes lots are still made of: since their pool was last empty before the year."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from ledger.lots.keeping import NewChange, PoolKey, keep_changes, reverse_changes
from ledger.lots.models import LotConversion
from ledger.lots.of_use import changes_of_use
from refdata.models import Entity, Instrument

pytestmark = pytest.mark.django_db
YEAR = 2026


@pytest.fixture
def pool() -> PoolKey:
    entity = Entity.objects.get(code="RUS")
    share = Instrument.objects.get(isin="RU0009029540")
    return PoolKey(entity.pk, entity.own_party_id, share.pk)


def change(pool: PoolKey, number: int, day: date, quantity: int, *, at_cost: bool = False) -> None:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    keep_changes(
        [
            NewChange(
                pool, None, quantity > 0, Decimal(abs(quantity)), Decimal(100), Decimal(0), "RUB", day, at, number,
                "test", number, at_cost=at_cost,
            )
        ],
        at=timezone.now(),
    )  # fmt: skip


def of_use(pool: PoolKey) -> list[int]:
    return [each.source_id for each in changes_of_use([pool.entity_id], YEAR)]


def test_what_was_over_before_the_year_is_of_no_use(pool: PoolKey) -> None:
    for number, day, quantity in (
        (1, date(2024, 3, 1), 10), (2, date(2024, 6, 3), -10),  # over
        (3, date(2025, 2, 3), 7), (4, date(2025, 9, 1), -4),  # three are left
        (5, date(2026, 4, 1), -3),  # over again, but in the year
        (6, date(2026, 5, 4), 2),
    ):  # fmt: skip
        change(pool, number, day, quantity)
    assert of_use(pool) == [3, 4, 5, 6]


def test_the_order_is_that_of_dealing_not_of_recording(pool: PoolKey) -> None:
    change(pool, 1, date(2024, 6, 3), -10)
    change(pool, 2, date(2024, 3, 1), 10)  # came late
    change(pool, 3, date(2025, 2, 3), 7)
    assert of_use(pool) == [3]


def test_what_was_reversed_never_was(pool: PoolKey) -> None:
    change(pool, 1, date(2024, 3, 1), 10)
    change(pool, 2, date(2024, 6, 3), -10)
    reverse_changes(source_type="test", source_ids=[2], at=timezone.now())
    assert of_use(pool) == [1]


def test_a_pool_that_was_converted_or_exchanged_is_taken_whole(pool: PoolKey) -> None:
    change(pool, 1, date(2024, 3, 1), 10)
    change(pool, 2, date(2024, 6, 3), -10)
    change(pool, 3, date(2025, 2, 3), 7)
    LotConversion.objects.create(
        entity_id=pool.entity_id, asset_id=pool.asset_id, outturn_id=pool.asset_id, day=date(2024, 4, 1),
        new=2, old=1, cost_share=1, source_type="test", source_id=9,
    )  # fmt: skip
    assert of_use(pool) == [1, 2, 3]


def test_a_pool_in_which_something_went_at_cost_is_taken_whole(pool: PoolKey) -> None:
    change(pool, 1, date(2024, 3, 1), 10)
    change(pool, 2, date(2024, 6, 3), -10, at_cost=True)
    change(pool, 3, date(2025, 2, 3), 7)
    assert of_use(pool) == [1, 2, 3]
