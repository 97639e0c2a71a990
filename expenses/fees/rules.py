"""What a difference with a bill is, and what a bill must still come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from expenses.fees.state import Difference

UNKNOWN = "?"  # what a line begins with that is for nothing of ours
MONTHLY = "#"  # the kind of a fee that is for no single thing


def difference_of(about: str, ours: Decimal | None, theirs: Decimal | None) -> Difference:
    """What is different about one thing: who has it, and whether it is ours at all."""
    if about.startswith(UNKNOWN):
        return Difference.NOT_KNOWN
    if theirs is None:
        return Difference.NOT_THEIRS
    return Difference.NOT_OURS if ours is None else Difference.AMOUNT


def payable(billed: Decimal, won: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """What is paid of a bill: less what they have agreed was too much, and more what was too little (ours, theirs)."""
    return billed - sum((theirs - ours for ours, theirs in won), Decimal(0))
