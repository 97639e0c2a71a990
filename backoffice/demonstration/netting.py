"""What settles otherwise than by itself: a pair, shapes, two sides that cross, nets of payments, a record date.

Invented; running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backoffice.access.models import User
from backoffice.demonstration.instructions import BANK_FIVE
from refdata.firm_days import firm_day
from settlements.models import NettingSet, RecordEvent, Settlement
from settlements.netting.forming import form_sets
from settlements.netting.pairing import form_pair
from settlements.netting.services import agree_sets
from settlements.transforming.proposing import Told, approve_events, propose_event
from settlements.transforming.services import apply_due_events

# kind of rule, its key, what it says, a vector: given and expected
RULES: tuple[tuple[str, str, dict[str, Any], dict[str, Any], Any], ...] = (
    ("netting.cut_offs", BANK_FIVE, {"zone": "Europe/Moscow", "by": "17:00"},
     {"due_date": "2026-11-30"}, "2026-11-30T17:00:00+03:00"),
    ("settlement.shapes", "NSD", {"most": "1000"}, {"kind": "SHARE", "quantity": "2500"},
     ["1000", "1000", "500"]),
)  # fmt: skip


def net(people: dict[str, User], deals: Sequence[int], *, at: datetime) -> None:
    """Form the sets; the first of payments is agreed, the pair waits for the counterparty's word."""
    clerk = people["clerk"]
    form_sets(business_date=firm_day(at), at=at)
    payments = NettingSet.objects.filter(mode="PAYMENTS").order_by("id")
    first = payments.first()
    if first is not None and not payments.exclude(state="OPEN").exists():
        agree_sets(ids=[first.pk], actor=clerk, at=at, evidence="MT300 netting, 1")
    pair = Settlement.objects.filter(source_type="deal", source_id__in=deals).order_by("id")
    if len(pair) == 2 and not NettingSet.objects.filter(mode="PAIR_OFF").exists():
        form_pair(references=[str(row) for row in pair], actor=clerk, at=at)


def announce(
    people: dict[str, User], *, fails: str, holds: str, record_date: date, payment_date: date, at: datetime
) -> None:  # fmt: skip
    """A dividend on what was to be delivered before its record date and was not, and one that waits for other eyes."""
    if RecordEvent.objects.exists():
        return
    past, coming = record_date.isoformat(), payment_date.isoformat()
    told = Told(
        kind="CASH", instrument=fails, ex_date=past, record_date=past, payment_date=coming,
        rate="12.50", currency="RUB", document="Notice of the depository 17",
    )  # fmt: skip
    row = propose_event(told=told, actor=people["clerk"], at=at)
    approve_events(ids=[row.pk], actor=people["checker"], at=at).raise_single()
    apply_due_events(business_date=firm_day(at), at=at)
    told = Told(
        kind="CASH", instrument=holds, record_date=coming, payment_date=coming, rate="34.84",
        currency="RUB", document="Notice of the depository 18",
    )  # fmt: skip
    propose_event(told=told, actor=people["clerk"], at=at)
