"""What places say of penalties, as their statement of a month is taken in (settlements/fails/statements).

A place sends a list a month, or one a day and then what was amended of it: what a later list says of a penalty takes
the place of what an earlier one said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from backoffice.connectors.channels.references import NEW, named_by
from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.penalties import Penalty, PenaltyDay, PenaltyStatement
from backoffice.connectors.formats.recognising import format_of, read_securities
from backoffice.connectors.formats.refusing import refuse
from backoffice.kernel.decimals import plain

OUR_REFERENCE = re.compile(r"S-[1-9][0-9]{0,17}\Z", re.ASCII)
Row = dict[str, str]


def is_message(raw: bytes) -> bool:
    """Whether a file is a message of some format, and no table."""
    return format_of(raw) is not None


def rows_in_file(raw: bytes, *, month: date) -> list[Row]:
    """The lines of a month in a file of MT537 or semt.044, as `read_lines` takes them. Raises Refused."""
    pages = [each for each in read_securities(raw) if isinstance(each, PenaltyStatement)]
    if not pages:
        refuse("penalties", "wrong-kind", "file", "no list of penalties")
    return rows_of(joined(pages), month=month)


def rows_of(statements: Iterable[PenaltyStatement], *, month: date) -> list[Row]:
    """The lines of a month (its first day) by what was said last. One without a day is kept, and refused later."""
    found: dict[str, list[Penalty]] = {}
    for statement in statements:
        own: dict[str, list[Penalty]] = {}
        for each in statement.lines:
            own.setdefault(each.reference or each.common, []).append(each)
        for gone in {each.previous for each in statement.lines} - own.keys():
            found.pop(gone, None)
        found.update(own)
    of_month = [each for own in found.values() for each in own if each.month in (month, None)]
    return [row for each in of_month for row in _rows(each)]


def _rows(penalty: Penalty) -> Iterator[Row]:
    """A line a day where each day's amount is told; else one of the first day with the whole."""
    if penalty.days and _is_split(penalty):
        for day in penalty.days:
            yield _row(penalty, day)
    else:
        first = min(penalty.days, key=lambda each: each.day, default=None)
        yield _row(penalty, PenaltyDay(first.day, penalty.amount) if first else None)


def _is_split(penalty: Penalty) -> bool:
    told = [each.money for each in penalty.days if each.money]
    same = all(money.currency == penalty.amount.currency for money in told)
    total = sum(money.amount for money in told)
    return len(told) == len(penalty.days) and same and total == penalty.amount.amount


def _ours(reference: str) -> str:
    """The settlement of an instruction that a place names, by what it calls it or by our own number."""
    named = named_by(reference)
    if named is not None and named.function == NEW:
        return f"S-{named.settlement_id}"
    return reference if OUR_REFERENCE.match(reference) else ""


def _row(penalty: Penalty, day: PenaltyDay | None) -> Row:
    money = (day.money if day else None) or penalty.amount
    ours = _ours(penalty.instruction)
    return {
        "their_ref": penalty.reference or penalty.common, "settlement": ours,
        "day": day.day.isoformat() if day else "", "kind": penalty.kind,
        "payer": "OURS" if penalty.we_pay else "THEIRS", "amount": plain(money.amount),
        "currency": money.currency,
        "status": "ACTV" if penalty.status == "OTHR" else penalty.status,
    }  # fmt: skip
