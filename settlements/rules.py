"""Deciding what settles. Pure: instructions and what is at hand in, decisions out.

`decide` is the interface that an optimiser will stand behind: the same instructions and balances,
another choice. First in, first out with recycling is the rule that is in force.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from settlements.state import Reason


def last_stop(
    due_date: date, *, stop_by: time, days_before: int, calendar: BusinessDays, zone: ZoneInfo
) -> datetime:
    """The last moment at which a payment due on a day can be stopped, in the time of its place."""
    day = due_date
    for _ in range(days_before):
        day = calendar.preceding(day - ONE_DAY)
    return datetime.combine(day, stop_by, tzinfo=zone)


AtHand = MutableMapping[tuple[int, int], Decimal]  # (ledger account, asset) -> quantity


class Instruction(NamedTuple):
    """A settlement as the decision sees it: what leaves which account, and what comes in.

    An account of None is outside our books: nothing is known there and nothing is checked.
    """

    settlement_id: int
    delivers: bool  # the owner delivers the securities, the counterparty pays
    asset_id: int
    quantity: Decimal
    money_id: int
    amount: Decimal
    from_holding: int | None
    to_holding: int | None
    from_cash: int | None
    to_cash: int | None


class Decision(NamedTuple):
    """What becomes of one instruction: chosen, or left out with the market's reason."""

    settlement_id: int
    chosen: bool
    reason: str = ""
    short: Decimal = Decimal(0)


def decide(instructions: Sequence[Instruction], at_hand: AtHand) -> list[Decision]:
    """First in, first out with recycling; chosen ones come first, in the order they settle.

    Passes go over what is left in the order given until a pass chooses nothing: what one
    instruction brings in, a later pass may use. Changes `at_hand` by what is chosen.
    """
    chosen: list[Decision] = []
    left = list(instructions)
    while True:
        still_left = []
        for instruction in left:
            if lack_of(instruction, at_hand) is None:
                move(instruction, at_hand)
                chosen.append(Decision(instruction.settlement_id, True))
            else:
                still_left.append(instruction)
        if len(still_left) == len(left):
            break
        left = still_left
    return chosen + [_left_out(instruction, at_hand) for instruction in left]


def lack_of(instruction: Instruction, at_hand: AtHand) -> tuple[str, Decimal] | None:
    """Which side lacks what, and how much of it; None when everything is at hand."""
    i = instruction
    if i.from_holding is not None and i.quantity:
        short = i.quantity - at_hand.get((i.from_holding, i.asset_id), Decimal(0))
        if short > 0:
            return (Reason.LACK if i.delivers else Reason.CLAC), short
    if i.from_cash is not None and i.amount:
        short = i.amount - at_hand.get((i.from_cash, i.money_id), Decimal(0))
        if short > 0:
            return (Reason.CMON if i.delivers else Reason.MONY), short
    return None


def move(instruction: Instruction, at_hand: AtHand) -> None:
    """What is at hand after the instruction settled."""
    i = instruction
    for account, asset, quantity in (
        (i.from_holding, i.asset_id, -i.quantity),
        (i.to_holding, i.asset_id, i.quantity),
        (i.from_cash, i.money_id, -i.amount),
        (i.to_cash, i.money_id, i.amount),
    ):
        if account is not None and quantity:
            key = (account, asset)
            at_hand[key] = at_hand.get(key, Decimal(0)) + quantity


def _left_out(instruction: Instruction, at_hand: AtHand) -> Decision:
    lack = lack_of(instruction, at_hand)
    reason, short = lack if lack else ("", Decimal(0))
    return Decision(instruction.settlement_id, False, str(reason), short)


Moves = Mapping[tuple[int, int], Decimal]  # (ledger account, asset) -> what is added, or taken


def without_cover(
    moves: Mapping[int, Moves], least: Moves
) -> dict[int, tuple[tuple[int, int], Decimal]]:
    """Which of these settlements to leave so that nobody is below zero, the last of them first.

    All together are judged, so that what goes round stays. `least` is what stands on each account that
    is watched. Of each that is left: which account lacks what, and how much with all that were there
    still. Leaving one may take from others what it would have brought; those are left as well.
    """
    after = dict(least)
    takers: dict[tuple[int, int], list[int]] = {key: [] for key in least}
    for id, changes in moves.items():
        for key, change in changes.items():
            if key in after:
                after[key] += change
                if change < 0:
                    takers[key].append(id)
    left: dict[int, tuple[tuple[int, int], Decimal]] = {}
    short = sorted(key for key, balance in after.items() if balance < 0)
    while short:
        key = short.pop()
        while after[key] < 0 and takers[key]:
            id = takers[key].pop()
            if id in left:
                continue
            left[id] = key, -after[key]
            for other, change in moves[id].items():
                if other in after:
                    after[other] -= change
                    if after[other] < 0 and other != key:
                        short.append(other)
    return left
