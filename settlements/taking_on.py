"""Settlements that another system kept until now: as they are told, and taken on under their numbers.

They come in the states that they have, with one event that says so: nothing is sent, and nobody is asked, for what was
sent and agreed before. What is settled of them is booked on the day on which it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.copying import copy_rows, new_ids
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Step, advance
from deals.models import Deal
from ledger.services import NewEntry
from settlements.exposures import count_again
from settlements.models import Settlement, SettlementLink
from settlements.posting import SettledTerms, accounts_of, entries_of
from settlements.state import Finality
from settlements.told import AS_THEY_ARE, Told

TAKE_ON = "settlement.take_on"


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
