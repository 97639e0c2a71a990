"""Reading changes in volume: one ordered pass over the facts, as arrays of integers, in flat memory.

The database spells every value as a 64-bit integer and sends fixed-width binary rows; they go through
a file on disk, so neither side waits for the other and a pass holds only one batch in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from ledger.lots.rules import Flags, Ints

BATCH = 20_000
EPOCH = date(1970, 1, 1)
PLACES = 8  # decimals of a quantity column

# In the order in which lots open and close. Amounts are in minor units of their currency.
_ROWS = """
SELECT c.id::int8, c.pool_id::int8, c.incoming::int::int8, trunc(c.quantity)::int8,
       ((c.quantity - trunc(c.quantity)) * 100000000)::int8,
       (c.gross * (ARRAY[1, 10, 100, 1000, 10000])[m.minor_unit + 1])::int8,
       (c.fee * (ARRAY[1, 10, 100, 1000, 10000])[m.minor_unit + 1])::int8,
       m.asset_id::int8, (c.trade_date - DATE '1970-01-01')::int8, c.source_id::int8,
       (c.source_type = 'deal')::int::int8
  FROM ledger_lotchange c
  JOIN refdata_currency m ON m.code = c.currency
 WHERE c.reverses_id IS NULL AND c.recorded_tx < %(horizon)s AND c.trade_date <= %(as_of)s
   AND NOT EXISTS (SELECT 1 FROM ledger_lotchange r
                    WHERE r.reverses_id = c.id AND r.recorded_tx < %(horizon)s)
   {pools}
 ORDER BY c.pool_id, c.trade_date, c.executed_at, c.sequence, c.id
"""
_HEAD = 19  # bytes before the first row of a binary COPY
_END = b"\xff\xff"  # stands where the next row would


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes ordered by pool and, within it, by date, time and sequence number."""

    id: Ints
    pool: Ints
    incoming: Flags
    whole: Ints
    fraction: Ints  # of the quantity, in units of 10^-8
    gross: Ints
    fee: Ints
    currency: Ints
    day: Ints  # since 1970
    source_id: Ints
    is_deal: Flags

    def __len__(self) -> int:
        return len(self.id)

    def part(self, which: Any) -> Changes:
        return Changes(*(getattr(self, field.name)[which] for field in fields(self)))

    def followed_by(self, others: Changes) -> Changes:
        pairs = ((getattr(self, f.name), getattr(others, f.name)) for f in fields(self))
        return Changes(*(np.concatenate(pair) for pair in pairs))

    def places(self) -> int:
        """How many decimals the quantities need."""
        for places in range(PLACES):
            if not (self.fraction % 10 ** (PLACES - places)).any():
                return places
        return PLACES

    def quantities(self, places: int) -> Ints:
        """The quantities in units of 10^-places; `places` must be enough."""
        whole = self.whole
        if int(whole.max(initial=0)) >= 10 ** (18 - places):
            whole = whole.astype(object)
        units: Ints = whole * 10**places + self.fraction // 10 ** (PLACES - places)
        return units


_NAMES = tuple(field.name for field in fields(Changes))
_RECORD = np.dtype(
    [
        ("columns", ">i2"),
        *((f"{x}{n}", t) for n in _NAMES for x, t in (("size_", ">i4"), ("", ">i8"))),
    ]
)


def read_changes(
    *, horizon: int, as_of: date = date.max, pool_ids: Sequence[int] | None = None,
    batch: int = BATCH,
) -> Iterator[Changes]:  # fmt: skip
    """The changes recorded below a horizon and not reversed below it, of some pools or of all."""
    facts = {"horizon": horizon, "as_of": as_of, "pools": pool_ids}
    chosen = "" if pool_ids is None else "AND c.pool_id = ANY(%(pools)s)"
    with tempfile.TemporaryFile() as file:
        with connection.cursor() as cursor:
            query = cursor.mogrify(_ROWS.format(pools=chosen), facts).decode()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", file)
        file.seek(_HEAD)
        while True:
            content = file.read(batch * _RECORD.itemsize)
            records = np.frombuffer(content, _RECORD, count=len(content) // _RECORD.itemsize)
            if len(records):
                yield _changes(records)
            if len(content) < batch * _RECORD.itemsize:
                return


def _changes(records: np.ndarray[Any, Any]) -> Changes:
    columns: dict[str, Any] = {name: records[name].astype(np.int64) for name in _NAMES}
    for flag in ("incoming", "is_deal"):
        columns[flag] = columns[flag].astype(bool)
    return Changes(**columns)
