"""FIFO over any number of changes in flat memory: batch by batch, what is open is carried on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ledger.lots.fifo import match_fifo
from ledger.lots.reading import Changes
from ledger.lots.rules import Ints, Pieces, left_of


@dataclass(frozen=True, slots=True)
class Passed:
    """A batch of changes, the pieces found in it, and what is open after it.

    `quantities` are whole, in units of 10^-places; a change may come again in the next batch, as the
    lot that it still is, and its pieces go on where they ended.
    """

    changes: Changes
    quantities: Ints
    left: Ints
    places: int
    pieces: Pieces


def pass_fifo(batches: Iterable[Changes]) -> Iterator[Passed]:
    """Match batches of ordered changes; only the lots of the last position wait for the next batch."""
    waiting: Passed | None = None
    for batch in batches:
        passed = _pass_one(batch, waiting)
        yield passed
        waiting = passed


def _pass_one(batch: Changes, before: Passed | None) -> Passed:
    changes, places = batch, batch.places()
    taken = np.zeros(len(batch), np.int64)
    if before is not None:
        last = before.changes.pool[-1]
        waits = np.flatnonzero((before.changes.pool == last) & (before.left > 0))
        if len(waits) and batch.pool[0] == last:
            changes = before.changes.part(waits).followed_by(batch)
            places = max(places, before.places)
            gone = (before.quantities - before.left)[waits] * 10 ** (places - before.places)
            taken = np.concatenate((gone, taken))
    quantities = changes.quantities(places)
    pieces = match_fifo(changes.pool, changes.incoming, quantities - taken)
    left = left_of(quantities - taken, pieces)
    pieces = replace(
        pieces,
        opening_from=pieces.opening_from + taken[pieces.opening],
        closing_from=pieces.closing_from + taken[pieces.closing],
    )
    return Passed(changes, quantities, left, places, pieces)
