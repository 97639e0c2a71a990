"""Lists whose lines are a computation and not rows: computed whole, shown in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import formats

from backoffice.desk import totals
from backoffice.desk.lists import ListView


class ComputedList(ListView):
    """Of a listing without `rows`: `filtered` gives all lines, as mappings, in an order that a page can go on in."""

    def fetch(self, rows: Sequence[Mapping[str, Any]], before: int | None, limit: int) -> list[Any]:
        """`before` counts from the end of what is there."""
        start = 0 if before is None else max(0, len(rows) - before)
        return [
            {**row, "below": len(rows) - n - 1}
            for n, row in enumerate(rows[start : start + limit], start)
        ]

    def key_of(self, row: Any) -> int:
        return int(row["below"])

    def counted(self, rows: Any) -> totals.Total:
        return totals.Total(formats.number_format(len(rows), force_grouping=True))
