"""What one figure of the ladder is made of, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from refdata.scopes import Scope
from settlements.ladder.querying import facts_for, figure_query
from settlements.ladder.rules import Line
from settlements.ladder.selectors import Ladder


class Row(NamedTuple):
    """One thing that a figure is made of: above zero it comes."""

    reference: str
    due_date: date
    source: str
    certainty: str
    amount: Decimal
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the ladder: of a line, a day, and of one or all sources, certainties and directions."""

    day: date
    source: str = ""
    certainty: str = ""
    comes: bool | None = None


def rows_of(
    ladder: Ladder, line: Line, figure: Figure, *, scope: Scope, offset: int = 0, limit: int = 200
) -> list[Row]:
    """The rows that make a figure, read by the very groups that it was summed from: their sums are equal."""
    day = line.day(figure.day)
    groups = [
        group
        for movement in (day.movements if day else ())
        if figure.source in ("", movement.source) and figure.certainty in ("", movement.certainty)
        for group in movement.groups
    ]
    facts = facts_for(ladder.asked, scope, ladder.span, ladder.known)
    facts |= {
        "dates": [g.due_date for g in groups], "methods": [g.method for g in groups],
        "sources": [g.source for g in groups], "certainties": [g.certainty for g in groups],
        "bookeds": [g.booked for g in groups], "comes": figure.comes, "offset": offset, "limit": limit,
        "key_entity": line.key.entity_id, "key_owner": line.key.owner_id,
        "key_place": line.key.place_id, "key_asset": line.key.asset_id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(figure_query(), facts)
        return [Row(*row) for row in cursor.fetchall()]
