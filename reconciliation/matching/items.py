"""What is matched, as the rules see it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from reconciliation.matching.state import MatchRule, Why

NOTHING: frozenset[str] = frozenset()
# Our own references, as they survive on their way through a bank: no hyphen, no case.
OWN = re.compile(r"(?:S|D|IC|BI|PS|DF)[0-9]{1,18}")
IN_TEXT = re.compile(r"(?<![A-Z0-9])(S|D|IC|BI|PS|DF)-([0-9]{1,18})(?![0-9])")
NO_REFERENCE = frozenset(("", "NONREF", "NOTPROVIDED", "NOREF", "NONE", "0"))
_LOST = str.maketrans("", "", " -/.,:_")
FIRST_DAY = date(2000, 1, 1)  # days are counted from it


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


class Line(NamedTuple):
    """A booked line of a statement: `amount` above zero is money in; `day` a number, `pool` what it belongs to."""

    id: int
    pool: int
    amount: Decimal
    day: int
    names: frozenset[str] = NOTHING
    parties: frozenset[str] = NOTHING
    reversal: bool = False
    held: bool = False  # a person undid a match of it

    @property
    def own_names(self) -> frozenset[str]:
        """Those of its references that look like ours."""
        return frozenset(name for name in self.names if OWN.fullmatch(name))


class Entry(NamedTuple):
    """What an entry moves on a cash account of ours; `reverses` is the entry that it takes back."""

    id: int
    account: int
    pool: int
    amount: Decimal
    day: int
    names: frozenset[str] = NOTHING
    parties: frozenset[str] = NOTHING
    reverses: int = 0
    held: bool = False

    @property
    def key(self) -> tuple[int, int]:
        return self.id, self.account


class Found(NamedTuple):
    """Lines and entries that are the same money, and by which rule."""

    rule: MatchRule
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]

    @property
    def items(self) -> list[Line | Entry]:
        return [*self.lines, *self.entries]

    @property
    def pool(self) -> int:
        return self.items[0].pool


class Proposed(NamedTuple):
    """Lines and entries that a person decides about; above zero the bank has more. `before` is the match it is like."""

    why: Why
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]
    before: str = ""

    @property
    def difference(self) -> Decimal:
        return total(self.lines) - total(self.entries)


def total(items: Iterable[Line] | Iterable[Entry]) -> Decimal:
    return sum((each.amount for each in items), Decimal(0))


def normal(reference: str) -> str:
    """A reference as it is compared: banks change the case of letters and lose what stands between them."""
    text = reference.upper().translate(_LOST)
    return "" if text in NO_REFERENCE else text


def names_in(*references: str, text: str = "") -> frozenset[str]:
    """The references of a line: those of its fields, and ours that its text names."""
    found = {normal(each) for each in references if each}
    if text:
        found.update(prefix + number for prefix, number in IN_TEXT.findall(text.upper()))
    found.discard("")
    return frozenset(found)
