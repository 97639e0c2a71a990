"""What a person says of how a settlement settles: its priority, whether in parts, and what of a held one goes.

Each is a step with its event. A priority or the terms of parts are changed without a state; a part is
released by other eyes, as the whole is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from refdata.selectors import reference_data
from settlements.models import Settlement
from settlements.netting.binding import bound
from settlements.parting.kinds import PARTIALS, terms_of

PRIORITIES = range(10)  # 0 settles first, 5 is what everything begins with


class PriorityUnknown(Invalid):
    code = "priority-unknown"
    title = gettext_noop("Priorities go from 0 to 9")
    detail = gettext_noop("%(priority)s is none of them.")
    hint = gettext_noop("0 settles first, 9 last.")


class OverAlready(Conflict):
    code = "over-already"
    title = gettext_noop("It is settled or cancelled")
    detail = gettext_noop("Nothing of %(settlement)s is left to settle.")
    hint = gettext_noop("Look at what became of it.")


class WithItsPlace(Conflict):
    code = "with-its-place"
    title = gettext_noop("Its place has it as it was sent")
    detail = gettext_noop("%(settlement)s has left: how it settles was said in its instruction.")
    hint = gettext_noop("Cancel it at its place and instruct it anew.")


class PartTermsWrong(Invalid):
    code = "part-terms-wrong"
    title = gettext_noop("Parts cannot be so")
    detail = gettext_noop(
        "A minimum of %(minimum)s in lots of %(lot)s does not fit %(settlement)s."
    )
    hint = gettext_noop(
        "The minimum is at most the whole quantity, and a lot is more than nothing."
    )


class NotLessThanWhole(Invalid):
    code = "not-less-than-whole"
    title = gettext_noop("That is no part of it")
    detail = gettext_noop(
        "%(quantity)s of %(settlement)s: more than has settled and less than the whole is released in part."
    )
    hint = gettext_noop("Let it go whole, or name a part of what is left.")


@transaction.atomic
def prioritise_settlements(
    *, ids: Sequence[int], priority: int, reason: str, actor: User, at: datetime
) -> Outcome:
    """Put settlements before or behind others in the next run.

    Refuses with OverAlready, WithItsPlace, NettedAlready. Raises PriorityUnknown.
    """
    if priority not in PRIORITIES:
        raise PriorityUnknown(priority=priority)

    def change(row: Settlement) -> dict[str, Any]:
        before, row.priority = row.priority, priority
        return {"before": before, "priority": priority}

    return _change("prioritise", ids, change, ("priority",), reason=reason, actor=actor, at=at)


@transaction.atomic
def allow_parts(
    *, ids: Sequence[int], allowed: bool, minimum: Decimal | None, lot: Decimal, reason: str,
    actor: User, at: datetime,
) -> Outcome:  # fmt: skip
    """Say whether settlements may settle in parts, of at least so much, in steps of a lot.

    Refuses with OverAlready, WithItsPlace, NettedAlready, PartTermsWrong.
    """

    def change(row: Settlement) -> dict[str, Any]:
        if lot <= 0 or not 0 <= (minimum or 0) <= row.quantity or (allowed and not row.quantity):
            raise PartTermsWrong(settlement=str(row), minimum=_words(minimum), lot=plain(lot))
        before = _terms(row)
        row.partial_allowed, row.minimum, row.lot = allowed, minimum, lot
        return {"before": before, "terms": _terms(row)}

    columns = ("partial_allowed", "minimum", "lot")
    return _change("allow_parts", ids, change, columns, reason=reason, actor=actor, at=at)


def _terms(row: Settlement) -> dict[str, Any]:
    return {
        "allowed": row.partial_allowed, "minimum": _words(row.minimum), "lot": plain(row.lot),
    }  # fmt: skip


def _words(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def _change(
    step: str, ids: Sequence[int], change: Callable[[Settlement], dict[str, Any]],
    columns: Sequence[str], *, reason: str, actor: User, at: datetime,
) -> Outcome:  # fmt: skip
    """Change columns of locked rows, each with an event; `change` gives its facts, or raises for that row."""
    rows = Settlement.objects.select_related("place").filter(pk__in=ids).order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(of=("self",))}
    refused: dict[int, Refusal] = {
        id: NotFound(what="settlement", reference=f"S-{id}") for id in ids if id not in found
    }
    members = bound(list(found))
    facts: dict[int, dict[str, Any]] = {}
    for id, row in found.items():
        try:
            if id in members:
                raise members[id]
            _require_here(row)
            facts[id] = change(row)
        except Refusal as refusal:
            refused[id] = refusal
    done = [found[id] for id in facts]
    Settlement.objects.bulk_update(done, columns, batch_size=1_000)
    events = [
        NewEvent(
            kind=f"settlement.{step}", subject_type="settlement", subject_id=row.pk,
            entity_id=row.entity_id, reason=reason, facts=facts[row.pk],
        )
        for row in done
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
    return Outcome([row.pk for row in done], refused)


def _require_here(row: Settlement) -> None:
    """Open, and not with an outside place: there it settles as its instruction says."""
    if row.settlement == "SETTLED" or row.cancellation == "AGREED":
        raise OverAlready(settlement=str(row))
    if row.place.finality == "EXTERNAL" and row.transmission != "NONE":
        raise WithItsPlace(settlement=str(row))


_PLACES = """
SELECT DISTINCT p.code FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id WHERE s.id = ANY(%s)
"""
_UNSAID = """
SELECT s.id, p.code, s.quantity, coalesce(i.lot_size, 1) FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  LEFT JOIN refdata_instrument i ON i.asset_id = s.asset_id
 WHERE s.id = ANY(%s) AND p.code = ANY(%s) AND s.quantity > 0 AND NOT s.partial_allowed AND s.settlement = 'PENDING'
   AND NOT EXISTS (SELECT 1 FROM events_event e WHERE e.subject_type = 'settlement' AND e.subject_id = s.id
                      AND e.kind = 'settlement.allow_parts')
 ORDER BY s.id
