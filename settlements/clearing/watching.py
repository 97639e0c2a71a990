"""What waits for a clerk about net obligations: to find a difference, to agree, to ask for a figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.kernel.decimals import plain
from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.transitions import Step, advance
from deals.confirming.kinds import WEEKDAYS
from refdata.selectors import reference_data
from settlements.clearing.comparing import FIGURES
from settlements.clearing.kinds import CUT_OFFS, cut_off_of
from settlements.clearing.models import NetObligation
from settlements.clearing.selectors import cause_of
from settlements.clearing.state import COMPARED, NetState
from settlements.models import Settlement

DIFFERENT, AGREE, LATE, CHANGED = "net-different", "net-agree", "net-late", "net-changed"
AT_ONCE = 5_000
# Those of which the last figure is not what was agreed, although it has gone out.
_CHANGED = f"""
SELECT n.id, f.theirs FROM settlements_netobligation n {FIGURES}
 WHERE n.id = ANY(%s) AND n.state IN ('INSTRUCTED', 'SETTLED') AND f.theirs <> n.quantity
   AND NOT EXISTS (SELECT 1 FROM settlements_netobligation o
                    WHERE o.entity_id = n.entity_id AND o.counterparty_id = n.counterparty_id
                      AND o.account = n.account AND o.owner_id = n.owner_id AND o.asset_id = n.asset_id
                      AND o.due_date = n.due_date AND o.round > n.round)
"""  # noqa: S608


def due_by(house: str, due_date: date) -> datetime | None:
    """Until when the net of a date is agreed with a house; None where no rule is in force."""
    rules = reference_data().rules
    rule = rules.find(CUT_OFFS, due_date, house) or rules.find(CUT_OFFS, due_date)
    if rule is None:
        return None
    return cut_off_of(rule, due_date, reference_data().calendars.get(rule.calendar, WEEKDAYS))


@transaction.atomic
def watch_nets(*, ids: Sequence[int], at: datetime) -> None:
    """Open and close what waits for these, by what they are now; an open one is told anew."""
    rows = list(
        NetObligation.objects.filter(pk__in=ids)
        .select_related("counterparty", "asset")
        .order_by("pk")
    )
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [list(ids)])
        changed = dict(cursor.fetchall())
    close_items(
        subject_type="netobligation",
        subject_ids=list(ids),
        kinds=[DIFFERENT, AGREE, CHANGED],
        at=at,
    )
    settled = [row.pk for row in rows if row.state not in COMPARED]
    close_items(subject_type="netobligation", subject_ids=settled, kinds=[LATE], at=at)
    items = []
    for row in rows:
        if row.state == NetState.DIFFERENT:
            items.append(_item(row, DIFFERENT, row.theirs, _cause_words(row)))
        elif row.state == NetState.MATCHED:
            items.append(_item(row, AGREE, row.theirs))
        elif row.pk in changed:
            items.append(_item(row, CHANGED, changed[row.pk]))
    open_items(items, at=at)


def _cause_words(row: NetObligation) -> str:
    """The code of the likely cause, and the deals that show it."""
    cause = cause_of(row)
    return " ".join([cause.kind.value, *(f"D-{id}" for id in cause.deals[:20])]) if cause else ""


def _item(row: NetObligation, kind: str, theirs: Decimal | None, cause: str = "") -> NewItem:
    told = "?" if theirs is None else plain(theirs)
    difference = row.quantity if theirs is None else theirs - row.quantity
    is_money = row.asset.kind == "CURRENCY"
    reason = f"{row.asset.code}: {plain(row.quantity)} / {told}"
    return NewItem(
        kind=kind, queue="clerk", subject_type="netobligation", subject_id=row.pk,
        entity_id=row.entity_id, reason=f"{reason}; {cause}" if cause else reason,
        amount=abs(difference or row.quantity) if is_money else None,
        currency=row.asset.code if is_money else "",
        due_at=due_by(row.counterparty.code, row.due_date),
    )  # fmt: skip


@transaction.atomic
def tell_unagreed(*, at: datetime) -> int:
    """Open work for nets that are past the cut-off of their house and not agreed; how many were looked at."""
    rows = NetObligation.objects.filter(state__in=COMPARED).select_related("counterparty", "asset")
    late = [
        row
        for row in rows.order_by("due_date", "id")[:AT_ONCE]
        if (by := due_by(row.counterparty.code, row.due_date)) is not None and by <= at
    ]
    open_items([_item(row, LATE, row.theirs) for row in late], at=at)
    return len(late)


@transaction.atomic
def follow_releases(*, settlement_ids: Sequence[int], at: datetime) -> None:
    """What is released is instructed: nothing joins it any more."""
    rows = Settlement.objects.filter(pk__in=settlement_ids, source_type="net")
    agreed = NetObligation.objects.filter(
        pk__in=rows.filter(approval="APPROVED").values("source_id"), state=NetState.AGREED
    )
    steps = [Step(id) for id in agreed.order_by("pk").values_list("pk", flat=True)]
    advance(NetObligation, "instruct", steps, actor=None, at=at)
