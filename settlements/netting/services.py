"""Agreeing to net: the members are bound, and settlements on the net take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.services import give_back
from refdata.firm_days import firm_day
from settlements.exposures import EXPOSURE
from settlements.finishing import finish_settlements
from settlements.models import NettingMember, NettingSet
from settlements.netting.binding import bind
from settlements.netting.crossing import crossable
from settlements.netting.eligible import KEY, Group, groups, pairs
from settlements.netting.reopening import reopen
from settlements.netting.rules import Leg, legs_of
from settlements.netting.settling import settle_sets
from settlements.netting.state import SetMode, SetState


class NettingTooLate(Conflict):
    code = "netting-too-late"
    title = gettext_noop("The cut-off for agreeing has passed")
    detail = gettext_noop("%(set)s had to be agreed by %(by)s; its members settle gross.")
    hint = gettext_noop("Let each settlement go by itself.")


class AgreementUnproved(Invalid):
    code = "pair-off-unproved"
    title = gettext_noop("What shows that the other side agrees is missing")
    detail = gettext_noop("%(set)s pairs off by no agreement that was signed before.")
    hint = gettext_noop("Send evidence: the message or document by which the other side agrees.")


class SetChanged(Conflict):
    code = "netting-set-changed"
    title = gettext_noop("What it comes to has changed")
    detail = gettext_noop("%(set)s was computed of other settlements than may be netted now.")
    hint = gettext_noop("Look at it again in a minute: it is computed anew, then agree to that.")


# Settlements that open sets are computed of may be free no more by the time they are locked.
_LOCK = "SELECT id FROM settlements_settlement WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
# One settlement for each leg of the net, by the instruction of the members, which is the same for all.
_PREPARE = """
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, book_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, ssi_snapshot,
          method, delivers, asset_id, quantity, money_asset_id, amount, interest, due_date, priority, shape,
          makers, prepared_at)
  SELECT n.entity_id, m.book_id, n.owner_id, n.counterparty_id, 'set', n.id, coalesce(o.place_id, n.place_id), n.ssi_id,
         m.ssi_snapshot || CASE WHEN o.number IS NULL THEN '{}' ELSE jsonb_build_object('nostro', o.number) END,
         g.method, g.delivers, coalesce(g.money_id, n.asset_id), g.quantity, coalesce(g.money_id, n.money_asset_id),
         g.amount, 0, n.due_date, m.priority, g.shape,
         array(SELECT DISTINCT x FROM unnest(w.makers || n.makers) x ORDER BY x), %(at)s
    FROM unnest(%(sets)s::bigint[], %(methods)s::text[], %(delivers)s::boolean[], %(quantities)s::numeric[],
                %(amounts)s::numeric[], %(moneys)s::bigint[], %(shapes)s::int[])
         AS g(set_id, method, delivers, quantity, amount, money_id, shape)
    JOIN settlements_nettingset n ON n.id = g.set_id
    LEFT JOIN refdata_currency c ON c.asset_id = g.money_id
    LEFT JOIN LATERAL (
         SELECT a.place_id, a.number FROM refdata_nostroaccount a
          WHERE a.entity_id = n.entity_id AND a.currency = c.code
          ORDER BY a.place_id = n.place_id DESC, a.owner_id = n.owner_id DESC, a.id LIMIT 1) o ON true
   CROSS JOIN LATERAL (
         SELECT CASE WHEN count(DISTINCT s.book_id) = 1 THEN min(s.book_id) END AS book_id, min(s.priority) AS priority,
                (array_agg(s.ssi_snapshot ORDER BY s.id))[1] AS ssi_snapshot
           FROM settlements_settlement s WHERE s.netted_by_id = n.id) m
   CROSS JOIN LATERAL (
         SELECT coalesce(array_agg(DISTINCT x), '{}') AS makers
           FROM settlements_settlement s, unnest(s.makers) x WHERE s.netted_by_id = n.id) w
   ORDER BY n.id, g.shape, g.method, g.money_id
  RETURNING id, entity_id, source_id, shape, method, delivers, asset_id, quantity, money_asset_id, amount, due_date),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction, asset_id,
                                      quantity, due_date)
  SELECT p.entity_id, p.id, l.source_type, p.source_id, l.direction, l.asset_id, l.quantity, p.due_date
    FROM put p
   CROSS JOIN LATERAL (VALUES
         ('set', CASE WHEN p.delivers THEN 'RECEIVE' ELSE 'PAY' END, p.money_asset_id, p.amount),
         ('set.asset', CASE WHEN p.delivers THEN 'DELIVER' ELSE 'RECEIVE' END, p.asset_id, p.quantity))
         AS l(source_type, direction, asset_id, quantity)
   WHERE l.quantity > 0 ORDER BY p.id),
     paired AS (
  INSERT INTO settlements_settlementlink (first_id, second_id, kind)
  SELECT a.id, b.id, 'WITH' FROM put a JOIN put b ON b.source_id = a.source_id AND b.shape = a.shape AND a.id < b.id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
       jsonb_build_object('set', 'NT-' || p.source_id)
  FROM put p ORDER BY p.id
"""
# Whatever a member is linked with is linked with the net from now on: the partner, or the net that it is in.
_LINK = """
INSERT INTO settlements_settlementlink (first_id, second_id, kind)
SELECT DISTINCT least(r.id, o.id), greatest(r.id, o.id), l.kind
  FROM settlements_settlement m
  JOIN settlements_settlementlink l ON m.id IN (l.first_id, l.second_id) AND l.kind = 'WITH'
   AND NOT EXISTS (SELECT 1 FROM settlements_linkend e WHERE e.link_id = l.id)
  JOIN settlements_settlement p ON p.id IN (l.first_id, l.second_id) AND p.id <> m.id AND p.cancellation <> 'AGREED'
  JOIN settlements_settlement r ON r.source_type = 'set' AND r.source_id = m.netted_by_id
   AND r.cancellation <> 'AGREED'
  JOIN settlements_settlement o ON o.cancellation <> 'AGREED' AND o.id <> r.id
   AND CASE WHEN p.netted_by_id IS NULL THEN o.id = p.id
            ELSE o.source_type = 'set' AND o.source_id = p.netted_by_id END
 WHERE m.netted_by_id = ANY(%s)
 ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""


@retried()
@transaction.atomic
def agree_sets(*, ids: Sequence[int], actor: User, at: datetime, evidence: str = "") -> Outcome:
    """Bind the settlements of open sets, as the other side agrees; each net is prepared for other eyes to release.

    Refuses with NettingTooLate, SetChanged and AgreementUnproved. `evidence` names the message or document of
    their agreement.
    """
    rows = {row.pk: row for row in NettingSet.objects.select_for_update().filter(
        pk__in=ids, state=SetState.OPEN).order_by("pk")}  # fmt: skip
    refused: dict[int, Refusal] = {
        id: NettingTooLate(set=f"NT-{id}", by=f"{row.cut_off_at:%Y-%m-%d %H:%M %Z}")
        for id, row in rows.items()
        if row.cut_off_at is not None and at >= row.cut_off_at
    }
    if not evidence:
        paired = [id for id, row in rows.items() if row.mode == SetMode.PAIR_OFF]
        refused |= {id: AgreementUnproved(set=f"NT-{id}") for id in paired if id not in refused}
    found = _members_of([row for id, row in rows.items() if id not in refused], at)
    for id, row in rows.items():
        group = found.get(id)
        if id not in refused and (group is None or _figures(row) != _figures_of(group)):
            refused[id] = SetChanged(set=f"NT-{id}")
    steps = [
        Step(
            id,
            facts={"evidence": evidence, "amount": rows[id].amount} if id in rows else {},
            columns={"evidence": evidence},
        )
        for id in ids
        if id not in refused
    ]
    outcome = advance(NettingSet, "agree", steps, actor=actor, at=at)
    done = sorted(outcome.done)
    if done:
        bind({id: found[id].ids for id in done})
        prepare({id: legs_of(rows[id].quantity, rows[id].amount) for id in done}, at)
        give_back(EXPOSURE, [each for id in done for each in found[id].ids], state="RELEASED")
    return outcome.refusing(refused)


def _figures(row: NettingSet) -> tuple[Any, ...]:
    return row.count, row.quantity, row.gross_quantity, row.amount, row.gross_amount


def _figures_of(group: Group) -> tuple[Any, ...]:
    return group.size, group.quantity, group.gross_quantity, group.amount, group.gross


def _members_of(rows: Sequence[NettingSet], at: datetime) -> dict[int, Group]:
    """What each of these sets comes to now, its settlements locked."""
    by_key = [row for row in rows if row.mode == SetMode.PAYMENTS]
    named = [row for row in rows if row.mode in (SetMode.PAIR_OFF, SetMode.CROSSING)]
    return _under_agreements(by_key) | _named(named, firm_day(at))


def _named(rows: Sequence[NettingSet], today: date) -> dict[int, Group]:
    found: dict[int, Group] = {}
    for row in rows:
        members = NettingMember.objects.filter(netting_set=row).order_by("settlement_id")
        ids = list(members.values_list("settlement_id", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ids])
        if row.mode == SetMode.CROSSING:
            now = crossable(since=row.due_date, until=row.due_date, on=today, ids=ids)
        else:
            now = pairs(ids)
        if len(now) == 1:
            found[row.pk] = now[0]
    return found


def _under_agreements(rows: Sequence[NettingSet]) -> dict[int, Group]:
    if not rows:
        return {}
    keys = {tuple(getattr(row, name) for name in KEY): row.pk for row in rows}
    since, until = min(row.due_date for row in rows), max(row.due_date for row in rows)
    seen = [each for group in groups(since=since, until=until) if group.key in keys
            for each in group.ids]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(seen)])
    again = groups(since=since, until=until, ids=seen)
    return {keys[group.key]: group for group in again if group.key in keys}


