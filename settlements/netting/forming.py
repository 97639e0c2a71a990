"""Forming netting sets: what may be netted is computed before its cut-off, each time anew, until it is agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Step, advance
from refdata.models import Party
from settlements.models import NettingSet
from settlements.netting.binding import name_members
from settlements.netting.crossing import crossable, mirrored
from settlements.netting.eligible import FREE, KEY, Group, groups
from settlements.netting.kinds import agreed_by
from settlements.netting.state import SetMode, SetState

AHEAD = timedelta(days=14)  # what is due later is netted when it comes near
BEHIND = timedelta(days=60)  # two sides that are late may still cross
FEWEST = 2  # one payment alone is no net
_HOLD = "SELECT pg_try_advisory_xact_lock(hashtextextended('settlements.netting', 0))"
_PUT = f"""
INSERT INTO settlements_nettingset (mode, {", ".join(KEY)}, version, count, quantity, amount, gross_quantity,
                                    gross_amount, evidence, cut_off_at, state, makers, formed_at)
SELECT %(mode)s, {", ".join(f"g.{name}" for name in KEY)}, 1, g.count, g.quantity, g.amount, g.gross_quantity, g.gross,
       '', g.cut_off_at, 'OPEN', %(makers)s::bigint[], %(at)s
  FROM unnest(%(entity_id)s::bigint[], %(counterparty_id)s::bigint[], %(owner_id)s::bigint[], %(capacity)s::text[],
              %(account)s::text[], %(place_id)s::bigint[], %(ssi_id)s::bigint[], %(nostro)s::text[],
              %(agreement_id)s::bigint[], %(asset_id)s::bigint[], %(money_asset_id)s::bigint[], %(due_date)s::date[],
              %(count)s::int[], %(quantity)s::numeric[], %(gross_quantity)s::numeric[], %(amount)s::numeric[],
              %(gross)s::numeric[], %(cut_off_at)s::timestamptz[])
       AS g({", ".join(KEY)}, count, quantity, gross_quantity, amount, gross, cut_off_at)
ON CONFLICT DO NOTHING
RETURNING id, entity_id, amount, gross_amount, count
"""  # noqa: S608
_OPEN = f"""
SELECT id, version, count, amount, gross_amount, {", ".join(KEY)} FROM settlements_nettingset
 WHERE state = 'OPEN' AND mode = %s ORDER BY id FOR UPDATE
"""  # noqa: S608


# Pair-offs that nobody agreed to before one of them went another way.
_GONE = f"""
SELECT n.id FROM settlements_nettingset n
 WHERE n.state = 'OPEN' AND n.mode = 'PAIR_OFF' AND EXISTS (
       SELECT 1 FROM settlements_nettingmember k JOIN settlements_settlement s ON s.id = k.settlement_id
        WHERE k.netting_set_id = n.id AND NOT ({FREE}))
 ORDER BY n.id
"""  # noqa: S608


class Formed(NamedTuple):
    """What a look did: sets that are new, computed anew, and given up."""

    new: int = 0
    changed: int = 0
    lapsed: int = 0


@transaction.atomic
def form_sets(*, business_date: date, at: datetime) -> Formed:
    """Bring the open sets to what may be netted now; what its cut-off has passed settles gross.

    Running twice does nothing the second time. While another forms them this does nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)
        if cursor.fetchall() != [(True,)]:
            return Formed()
    wanted = _in_time(groups(since=business_date, until=business_date + AHEAD), at)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [SetMode.PAYMENTS.value])
        rows = {tuple(row[5:]): row[:5] for row in cursor.fetchall()}
    lapsed = [Step(row[0]) for key, row in rows.items() if key not in wanted]
    changed = [
        _recomputed(rows[key], group)
        for key, (group, _) in wanted.items()
        if key in rows and rows[key][2:] != (group.size, group.amount, group.gross)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_GONE)
        lapsed += [Step(row[0]) for row in cursor.fetchall()]
    pairs = crossable(since=business_date - BEHIND, until=business_date + AHEAD, on=business_date)
    crossing = _open_crossings()
    gone = _no_more(crossing, pairs)
    lapsed += [Step(id) for id in gone]
    advance(NettingSet, "lapse", sorted(lapsed, key=_id_of), actor=None, at=at)
    advance(NettingSet, "recompute", sorted(changed, key=_id_of), actor=None, at=at)
    new = put_sets(
        [each for key, each in wanted.items() if key not in rows], SetMode.PAYMENTS, at=at
    )
    named = {each for id, *_, ids in crossing if id not in gone for each in ids}
    crossed = _cross(mirrored(pairs, without=named), at)
    return Formed(len(new) + crossed, len(changed), len(lapsed))


