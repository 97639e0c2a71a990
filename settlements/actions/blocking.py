"""What was chosen of a corporate action is blocked where it stands until it is paid, refused or cancelled.

As every other block it is an earmark of the holding: what a run may deliver, what pages show as free and what is
refused as more than free follow from that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q, QuerySet, Sum

from refdata.custody.state import EarmarkKind
from refdata.firm_days import firm_day
from refdata.models import Earmark
from settlements.actions.models import Election, ElectionChoice, Entitlement
from settlements.actions.state import EntitlementState

ZERO = Decimal(0)


def block_chosen(row: Election, *, at: datetime) -> Decimal:
    """Block what of an election goes, or must be there on the record date; how much. In the caller's transaction."""
    day = firm_day(at)
    chosen = last_choice(row)
    if day > row.event.record_date:
        chosen = chosen.filter(option__takes=True)
    quantity = chosen.aggregate(sum=Sum("quantity"))["sum"] or ZERO
    _block(row, quantity, at)
    return quantity


def free_chosen(election_ids: Iterable[int], *, at: datetime) -> None:
    """Nothing is blocked by these elections any more; in the caller's transaction."""
    documents = [f"EL-{id}" for id in election_ids]
    standing = Earmark.objects.filter(
        document__in=documents, kind=EarmarkKind.BLOCKED, valid_until=None
    )
    for row in standing.select_for_update().order_by("pk"):
        # One that ends on the day it began was never in force: the units are free at once.
        row.valid_until = max(row.valid_from, firm_day(at))
        row.save(update_fields=["valid_until"])


def keep_blocked(rows: Iterable[Election], *, at: datetime) -> None:
    """From now on as much of each is blocked as still goes by it; in the caller's transaction."""
    for row in rows:
        free_chosen([row.pk], at=at)
        waiting = Entitlement.objects.filter(
            event=row.event_id, entity=row.entity_id, owner=row.owner_id, place=row.place_id,
            state=EntitlementState.EXPECTED,
        )  # fmt: skip
        _block(row, waiting.aggregate(sum=Sum("taken"))["sum"] or ZERO, at)


def blocked_by(row: Election, *, on: date) -> Decimal:
    """How much is blocked on a day by an election."""
    rows = Earmark.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on), document=str(row), kind=EarmarkKind.BLOCKED,
        valid_from__lte=on,
    )  # fmt: skip
    return rows.aggregate(sum=Sum("quantity"))["sum"] or ZERO


def last_choice(row: Election) -> QuerySet[ElectionChoice]:
    """What was chosen last, by the numbers of the options."""
    last = row.choices.aggregate(last=Max("round"))["last"]
    return row.choices.filter(round=last).order_by("option__number")


def _block(row: Election, quantity: Decimal, at: datetime) -> None:
    if quantity > 0:
        Earmark.objects.create(
            entity_id=row.entity_id, owner_id=row.owner_id, place_id=row.place_id,
            asset_id=row.event.instrument_id, kind=EarmarkKind.BLOCKED, quantity=quantity,
            document=str(row), valid_from=firm_day(at),
        )  # fmt: skip