def prepare(legs: Mapping[int, Sequence[Leg]], at: datetime, *, shapes: bool = False) -> None:
    """Settlements of sets for the legs that they come to, or of one for each of its shapes."""
    rows = [
        (id, *leg, number if shapes else 0)
        for id, each in legs.items() for number, leg in enumerate(each, start=1)
    ]  # fmt: skip
    if rows:
        columns = map(list, zip(*rows, strict=True))
        sets, methods, delivers, quantities, amounts, moneys, numbers = columns
        with connection.cursor() as cursor:
            cursor.execute(_PREPARE, {
                "sets": sets, "methods": methods, "delivers": delivers, "quantities": quantities,
                "amounts": amounts, "moneys": moneys, "shapes": numbers, "at": at,
            })  # fmt: skip
            cursor.execute(_LINK, [list(legs)])


@retried()
@transaction.atomic
def reopen_sets(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Undo agreed sets that have not gone out: their members settle by themselves, or in another set.

    Refuses with NetWithPlace what its place has.
    """
    return reopen(ids, reason=reason, actor=actor, at=at)


# Sets that come to nothing: no settlement is there to be final.
_NOTHING = """
SELECT n.id, n.due_date FROM settlements_nettingset n
 WHERE n.state = 'AGREED' AND n.mode <> 'CROSSING' AND n.due_date <= %s AND NOT EXISTS (
       SELECT 1 FROM settlements_settlement r
        WHERE r.source_type = 'set' AND r.source_id = n.id AND r.cancellation <> 'AGREED')
 ORDER BY n.id LIMIT %s FOR UPDATE SKIP LOCKED
"""


@transaction.atomic
def settle_nothing(*, business_date: date, at: datetime, limit: int = 500) -> int:
    """Settle sets of nothing that are due: nothing moves, and their deals are settled; how many were."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTHING, [business_date, limit])
        sets = [row[0] for row in cursor.fetchall()]
    members = settle_sets(sets, settled_date=business_date, at=at)
    if members:
        ids = [terms.id for terms in members]
        finish_settlements(ids, members, settled_date=business_date, at=at)
    return len(sets)
