"""From rows of money to a ladder: which day each comes on, and what stands there at the end of each. Pure.

closing = opening + in - out, carried to the next day;
usable  = closing + credit line - what is set apart, or nothing where a restriction forbids to pay
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from settlements.ladder.kinds import SURE, Counting

ZERO = Decimal(0)


class Key(NamedTuple):
    """Whose money, where, in which currency. Without a place: no account of ours is known for it."""

    entity_id: int
    owner_id: int
    place_id: int | None
    asset_id: int


class Group(NamedTuple):
    """Rows of one kind with one date of their own, summed."""

    key: Key
    due_date: date
    method: str
    source: str
    certainty: str
    booked: bool
    comes: Decimal
    goes: Decimal
    rows: int


DayOf = Callable[[Group], date]


def open_day(day: date, calendars: Sequence[BusinessDays]) -> date:
    """The day, or the next one that is open in all calendars."""
    while True:
        moved = day
        for calendar in calendars:
            moved = calendar.following(moved)
        if moved == day:
            return day
        day = moved


def expected_day(
    due: date, *, today: date, missed: bool, calendars: Sequence[BusinessDays]
) -> date:
    """The day on which money of a due date moves, as the market expects: never before today.

    What is late comes on the next day that is open, today included until its cut-off has passed (`missed`).
    """
    if due > today:
        return open_day(due, calendars)
    first = open_day(today, calendars)
    return open_day(today + ONE_DAY, calendars) if missed and first == today else first


@dataclass(slots=True)
class Movement:
    """What one source brings and takes on one day with one certainty, and the groups that make it."""

    source: str
    certainty: str
    late: bool
    comes: Decimal = ZERO
    goes: Decimal = ZERO
    count: int = 0
    groups: list[Group] = field(default_factory=list)

    def add(self, group: Group) -> None:
        self.comes += group.comes
        self.goes += group.goes
        self.count += group.rows
        self.groups.append(group)


class Standing(NamedTuple):
    """What beside the balance says how much may be paid: lent, set apart, forbidden, and the least to keep."""

    credit_line: Decimal = ZERO
    set_apart: Decimal = ZERO
    restricted: bool = False
    least: Decimal = ZERO


@dataclass(slots=True)
class Day:
    """One day of one line of the ladder."""

    date: date
    opening: Decimal
    movements: list[Movement]
    standing: Standing
    counting: str

    def counts(self, movement: Movement) -> bool:
        """Whether what it brings is counted: what goes out always is."""
        return self.counting == Counting.ALL or movement.certainty in SURE

    @property
    def comes(self) -> Decimal:
        return sum((each.comes for each in self.movements if self.counts(each)), ZERO)

    @property
    def goes(self) -> Decimal:
        return sum((each.goes for each in self.movements), ZERO)

    @property
    def unsure(self) -> Decimal:
        """What may come and is not counted."""
        return sum((each.comes for each in self.movements if not self.counts(each)), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.comes - self.goes

    @property
    def covered(self) -> Decimal:
        """What stands there with the credit line and without what is set apart; below zero: it lacks."""
        return self.closing + self.standing.credit_line - self.standing.set_apart

    @property
    def usable(self) -> Decimal:
        return ZERO if self.standing.restricted else max(self.covered, ZERO)

    @property
    def lacks(self) -> Decimal:
        """How much is missing to the least that is to stand there."""
        return max(self.standing.least - self.covered, ZERO)


@dataclass(slots=True)
class Line:
    """One owner's money at one place in one currency, day by day."""

    key: Key
    days: list[Day]

    def day(self, on: date) -> Day | None:
        return next((each for each in self.days if each.date == on), None)

    @property
    def is_empty(self) -> bool:
        return not any(day.opening or day.movements or any(day.standing) for day in self.days)


def lines_of(
    groups: Iterable[Group],
    openings: Mapping[Key, Decimal],
    *,
    days: Callable[[Key, set[date]], Sequence[date]],
    day_of: DayOf,
    standing: Callable[[Key, date], Standing],
    counting: str,
) -> list[Line]:
    """The lines of a ladder; `days` says which days a line shows, given those on which something moves."""
    moved: dict[Key, dict[date, dict[tuple[str, str, bool], Movement]]] = {}
    for group in groups:
        on = day_of(group)
        late = not group.booked and group.due_date < on
        of_day = moved.setdefault(group.key, {}).setdefault(on, {})
        name = (group.source, group.certainty, late)
        of_day.setdefault(name, Movement(*name)).add(group)
    found = []
    for key in sorted(moved.keys() | openings.keys(), key=_order):
        by_day, balance, shown = moved.get(key, {}), openings.get(key, ZERO), []
        for on in days(key, set(by_day)):
            movements = [by_day.get(on, {})[name] for name in sorted(by_day.get(on, {}))]
            day = Day(on, balance, movements, standing(key, on), counting)
            shown.append(day)
            balance = day.closing
        found.append(Line(key, shown))
    return [line for line in found if not line.is_empty]


def _order(key: Key) -> tuple[int, int, int, int]:
    return key.entity_id, key.asset_id, key.place_id or 0, key.owner_id