_CROSSINGS = """
SELECT n.id, n.gross_quantity, n.gross_amount,
       ARRAY(SELECT k.settlement_id FROM settlements_nettingmember k WHERE k.netting_set_id = n.id ORDER BY 1)
  FROM settlements_nettingset n WHERE n.state = 'OPEN' AND n.mode = 'CROSSING' ORDER BY n.id
"""
_Crossing = tuple[int, Decimal, Decimal, list[int]]


def _open_crossings() -> list[_Crossing]:
    """The crossings that nobody agreed to yet: with what crosses, twice, and their two sides."""
    with connection.cursor() as cursor:
        cursor.execute(_CROSSINGS)
        return [(id, quantity, gross, ids) for id, quantity, gross, ids in cursor.fetchall()]


def _no_more(crossing: Sequence[_Crossing], pairs: Sequence[Group]) -> set[int]:
    """Crossings of what does not cross any more, or not so much of it."""
    now = {(*sorted(each.ids), each.gross_quantity, each.gross) for each in pairs}
    return {id for id, quantity, gross, ids in crossing if (*ids, quantity, gross) not in now}


def _cross(new: Sequence[Group], at: datetime) -> int:
    """Put together the two sides that may cross; how many pairs are new."""
    sets = put_sets([(group, None) for group in new], SetMode.CROSSING, at=at)
    found = dict(zip(sets, new, strict=True))
    name_members(
        {set_id: group.ids for set_id, group in found.items()},
        {set_id: (group.gross_quantity / 2, group.gross / 2) for set_id, group in found.items()},
    )
    return len(new)


def _id_of(step: Step) -> int:
    return step.id


def _in_time(found: Sequence[Group], at: datetime) -> dict[tuple[Any, ...], tuple[Group, datetime]]:
    """Those that can still be agreed on, with until when."""
    several = [group for group in found if group.size >= FEWEST]
    codes = dict(
        Party.objects.filter(pk__in={group.counterparty_id for group in several}).values_list(
            "pk", "code"
        )
    )
    wanted = {}
    for group in several:
        by = agreed_by(codes[group.counterparty_id], group.due_date)
        if by is not None and at < by:
            wanted[group.key] = group, by
    return wanted


def _recomputed(row: Sequence[Any], group: Group) -> Step:
    id, version, count, amount, gross = row
    columns = {
        "version": version + 1, "count": group.size, "amount": group.amount,
        "gross_amount": group.gross,
    }  # fmt: skip
    before = {"count_before": count, "before": amount, "gross_before": gross}
    return Step(id, facts={**columns, **before}, columns=columns)


def put_sets(
    wanted: Sequence[tuple[Group, datetime | None]],
    mode: SetMode,
    *,
    at: datetime,
    actor_id: int | None = None,
) -> list[int]:
    """New open sets, with until when each is agreed, in the caller's transaction; whoever proposes them is a maker."""
    if not wanted:
        return []
    found = [group for group, _ in wanted]
    values: dict[str, Any] = {
        name: [group.key[place] for group in found] for place, name in enumerate(KEY)
    }
    values |= {
        name: [getattr(group, name) for group in found]
        for name in ("quantity", "gross_quantity", "amount", "gross")
    }
    values |= {
        "count": [group.size for group in found],
        "mode": mode.value, "at": at, "makers": [actor_id] if actor_id else [],
        "cut_off_at": [by for _, by in wanted],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PUT, values)
        rows = cursor.fetchall()
    events = [
        NewEvent(
            kind="nettingset.form", subject_type="nettingset", subject_id=id, entity_id=entity_id,
            target=SetState.OPEN.value,
            facts={"version": 1, "amount": amount, "gross_amount": gross, "count": count},
        )
        for id, entity_id, amount, gross, count in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor_id, at=at)
    return [row[0] for row in rows]
