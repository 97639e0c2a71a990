"""Who is there on a day, for how long, and in which queue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from backoffice.workflow.workload.rules import NOTHING, SECONDS_AN_HOUR


class Week(NamedTuple):
    """The usual hours of a person from a day on, Monday first, in a queue."""

    valid_from: date
    queue: str
    hours: Sequence[Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with the roles that are held, the weeks of the roster by their first day, and the days away."""

    id: int
    name: str
    roles: frozenset[str]
    weeks: Sequence[Week]
    away: Sequence[tuple[date, date]] = ()

    def week_on(self, day: date) -> Week | None:
        """The last that has begun."""
        return next((week for week in reversed(self.weeks) if week.valid_from <= day), None)

    def hours_on(self, day: date, queue: str) -> Decimal:
        """Of a person who is away, or whose role is gone, nothing."""
        week = self.week_on(day)
        if week is None or week.queue != queue or queue not in self.roles:
            return NOTHING
        if any(first <= day <= last for first, last in self.away):
            return NOTHING
        return week.hours[day.weekday()]


@dataclass(frozen=True, slots=True)
class Staff:
    """Those who are there in one queue on one day, and the seconds in which they do items."""

    people: Sequence[Person]
    seconds: Decimal


def staff_on(people: Sequence[Person], day: date, queue: str, *, share: Decimal) -> Staff:
    """`share` of the hours is spent on items; the rest goes to breaks, meetings and questions."""
    hours = {person.id: person.hours_on(day, queue) for person in people}
    present = [person for person in people if hours[person.id]]
    return Staff(present, sum(hours.values(), NOTHING) * share * SECONDS_AN_HOUR)
