"""A what-if on the live queue: what would settle besides if something came in, arrived or were let go.

It reads what a run would read now, decides over it twice, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.events.looking import one_look
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset, Party, Place
from settlements import selectors
from settlements.models import Settlement, SettlementRun
from settlements.naming import key_named, not_positive_at, unknown_at
from settlements.running import services as runs
from settlements.running.at_hand import Spot, spots_of
from settlements.running.integers import counted
from settlements.running.objectives import objective_on
from settlements.running.queueing import Look, read_queue
from settlements.running.state import RunMode
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
    """One thing that is tried: so much more of an asset with an owner at a place, or a settlement let go.

    A delivery without a quantity is of everything that the owner is to deliver there.
    """

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
    run = SettlementRun(
        business_date=business_date, entity_id=entity_id, mode=RunMode.BOTH, objective=chosen.wanted
    )
    released = _released(changes, actor)
    with one_look():  # what others do meanwhile is no difference of the change
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
                raise BadTry(
                    [unknown_at(f"/changes/{number}/settlement", each.settlement)]
                ) from None
    return found


_Key = tuple[int, int, int]  # owner, place, asset


@dataclass(frozen=True, slots=True)
class _More:
    """So much more at holdings, and holdings that have all that they are to deliver."""

    amounts: dict[_Key, Decimal]
    whole: frozenset[_Key]


def _more(changes: Sequence[Try]) -> _More:
    """What there is more, by owner, place and asset. Raises BadTry for what names nothing."""
    amounts: dict[_Key, Decimal] = {}
    whole: set[_Key] = set()
    problems: list[FieldProblem] = []
    for number, each in enumerate(changes):
        if each.kind == Change.RELEASE:
            continue
        ids = {name: key_named(model, getattr(each, name)) for name, model in _NAMED.items()}
        problems += [
            unknown_at(f"/changes/{number}/{name}", getattr(each, name))
            for name, id in ids.items() if id is None
        ]  # fmt: skip
        key = (ids["owner"] or 0, ids["place"] or 0, ids["asset"] or 0)
        if each.kind == Change.DELIVERY and each.quantity == 0:
            whole.add(key)
        elif each.quantity <= 0:
            problems.append(not_positive_at(f"/changes/{number}/quantity"))
        amounts[key] = amounts.get(key, Decimal(0)) + each.quantity
    if problems:
        raise BadTry(problems)
    return _More(amounts, frozenset(whole))


_NAMED: dict[str, type[Model]] = {"owner": Party, "place": Place, "asset": Asset}


def _with_more(look: Look, more: _More) -> Look:
    """The same queue with more at hand, in every entity's books in which somebody would draw on it."""
    drawn: dict[Spot, Decimal] = {}
    for each in look.queued:
        spots = spots_of(each)
        for spot, amount in ((spots.from_holding, each.quantity), (spots.from_cash, each.amount)):
            if spot is not None:
                drawn[spot] = drawn.get(spot, Decimal(0)) + amount
    at_hand = dict(look.at_hand)
    for spot, owed in drawn.items():
        had = at_hand.get(spot, Decimal(0))
        if spot[1:] in more.whole:
            at_hand[spot] = max(had, owed)
        elif spot[1:] in more.amounts:
            at_hand[spot] = had + more.amounts[spot[1:]]
    return replace(look, at_hand=at_hand)
