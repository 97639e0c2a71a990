"""A block in the place of its parts again: a new version on the same terms, with the room of the parts.

Nothing is edited: the parts stay, cancelled, and the version that was allocated stays too. The entry of
the new version is booked like that of any (decision 0105).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from deals.allocating.services import candidate_like, whole_of
from deals.exposing.twice import exactly
from deals.models import Deal
from deals.selectors import posted_terms
from deals.services import SOURCE
from limits.models import Reservation
from limits.replacing import replace_needs
from limits.services import give_back_all, lock_headrooms


class PartsChanged(Conflict):
    code = "parts-changed"
    title = gettext_noop("The parts are not what the block was shared out to")
    detail = gettext_noop("%(parts)s: amended, cancelled or allocated since.")
    hint = gettext_noop("Amend or cancel the parts one by one.")


_COPY = """
WITH written AS (
       INSERT INTO deals_dealversion (deal_id, number, side, quantity, price, currency, gross_amount,
              net_amount, method, traded_at, details, actor_id, recorded_at)
       SELECT deal_id, number + 1, side, quantity, price, currency, gross_amount, net_amount, method,
              traded_at, details, %(actor)s, %(at)s
         FROM deals_dealversion WHERE deal_id = %(id)s AND number = %(number)s)
INSERT INTO deals_flow (deal_id, version, kind, direction, asset_id, quantity, due_date)
SELECT deal_id, version + 1, kind, direction, asset_id, quantity, due_date
  FROM deals_flow WHERE deal_id = %(id)s AND version = %(number)s ORDER BY id
"""


@transaction.atomic
def restore_block(
    row: Any, parts: Sequence[int], *, reason: str, actor: User, at: datetime,
    ended: Mapping[str, Sequence[int]],
) -> None:  # fmt: skip
    """Cancel the parts of a block and put it in their place; the caller has locked them all.

    `ended` are other sources that end with the parts, ids by type. Raises PartsChanged,
    LimitExceeded, and what a capture is refused with; nothing has happened then.
    """
    terms = posted_terms(row)
    terms["trader"] = terms.get("trader") or row.captured_by.username
    candidate = candidate_like(terms, whole_of(row), actor=actor, at=at)
    candidate = exactly(candidate, instead_of=parts)
    held = Reservation.objects.filter(source_type=SOURCE, source_id__in=parts, state="COMMITTED")
    wanted = {need.limit.id for need in candidate.needs}
    lock_headrooms({*held.values_list("limit_id", flat=True), *wanted}, at=at)
    give_back_all({SOURCE: list(parts), **ended}, state="RELEASED")
    steps = [Step(id, reason, {"block": str(row)}) for id in sorted(parts)]
    cancelled = advance(Deal, "cancel", steps, actor=actor, at=at)
    if cancelled.refused:
        raise PartsChanged(parts=", ".join(f"D-{id}" for id in sorted(cancelled.refused)))
    replaced = replace_needs(SOURCE, {row.pk: candidate.request}, at=at)
    facts: dict[str, Any] = {"version": row.version + 1, "deals": [f"D-{id}" for id in parts]}
    if candidate.deal.executed:
        facts["executed"] = True
    if replaced.short:
        facts["breaches"] = {f"L-{id}": str(short) for id, short in replaced.short.items()}
    step = Step(
        row.pk, reason, facts,
        {"version": row.version + 1, "breached": row.breached or bool(replaced.short)},
    )  # fmt: skip
    advance(Deal, "undo_allocation", [step], actor=actor, at=at).raise_single()
    with connection.cursor() as cursor:
        cursor.execute(_COPY, {"id": row.pk, "number": row.version, "actor": actor.pk, "at": at})
