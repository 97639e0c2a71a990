"""Making a block of fills, one or as a step of a list: of deals nothing of which is prepared or settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import NotFound
from backoffice.workflow.transitions import Outcome
from deals.allocating.services import TooLateToGroup, group_fills
from deals.amending.consequences import Situation
from deals.models import Deal
from deals.selectors import deals
from settlements.changing.situations import locked_standings


@retried()
@transaction.atomic
def group_deals(
    *, ids: Sequence[int], external_ref: str, reason: str, actor: User, at: datetime
) -> int:
    """Make one block of captured deals on the same terms, at their average price; return its id.

    A deal that is captured again with a part settled is no fill. Raises TooLateToGroup, and what
    `group_fills` raises; nothing has happened then.
    """
    found = locked_standings(ids)
    for id in sorted(set(ids)):
        if id not in found:
            raise NotFound(what="deal", reference=f"D-{id}")
        standing = found[id]
        if standing.situation != Situation.CAPTURED:
            came = standing.situation.value if standing.state == "CAPTURED" else standing.state
            raise TooLateToGroup(deal=f"D-{id}", state=came)
    return group_fills(ids=ids, external_ref=external_ref, reason=reason, actor=actor, at=at)


def group_chosen(*, ids: Sequence[int], external_ref: str, actor: User, at: datetime) -> Outcome:
    """The same for the deals that are chosen in a list: all of them, or none.

    Without a reference the block has that of its first fill, marked as a block.
    """
    first = Deal.objects.filter(pk__in=ids).order_by("pk").values_list("external_ref", flat=True)
    reference = external_ref.strip() or f"{first[0][:58]}/block"
    group_deals(ids=sorted(set(ids)), external_ref=reference, reason="", actor=actor, at=at)
    return Outcome(sorted(set(ids)))


def block_of(ids: Sequence[int], actor: User) -> dict[str, Any]:
    """What fills have become together, for whoever looks at it before or after."""
    block = (
        Deal.objects.filter(pk__in=ids).order_by("pk").values_list("block_id", flat=True).first()
    )
    row: Any = deals(visible_to=actor).get(pk=block or 0)
    return {
        "reference": str(row), "external_ref": row.external_ref, "quantity": row.quantity,
        "price": row.price, "net_amount": row.net_amount, "currency": row.currency,
    }  # fmt: skip
