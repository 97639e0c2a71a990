"""What waits for a clerk because a standing instruction is not good any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, close_items, open_items
from refdata.firm_days import FIRM_ZONE
from refdata.models import StandingInstruction
from settlements.models import Settlement
from settlements.preparing import DAY_BEGINS
from settlements.standing import Stopped, stopped_settlements

# What waits for a clerk: to take another instruction, or to cancel what has left and instruct anew.
ENRICH, REINSTRUCT = "ssi-revoked", "reinstruct"


@transaction.atomic
def watch_settlements(
    *, ids: Sequence[int], ssi_ids: Sequence[int], party_ids: Sequence[int], at: datetime
) -> None:
    """Open and close what waits for these settlements, and for those of these parties.

    Whatever comes last, the sending or the revoking, finds the other: each is looked at after it was
    committed. What is good again, has settled or was cancelled waits no longer.
    """
    rows = StandingInstruction.objects.filter(pk__in=ssi_ids)
    parties = sorted({*party_ids, *rows.values_list("party_id", flat=True)})
    stopped = stopped_settlements(ids=ids, party_ids=parties)
    waits = {row.id: REINSTRUCT if row.sent else ENRICH for row in stopped}
    looked_at = [*ids, *_waiting_of(parties)]
    for kind in (ENRICH, REINSTRUCT):
        over = [id for id in looked_at if waits.get(id) != kind]
        close_items(subject_type="settlement", subject_ids=over, kinds=[kind], at=at)
    open_items([_item(row, waits[row.id]) for row in stopped], at=at)


def _item(row: Stopped, kind: str) -> NewItem:
    return NewItem(
        kind=kind, queue="clerk", subject_type="settlement", subject_id=row.id,
        entity_id=row.entity_id, reason=f"SSI-{row.ssi_id}, {row.status}", amount=row.amount,
        currency=row.currency, due_at=datetime.combine(row.due_date, DAY_BEGINS, tzinfo=FIRM_ZONE),
    )  # fmt: skip


def _waiting_of(party_ids: Sequence[int]) -> list[int]:
    """Settlements of these parties for which something waits because of their instruction."""
    items = WorkItem.objects.filter(
        closed_at__isnull=True, subject_type="settlement", kind__in=(ENRICH, REINSTRUCT)
    )
    rows = Settlement.objects.filter(
        counterparty_id__in=party_ids, pk__in=items.values("subject_id")
    )
    return list(rows.values_list("pk", flat=True))
