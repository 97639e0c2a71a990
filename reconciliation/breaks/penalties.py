"""Differences of penalties in the queue of all that differs: what is decided about them is decided where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.workflow.transitions import Step, advance
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.writing import Differs
from reconciliation.models import Break
from refdata.models import Currency
from settlements.fails.state import Payer
from settlements.fails.statements.models import PenaltyBreak
from settlements.fails.statements.state import BreakState as Decided

WAITING = (Decided.OPEN, Decided.APPEALED)


@transaction.atomic
def follow_penalties(
    *, ids: Sequence[int], appeals: Mapping[int, str], at: datetime
) -> tuple[int, int]:
    """Of differences of penalties those that nobody has decided are breaks; how many opened and closed.

    Signed as money on a statement is: what we pay is below zero. `appeals` are the reasons of those that were appealed
    against: they are explained by it.
    """
    keys = {key_of(id) for id in ids}
    live = Break.objects.filter(key__in=keys).exclude(state=BreakState.CLOSED).order_by("pk")
    known = list(live.select_for_update())
    rows = PenaltyBreak.objects.filter(pk__in=ids, state__in=WAITING).order_by("pk")
    assets = dict(Currency.objects.values_list("code", "asset_id"))
    found = {each.key: each for each in (_differs(row, assets) for row in rows)}
    done = bring_up_to(found, known, at=at)
    _explain({key_of(id): reason for id, reason in appeals.items()}, at)
    return done


def _explain(reasons: Mapping[str, str], at: datetime) -> None:
    rows = Break.objects.filter(key__in=reasons, state=BreakState.OPEN).order_by("pk")
    steps = [Step(row.pk, reasons[row.key], columns={"reason": reasons[row.key]}) for row in rows]
    advance(Break, "explain", steps, actor=None, at=at)


def key_of(penalty_break_id: int) -> str:
    return f"PENALTY:{penalty_break_id}"


def penalty_break_of(row: Break) -> int | None:
    """The difference of penalties that a break is."""
    return int(row.key.partition(":")[2]) if row.kind == BreakKind.PENALTY else None


def _differs(row: PenaltyBreak, assets: dict[str, int]) -> Differs:
    sign = Decimal(-1 if row.payer == Payer.OURS else 1)
    return Differs(
        key=key_of(row.pk), kind=BreakKind.PENALTY, entity_id=row.entity_id, place_id=row.place_id,
        asset_id=assets[row.currency], day=row.day, theirs=sign * row.theirs, ours=sign * row.ours,
        facts={"penalty": str(row)},
    )  # fmt: skip
