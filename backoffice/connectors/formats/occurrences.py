"""Which booking a line is, so that it is taken once however often banks tell it. Pure.

Two bookings that look the same can both be genuine: a line is known by what it says and by how many of its like stood
before it in the statement. Files that overlap say the same again, and are counted the same again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.cash import CashLine, CashStatement, LineStatus


@dataclass(frozen=True, slots=True)
class LineIdentity:
    """Account, day, signed amount, reference, and the number among those that agree in all of it.

    What is not booked yet is another thing than the booking that follows.
    """

    account: str
    day: date | None
    amount: Decimal
    currency: str
    reference: str
    booked: bool
    occurrence: int


def identities(statement: CashStatement) -> list[LineIdentity]:
    """The identity of each line of a statement, in the order of its lines."""
    counted: Counter[LineIdentity] = Counter()
    found: list[LineIdentity] = []
    for line in statement.lines:
        one = _first_of_its_like(statement, line)
        counted[one] += 1
        found.append(replace(one, occurrence=counted[one]))
    return found


def _first_of_its_like(statement: CashStatement, line: CashLine) -> LineIdentity:
    return LineIdentity(
        account=statement.account.number, day=line.value_date or line.booking_date,
        amount=line.amount, currency=line.currency,
        reference=line.bank_reference or line.end_to_end_id or line.our_reference,
        booked=line.status is LineStatus.BOOKED, occurrence=1,
    )  # fmt: skip
