"""What stood at a horizon, as SQL: from the steps since then, each of which says what there was before.

With the present for a horizon (`known_now`) the columns say what stands: the database leaves all else out of its plan.
"""

from __future__ import annotations

# What happened to settlements since: what each was before, its own first such event says.
LATER = """
  SELECT e.subject_id AS id, e.kind, e.source, e.facts, e.tx, e.id AS event_id FROM events_event e
   WHERE e.tx >= %(horizon)s AND e.subject_type = 'settlement'
     AND e.kind IN ('settlement.prepare', 'settlement.take_on', 'settlement.settle', 'settlement.agree_cancel',
                    'settlement.match', 'settlement.unmatch', 'settlement.allege', 'settlement.enrich')"""
BORN = "('settlement.prepare', 'settlement.take_on')"
# The state that everything else had before its first step since: of the lifecycles that sources read (`steps`).
CHANGED = """
  SELECT DISTINCT ON (e.subject_type, e.subject_id) e.subject_type AS what, e.subject_id AS id, e.source AS state
    FROM events_event e WHERE e.tx >= %(horizon)s AND e.kind = ANY(%(steps)s)
   ORDER BY e.subject_type, e.subject_id, e.tx, e.id"""


def stood(settlement: str) -> str:
    """Whether a settlement of this alias was there, and its cancellation not agreed on."""
    return f"""CASE WHEN %(known_now)s THEN {settlement}.cancellation <> 'AGREED' ELSE
       NOT EXISTS (SELECT 1 FROM later l WHERE l.id = {settlement}.id AND l.kind IN {BORN})
       AND ({settlement}.cancellation <> 'AGREED' OR EXISTS (
            SELECT 1 FROM later l WHERE l.id = {settlement}.id AND l.kind = 'settlement.agree_cancel')) END"""  # noqa: S608


def state_of(subject: str, row: str) -> str:
    """The state that a row of this alias had."""
    return f"""CASE WHEN %(known_now)s THEN {row}.state ELSE coalesce(
       (SELECT z.state FROM changed z WHERE z.what = '{subject}' AND z.id = {row}.id), {row}.state) END"""  # noqa: S608


def moved_on(subject: str, row: str, now: str) -> str:
    """Which rows are not in these states now and may have been: those that took a step since."""
    since = f"SELECT z.id FROM changed z WHERE z.what = '{subject}'"  # noqa: S608
    return f"NOT %(known_now)s AND NOT ({now}) AND {row}.id IN ({since})"


# Where the money of what has no account yet would move: our account in its currency, the owner's own first.
HOME = """
  LEFT JOIN LATERAL (
       SELECT n.place_id FROM refdata_nostroaccount n
        WHERE n.entity_id = {row}.entity_id AND n.currency = {currency} AND n.id <> ALL(%(accounts_since)s::bigint[])
        ORDER BY n.owner_id = {owner} DESC, n.id LIMIT 1) home ON true"""
