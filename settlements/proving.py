"""What proves that a settlement, or a part of it, is final: written once, and known when it comes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from backoffice.kernel.rows import array
from settlements.posting import SettledTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whose word makes a settlement final: the message or document, and the place's own time."""

    kind: str
    reference: str
    settled_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}:{self.reference}"


_PUT_EVIDENCE = """
WITH put AS (
  INSERT INTO settlements_evidence (settlement_id, kind, reference, settled_at, place_id, details, recorded_at)
  SELECT g.id, p.kind, p.reference, p.settled_at, g.place_id, p.details, %(at)s
    FROM unnest(%(ids)s::bigint[], %(places)s::bigint[], %(proofs)s::int[]) AS g(id, place_id, proof)
    JOIN unnest(%(kinds)s::text[], %(references)s::text[], %(times)s::timestamptz[], %(details)s::jsonb[])
         WITH ORDINALITY AS p(kind, reference, settled_at, details, number) ON p.number = g.proof
  RETURNING id, settlement_id)
INSERT INTO settlements_settlementpart (settlement_id, number, quantity, amount, interest, settled_date, evidence_id)
SELECT p.settlement_id, g.number, g.quantity, g.amount, g.interest, %(day)s, p.id
  FROM unnest(%(parted)s::bigint[], %(numbers)s::int[], %(quantities)s::numeric[], %(amounts)s::numeric[],
              %(interests)s::numeric[]) AS g(id, number, quantity, amount, interest)
  JOIN put p ON p.settlement_id = g.id ORDER BY p.settlement_id
"""
_KNOWN = """
SELECT e.settlement_id FROM settlements_evidence e
  JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS g(id, kind, reference)
    ON e.settlement_id = g.id AND e.kind = g.kind AND e.reference = g.reference
"""


def proved_already(proofs: Mapping[int, Proof]) -> set[int]:
    """Which of these are proved by the same already: only what settles in parts comes here twice."""
    if not proofs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            [
                list(proofs),
                [p.kind for p in proofs.values()],
                [p.reference for p in proofs.values()],
            ],
        )
        return {row[0] for row in cursor.fetchall()}


def put_evidence(
    proofs: Mapping[int, Proof], settled: Sequence[SettledTerms], day: date, at: datetime
) -> None:
    """Who said so, of each of `settled`, and of what settles in parts the part that it proves."""
    parts = [terms for terms in settled if terms.number]
    rows = list({id(proof): proof for proof in proofs.values()}.values())  # thousands have one
    numbers = {id(proof): number for number, proof in enumerate(rows, 1)}
    values: dict[str, Any] = {
        "at": at, "day": day, "ids": array([terms.id for terms in settled]),
        "places": array([terms.place_id for terms in settled]),
        "proofs": array([numbers[id(proofs[terms.id])] for terms in settled]),
        "kinds": [proof.kind for proof in rows],
        "references": [proof.reference for proof in rows],
        "times": [proof.settled_at for proof in rows],
        "details": [msgspec.json.encode(proof.details).decode() for proof in rows],
        "parted": [terms.id for terms in parts], "numbers": [terms.number for terms in parts],
        "quantities": [terms.quantity for terms in parts],
        "amounts": [terms.amount for terms in parts],
        "interests": [terms.interest for terms in parts],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PUT_EVIDENCE, values)
