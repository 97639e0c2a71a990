"""What a forecast means for people: who is there, what is left each evening, what comes too late, and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from backoffice.events.selectors import KnownAt
from backoffice.work.pace import paces
from backoffice.work.terms import TERMS, Terms
from backoffice.work.workload import firm_mornings
from backoffice.workflow.models import WorkItem
from backoffice.workflow.workload.capacity import Person, Staff, staff_on
from backoffice.workflow.workload.forecasting import DAYS_AHEAD, Expected, Stream
from backoffice.workflow.workload.models import Forecast, ForecastFigure
from backoffice.workflow.workload.reading import Mornings, usual_lags
from backoffice.workflow.workload.remedies import Helper, Proposal, cheapest
from backoffice.workflow.workload.rules import (
    NOTHING,
    SECONDS_AN_HOUR,
    Evening,
    Load,
    age_profile,
    agents_needed,
    flow,
    needed_a_day,
    share_inside,
)
from backoffice.workflow.workload.selectors import figures_of, people
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

NEVER_LATE = 10_000  # days: of what has no deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDay:
    """One queue on one day: what is expected, who is there, who would be needed, and how it ends."""

    day: date
    expected: Expected
    evening: Evening
    present: int
    hours: Decimal  # in which items are done
    needed: int


class Handling(NamedTuple):
    """How long an item of a kind takes, by the rule and as many as were measured."""

    kind: str
    seconds: Decimal
    measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutlook:
    """A queue over the days ahead; `ages` and `inside` are of what waits now."""

    queue: str
    days: Sequence[QueueDay]
    waiting: int
    ages: Sequence[int]
    inside: Decimal | None
    remedy: Proposal | None
    handling: Sequence[Handling]

    @property
    def late(self) -> Decimal:
        return sum((each.evening.late for each in self.days), NOTHING)


class _Measured:
    """How long kinds take and when they are late."""

    def __init__(self, mornings: Mornings, known: KnownAt) -> None:
        self.paces = paces(mornings.at, known=known)
        self.lags = usual_lags(mornings, known=known)

    def handling(self, kind: str) -> Handling:
        """Whole seconds."""
        pace = self.paces.of(kind)
        return Handling(kind, Decimal(max(round(pace.minutes * 60), 1)), pace.measured)

    def seconds_of(self, kind: str) -> Decimal:
        return self.handling(kind).seconds

    def load(self, stream: Stream, items: Decimal, *, day: int) -> Load:
        """What comes on a day, late after as many more as is usual."""
        due = day + self.lags.get(stream, NEVER_LATE)
        return Load(kind=stream.kind, items=items, seconds=self.seconds_of(stream.kind), due=due)


def outlook(forecast: Forecast, *, at: datetime) -> list[QueueOutlook] | None:
    """What is expected held against who is there, queue by queue; None: no terms are in force."""
    terms = reference_data().rules.find(TERMS, firm_day(at))
    if terms is None:
        return None
    known = KnownAt(at=forecast.at, number=forecast.number, horizon=forecast.horizon)
    mornings = firm_mornings(known, at=forecast.at)
    ahead = mornings.days[mornings.today : mornings.today + DAYS_AHEAD]
    measured = _Measured(mornings, known)
    waiting: defaultdict[str, list[WorkItem]] = defaultdict(list)
    for item in WorkItem.objects.filter(closed_at=None).order_by("id"):
        waiting[item.queue].append(item)
    queues = _Queues(terms, measured, ahead, people(since=ahead[0]), mornings, at)
    expected = _expected(figures_of(forecast))
    for queue in sorted({*expected, *waiting}):
        queues.add(queue, expected.get(queue, {}), waiting.get(queue, []))
    return queues.found()


_ByDay = Mapping[tuple[str, date], Expected]


def _expected(figures: Iterable[ForecastFigure]) -> dict[str, dict[tuple[str, date], Expected]]:
    """Of whole days, by queue: each kind, and the queue itself, whose kind is empty."""
    found: defaultdict[str, dict[tuple[str, date], Expected]] = defaultdict(dict)
    for row in figures:
        if row.half_hour is None:
            numbers = Expected(float(row.expected), float(row.low), float(row.high))
            found[row.queue][row.kind, row.day] = numbers
    return dict(found)


@dataclass(slots=True)
class _Queue:
    name: str
    expected: _ByDay
    items: Sequence[WorkItem]
    staff: list[Staff]
    coming: list[list[Load]]
    evenings: list[Evening]


class _Queues:
    """All queues are worked out first: who could help another is known only then."""

    def __init__(
        self, terms: Terms, measured: _Measured, ahead: Sequence[date], everybody: Sequence[Person],
        mornings: Mornings, at: datetime,
    ) -> None:  # fmt: skip
        self.terms, self.measured, self.ahead, self.at = terms, measured, ahead, at
        self.everybody, self.mornings = everybody, mornings
        self.queues: list[_Queue] = []

    def add(self, name: str, expected: _ByDay, items: Sequence[WorkItem]) -> None:
        share = Decimal(self.terms.share)
        staff = [staff_on(self.everybody, day, name, share=share) for day in self.ahead]
        coming = [
            [
                self.measured.load(
                    Stream(name, kind), Decimal(str(round(each.number, 2))), day=number
                )
                for (kind, on), each in expected.items()
                if kind and on == day
            ]
            for number, day in enumerate(self.ahead)
        ]
        evenings = flow(
            [self._waiting(each) for each in items], coming, [each.seconds for each in staff]
        )
        self.queues.append(_Queue(name, expected, items, staff, coming, evenings))

    def _waiting(self, item: WorkItem) -> Load:
        """What waits already is late when it says so itself."""
        due = NEVER_LATE
        if item.due_at is not None:
            number = self.mornings.day_of(firm_day(item.due_at))
            due = -1 if item.due_at <= self.at else NEVER_LATE
            due = number - self.mornings.today if number is not None and due != -1 else due
        seconds = self.measured.seconds_of(item.kind)
        return Load(kind=item.kind, items=Decimal(1), seconds=seconds, due=due)

    def found(self) -> list[QueueOutlook]:
        return [self._outlook(queue) for queue in self.queues]

    def _outlook(self, queue: _Queue) -> QueueOutlook:
        return QueueOutlook(
            queue=queue.name, days=[self._day(queue, number) for number in range(len(self.ahead))],
            waiting=len(queue.items), ages=age_profile((each.opened_at for each in queue.items), at=self.at),
            inside=share_inside((each.due_at for each in queue.items), at=self.at),
            remedy=self._remedy(queue), handling=self._handling(queue),
        )  # fmt: skip

    def _day(self, queue: _Queue, number: int) -> QueueDay:
        day, evening, staff = self.ahead[number], queue.evenings[number], queue.staff[number]
        hours = staff.seconds / SECONDS_AN_HOUR
        usual = self._person_hours(queue)
        needed = needed_a_day(
            backlog=evening.backlog,
            target_days=Decimal(self.terms.target_days),
            inflow=evening.inflow,
        )
        return QueueDay(
            day=day, expected=queue.expected.get(("", day), Expected(0.0, 0.0, 0.0)), evening=evening,
            present=len(staff.people), hours=hours,
            needed=agents_needed(needed=needed, productive_hours=usual, handling_seconds=Decimal(1)),
        )  # fmt: skip

    def _person_hours(self, queue: _Queue) -> Decimal:
        """In how many hours a person of the queue does items on a day: the mean, else of eight hours there."""
        people_days = sum(len(each.people) for each in queue.staff)
        seconds = sum((each.seconds for each in queue.staff), NOTHING)
        if people_days:
            return seconds / people_days / SECONDS_AN_HOUR
        return 8 * Decimal(self.terms.share)

    def _remedy(self, queue: _Queue) -> Proposal | None:
        loads: defaultdict[str, list[Decimal]] = defaultdict(lambda: [NOTHING] * len(self.ahead))
        for number, coming in enumerate(queue.coming):
            for load in coming:
                loads[load.kind][number] += load.work
        return cheapest(
            [each.short for each in queue.evenings], helpers=self._helpers(queue),
            present=[len(each.people) for each in queue.staff],
            person_seconds=self._person_hours(queue) * SECONDS_AN_HOUR, loads=loads, costs=self.terms.costs,
        )  # fmt: skip

    def _handling(self, queue: _Queue) -> list[Handling]:
        kinds = {kind for kind, _ in queue.expected if kind} | {item.kind for item in queue.items}
        return [self.measured.handling(kind) for kind in sorted(kinds)]

    def _helpers(self, queue: _Queue) -> list[Helper]:
        """Of each other queue those who hold this one's role too, with the time that their own leaves."""
        found = []
        for other in self.queues:
            able = {p.id for staff in other.staff for p in staff.people if queue.name in p.roles}
            if other is not queue and able:
                spare = [each.spare for each in other.evenings]
                found.append(Helper(queue=other.name, people=len(able), spare=spare))
        return found
