"""What is bound in a netting set moves with it: no step is taken for a member alone."""

from __future__ import annotations

from collections.abc import Sequence

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
