"""The inventory: what is held, set apart and free at each place, and what a value date brings and takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from ledger import inventory
from ledger.inventory import Held
from refdata.models import Asset, Entity, Party, Place
from refdata.scopes import Scope

Key = tuple[int, int, int, int]  # (entity, owner, place, asset)
ZERO = Decimal(0)


class UnknownCode(Invalid):
    code = "unknown-code"
    title = gettext_noop("Nothing of that code is known")
    detail = gettext_noop("No %(what)s is known as %(value)s.")
    hint = gettext_noop("Look at the reference data for the code.")


class Expected(NamedTuple):
    """What open settlements due by a day bring and take; `sent` is with an outside place, whenever due."""

    comes: Decimal = ZERO
    goes: Decimal = ZERO
    sent: Decimal = ZERO


# Inside our books the counterparty's side moves as well; at an outside place only ours is known.
_MOVES = """
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
 CROSS JOIN LATERAL (VALUES
       (s.owner_id, s.asset_id, s.quantity - s.settled_quantity, NOT s.delivers),
       (s.owner_id, s.money_asset_id, s.amount - s.settled_amount, s.delivers),
       (CASE p.finality WHEN 'INTERNAL' THEN s.counterparty_id END, s.asset_id,
        s.quantity - s.settled_quantity, s.delivers),
       (CASE p.finality WHEN 'INTERNAL' THEN s.counterparty_id END, s.money_asset_id,
        s.amount - s.settled_amount, NOT s.delivers)) AS x(owner_id, asset_id, quantity, comes)
 WHERE s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED' AND s.approval <> 'REJECTED'
   AND x.quantity > 0
   AND (%(entities)s::bigint[] IS NULL OR s.entity_id = ANY(%(entities)s::bigint[]))
   AND (%(owner)s::bigint IS NULL OR x.owner_id = %(owner)s)
   AND (%(place)s::bigint IS NULL OR s.place_id = %(place)s)
   AND (%(asset)s::bigint IS NULL OR x.asset_id = %(asset)s) AND x.owner_id IS NOT NULL
"""
_EXPECTED = (
    """
SELECT s.entity_id, x.owner_id, s.place_id, x.asset_id,
       coalesce(sum(x.quantity) FILTER (WHERE x.comes AND s.due_date <= %(day)s), 0),
       coalesce(sum(x.quantity) FILTER (WHERE NOT x.comes AND s.due_date <= %(day)s), 0),
       coalesce(sum(x.quantity) FILTER (WHERE NOT x.comes AND p.finality = 'EXTERNAL'
                                          AND s.transmission IN ('SENT', 'ACKNOWLEDGED')), 0)
