"""Mistakes in statements of holdings."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .choosing import Choosing
from .files import AGGREGATE, Holdings, Position
from .syntaxes import Mt940


class OfHoldings(Choosing):
    def holding_off(self) -> bool:
        found = self.position(lambda p: True)
        if found is None:
            return False
        each, row = found
        was = row.quantity
        self.count_anew(each, row, was + self.chance.randint(1, 50))
        self.note_position("holding_off", each, row, was=was)
        return True

    def missing_position(self) -> bool:
        found = self.position(lambda p: p.quantity > 0)
        if found is None:
            return False
        each, row = found
        each.parts.remove(row)
        each.changed = True
        self.note_position("missing_position", each, row)
        return True

    def holding_owner(self) -> bool:
        """Right in total, wrong between two owners behind one account: some of one's stand with the other."""
        pairs = [
            (each, one, two)
            for each in self.holdings
            for one in each.positions
            for two in each.positions
            if one is not two and one.isin == two.isin and one.account != two.account
            and not one.touched and not two.touched and one.quantity > 1
        ]  # fmt: skip
        if not pairs:
            return False
        each, one, two = self.chance.choice(pairs)
        moved = Decimal(self.chance.randint(1, max(1, int(one.quantity) // 2)))
        facts = {"isin": one.isin, "quantity": moved, "from": one.account, "to": two.account}
        self.count_anew(each, one, one.quantity - moved)
        self.count_anew(each, two, two.quantity + moved)
        self.note("holding_owner", each, **facts)
        return True

    def position(self, fits: Callable[[Position], bool]) -> tuple[Holdings, Position] | None:
        found = [
            (each, row) for each in self.holdings for row in each.positions
            if not row.touched and fits(row)
        ]  # fmt: skip
        if not found:
            return None
        each, row = self.chance.choice(found)
        row.touched = True
        return each, row

    def count_anew(self, each: Holdings, row: Position, quantity: Decimal) -> None:
        spelt = Mt940().spelt(quantity)
        row.text = AGGREGATE.sub(lambda m: f"{m[1]}{m[2]}{spelt}", row.text)
        row.quantity, row.touched, each.changed = quantity, True, True

    def note_position(self, kind: str, each: Holdings, row: Position, **facts: Any) -> None:
        self.note(kind, each, isin=row.isin, quantity=row.quantity, safe=row.account, **facts)
