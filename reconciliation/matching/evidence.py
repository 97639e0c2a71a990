"""Lines of statements as the word of a bank: what was sent to it and is named by a line with its amount is final."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.kernel.rows import array
from reconciliation.matching.items import Line
from settlements.proving import Proof
from settlements.settling import settle_by_places_word

STATEMENT = "statement"  # the kind of evidence
_PAYMENT = re.compile(r"S[0-9]{1,18}")

# Payments that wait for the word of their bank, where a line of that bank and owner's accounts has their amount, their
# way and their reference, and no other line has.
_AWAITED = """
SELECT s.id, min(l.id), min(l.day), min(l.statement_id), z.timezone
  FROM unnest(%s::bigint[], %s::bigint[]) AS g(line_id, settlement_id)
  JOIN settlements_settlement s ON s.id = g.settlement_id
  JOIN reconciliation_statementline l ON l.id = g.line_id
  JOIN refdata_nostroaccount n ON n.id = l.nostro_id AND n.place_id = s.place_id AND n.entity_id = s.entity_id
  JOIN reconciliation_reconcilednostro k ON k.nostro_id = n.id
  JOIN reconciliation_reconciledaccount a ON a.reconciliation_id = k.reconciliation_id
   AND a.asset_id = s.money_asset_id
  JOIN ledger_ledgeraccount c ON c.id = a.account_id AND c.owner_id = s.owner_id
  JOIN refdata_place p ON p.id = s.place_id AND p.finality = 'EXTERNAL'
  JOIN refdata_calendar z ON z.id = p.calendar_id
 WHERE s.method = 'PFOD' AND s.transmission IN ('SENT', 'ACKNOWLEDGED') AND s.settlement IN ('PENDING', 'FAILING')
   AND s.cancellation <> 'AGREED'
   AND (s.amount - s.settled_amount) * CASE WHEN s.delivers THEN 1 ELSE -1 END = l.amount
 GROUP BY s.id, z.timezone HAVING count(*) = 1
 ORDER BY s.id
"""


class Awaited(NamedTuple):
    """A payment that waits for its bank, and the line that says it was made."""

    settlement_id: int
    line_id: int
    day: date
    statement_id: int
    zone: str


def settle_by_statement(lines: Sequence[Line], *, at: datetime) -> int:
    """Make final what lines without an entry prove; return how many. Their entries are matched like all others then.

    A line that names two payments proves neither.
    """
    told = {
        line.id: [int(name[1:]) for name in line.names if _PAYMENT.fullmatch(name)]
        for line in lines if not line.held
    }  # fmt: skip
    single = {id: numbers[0] for id, numbers in told.items() if len(numbers) == 1}
    if not single:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_AWAITED, [array(list(single)), array(list(single.values()))])
        rows = [Awaited(*row) for row in cursor.fetchall()]
    proofs = {row.settlement_id: proof_by(row, at) for row in rows}
    return len(settle_by_places_word(proofs=proofs, at=at).done) if proofs else 0


def proof_by(row: Awaited, at: datetime, **details: Any) -> Proof:
    """A line as evidence: its bank tells a day and no time, so it is the noon of that day, or now."""
    noon = datetime.combine(row.day, time(12), tzinfo=ZoneInfo(row.zone))
    return Proof(
        kind=STATEMENT, reference=f"SL-{row.line_id}", settled_at=min(noon, at),
        details={"statement": f"ST-{row.statement_id}", "day": row.day.isoformat(), **details},
    )  # fmt: skip


_WAITING = """
SELECT s.id, s.place_id, s.amount - s.settled_amount, s.delivers, s.due_date, s.counterparty_id
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id AND p.finality = 'EXTERNAL'
 WHERE s.entity_id = %s AND s.place_id = %s AND s.money_asset_id = %s AND s.method = 'PFOD'
   AND s.transmission IN ('SENT', 'ACKNOWLEDGED') AND s.settlement IN ('PENDING', 'FAILING')
   AND s.cancellation <> 'AGREED'
 ORDER BY s.id LIMIT 5000
"""


class Waiting(NamedTuple):
    """A payment that waits for its bank, and what it would be on a statement."""

    settlement_id: int
    amount: Decimal
    due_date: date
    counterparty_id: int


def waiting_at(*, entity_id: int, place_id: int, asset_id: int) -> list[Waiting]:
    """What is sent to a bank in a currency and not final, signed as its statement would have it."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [entity_id, place_id, asset_id])
        return [
            Waiting(id, amount if comes_in else -amount, due, party)
            for id, _, amount, comes_in, due, party in cursor.fetchall()
        ]
