"""What a difference with a place is. Pure."""

from __future__ import annotations

from decimal import Decimal

from settlements.fails.statements.state import Difference


def difference_of(
    settlement_id: int | None, ours: Decimal | None, theirs: Decimal | None
) -> Difference:
    """What is different about one line: who has it, and whether it is about anything of ours."""
    if settlement_id is None:
        return Difference.NOT_KNOWN
    if theirs is None:
        return Difference.NOT_THEIRS
    return Difference.NOT_OURS if ours is None else Difference.AMOUNT
