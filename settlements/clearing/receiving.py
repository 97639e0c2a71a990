"""Taking in the figures of clearing houses: kept as they came, then compared.

The same figure again adds nothing; another one of the same account, asset and date is the next number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from settlements.clearing.comparing import compare_nets
from settlements.clearing.computing import Sum, open_nets, put_versions
from settlements.clearing.holding import hold_clearing
from settlements.clearing.keys import GIVEN, Key, arrays, last_of, same
from settlements.clearing.models import ClearingFigure

CHUNK = 5_000
RECEIVED, DUPLICATE = "received", "duplicate"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A figure of which everything was found: above zero the house owes us."""

    key: Key
    quantity: Decimal
    document: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a figure, and of which obligation it tells."""

    outcome: str
    figure: int
    obligation: int


_KNOWN = f"""
SELECT {", ".join(f"f.{name}" for name in Key._fields)}, f.id, f.number, f.quantity
  FROM (SELECT DISTINCT g.* FROM {GIVEN}) g
  JOIN LATERAL (SELECT * FROM settlements_clearingfigure f WHERE {same("f", "g")}
                 ORDER BY f.number DESC LIMIT 1) f ON true
"""  # noqa: S608


@retried()
@transaction.atomic
def receive_figures(
    figures: Sequence[Parsed], *, source: str, actor: User, at: datetime
) -> list[Received]:
    """Keep figures in the order they came, at most CHUNK of them, and compare; one outcome each.

    One about which we have no deal opens an obligation of nothing, which differs.
    """
    hold_clearing()
    keys = list(dict.fromkeys(figure.key for figure in figures))
    known = _known(keys)
    new: list[ClearingFigure] = []
    told: list[tuple[str, Key, ClearingFigure | int]] = []
    for figure in figures:
        id, number, quantity = known.get(figure.key, (0, 0, None))
        if quantity == figure.quantity:
            told.append((DUPLICATE, figure.key, id))
            continue
        row = ClearingFigure(
            **figure.key._asdict(), number=number + 1, quantity=figure.quantity,
            document=figure.document, source=source, received_by=actor, received_at=at,
        )  # fmt: skip
        new.append(row)
        told.append((RECEIVED, figure.key, row))
        known[figure.key] = (row, number + 1, figure.quantity)
    ClearingFigure.objects.bulk_create(new)
    nets = {key: last.id for key, last in last_of(keys).items()}
    opened = open_nets(
        {key: Sum(Decimal(0), 0) for key in keys if key not in nets}, at=at, actor_id=actor.pk
    )
    put_versions(dict.fromkeys(opened.values(), 0), at)
    nets |= opened
    _tell(new, nets, actor, at)
    compare_nets(ids=sorted({nets[_key(row)] for row in new}), at=at)
    return [
        Received(outcome, row.pk if isinstance(row, ClearingFigure) else row, nets[key])
        for outcome, key, row in told
    ]


def _key(row: ClearingFigure) -> Key:
    return Key(*(getattr(row, name) for name in Key._fields))


def _known(keys: Sequence[Key]) -> dict[Key, tuple[ClearingFigure | int, int, Decimal | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, arrays(keys))
        return {Key(*row[:-3]): row[-3:] for row in cursor.fetchall()}


def _tell(rows: Sequence[ClearingFigure], nets: dict[Key, int], actor: User, at: datetime) -> None:
    events = [
        NewEvent(
            kind="netobligation.figure", subject_type="netobligation", subject_id=nets[_key(row)],
            entity_id=row.entity_id,
            facts={
                "figure": str(row), "theirs": row.quantity, "document": row.document,
                "source": row.source,
            },
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
