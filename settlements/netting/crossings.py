"""Letting two sides of ours cross: both are final at once, in our books, when other eyes say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from ledger.selectors import balances
from settlements.finishing import finish_settlements
from settlements.models import NettingSet
from settlements.netting.settling import settle_members
from settlements.netting.state import SetMode


class NoCrossing(Conflict):
    code = "no-crossing"
    title = gettext_noop("That set does not cross in our books")
    detail = gettext_noop(
        "%(set)s is settled by its net, not by crossing, or is not due before %(due)s."
    )
    hint = gettext_noop("Release the settlement of its net.")


class CrossingShort(Conflict):
    code = "crossing-short"
    title = gettext_noop("An owner has not enough of its own")
    detail = gettext_noop(
        "%(owner)s lacks %(short)s %(asset)s for %(set)s; nobody else's covers it."
    )
    hint = gettext_noop("Wait until it comes in, or undo the crossing.")


# Members and what each owner gives of its own, all locked: a late cancel locks the same.
_LOCK = "SELECT id FROM settlements_settlement WHERE netted_by_id = ANY(%s) ORDER BY id FOR UPDATE"
_GIVEN = """
SELECT s.netted_by_id, o.code, a.code, l.id, g.asset_id, g.quantity
  FROM settlements_settlement s
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.delivers THEN s.asset_id ELSE s.money_asset_id END AS asset_id,
              CASE WHEN s.delivers THEN s.quantity ELSE s.amount END AS quantity,
              CASE WHEN s.delivers THEN 'HOLDING' ELSE 'CASH' END AS kind) g
  JOIN refdata_party o ON o.id = s.owner_id
  JOIN refdata_asset a ON a.id = g.asset_id
  LEFT JOIN ledger_ledgeraccount l ON l.entity_id = s.entity_id AND l.kind = g.kind AND l.owner_id = s.owner_id
   AND l.place_id = s.place_id
 WHERE s.netted_by_id = ANY(%s) AND g.quantity > 0
 ORDER BY s.netted_by_id, s.id
"""


@retried()
@transaction.atomic
def cross_sets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Make both sides of agreed crossings final, as the second pair of eyes.

    Each owner's own securities and money have to be there, and what an earlier one of these brings in counts.
    Refuses with NoCrossing and CrossingShort; the database refuses whatever would take from anybody else.
    """
    rows = NettingSet.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    refused: dict[int, Refusal] = {
        row.pk: NoCrossing(set=str(row), due=row.due_date.isoformat())
        for row in rows
        if row.mode != SetMode.CROSSING or row.due_date > at.date()
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[id for id in ids if id not in refused]])
    refused |= _short([id for id in ids if id not in refused])
    steps = [Step(id) for id in ids if id not in refused]
    outcome = advance(NettingSet, "cross", steps, actor=actor, at=at)
    if outcome.done:
        members = settle_members(sorted(outcome.done), settled_date=at.date(), at=at)
        ids = [terms.id for terms in members]
        finish_settlements(ids, members, settled_date=at.date(), at=at)
    return outcome.refusing(refused)


def _short(set_ids: Sequence[int]) -> dict[int, Refusal]:
    """Crossings for which an owner has not enough, each with the first that is short."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, [list(set_ids)])
        given = cursor.fetchall()
    accounts = sorted({row[3] for row in given if row[3] is not None})
    rows = balances(account_ids=accounts) if accounts else []
    at_hand = {(row.account_id, row.asset_id): row.amount for row in rows}
    found: dict[int, Refusal] = {}
    for set_id, owner, asset, account, asset_id, quantity in given:
        left = at_hand.get((account, asset_id), 0) - quantity
        if left < 0 and set_id not in found:
            found[set_id] = CrossingShort(
                owner=owner, short=f"{-left.normalize():f}", asset=asset, set=f"NT-{set_id}"
            )
        elif left >= 0:
            at_hand[account, asset_id] = left
    return found
