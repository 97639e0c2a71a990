"""What passes over changes in volume leave out: positions that corporate actions changed, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from ledger.lots.fifo import match_fifo
from ledger.lots.matching import Change
from ledger.lots.methods import Method
from ledger.lots.models import LotPool
from ledger.lots.passing import Passed
from ledger.lots.reading import EPOCH, PLACES, Changes
from ledger.lots.rules import left_of
from ledger.lots.selectors import FAR, Asked, carried
from refdata.models import Currency

ALL = 10**9


def pass_carried(pool_ids: Sequence[int], *, horizon: int, as_of: date = FAR) -> Iterator[Passed]:
    """FIFO over these pools as `passing.pass_fifo`: each stretch begins with what was carried into it.

    What was paid back closes its part of the cost in a pass of its own.
    """
    currencies = {row.code: row for row in Currency.objects.all()}
    asked = Asked(Method.FIFO, horizon=horizon, most=ALL)
    for pool in LotPool.objects.filter(pk__in=pool_ids).order_by("pk"):
        over, _ = carried(pool, asked, as_of=as_of)
        for stretch in over.stretches:
            if stretch:
                yield _passed(pool.pk, stretch, currencies)
        for back in over.backs:
            opened = [
                replace(lot.opening, quantity=lot.quantity, gross=lot.gross, fee=lot.fee)
                for lot in back.lots
                if lot.opening is not None
            ]
            yield _passed(pool.pk, [*opened, back.paid], currencies)


def _passed(pool_id: int, stretch: Sequence[Change], currencies: dict[str, Currency]) -> Passed:
    units = [10 ** currencies[c.currency].minor_unit for c in stretch]
    scaled = [int(c.quantity.scaleb(PLACES)) for c in stretch]
    changes = Changes(
        id=_ints([c.id for c in stretch]), pool=_ints([pool_id] * len(stretch)),
        incoming=np.array([c.incoming for c in stretch], dtype=bool),
        whole=_ints([n // 10**PLACES for n in scaled]), fraction=_ints([n % 10**PLACES for n in scaled]),
        gross=_ints([int(c.gross * unit) for c, unit in zip(stretch, units, strict=True)]),
        fee=_ints([int(c.fee * unit) for c, unit in zip(stretch, units, strict=True)]),
        currency=_ints([currencies[c.currency].asset_id for c in stretch]),
        day=_ints([(c.trade_date - EPOCH).days for c in stretch]),
        source_id=_ints([c.source_id for c in stretch]),
        is_deal=np.array([c.source_type == "deal" for c in stretch], dtype=bool),
    )  # fmt: skip
    places = changes.places()
    quantities = changes.quantities(places)
    pieces = match_fifo(changes.pool, changes.incoming, quantities)
    return Passed(changes, quantities, left_of(quantities, pieces), places, pieces)


def _ints(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)
