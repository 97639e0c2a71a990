"""Settlements that another system kept until now: as they are told, and taken on under their numbers.

They come in the states that they have, with one event that says so: nothing is sent, and nobody is asked, for what was
sent and agreed before. What is settled of them is booked on the day on which it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.copying import copy_rows, new_ids
from backoffice.events.models import Event
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from deals.models import Deal, Flow
from ledger.services import NewEntry
from settlements.exposures import count_again
from settlements.models import LinkEnd, Settlement, SettlementLink
from settlements.posting import SettledTerms, accounts_of, entries_of
from settlements.state import Finality

TAKE_ON = "settlement.take_on"
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
    settled_at: datetime


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


class Placed(NamedTuple):
    """A settlement that is told, with the keys of what it names."""

    told: Told
    deal: Deal
    place_id: int
    internal: bool
    ssi_id: int
    asset_id: int
    money_id: int
    minor_unit: int
    owed: Sequence[tuple[int, int]]  # the flow and the asset of each of its obligations


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


_SETTLEMENT = (
    "id, entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, ssi_snapshot,"
    " asset_id, money_asset_id, prepared_at, "
) + ", ".join(AS_THEY_ARE)


@transaction.atomic
def take_on_settlements(
    those: Sequence[Placed], *, system: str, actor: User, at: datetime
) -> list[NewEntry]:
    """Write settlements as another system had them; return the entries of what is settled of them.

    The caller posts these with all else: alone they would take what nobody has told to be there yet.
    """
    copy_rows("settlements_settlement", _SETTLEMENT, (_row(each, at) for each in those))
    copy_rows(
        "settlements_obligation",
        "entity_id, settlement_id, source_type, source_id, direction, asset_id, quantity, due_date",
        _obligations(those),
    )
    _put_parts(those, at)
    SettlementLink.objects.bulk_create(_linked(those, at))
    record_events([_event(each, system) for each in those], actor_id=actor.pk, at=at)
    failing = [each.told for each in those if each.told.settlement == Finality.FAILING]
    steps = [Step(t.number, t.failed, columns={"reason": t.reason}) for t in failing]
    advance(Settlement, "fail", steps, actor=None, at=at)
    count_again(
        [each.told.number for each in those if each.told.settlement != Finality.SETTLED], at=at
    )
    return _entries(those)


def _row(each: Placed, at: datetime) -> Sequence[Any]:
    told, deal = each.told, each.deal
    account = told.instruction
    snapshot = {
        "depository_account": account.depository_account, "cash_account": account.cash_account,
        "place": each.place_id,
    }  # fmt: skip
    values = {name: getattr(told, name) for name in AS_THEY_ARE}
    if told.settlement == Finality.FAILING:  # it fails by the step that says so
        values["settlement"] = Finality.PENDING.value
    return (
        told.number, deal.entity_id, deal.book_id, deal.owner_id, deal.counterparty_id, "deal", deal.pk,
        each.place_id, each.ssi_id, msgspec.json.encode(snapshot).decode(), each.asset_id, each.money_id,
        at.isoformat(), *values.values(),
    )  # fmt: skip


def _obligations(those: Sequence[Placed]) -> Iterable[Sequence[Any]]:
    return (
        (
            each.deal.entity_id, each.told.number, "flow", flow_id, owed.direction, asset_id,
            owed.quantity, owed.due_date,
        )
        for each in those
        for owed, (flow_id, asset_id) in zip(each.told.obligations, each.owed, strict=True)
    )  # fmt: skip


def _put_parts(those: Sequence[Placed], at: datetime) -> None:
    evidence, parts = list[Sequence[Any]](), list[Sequence[Any]]()
    ids = iter(new_ids("settlements_evidence", sum(len(each.told.evidence) for each in those)))
    for each in those:
        keys = [next(ids) for _ in each.told.evidence]
        evidence += [
            (key, each.told.number, e.kind, e.reference, e.settled_at.isoformat(), each.place_id, at.isoformat())
            for key, e in zip(keys, each.told.evidence, strict=True)
        ]  # fmt: skip
        parts += [
            (each.told.number, p.number, p.quantity, p.amount, p.interest, p.settled_date, keys[p.shown])
            for p in each.told.parts
        ]  # fmt: skip
    copy_rows(
        "settlements_evidence",
        "id, settlement_id, kind, reference, settled_at, place_id, recorded_at", evidence,
    )  # fmt: skip
    copy_rows(
        "settlements_settlementpart",
        "settlement_id, number, quantity, amount, interest, settled_date, evidence_id", parts,
    )  # fmt: skip


def _linked(those: Sequence[Placed], at: datetime) -> list[SettlementLink]:
    return [
        SettlementLink(first_id=each.told.number, second_id=other, kind=kind, given_at=at)
        for each in those
        for kind, others in (
            ("WITH", each.told.goes_with),
            ("BEFORE", each.told.goes_before),
        )
        for other in others
    ]


def _event(each: Placed, system: str) -> NewEvent:
    told = each.told
    axes = ("approval", "transmission", "matching", "hold", "settlement", "cancellation")
    return NewEvent(
        kind=TAKE_ON, subject_type="settlement", subject_id=told.number, entity_id=each.deal.entity_id,
        facts={"deal": f"D-{each.deal.pk}", "from": system} | {axis: getattr(told, axis) for axis in axes},
    )  # fmt: skip


def _entries(those: Sequence[Placed]) -> list[NewEntry]:
    """What was booked when it settled: whole at once, or part by part."""
    settled: list[tuple[date, SettledTerms]] = []
    for each in those:
        told = each.told
        if told.settlement == Finality.SETTLED and not told.parts:
            assert told.settled_date is not None
            settled.append((told.settled_date, _terms(each)))
        for part in told.parts:
            terms = _terms(each)._replace(
                quantity=part.quantity, amount=part.amount, interest=part.interest, number=part.number,
                is_last=told.settlement == Finality.SETTLED and part is told.parts[-1],
            )  # fmt: skip
            settled.append((part.settled_date, terms))
    accounts = accounts_of([terms for _, terms in settled])
    return [entry for day, terms in settled for entry in entries_of([terms], day, accounts)]


def _terms(each: Placed) -> SettledTerms:
    told, deal = each.told, each.deal
    return SettledTerms(
        told.number, deal.entity_id, deal.owner_id, deal.counterparty_id, each.place_id, each.internal,
        told.delivers, each.asset_id, told.quantity, each.money_id, told.amount, deal.book_id, told.interest,
        told.quantity, Decimal(0), Decimal(0), Decimal(0), 0, told.quantity, told.partial_allowed, told.minimum,
        told.lot, each.minor_unit, is_open=False,
    )  # fmt: skip