"""
_SAY = """
UPDATE settlements_settlement s SET partial_allowed = true, minimum = g.minimum, lot = g.lot
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS g(id, minimum, lot) WHERE s.id = g.id
"""


def take_part_terms(ids: Sequence[int], *, day: date) -> None:
    """What the rule of a place says of parts holds for what is let go now, unless a person said otherwise.

    In the caller's transaction, which holds the rows.
    """
    rules = reference_data().rules
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(ids)])
        ruled = {
            place: rules.find(PARTIALS, day, place) or rules.find(PARTIALS, day, "")
            for (place,) in cursor.fetchall()
        }
        allowing = {place: rule for place, rule in ruled.items() if rule and rule.allowed}
        if not allowing:
            return
        cursor.execute(_UNSAID, [list(ids), list(allowing)])
        found = []
        for id, place, quantity, lot_size in cursor.fetchall():
            terms = terms_of(allowing[place], quantity, Decimal(lot_size))
            found.append((id, terms.minimum, terms.lot))
        if found:
            cursor.execute(_SAY, [list(column) for column in zip(*found, strict=True)])


@transaction.atomic
def release_parts(*, ids: Sequence[int], quantity: Decimal, actor: User, at: datetime) -> Outcome:
    """Let so much of held settlements settle, counted from their first unit, as the second pair of eyes.

    The rest stays held. Refuses with NotLessThanWhole, WithItsPlace, NettedAlready, and as letting it go whole is
    refused.
    """
    rows = Settlement.objects.select_related("place").filter(pk__in=ids).order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    refused = bound([row.pk for row in found])
    for row in found:
        if row.pk in refused:
            continue
        try:
            _require_here(row)
            if not row.settled_quantity < quantity < row.quantity:
                raise NotLessThanWhole(settlement=str(row), quantity=plain(quantity))
        except Refusal as refusal:
            refused[row.pk] = refusal
    steps = [
        Step(id, facts={"quantity": plain(quantity)}, columns={"released_quantity": quantity})
        for id in ids
        if id not in refused
    ]
    return advance(Settlement, "release_part", steps, actor=actor, at=at).refusing(refused)
