"""Any history, any method: nothing is lost between what went in, what went out and what is left."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ledger.lots.choosing import match_choosing
from ledger.lots.fifo import match_fifo
from ledger.lots.matching import Change, Matched, match
from ledger.lots.methods import Method
from ledger.lots.rules import Pieces, exact, shares

FREE = [Method.FIFO, Method.LIFO, Method.HIFO, Method.LOFO, Method.AVERAGE]


@some.composite
def histories(draw: some.DrawFn, most: int = 25) -> tuple[list[Change], int]:
    """Changes of one position, often short, and the minor unit of its currency: 0, 2 or 3."""
    unit = draw(some.sampled_from([0, 2, 3]))
    places = draw(some.sampled_from([0, 0, 1, 8]))
    large = draw(some.booleans())
    changes = []
    for number in range(draw(some.integers(0, most))):
        quantity = draw(some.integers(1, 10**20 if large else 40))
        gross, fee = draw(some.integers(0, 10**15 if large else 500)), draw(some.integers(0, 50))
        changes.append(
            Change(
                id=number, incoming=draw(some.booleans()),
                quantity=Decimal(quantity).scaleb(-places), gross=Decimal(gross).scaleb(-unit),
                fee=Decimal(fee).scaleb(-unit),
            )
        )  # fmt: skip
    return changes, unit


def total(changes: list[Change], name: str, incoming: bool) -> Decimal:
    return sum((getattr(c, name) for c in changes if c.incoming == incoming), Decimal(0))


def conserved(changes: list[Change], matched: Matched) -> None:
    """Every amount of every side is in closings or open lots, to the last kopeck."""
    for incoming in (True, False):
        for name in ("gross", "fee", "quantity"):
            found = Decimal(0)
            for c in matched.closings:
                opens = c.closing.incoming != incoming
                if name == "quantity":
                    found += c.quantity
                else:
                    found += getattr(c, f"opening_{name}" if opens else f"closing_{name}")
            found += sum(getattr(x, name) for x in matched.lots if x.long == incoming)
            assert found == total(changes, name, incoming), (incoming, name)


class TestMatch:
    @settings(max_examples=150, deadline=None)
    @given(history=histories(), method=some.sampled_from(FREE))
    def test_cost_out_and_cost_remaining_are_the_cost_in(
        self, history: tuple[list[Change], int], method: Method
    ) -> None:
        changes, unit = history
        matched = match(changes, method=method, minor_unit=unit)
        conserved(changes, matched)
        assert len({lot.long for lot in matched.lots}) <= 1, "long and short at once"
        for closing in matched.closings:
            for amount in (
                closing.cost,
                closing.proceeds,
                closing.opening_fee,
                closing.closing_fee,
            ):
                assert amount >= 0
                assert -int(amount.as_tuple().exponent) <= unit
            if closing.opening is not None:
                assert closing.opening.id < closing.closing.id
                assert closing.opening.incoming != closing.closing.incoming

    @settings(max_examples=80, deadline=None)
    @given(history=histories())
    def test_named_lots_are_those_that_close(self, history: tuple[list[Change], int]) -> None:
        """What LIFO chose, named one by one, gives what LIFO gave."""
        changes, unit = history
        by_method = match(changes, method=Method.LIFO, minor_unit=unit)
        named: defaultdict[int, list[tuple[int, Decimal]]] = defaultdict(list)
        for c in by_method.closings:
            assert c.opening is not None
            named[c.closing.id].append((c.opening.id, c.quantity))
        assert match(changes, method=Method.SPECIFIC, minor_unit=unit, named=named) == by_method

    @settings(max_examples=80, deadline=None)
    @given(history=histories())
    def test_highest_and_lowest_cost_are_the_bounds(
        self, history: tuple[list[Change], int]
    ) -> None:
        """For one sale of everything bought before, no method costs more than HIFO or less than LOFO."""
        changes, unit = history
        bought = [c for c in changes if c.incoming]
        held = sum((c.quantity for c in bought), Decimal(0))
        if held <= 1:
            return
        sale = Change(id=99, incoming=False, quantity=(held / 2).quantize(bought[0].quantity) or held,
                      gross=Decimal(0))  # fmt: skip
        costs = {
            method: sum(
                c.cost + c.opening_fee
                for c in match([*bought, sale], method=method, minor_unit=unit).closings
            )
            for method in FREE
        }
        slack = Decimal(2 * len(bought)).scaleb(-unit)
        assert all(costs[Method.LOFO] - slack <= cost for cost in costs.values())
        assert all(cost <= costs[Method.HIFO] + slack for cost in costs.values())


def rows_of(pieces: Pieces) -> list[tuple[int, ...]]:
    columns = (pieces.opening, pieces.closing, pieces.opening_from, pieces.closing_from)
    return [tuple(map(int, row)) for row in zip(*columns, pieces.quantity, strict=True)]


class TestMatchFifo:
    @settings(max_examples=150, deadline=None)
    @given(
        rows=some.lists(
            some.tuples(some.integers(0, 4), some.booleans(), some.integers(1, 30)), max_size=60
        ),
        factor=some.sampled_from([1, 10**18]),
    )
    def test_many_positions_at_once_are_matched_like_one_after_the_other(
        self, rows: list[tuple[int, bool, int]], factor: int
    ) -> None:
        rows = [(p, side, q * factor) for p, side, q in sorted(rows, key=lambda row: row[0])]
        together = rows_of(
            match_fifo(
                np.array([r[0] for r in rows], dtype=np.int64),
                np.array([r[1] for r in rows], dtype=bool),
                np.array([r[2] for r in rows], dtype=object if factor > 1 else np.int64),
            )
        )
        alone = []
        for position in sorted({r[0] for r in rows}):
            first = next(n for n, r in enumerate(rows) if r[0] == position)
            mine = [r for r in rows if r[0] == position]
            pieces = match_choosing(
                Method.FIFO, [r[1] for r in mine], [r[2] for r in mine], [0] * len(mine)
            )
            alone += [(o + first, c + first, *rest) for o, c, *rest in rows_of(pieces)]
        assert together == alone


class TestShares:
    def test_products_beyond_64_bits_are_exact(self) -> None:
        amounts, wholes = np.array([10**17 + 1]), np.array([10**9 + 7])
        index, start = np.array([0, 0]), np.array([0, 5 * 10**8])
        parts = shares(amounts, wholes, index, start, np.array([5 * 10**8, 5 * 10**8 + 7]))
        assert parts.sum() == 10**17 + 1
        first = Decimal(10**17 + 1) * 5 * 10**8 / (10**9 + 7)
        assert int(parts[0]) == int(first.quantize(Decimal(1)))

    @pytest.mark.parametrize(("largest", "kind"), [(2**30, "i"), (2**31, "O")])
    def test_the_bound_is_where_it_is_said_to_be(self, largest: int, kind: str) -> None:
        first, second = exact(np.array([largest]), np.array([2**31]))
        assert (first.dtype.kind, second.dtype.kind) == (kind, kind)
