"""Pair-offs: a delivery and a receipt of one security with one counterparty settle by their difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from settlements.models import NettingSet
from settlements.netting.binding import name_members
from settlements.netting.eligible import pairs
from settlements.netting.forming import put_sets
from settlements.netting.state import SetMode
from settlements.selectors import settlement_id_of


class NoPair(Conflict):
    code = "no-pair"
    title = gettext_noop("These cannot be paired off")
    detail = gettext_noop("%(settlements)s do not settle against each other.")
    hint = gettext_noop(
        "Name deliveries and receipts of one security with one counterparty, of the same owner, place and date,"
        " that have not gone out."
    )


@transaction.atomic
def form_pair(*, references: Sequence[str], actor: User, at: datetime) -> NettingSet:
    """Propose to settle deliveries and receipts by their difference; nothing is bound until it is agreed.

    Raises NotFound for what the actor may not see, NoPair where they do not belong together.
    """
    ids = sorted({settlement_id_of(each, visible_to=actor) for each in references})
    told = ", ".join(references)
    found = pairs(ids)
    if len(found) != 1 or found[0].ids != ids or found[0].gross_quantity == abs(found[0].quantity):
        raise NoPair(settlements=told)
    (set_id,) = put_sets([(found[0], None)], SetMode.PAIR_OFF, at=at, actor_id=actor.pk)
    name_members({set_id: ids})
    return NettingSet.objects.get(pk=set_id)
