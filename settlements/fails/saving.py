"""What settling saves: for each of some settlements the penalty of the day, were it to fail by us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from refdata.dated_rules.kinds import kind_named
from refdata.dated_rules.rows import RuleRow
from settlements.fails.pricing import Line, Worth
from settlements.fails.reading import Stood, so_far, standing
from settlements.fails.rules import Attribution
from settlements.fails.state import Cause, Lack, Payer, PenaltyKind, Scheme

_NOTHING = Attribution(Cause.UNKNOWN, Payer.OURS)


class Saved(NamedTuple):
    """What a day of the fail would cost, in the currency that is paid."""

    amount: Decimal
    currency: str


def saved_by_settling(
    ids: Sequence[int], *, day: date, instead: RuleRow | None = None
) -> dict[int, Saved]:
    """By the scheme, rates and prices that the night of that day will count with; of rules `instead` comes first.

    Absent is what costs nothing: nobody penalises it, it is not due, the place is closed, or a price is missing.
    What is not matched counts as if it were: it is left to whoever sends it.
    """
    worth = Worth(day, so_far(ids, day))
    if instead is not None:
        worth.suppose(kind_named(instead.kind), instead)
    lines = [line for row in standing(ids, day=day) if (line := _line(row, day, worth)) is not None]
    return {
        line.row.id: Saved(told.figures.amount, line.row.currency)
        for line, told in zip(lines, worth.told(lines).values(), strict=True)
        if told.figures.amount
    }


def _line(row: Stood, day: date, worth: Worth) -> Line | None:
    scheme = worth.scheme(row)
    if scheme == Scheme.NONE or row.intended > day or not worth.calendar(row).is_business_day(day):
        return None
    gives_money = row.is_payment or not row.delivers
    lack = Lack.CASH if gives_money else Lack.SECURITIES
    return Line(row, day, PenaltyKind.SEFP, Payer.OURS, scheme, lack, row.quantity, "", _NOTHING)
