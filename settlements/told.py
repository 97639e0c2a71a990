"""How settlements of another system are told: their terms, states, proofs and links, read from a document and written.

A document is checked as a whole (`Told`); who takes it on finds what it names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from backoffice.events.models import Event
from backoffice.kernel.decimals import plain
from deals.models import Flow
from settlements.models import LinkEnd, Settlement, SettlementLink
from settlements.state import Finality

Number = Annotated[int, msgspec.Meta(gt=0)]


class Instruction(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """By what a standing instruction of the counterparty at the place is known."""

    depository_account: str
    cash_account: str
    valid_from: date


class Owed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What it settles: so much of a flow of the deal."""

    kind: str
    direction: str
    asset: str
    quantity: Decimal
    due_date: date


class Shown(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What shows that it is settled, or a part of it."""

    kind: str
    reference: str
    settled_at: Annotated[datetime, msgspec.Meta(tz=True)]


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A part that is final; `shown` is the place of its evidence among all."""

    number: Number
    quantity: Decimal
    amount: Decimal
    interest: Decimal = Decimal(0)
    settled_date: date
    shown: int


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A settlement of a deal; the names are those of its columns. `failed` says why it is failing."""

    number: Number
    place: str
    instruction: Instruction
    method: Literal["DVP", "FOP", "PFOD"]
    delivers: bool
    asset: str
    quantity: Decimal
    money_asset: str
    amount: Decimal
    interest: Decimal = Decimal(0)
    settled_quantity: Decimal = Decimal(0)
    settled_amount: Decimal = Decimal(0)
    settled_interest: Decimal = Decimal(0)
    partial_allowed: bool = False
    minimum: Decimal | None = None
    lot: Decimal = Decimal(1)
    released_quantity: Decimal | None = None
    due_date: date
    original_due_date: date | None = None
    priority: int = 5
    matched_date: date | None = None
    settled_date: date | None = None
    reason: str = ""
    skipped_runs: int = 0
    shape: int = 0
    approval: Literal["PREPARED", "APPROVED", "REJECTED"] = "PREPARED"
    transmission: Literal["NONE", "SENT", "ACKNOWLEDGED", "REJECTED"] = "NONE"
    matching: Literal["UNMATCHED", "MATCHED", "ALLEGED"] = "UNMATCHED"
    hold: Literal["NONE", "OURS", "THEIRS", "CSD"] = "NONE"
    settlement: Literal["PENDING", "FAILING", "PARTIAL", "SETTLED"] = "PENDING"
    cancellation: Literal["NONE", "REQUESTED", "DENIED"] = "NONE"
    failed: str = ""
    obligations: list[Owed] = []
    evidence: list[Shown] = []
    parts: list[Part] = []
    goes_with: list[Number] = []
    goes_before: list[Number] = []

    def __post_init__(self) -> None:
        """Raises ValueError for what no settlement is: the database would refuse all of them, without a word why."""
        amounts = (
            self.quantity,
            self.amount,
            self.settled_quantity,
            self.settled_amount,
            self.minimum or 0,
        )
        if min(amounts) < 0 or self.lot <= 0 or not 0 <= self.priority <= 9:
            raise ValueError("an amount is below nothing")
        if self.settled_quantity > self.quantity or self.settled_amount > self.amount:
            raise ValueError("more is settled than there is")
        if (self.settlement == Finality.SETTLED) != (self.settled_date is not None):
            raise ValueError("what is settled, and only that, has the day on which it was")
        if (self.settlement == Finality.PARTIAL) != (0 < self.settled_quantity < self.quantity):
            raise ValueError("what is settled in part, and only that, has such a quantity")
        if any(part.shown >= len(self.evidence) or part.shown < 0 for part in self.parts):
            raise ValueError("each part names what shows it")


AS_THEY_ARE = (
    "method", "delivers", "quantity", "amount", "interest", "settled_quantity", "settled_amount",
    "settled_interest", "partial_allowed", "minimum", "lot", "released_quantity", "due_date",
    "original_due_date", "priority", "matched_date", "settled_date", "reason", "skipped_runs", "shape",
    "approval", "transmission", "matching", "hold", "settlement", "cancellation",
)  # fmt: skip


def told_settlements(deal_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """By deal its settlements that are not cancelled, as `Told` has them."""
    rows = Settlement.objects.filter(source_type="deal", source_id__in=deal_ids)
    rows = rows.exclude(cancellation="AGREED").order_by("pk")
    rows = rows.select_related("place", "ssi", "asset", "money_asset")
    settlements = list(rows.prefetch_related("obligations__asset", "parts", "evidence"))
    ids = [row.pk for row in settlements]
    flows = dict(Flow.objects.filter(deal_id__in=deal_ids).values_list("pk", "kind"))
    failed = _why_they_fail([row.pk for row in settlements if row.settlement == Finality.FAILING])
    links = _links(ids)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in settlements:
        document = {name: _text(getattr(row, name)) for name in AS_THEY_ARE}
        found[row.source_id].append(
            {
                "number": row.pk, "place": row.place.code, "asset": row.asset.code,
                "money_asset": row.money_asset.code, **document,
                "instruction": {
                    "depository_account": row.ssi.depository_account, "cash_account": row.ssi.cash_account,
                    "valid_from": row.ssi.valid_from.isoformat(),
                },
                "failed": failed.get(row.pk, ""), **_beside(row, flows), **links[row.pk],
            }
        )  # fmt: skip
    return found


def _beside(row: Settlement, flows: Mapping[int, str]) -> dict[str, Any]:
    shown = sorted(row.evidence.all(), key=lambda each: each.pk)
    at = {each.pk: number for number, each in enumerate(shown)}
    return {
        "obligations": [
            {
                "kind": flows[o.source_id], "direction": o.direction, "asset": o.asset.code,
                "quantity": plain(o.quantity), "due_date": o.due_date.isoformat(),
            }
            for o in sorted(row.obligations.all(), key=lambda o: o.pk)
        ],
        "evidence": [
            {"kind": e.kind, "reference": e.reference, "settled_at": e.settled_at.isoformat()}
            for e in shown
        ],
        "parts": [
            {
                "number": p.number, "quantity": plain(p.quantity), "amount": plain(p.amount),
                "interest": plain(p.interest), "settled_date": p.settled_date.isoformat(),
                "shown": at[p.evidence_id],
            }
            for p in sorted(row.parts.all(), key=lambda p: p.number)
        ],
    }  # fmt: skip


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _why_they_fail(ids: Sequence[int]) -> dict[int, str]:
    rows = Event.objects.filter(
        subject_type="settlement", subject_id__in=ids, kind="settlement.fail"
    )
    return dict(rows.order_by("pk").values_list("subject_id", "reason"))


def _links(ids: Sequence[int]) -> dict[int, dict[str, list[int]]]:
    """What each goes with, or before, where that still holds; told by the first of both."""
    found: dict[int, dict[str, list[int]]] = {
        id: {"goes_with": [], "goes_before": []} for id in ids
    }
    ended = LinkEnd.objects.values("link")
    rows = SettlementLink.objects.filter(first__in=ids, second__in=ids).exclude(pk__in=ended)
    for first, second, kind in rows.order_by("pk").values_list("first_id", "second_id", "kind"):
        found[first]["goes_with" if kind == "WITH" else "goes_before"].append(second)
    return found
