"""What people matched before, offered for lines of the same kind. Nothing is matched by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from backoffice.kernel.rows import array
from reconciliation.breaks.patterns import patterns_of
from reconciliation.matching.items import Entry, Line, Proposed
from reconciliation.matching.kinds import Terms
from reconciliation.matching.state import Why

_PARTIES = """
SELECT e.id, p.code FROM ledger_journalentry e
  JOIN settlements_settlement s ON e.source_type = 'settlement' AND s.id = e.source_id
  JOIN refdata_party p ON p.id = s.counterparty_id
 WHERE e.id = ANY(%s::bigint[])
"""
_BEFORE = """
SELECT DISTINCT ON (m.facts ->> 'pattern') m.facts ->> 'pattern', m.facts ->> 'counterparty', m.id
  FROM reconciliation_match m
 WHERE m.rule = 'PERSON' AND m.facts ->> 'pattern' = ANY(%s::text[]) AND m.entity_id = %s AND m.undone_at IS NULL
 ORDER BY m.facts ->> 'pattern', m.id DESC
"""


class Learned(NamedTuple):
    """With whom lines of a pattern were the last time that a person matched one."""

    counterparty: str
    match: str


def learned_from(lines: Sequence[Line], entries: Sequence[Entry]) -> dict[str, Any]:
    """What a match of a person teaches: the pattern of its lines and who is behind its entries, where each is one."""
    patterns = patterns_of([line.id for line in lines])
    parties = _parties([entry.id for entry in entries])
    pattern, party = set(patterns.values()), {parties.get(entry.id, "") for entry in entries}
    if len(pattern) != 1 or len(party) != 1 or "" in pattern | party:
        return {}
    return {"pattern": pattern.pop(), "counterparty": party.pop()}


def as_before(
    lines: Sequence[Line], entries: Sequence[Entry], terms: Mapping[int, Terms], *, entity_id: int
) -> list[Proposed]:
    """For lines of a kind that people matched before: the only entry of its amount with the same party, if it is near.

    Rivals of another party do not count here: a person chose between such before, and does so again.
    """
    free = [line for line in lines if not line.own_names]
    patterns = patterns_of([line.id for line in free])
    learned = _learned({each for each in patterns.values() if each}, entity_id)
    if not learned:
        return []
    parties = _parties([entry.id for entry in entries])
    found = []
    for line in free:
        before = learned.get(patterns.get(line.id, ""))
        fitting = [
            entry for entry in entries
            if before and parties.get(entry.id) == before.counterparty and entry.amount == line.amount
            and abs(entry.day - line.day) <= terms[line.pool].window_days
        ]  # fmt: skip
        if before and len(fitting) == 1:
            found.append(Proposed(Why.BEFORE, (line,), (fitting[0],), before.match))
    wanted = Counter(each.entries[0].key for each in found)
    return [each for each in found if wanted[each.entries[0].key] == 1]


def _learned(patterns: set[str], entity_id: int) -> dict[str, Learned]:
    if not patterns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [array(sorted(patterns)), entity_id])
        return {pattern: Learned(party, f"M-{id}") for pattern, party, id in cursor.fetchall()}


def _parties(entry_ids: Sequence[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, [array(entry_ids)])
        return dict(cursor.fetchall())
