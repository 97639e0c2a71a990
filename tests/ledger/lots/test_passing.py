"""Lots from the database, at any watermark: equal to a plain loop over the same deals."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.events.models import Watermark
from backoffice.events.selectors import NO_HORIZON
from ledger.lots.keeping import PoolKey, keep_changes, reverse_changes
from ledger.lots.passing import Passed, pass_fifo
from ledger.lots.reading import read_changes
from ledger.lots.rules import shares
from ledger.models import LotChange
from refdata.models import Asset, Entity, Party
from tests.following import until_known
from tests.guards.test_horizon import second_connection
from tests.ledger.lots.market import Row, generate, plain_fifo
from tests.sizes import MANY_DEALS

pytestmark = pytest.mark.usefixtures("own_database")


def the_pools(count: int) -> list[PoolKey]:
    entity = Entity.objects.get(code="RUS")
    owners = list(Party.objects.order_by("id").values_list("id", flat=True))
    assets = list(Asset.objects.filter(kind="SECURITY").order_by("id").values_list("id", flat=True))
    keys = [PoolKey(entity.pk, o, a, x) for x in ("GENERAL", "IIS") for o in owners for a in assets]
    return keys[:count]


def rows_of(passed: Passed) -> list[Row]:
    changes, pieces = passed.changes, passed.pieces
    sides = []
    for index, start in (
        (pieces.opening, pieces.opening_from),
        (pieces.closing, pieces.closing_from),
    ):
        for amounts in (changes.gross, changes.fee):
            sides.append(shares(amounts, passed.quantities, index, start, pieces.quantity))
    numbers = (changes.source_id[pieces.opening], changes.source_id[pieces.closing])
    return [
        (int(o), int(c), Decimal(int(q)).scaleb(-passed.places), *map(int, amounts))  # type: ignore[misc]
        for o, c, q, *amounts in zip(*numbers, pieces.quantity, *sides, strict=True)
    ]


def all_rows(horizon: int = NO_HORIZON, batch: int = 20_000) -> list[Row]:
    batches = read_changes(horizon=horizon, batch=batch)
    return sorted(row for passed in pass_fifo(batches) for row in rows_of(passed))


def watermark() -> int:
    until_known()
    return int(Watermark.objects.order_by("-horizon")[0].horizon)


class TestPassFifo:
    @pytest.mark.parametrize(("places", "batch"), [(0, 20_000), (0, 97), (8, 97), (3, 1)])
    def test_equals_a_plain_loop_whatever_the_batches(self, places: int, batch: int) -> None:
        deals = generate(
            400 if batch == 1 else MANY_DEALS, the_pools(40), seed=places, places=places
        )
        for start in range(0, len(deals), 5_000):
            part = deals[start : start + 5_000]
            keep_changes([deal.change() for deal in part], at=timezone.now())
        assert all_rows(batch=batch) == sorted(plain_fifo(deals))

    def test_a_late_deal_and_a_reversal_change_nothing_that_was_known(self) -> None:
        deals = generate(300, the_pools(4), seed=5)
        keep_changes([deal.change() for deal in deals], at=timezone.now())
        horizon, before = watermark(), all_rows()
        assert before == sorted(plain_fifo(deals))
        late = replace(deals[0], number=1001, trade_date=deals[150].trade_date)
        keep_changes([late.change()], at=timezone.now())
        reverse_changes(source_type="test", source_ids=[deals[7].number], at=timezone.now())

        assert all_rows(horizon) == before
        now = sorted(plain_fifo([*deals[:7], *deals[8:], late]))
        assert all_rows() == now != before

    def test_a_transaction_open_across_the_watermark_changes_nothing_at_it(self) -> None:
        deals = generate(60, the_pools(1), seed=6)
        keep_changes([deal.change() for deal in deals[:50]], at=timezone.now())
        horizon, slow = watermark(), second_connection()
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_lotchange (entity_id, pool_id, incoming, quantity, gross, fee, currency,"
                " trade_date, executed_at, sequence, source_type, source_id)"
                " SELECT entity_id, pool_id, NOT incoming, 1, 1, 0, 'RUB', '2026-01-01', executed_at, 0,"
                " 'slow', 1 FROM ledger_lotchange LIMIT 1"
            )
            keep_changes([deal.change() for deal in deals[50:]], at=timezone.now())
            open_mark = Watermark.objects.order_by("-horizon")[0].horizon
            before = all_rows(horizon), all_rows(open_mark)
            slow.commit()
        slow.close()
        assert (all_rows(horizon), all_rows(open_mark)) == before
        assert all_rows(watermark()) != before[1]

    def test_any_order_of_writing_gives_the_same_lots(self) -> None:
        deals = generate(300, the_pools(3), seed=8)
        random.Random(1).shuffle(deals)
        for deal in deals:
            keep_changes([deal.change()], at=timezone.now())
        assert all_rows() == sorted(plain_fifo(deals))


class TestKeepChanges:
    def test_twice_is_refused_and_reversed_once_only(self) -> None:
        (deal,) = generate(1, the_pools(1), seed=1)
        keep_changes([deal.change()], at=timezone.now())
        with pytest.raises(psycopg2.IntegrityError), transaction.atomic():
            keep_changes([deal.change()], at=timezone.now())
        facts: dict[str, Any] = {"source_type": "test", "source_ids": [1], "at": timezone.now()}
        assert (reverse_changes(**facts), reverse_changes(**facts)) == (1, 0)
        keep_changes([deal.change(part=1)], at=timezone.now())
        assert LotChange.objects.count() == 3