"""
    + _MOVES
    + " GROUP BY 1, 2, 3, 4"
)
_BY_DATE = (
    "SELECT s.id, s.due_date, x.comes, x.quantity, s.status, s.reason"
    + _MOVES
    + " AND s.due_date <= %(day)s ORDER BY s.due_date, s.id LIMIT %(limit)s"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the inventory: of whom, where, what; and all the parts of the number."""

    entity: str
    place: str
    owner: str
    asset: str
    held: Held
    expected: Expected

    @property
    def key(self) -> Key:
        return self.held[:4]

    @property
    def free(self) -> Decimal:
        """What can be delivered, or paid, now: what an outside place was sent already is promised."""
        return max(self.held.free - self.expected.sent, ZERO)

    @property
    def projected(self) -> Decimal:
        """What would be free on the value date if everything due by then came and went."""
        return self.held.free + self.expected.comes - self.expected.goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose, where, what and for which value date."""

    on: date
    place: str = ""
    owner: str = ""
    asset: str = ""

    def resolved(self) -> Mapping[str, int | None]:
        """The keys of what is named by code. Raises UnknownCode."""
        found: dict[str, int | None] = {}
        for what, model in (("place", Place), ("owner", Party), ("asset", Asset)):
            value = getattr(self, what)
            rows = model._default_manager.filter(code=value).values_list("pk", flat=True)
            found[what] = rows.first() if value else None
            if value and found[what] is None:
                raise UnknownCode(what=what, value=value)
        return found


def lines(asked: Asked, *, scope: Scope) -> list[Line]:
    """The inventory of the entities that a person sees whole, in the order entity, place, owner, asset."""
    ids = asked.resolved()
    one = {name: None if id is None else [id] for name, id in ids.items()}
    entities = None if scope.everything else list(scope.entities or ())
    rows = inventory.held(
        on=asked.on, entity_ids=entities, owner_ids=one["owner"], place_ids=one["place"],
        asset_ids=one["asset"],
    )  # fmt: skip
    held: dict[Key, Held] = {row[:4]: row for row in rows}
    expected = _expected(asked.on, ids, entities)
    nothing = Decimal(0)
    for key in expected.keys() - held.keys():
        held[key] = Held(*key, nothing, nothing, nothing, nothing, nothing, nothing, ())
    names = _names(held)
    found = [
        Line(names["entity"][e], names["place"][p], names["owner"][o], names["asset"][a],
             held[e, o, p, a], expected.get((e, o, p, a), Expected()))
        for e, o, p, a in held
    ]  # fmt: skip
    return sorted(found, key=lambda line: (line.entity, line.place, line.owner, line.asset))


LONG = timedelta(days=366)  # no settlement is due later


def spendable(
    *, entity_id: int, asset: str, day: date, owner: str = "", place: str = ""
) -> dict[str, dict[str, Decimal]]:
    """By owner and place what could be paid on a day, less all that open settlements take until long after.

    What they bring is not counted before it came: it never spends what deals still need.
    """
    held, taken = (
        lines(
            Asked(on=on, place=place, owner=owner, asset=asset), scope=Scope(entities=(entity_id,))
        )
        for on in (day, day + LONG)
    )
    free: dict[str, dict[str, Decimal]] = {}
    for line in held:
        free.setdefault(line.owner, {})[line.place] = line.held.free
    for line in taken:
        at = free.setdefault(line.owner, {})
        at[line.place] = at.get(line.place, ZERO) - line.expected.goes
    return {
        who: {code: max(amount, ZERO) for code, amount in sorted(at.items())}
        for who, at in free.items()
    }


def _expected(
    day: date, ids: Mapping[str, int | None], entities: Sequence[int] | None
) -> dict[Key, Expected]:
    with connection.cursor() as cursor:
        whole = None if entities is None else list(entities)
        cursor.execute(_EXPECTED, {"day": day, "entities": whole, **ids})
        return {row[:4]: Expected(*row[4:]) for row in cursor.fetchall() if any(row[4:])}


def _names(keys: Mapping[Key, Held]) -> dict[str, dict[int, str]]:
    columns = [set(column) for column in zip(*keys, strict=True)] or [set()] * 4
    models = {"entity": Entity, "owner": Party, "place": Place, "asset": Asset}
    return {
        name: dict(model._default_manager.filter(pk__in=ids).values_list("pk", "code"))
        for (name, model), ids in zip(models.items(), columns, strict=True)
    }


class Due(NamedTuple):
    """An open settlement that brings or takes some of it."""

    settlement_id: int
    due_date: date
    comes: bool
    quantity: Decimal
    status: str
    reason: str

    @property
    def reference(self) -> str:
        return f"S-{self.settlement_id}"


def due_of(line: Line, *, on: date, limit: int) -> list[Due]:
    """The open settlements due by a day that move one row of the inventory, the earliest first."""
    entity, owner, place, asset = line.key
    facts: dict[str, Any] = {
        "day": on, "entities": [entity], "owner": owner, "place": place, "asset": asset,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_BY_DATE, facts | {"limit": limit})
        return [Due(*row) for row in cursor.fetchall()]


def at_hand(entity_id: int, *, on: date) -> dict[tuple[int, int, int], Decimal]:
    """What a run may use on a day: `{(owner, place, asset): free}`; what is absent is zero.

    Net of earmarks, restrictions and of what was sent to outside places and is not final; with credit
    lines. A plan that keeps to it is never refused by the database.
    """
    found = inventory.at_hand(entity_id, on=on)
    every = {"place": None, "owner": None, "asset": None}
    for (_, owner, place, asset), expected in _expected(on, every, [entity_id]).items():
        key = owner, place, asset
        if expected.sent and key in found:
            found[key] = max(found[key] - expected.sent, ZERO)
    return found
