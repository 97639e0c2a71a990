"""`python columnar.py`: what to write comes in as JSON, a Parquet file is written where it says.

A process of its own: the library takes a hundred megabytes, which go back when it ends. It reads the rows twice: first
for how many digits each number needs, then in batches, so that memory stays flat however long they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

BATCH = 50_000
MOST_DIGITS = 38  # of a decimal of 128 bits
DECIMALS = ("quantity", "price", "money")

Rows = list[list[str | None]]


def main() -> None:
    import pyarrow
    from pyarrow import parquet

    asked: dict[str, Any] = json.load(sys.stdin)
    kinds = [column["kind"] for column in asked["columns"]]
    digits = digits_of(asked["rows"], kinds)
    fields = [
        pyarrow.field(column["name"], type_of(pyarrow, column["kind"], need), metadata=told(column))
        for column, need in zip(asked["columns"], digits, strict=True)
    ]
    schema = pyarrow.schema(fields, metadata=asked["about"])
    with parquet.ParquetWriter(asked["target"], schema, compression="zstd") as writer:
        for rows in batches(asked["rows"]):
            cells = zip(*rows, strict=True)
            arrays = [
                pyarrow.array(column, pyarrow.string()).cast(field.type)
                for column, field in zip(cells, fields, strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def told(column: dict[str, str]) -> dict[str, str]:
    """What a reader must know of a column beside its type."""
    return {name: value for name, value in column.items() if name != "name" and value}


def type_of(pyarrow: Any, kind: str, need: tuple[int, int]) -> Any:
    """Numbers as decimals with as many places as the column has; longer ones as they are spelt."""
    if kind == "date":
        return pyarrow.date32()
    if kind == "count":
        return pyarrow.int64()
    before, behind = need
    if kind in DECIMALS and before + behind <= MOST_DIGITS:
        return pyarrow.decimal128(MOST_DIGITS, behind)
    return pyarrow.string()


def digits_of(path: str, kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Of each column of decimals the most digits before and behind the point."""
    numbers = [place for place, kind in enumerate(kinds) if kind in DECIMALS]
    found = [(1, 0)] * len(kinds)
    for rows in batches(path):
        for row in rows:
            for place in numbers:
                if cell := row[place]:
                    whole, _, part = cell.lstrip("-").partition(".")
                    before, behind = found[place]
                    found[place] = max(before, len(whole)), max(behind, len(part))
    return found


def batches(path: str) -> Iterator[Rows]:
    with open(path, "rb") as file:
        while rows := [json.loads(line) for line in islice(file, BATCH)]:
            yield rows


if __name__ == "__main__":
    main()
