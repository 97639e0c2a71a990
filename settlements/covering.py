"""Which settlements our books cannot follow, because somebody would hold less than nothing by them.

At an outside place that is a break: the place moved what by our books is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from django.db import transaction

from backoffice.events.services import NewEvent, record_events
from ledger.guarding import Key, WouldBeNegative, changes_of, least_from, refusals_of
from settlements.models import Settlement
from settlements.posting import accounts_of, entries_of, part_terms
from settlements.rules import without_cover
from settlements.selectors import locked_terms


class Word(Protocol):
    """Whose word makes a settlement final: which message or document, and when it was."""

    @property
    def kind(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def settled_at(self) -> datetime: ...


def uncovered(
    words: Mapping[int, Word],
    day: date,
    why: WouldBeNegative,
    parts: Mapping[int, Decimal] = MappingProxyType({}),
) -> dict[int, WouldBeNegative]:
    """Of settlements that cannot all be final on a day those that are to be left, and what is short.

    `parts` is how much of each, else all that may settle. The later one was settled the sooner
    it is left. `why` is what the database refused; raised as it is where none of these takes anything
    from what is short.
    """
    ids = sorted(words, key=lambda id: (words[id].settled_at, id))
    left_now = [terms for terms in locked_terms(ids) if terms.is_open]
    terms = [
        part_terms(each, quantity)
        for each in left_now
        if (quantity := parts.get(each.id, each.most)) == each.quantity
        or 0 < quantity < each.quantity
    ]
    entries = entries_of(terms, day, accounts_of(terms))
    moves = {entry.source_id: changes_of(entry.postings) for entry in entries}
    lowered = {key for each in moves.values() for key, change in each.items() if change < 0}
    left = without_cover({id: moves[id] for id in ids if id in moves}, least_from(lowered, day))
    if not left:
        raise why
    short: dict[Key, Decimal] = {}
    for key, amount in left.values():
        short[key] = max(amount, short.get(key, amount))
    refusals = refusals_of(short, day)
    return {id: refusals[key] for id, (key, _) in left.items()}


@transaction.atomic
def tell_of_uncovered(
    refused: Mapping[int, Any], words: Mapping[int, Word], *, at: datetime
) -> None:
    """Leave an event for each one that its place says is settled and our books cannot follow."""
    found = {id: why for id, why in refused.items() if isinstance(why, WouldBeNegative)}
    rows = Settlement.objects.filter(pk__in=found).order_by("pk")
    events = [
        NewEvent(
            kind="settlement.lack_cover", subject_type="settlement", subject_id=id,
            entity_id=entity_id, reason=found[id].filled(),
            facts=found[id].facts | {"evidence": f"{words[id].kind}:{words[id].reference}"},
        )
        for id, entity_id in rows.values_list("pk", "entity_id")
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
