"""What is bound in a netting set moves with it: no step is taken for a member alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from django.db import connection

from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop


class NettedAlready(Conflict):
    code = "netted-already"
    title = gettext_noop("It is settled by its netting set")
    detail = gettext_noop("%(settlement)s is a member of %(set)s and moves with it only.")
    hint = gettext_noop("Take the step for the settlement of the set, or undo the set first.")


# Locked before it is looked at: whoever agrees to a set binds members under the same locks.
_BOUND = """
SELECT s.id, s.netted_by_id FROM settlements_settlement s
 WHERE s.id = ANY(%s) AND s.netted_by_id IS NOT NULL ORDER BY s.id
"""
_LOCK = "SELECT id FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


def bound(ids: Sequence[int]) -> dict[int, Refusal]:
    """Those of some settlements that are bound, each with its refusal. The caller holds their locks."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUND, [list(ids)])
        return {
            id: NettedAlready(settlement=f"S-{id}", set=f"NT-{set_id}")
            for id, set_id in cursor.fetchall()
        }


def free_of(ids: Sequence[int]) -> tuple[list[int], dict[int, Refusal]]:
    """Some settlements, locked, without those that are bound; and those with their refusals."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(ids)])
    refused = bound(ids)
    return [id for id in ids if id not in refused], refused


_BIND = """
UPDATE settlements_settlement s SET netted_by_id = g.set_id
  FROM unnest(%(ids)s::bigint[], %(sets)s::bigint[]) AS g(id, set_id) WHERE s.id = g.id
"""
_NAME = """
INSERT INTO settlements_nettingmember (netting_set_id, settlement_id, quantity, amount)
SELECT g.set_id, s.id, coalesce(g.quantity, s.quantity - s.settled_quantity) * CASE WHEN s.delivers THEN -1 ELSE 1 END,
       coalesce(g.amount, s.amount - s.settled_amount) * CASE WHEN s.delivers THEN 1 ELSE -1 END
  FROM unnest(%(ids)s::bigint[], %(sets)s::bigint[], %(quantities)s::numeric[], %(amounts)s::numeric[])
       AS g(id, set_id, quantity, amount)
  JOIN settlements_settlement s ON s.id = g.id ORDER BY s.id
ON CONFLICT (netting_set_id, settlement_id) DO NOTHING
"""


def name_members(
    members: Mapping[int, Sequence[int]],
    each: Mapping[int, tuple[Decimal, Decimal]] = MappingProxyType({}),
) -> None:
    """Say of sets what they are computed of, once; in the caller's transaction.

    `each` is what every member of a set brings of securities and of money; absent: all that is left of it.
    """
    ids, sets = _arrays(members)
    brought = [each.get(set_id, (None, None)) for set_id in sets]
    with connection.cursor() as cursor:
        cursor.execute(_NAME, {
            "ids": ids, "sets": sets, "quantities": [quantity for quantity, _ in brought],
            "amounts": [amount for _, amount in brought],
        })  # fmt: skip


def bind(members: Mapping[int, Sequence[int]]) -> None:
    """Let settlements move with their sets only; in the caller's transaction, which holds their locks."""
    name_members(members)
    ids, sets = _arrays(members)
    with connection.cursor() as cursor:
        cursor.execute(_BIND, {"ids": ids, "sets": sets})


def _arrays(members: Mapping[int, Sequence[int]]) -> tuple[list[int], list[int]]:
    found = [(id, set_id) for set_id, ids in members.items() for id in ids]
    return [id for id, _ in found], [set_id for _, set_id in found]
