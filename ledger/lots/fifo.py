"""First in, first out, for any number of positions at once. Pure.

While a position is long, sales close the oldest purchase; while it is short, purchases close the oldest
sale. Either way the first unit bought belongs to the first unit sold, the second to the second. So
purchases and sales are laid on one axis by their running quantities, position behind position,
and wherever one of them ends, a piece ends: FIFO is a merge of two sorted lists.
"""

from __future__ import annotations

import numpy as np

from ledger.lots.rules import BOUND, Flags, Ints, Pieces


def match_fifo(positions: Ints, incoming: Flags, quantities: Ints) -> Pieces:
    """The pieces of changes ordered by position and, within it, by date, time and sequence number.

    `positions` only has to be equal within a position and differ between neighbours.
    """
    count = len(quantities)
    if count == 0 or int(quantities.max()) * count * 2 >= BOUND:
        quantities = quantities.astype(object)
    group, last = _groups(positions)
    bought, sold = _Side(incoming, quantities, last), _Side(~incoming, quantities, last)
    lengths = np.maximum(bought.totals, sold.totals)
    base = np.cumsum(lengths) - lengths
    limit = base + np.minimum(bought.totals, sold.totals)
    bought.lay(base, group)
    sold.lay(base, group)

    ends = np.concatenate((bought.ends_within(limit, group), sold.ends_within(limit, group)))
    ends.sort(kind="stable")
    ends = ends[np.concatenate(([True], ends[1:] != ends[:-1]))] if len(ends) else ends
    of_bought = np.searchsorted(bought.ends, ends)
    of_sold = np.searchsorted(sold.ends, ends)
    purchase, sale = bought.index[of_bought], sold.index[of_sold]
    begins = (
        np.maximum(np.concatenate(([0], ends[:-1])), base[group[purchase]]) if len(ends) else ends
    )
    from_bought, from_sold = begins - bought.starts(of_bought), begins - sold.starts(of_sold)
    purchase_opens = purchase < sale
    return Pieces(
        opening=np.where(purchase_opens, purchase, sale),
        closing=np.where(purchase_opens, sale, purchase),
        opening_from=np.where(purchase_opens, from_bought, from_sold),
        closing_from=np.where(purchase_opens, from_sold, from_bought),
        quantity=ends - begins,
    )


def _groups(positions: Ints) -> tuple[Ints, Ints]:
    """For each change the number of its position, and for each position its last change."""
    borders = np.flatnonzero(positions[1:] != positions[:-1])
    last = np.concatenate((borders, [len(positions) - 1])) if len(positions) else borders
    group = np.zeros(len(positions), np.int64)
    group[borders + 1] = 1
    return np.cumsum(group), last


class _Side:
    """The purchases, or the sales: their running quantities and where they end on the axis."""

    def __init__(self, mine: Flags, quantities: Ints, last: Ints) -> None:
        self.index = np.flatnonzero(mine)
        self.quantities = quantities[self.index]
        running = np.cumsum(np.where(mine, quantities, 0))
        reached = running[last]
        self.before = np.concatenate(([0], reached[:-1])) if len(last) else reached
        self.totals = reached - self.before
        self.running = running

    def lay(self, base: Ints, group: Ints) -> None:
        self.ends = self.running[self.index] + (base - self.before)[group[self.index]]

    def ends_within(self, limit: Ints, group: Ints) -> Ints:
        within: Ints = self.ends[self.ends <= limit[group[self.index]]]
        return within

    def starts(self, which: Ints) -> Ints:
        starts: Ints = self.ends[which] - self.quantities[which]
        return starts
