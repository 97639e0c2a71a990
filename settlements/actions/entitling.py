"""Writing entitlements: on the record date at its close, and again where a position changed late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from settlements.actions.booking import accrue, take_back_accruals
from settlements.actions.computing import CashAt, Wanted, cash_of, wanted_of
from settlements.actions.models import Entitlement, EventOption
from settlements.actions.rules import Due
from settlements.actions.state import EntitlementState, WithheldBy
from settlements.models import RecordEvent

NOWHERE = CashAt(None, "", "")


class Changed(NamedTuple):
    """How many rows were written, and how many of them correct another."""

    written: int = 0
    corrected: int = 0

    def plus(self, other: Changed) -> Changed:
        return Changed(self.written + other.written, self.corrected + other.corrected)


def entitle_all(
    event: RecordEvent, *, at: datetime, entity_ids: Sequence[int] | None = None
) -> Changed:
    """Work out what everybody is entitled to of an event, in the caller's transaction that locks it."""
    wanted = {row.key: row for row in wanted_of(event, entity_ids=entity_ids)}
    standing = _standing(event, entity_ids)
    changed = []
    for key in sorted(wanted.keys() | standing.keys(), key=lambda key: key[:3]):
        rows = standing.get(key, [])
        row = wanted.get(key) or _nothing(rows[-1])
        if _sum(rows) != (row.due, row.withheld) and not _paid_as_held(event, rows, row):
            changed.append((row, rows))
    return write(event, None, changed, at=at)


Standing = list[Entitlement]


def _standing(
    event: RecordEvent, entities: Sequence[int] | None
) -> dict[tuple[int, int, int, int | None], Standing]:
    """What is expected of this event, and what was paid of it or of what it replaced."""
    chain, replaced = [event.pk], event.replaces
    while replaced is not None:
        chain.append(replaced.pk)
        replaced = replaced.replaces
    rows = Entitlement.objects.filter(
        Q(event=event, state=EntitlementState.EXPECTED)
        | Q(event__in=chain, state=EntitlementState.PAID)
    )
    if entities is not None:
        rows = rows.filter(entity__in=entities)
    found: dict[tuple[int, int, int, int | None], Standing] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.entity_id, row.owner_id, row.place_id, row.option_id].append(row)
    return dict(found)


def due_in(row: Entitlement) -> Due:
    """What a row says."""
    return Due(
        row.quantity, row.gross, row.given, row.taken, row.fraction, row.fraction_amount,
        row.price_paid,
    )  # fmt: skip


def _sum(rows: Sequence[Entitlement]) -> tuple[Due, Decimal]:
    dues = [due_in(row) for row in rows]
    total = (
        Due(*(sum(each, Decimal(0)) for each in zip(*dues, strict=True)))
        if dues
        else Due(Decimal(0))
    )
    return total, sum((row.withheld for row in rows), Decimal(0))


def _paid_as_held(event: RecordEvent, rows: Standing, wanted: Wanted) -> bool:
    """Paid by this very event for what it holds: that others changed shares no last kopeck out anew."""
    is_paid = all(row.state == EntitlementState.PAID and row.event_id == event.pk for row in rows)
    return bool(rows) and is_paid and sum(row.quantity for row in rows) == wanted.due.quantity


def _nothing(row: Entitlement) -> Wanted:
    """Who turns out to have held nothing."""
    key = (row.entity_id, row.owner_id, row.place_id, row.option_id)
    return Wanted(*key, row.account, Due(Decimal(0)))


def write(
    event: RecordEvent, option: EventOption | None, changed: Sequence[tuple[Wanted, Standing]], *, at: datetime
) -> Changed:  # fmt: skip
    """One row for each that is wanted otherwise than it stands; in the caller's transaction."""
    if not changed:
        return Changed()
    money_id = (option or event).money_asset_id
    cash = cash_of(event, money_id, [row for row, _ in changed]) if money_id else []
    expected = [
        row for _, rows in changed for row in rows if row.state == EntitlementState.EXPECTED
    ]
    take_back_accruals([row.pk for row in expected], reason=str(event), at=at)
    advance(
        Entitlement, "correct", [Step(row.pk, str(event)) for row in expected], actor=None, at=at
    )
    made = [
        _row(event, option, row, rows, cash[n] if cash else NOWHERE, at)
        for n, (row, rows) in enumerate(changed)
    ]
    kept = Entitlement.objects.bulk_create([row for row in made if row is not None])
    record_events(
        [
            NewEvent(
                kind="entitlement.compute", subject_type="entitlement", subject_id=row.pk,
                entity_id=row.entity_id, target=EntitlementState.EXPECTED.value,
                facts={"event": str(event), "quantity": plain(row.quantity)},
            )
            for row in kept
        ],
        actor_id=None, at=at,
    )  # fmt: skip
    accrue(event, kept, at=at)
    return Changed(len(kept), sum(row.corrects_id is not None for row in kept))


def _row(
    event: RecordEvent, option: EventOption | None, wanted: Wanted, rows: Standing, cash: CashAt, at: datetime
) -> Entitlement | None:  # fmt: skip
    """What is wanted less what was paid already; None where nothing is left to say."""
    paid, kept_back = _sum([row for row in rows if row.state == EntitlementState.PAID])
    due = Due(*(a - b for a, b in zip(wanted.due, paid, strict=True)))
    withheld = wanted.withheld - kept_back
    if not any(due) and not withheld:
        return None
    said: RecordEvent | EventOption = option or event
    by = (
        rows[-1].withheld_by if rows and wanted.tax.by == WithheldBy.NOBODY else wanted.tax.by.value
    )
    return Entitlement(
        event=event, option=option, entity_id=wanted.entity_id, owner_id=wanted.owner_id,
        place_id=wanted.place_id, account=wanted.account, money_asset_id=said.money_asset_id,
        outturn_id=said.outturn_id, **due._asdict(), withheld=withheld,
        tax_rate=Decimal(wanted.tax.rate), withheld_by=by, tax_rule=wanted.tax_rule,
        cash_place_id=cash.place_id or wanted.place_id,
        income_account=cash.number, income_by=cash.income_by, corrects=rows[-1] if rows else None,
        computed_at=at,
    )  # fmt: skip
