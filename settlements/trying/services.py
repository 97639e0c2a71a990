"""A what-if on the live queue: what would settle besides if something came in, arrived or were let go.

It reads what a run would read now, decides over it twice, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset, Party, Place
from settlements import runs, selectors
from settlements.at_hand import Spot, spots_of
from settlements.integers import counted
from settlements.models import Settlement, SettlementRun
from settlements.objectives import objective_on
from settlements.queueing import Look, read_queue
from settlements.run_state import RunMode
from settlements.trying.rules import Tried, tried

MOST_CHANGES = 20
MOST_QUEUED = 20_000  # a larger queue is for a run, not for somebody who waits at a page


class Change(TextChoices):
    """What is tried."""

    CASH = "CASH", _("More cash")
    RELEASE = "RELEASE", _("A settlement is let go")
    DELIVERY = "DELIVERY", _("A counterparty delivers")
    BORROW = "BORROW", _("Securities are borrowed")


class NothingToTry(Invalid):
    code = "nothing-to-try"
    title = gettext_noop("A what-if needs something to try")
    detail = gettext_noop("Nothing was changed, or more than %(most)s things were.")
    hint = gettext_noop("Say what comes in, is let go, delivered or borrowed.")


class BadTry(Invalid):
    code = "bad-try"
    title = gettext_noop("What is to be tried cannot be read")
    detail = gettext_noop("A code names nothing, or a quantity is not above zero.")
    hint = gettext_noop("Mend what is named beside each field.")


class QueueTooLong(Conflict):
    code = "queue-too-long"
    title = gettext_noop("The queue is too long to be tried")
    detail = gettext_noop("%(queued)s settlements wait; at most %(most)s are tried.")
    hint = gettext_noop("Try it for one entity, or ask for a run.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One thing that is tried: so much more of an asset with an owner at a place, or a settlement let go."""

    kind: Change
    owner: str = ""
    place: str = ""
    asset: str = ""
    quantity: Decimal = Decimal(0)
    settlement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would change, in the currency of the queue, and the settlements that are named by key."""

    tried: Tried
    currency: str
    business_date: date
    queued: int
    rows: dict[int, Settlement]
    stopped: tuple[str, ...]  # let go, but something else stands in their way


def what_if(
    changes: Sequence[Try], *, business_date: date, entity: str = "", objective: str = "",
    actor: User, at: datetime,
) -> Answer:  # fmt: skip
    """Try changes on the queue that a run of that day would decide about now.

    Raises NothingToTry, BadTry beside each field that is wrong, QueueTooLong, and what asking for a
    run raises: OutOfScope, EntityMissing, NotFound.
    """
    if not 0 < len(changes) <= MOST_CHANGES:
        raise NothingToTry(most=MOST_CHANGES)
    entity_id = runs.entity_to_run(entity, actor=actor)
    chosen = objective_on(business_date, objective)
    run = SettlementRun(business_date=business_date, entity_id=entity_id, mode=RunMode.BOTH)
    released = _released(changes, actor)
    before = read_queue(run, at=at)
    after = read_queue(run, at=at, also=released) if released else before
    if len(after.queued) > MOST_QUEUED:
        raise QueueTooLong(queued=len(after.queued), most=MOST_QUEUED)
    after = _with_more(after, _more(changes))
    found = tried(
        counted(before, chosen, on=business_date), counted(after, chosen, on=business_date), chosen
    )
    named = [each.settlement_id for each in found.moved]
    queued = {each.id for each in after.queued}
    rows = selectors.settlements(visible_to=actor).in_bulk(named)
    return Answer(
        tried=found, currency=after.currency, business_date=business_date, queued=len(after.queued),
        rows=rows, stopped=tuple(f"S-{id}" for id in released if id not in queued),
    )  # fmt: skip


def _released(changes: Sequence[Try], actor: User) -> list[int]:
    found = []
    for number, each in enumerate(changes):
        if each.kind == Change.RELEASE:
            try:
                found.append(selectors.settlement_id_of(each.settlement, visible_to=actor))
            except NotFound:
                raise BadTry([_unknown(number, "settlement", each.settlement)]) from None
    return found


def _unknown(number: int, name: str, value: str) -> FieldProblem:
    return FieldProblem(
        f"/changes/{number}/{name}", "unknown", gettext_noop("%(value)s is not known."),
        gettext_noop("Name it by its code or reference."), {"value": value or "-"},
    )  # fmt: skip


_Key = tuple[int, int, int]  # owner, place, asset


def _more(changes: Sequence[Try]) -> dict[_Key, Decimal]:
    """How much more there is, by owner, place and asset. Raises BadTry for codes that name nothing."""
    found: dict[_Key, Decimal] = {}
    problems: list[FieldProblem] = []
    models: tuple[tuple[str, Any], ...] = (("owner", Party), ("place", Place), ("asset", Asset))
    for number, each in enumerate(changes):
        if each.kind == Change.RELEASE:
            continue
        ids = []
        for name, model in models:
            row = (
                model.objects.filter(code=getattr(each, name)).values_list("pk", flat=True).first()
            )
            ids.append(row)
            if row is None:
                problems.append(_unknown(number, name, getattr(each, name)))
        if each.quantity <= 0:
            problems.append(
                FieldProblem(
                    f"/changes/{number}/quantity",
                    "not-positive",
                    gettext_noop("It must be above zero."),
                    gettext_noop("Say how much more there is."),
                )
            )
        if None not in ids and each.quantity > 0:
            key = (ids[0], ids[1], ids[2])
            found[key] = found.get(key, Decimal(0)) + each.quantity
    if problems:
        raise BadTry(problems)
    return found


def _with_more(look: Look, more: dict[_Key, Decimal]) -> Look:
    """The same queue with more at hand, in every entity's books in which somebody would draw on it."""
    at_hand = dict(look.at_hand)
    drawn: set[Spot] = set()
    for each in look.queued:
        spots = spots_of(each)
        drawn |= {spot for spot in (spots.from_holding, spots.from_cash) if spot is not None}
    for spot in drawn:
        extra = more.get(spot[1:])
        if extra is not None:
            at_hand[spot] = at_hand.get(spot, Decimal(0)) + extra
    return replace(look, at_hand=at_hand)
