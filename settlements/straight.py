"""Settlements that settle straight: whole and at once, out of their own rows, nothing between them and the books.

Most of a run are such. What is to be written of them (amounts, evidence, postings) the database takes from
their rows: none of it is read, worked out and sent back row by row. Whatever needs more looked at (parts, what
was released of a held one, netting, interest, an order among linked ones) goes its own way in `settling`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import msgspec
from django.db import connection

from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Alike, Outcome, Own, advance
from ledger.posting_alike import EntriesAlike, Leg
from settlements.linking.selectors import waiting_for
from settlements.models import Settlement
from settlements.posting import SETTLED, SOURCE, Between, accounts_between, accounts_of_sides
from settlements.proving import Proof

# Locked in ascending id. One statement for whichever they are: of thousands few are between others.
_STRAIGHT = """
WITH locked AS MATERIALIZED (
       SELECT s.id, s.entity_id, s.owner_id, s.counterparty_id, s.place_id,
              s.settlement IN ('PENDING', 'FAILING') AND s.cancellation <> 'AGREED'
              AND s.settled_quantity = 0 AND s.settled_amount = 0 AND s.settled_interest = 0
              AND s.released_quantity IS NULL AND s.netted_by_id IS NULL
              AND s.source_type NOT IN ('set', 'claim') AND s.interest = 0
              AND (s.book_id IS NOT NULL OR s.source_type <> 'net') AS straight
         FROM settlements_settlement s WHERE s.id = ANY(%s) ORDER BY s.id FOR UPDATE)
SELECT s.entity_id, s.owner_id, s.counterparty_id, s.place_id, p.finality = 'INTERNAL', array_agg(s.id)
  FROM locked s JOIN refdata_place p ON p.id = s.place_id WHERE s.straight
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4
"""
_PUT_EVIDENCE = """
INSERT INTO settlements_evidence (settlement_id, kind, reference, settled_at, place_id, details, recorded_at)
SELECT s.id, %(kind)s, %(reference)s, %(settled_at)s, s.place_id, %(details)s::jsonb, %(at)s
  FROM settlements_settlement s WHERE s.id = ANY(%(ids)s) ORDER BY s.id
"""
# A pattern for each two between whom something moves, and each way in which it does.
_MOVING = """
SELECT s.id AS source_id, s.entity_id, 2 * k.number + s.delivers::int AS pattern,
       s.asset_id, s.quantity, s.money_asset_id AS money_id, s.amount
  FROM unnest(%(moving)s::bigint[], %(numbers)s::int[]) AS k(id, number)
  JOIN settlements_settlement s ON s.id = k.id
"""


@dataclass(frozen=True)
class Straight:
    """Straight ones by between whom, and where, they move something."""

    groups: Mapping[Between, Sequence[int]] = field(default_factory=dict)

    @cached_property
    def ids(self) -> list[int]:
        return sorted(id for ids in self.groups.values() for id in ids)

    @property
    def entity_ids(self) -> frozenset[int]:
        return frozenset(between.entity_id for between in self.groups)

    def of(self, ids: Collection[int]) -> Straight:
        """Those of them that are among some."""
        if len(ids) == len(self.ids):
            return self
        among = set(ids)
        found = {between: [id for id in row if id in among] for between, row in self.groups.items()}
        return Straight({between: row for between, row in found.items() if row})


NONE = Straight()


def straight_among(proofs: Mapping[int, Proof], parts: Collection[int]) -> Straight:
    """Those that settle straight, where one proof is that of all; `parts` are asked for in part. They are locked."""
    if len({id(proof) for proof in proofs.values()}) != 1:
        return NONE
    with connection.cursor() as cursor:
        cursor.execute(_STRAIGHT, [array(sorted(proofs))])
        groups = {
            Between(entity, owner, other, place, internal, ""): ids
            for entity, owner, other, place, internal, ids in cursor.fetchall()
        }
    straight = Straight(groups)
    waiting = waiting_for([id for between, ids in groups.items() if between.both for id in ids])
    others = {*parts, *waiting, *(first for ahead in waiting.values() for first in ahead)}
    return straight.of([id for id in straight.ids if id not in others]) if others else straight


def settle_straight(straight: Straight, proof: Proof, *, day: date, at: datetime) -> Outcome:
    """State, what is settled and evidence; what follows is the caller's."""
    columns = {
        "settled_quantity": Own("quantity"), "settled_amount": Own("amount"),
        "settled_interest": Own("interest"), "settled_date": day, "reason": "", "reasons": [],
        "skipped_runs": 0,
    }  # fmt: skip
    alike = Alike(straight.ids, facts={"evidence": str(proof)}, columns=columns)
    outcome = advance(Settlement, "settle", alike, actor=None, at=at)
    values: dict[str, Any] = {
        "ids": array(outcome.done), "kind": proof.kind, "reference": proof.reference,
        "settled_at": proof.settled_at, "at": at,
        "details": msgspec.json.encode(proof.details).decode(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PUT_EVIDENCE, values)
    return outcome


def entries_alike(straight: Straight, settled_date: date) -> EntriesAlike:
    """Their entries: the same postings as `posting.entries_of` makes of each."""
    accounts = accounts_between(straight.groups)
    legs, moving, numbers = [], list[int](), list[int]()
    for number, (between, ids) in enumerate(straight.groups.items()):
        moving += ids
        numbers += [number] * len(ids)
        for delivers in (False, True):
            pattern, gives = 2 * number + delivers, delivers
            for holding, cash, owed in accounts_of_sides(between, accounts):
                debit, credit = (owed, holding) if gives else (holding, owed)
                legs.append(Leg(pattern, False, debit, credit))
                debit, credit = (cash, owed) if gives else (owed, cash)
                legs.append(Leg(pattern, True, debit, credit))
                gives = not gives
    return EntriesAlike(
        query=_MOVING, parameters={"moving": array(moving), "numbers": array(numbers)},
        legs=legs, entity_ids=straight.entity_ids,
        kind=SETTLED, source_type=SOURCE, effective_date=settled_date,
    )  # fmt: skip
