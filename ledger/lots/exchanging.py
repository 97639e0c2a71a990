"""What goes in exchange for something else: it realises nothing, and what comes costs what it cost. Pure.

Rights that are exercised, and what is given for the securities of an offer: the new lots cost what is paid for them and
what was paid for what went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ledger.lots.carrying import Over
from ledger.lots.matching import Change, Closing, Matched

ZERO = Decimal(0)


def with_cost_of(came: Change, closings: Sequence[Closing]) -> Change:
    """What came, at what is paid for it and what that cost which went for it; in other currencies it stays apart."""
    went = [each for each in closings if _is_exchanged(each) and _same(each.closing, came)]
    return replace(
        came, gross=came.gross + sum((each.opening_gross for each in went), ZERO),
        fee=came.fee + sum((each.opening_fee for each in went), ZERO),
    )  # fmt: skip


def without_result(over: Over) -> Over:
    """Positions in which what went in exchange brought exactly what it cost, piece by piece."""
    closings = [_at_cost(each) if _is_exchanged(each) else each for each in over.matched.closings]
    if closings == over.matched.closings:
        return over
    pieces: dict[int, list[Change]] = {}
    for each in closings:
        if _is_exchanged(each):
            piece = replace(
                each.closing, quantity=each.quantity, gross=each.closing_gross, fee=ZERO
            )
            pieces.setdefault(each.closing.id, []).append(piece)
    stretches = [
        [part for change in stretch for part in pieces.get(change.id, [change])]
        for stretch in over.stretches
    ]
    return replace(over, matched=Matched(closings, over.matched.lots), stretches=stretches)


def _is_exchanged(each: Closing) -> bool:
    """In one currency: of what was paid in another the cost cannot be added to what is paid now."""
    return each.closing.at_cost and not each.closing.incoming and each.single_currency


def _same(went: Change, came: Change) -> bool:
    one, other = (
        (each.source_type, each.source_id, each.book_id, each.currency) for each in (went, came)
    )
    return one == other


def _at_cost(each: Closing) -> Closing:
    return replace(each, closing_gross=each.opening_gross + each.opening_fee, closing_fee=ZERO)
