"""How the settlement of a day would end: what is let go, what settles, and why the rest would not. Pure.

It plays the day from our side of it. What is due is let go in the order of a run that does not choose, as far as our
own side is covered and nothing that is sent draws on the same. What is sent settles at the next cycle of its place,
securities and money at once, where both sides bring theirs. Of an outside place only our side is known: the others are
taken to bring what they owe, but those that are supposed to bring nothing. What came in covers what is let go next.
Places are taken to run cycles until nothing more settles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from settlements.advising.reasons import Reason
from settlements.running.at_hand import Candidate, Spot, spots_of

NO_HANDS = "no-hands"  # there is nobody who would release it in time
_NOTHING = Decimal(0)


class Due(NamedTuple):
    """What is to settle by the end of the day, how far it has come, and what stops it whatever is at hand."""

    row: Candidate
    sent: bool = False
    stopped: str = ""
    group: int = 0  # those of a group are let go together; 0: alone
    after: tuple[int, ...] = ()  # what has to settle before it


@dataclass(frozen=True, slots=True)
class Supposed:
    """Who brings nothing, and what comes in besides: at once, then at each later moment in turn."""

    silent: Collection[int] = frozenset()
    coming: Sequence[Mapping[Spot, Decimal]] = ()


@dataclass
class Outlook:
    """Of all that is due what settles, in its order, and why each of the rest does not."""

    settled: list[int] = field(default_factory=list)
    fails: dict[int, str] = field(default_factory=dict)


def play(dues: Sequence[Due], at_hand: Mapping[Spot, Decimal], supposed: Supposed) -> Outlook:
    """Play the day to its end. `dues` are in the order of arrival: priority, due date, key."""
    day = _Day(dues, at_hand, supposed.silent)
    for more in supposed.coming or ({},):
        day.bring(more)
        while day.let_go() | day.settle():
            pass
    fails = {id: day.why(due) for id, due in day.open.items()}
    return Outlook(day.settled, fails)


class _Day:
    """What is open, by key; what everybody of our books has, and how much of it is spoken for."""

    def __init__(
        self, dues: Sequence[Due], at_hand: Mapping[Spot, Decimal], silent: Collection[int]
    ) -> None:
        self.open = {due.row.id: due for due in dues}
        self.sent = {due.row.id for due in dues if due.sent}
        self.has, self.silent = dict(at_hand), silent
        self.settled: list[int] = []
        self.spoken: dict[Spot, Decimal] = {}
        self._speak_for(due for due in dues if due.sent)
        groups: dict[int, list[int]] = {}
        for due in dues:
            groups.setdefault(due.group or -due.row.id, []).append(due.row.id)
        self.groups = list(groups.values())

    def bring(self, more: Mapping[Spot, Decimal]) -> None:
        for spot, amount in more.items():
            self.has[spot] = self.has.get(spot, _NOTHING) + amount

    def let_go(self) -> bool:
        """Let go of what is covered; whether anything was."""
        before = len(self.sent)
        for ids in self.groups:
            waiting = [self.open[id] for id in ids if id in self.open and id not in self.sent]
            if waiting and self._may_go(waiting):
                self.sent.update(due.row.id for due in waiting)
                self._speak_for(waiting)
        return len(self.sent) > before

    def _may_go(self, dues: Sequence[Due]) -> bool:
        if any(due.stopped or any(id in self.open for id in due.after) for due in dues):
            return False
        return all(
            amount <= self.has.get(spot, _NOTHING) - self.spoken.get(spot, _NOTHING)
            for spot, amount in _drawn(dues).items()
        )

    def _speak_for(self, dues: Iterable[Due]) -> None:
        for spot, amount in _drawn(dues).items():
            self.spoken[spot] = self.spoken.get(spot, _NOTHING) + amount

    def settle(self) -> bool:
        """One cycle of every place; whether anything settled."""
        found = [due for id, due in self.open.items() if id in self.sent and self._is_brought(due)]
        moved = False
        for due in found:
            if self._moves(due.row):
                del self.open[due.row.id]
                self.settled.append(due.row.id)
                moved = True
        return moved

    def _is_brought(self, due: Due) -> bool:
        """Whether the other side brings what it owes, where it owes anything."""
        owed = due.row.amount if due.row.delivers else due.row.quantity
        return not due.stopped and (not owed or due.row.counterparty_id not in self.silent)

    def _moves(self, row: Candidate) -> bool:
        """Move it where both sides of our books have it."""
        drawn = _drawn([Due(row)])
        if any(amount > self.has.get(spot, _NOTHING) for spot, amount in drawn.items()):
            return False
        for spot, amount in drawn.items():
            self.has[spot] -= amount
            self.spoken[spot] -= amount
        for spot, amount in _brought(row):
            self.has[spot] = self.has.get(spot, _NOTHING) + amount
        return True

    def why(self, due: Due) -> str:
        """Why it has not settled by the end of the day, by the first of what stands in its way."""
        row = due.row
        if due.stopped:
            return due.stopped
        if row.id in self.sent and not self._is_brought(due):
            return Reason.CMON.value if row.delivers else Reason.CLAC.value
        if row.id not in self.sent and self._may_go([due]):
            return Reason.LAAW.value
        spots = spots_of(row)
        lacks = spots.from_holding is not None and (
            row.quantity > self.has.get(spots.from_holding, _NOTHING) - self._of_others(row, spots.from_holding)
        )  # fmt: skip
        if row.delivers:
            return Reason.LACK.value if lacks else Reason.CMON.value
        return Reason.CLAC.value if lacks else Reason.MONY.value

    def _of_others(self, row: Candidate, spot: Spot) -> Decimal:
        """What is spoken for there by others than this one."""
        own = row.quantity if row.id in self.sent else _NOTHING
        return self.spoken.get(spot, _NOTHING) - own


def _drawn(dues: Iterable[Due]) -> dict[Spot, Decimal]:
    """What these draw on, of what our books know."""
    found: dict[Spot, Decimal] = {}
    for row in (due.row for due in dues):
        spots = spots_of(row)
        for spot, amount in ((spots.from_holding, row.quantity), (spots.from_cash, row.amount)):
            if spot is not None and amount:
                found[spot] = found.get(spot, _NOTHING) + amount
    return found


def _brought(row: Candidate) -> list[tuple[Spot, Decimal]]:
    """Where what it moves arrives, in our books."""
    spots = spots_of(row)
    if row.internal:
        sides = (spots.to_holding, row.quantity), (spots.to_cash, row.amount)
        return [(spot, amount) for spot, amount in sides if spot is not None]
    asset, amount = (row.money_id, row.amount) if row.delivers else (row.asset_id, row.quantity)
    return [(Spot(row.entity_id, row.owner_id, row.place_id, asset), amount)]


def more_of(dues: Sequence[Due], per_cent: Decimal) -> list[Due]:
    """So many per cent more of the same: every so-manieth, evenly over the queue. The count is rounded down."""
    found: list[Due] = []
    so_far = _NOTHING
    for due in dues:
        so_far += per_cent / 100
        while so_far >= 1:
            so_far -= 1
            found.append(due)
    return found


def copies_of(dues: Sequence[Due]) -> list[Due]:
    """The same once more, not sent yet and linked with nothing; their keys are below zero."""
    return [
        Due(due.row._replace(id=-number), stopped=due.stopped) for number, due in enumerate(dues, 1)
    ]
