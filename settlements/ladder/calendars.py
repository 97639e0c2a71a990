"""On which days money can move: by the calendar of its place, that of its currency, and the cut-offs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.kernel.business_days import ONE_DAY, BusinessDays
from refdata.as_known import rows_as_known
from refdata.models import Place
from refdata.selectors import ReferenceData
from settlements.deadlines.kinds import CUT_OFFS, CutOffs, moment_of, settles_until
from settlements.ladder.rules import Group, Key, expected_day, open_day
from settlements.ladder.sources import Span

PAYMENT = "PFOD"


@dataclass(slots=True)
class DaysOf:
    """The days of a span, place by place and currency by currency; what was looked up is remembered."""

    span: Span
    reference: ReferenceData
    places: Mapping[int, tuple[str, str]]  # the code and the calendar of each
    cut_offs: Mapping[str, CutOffs]
    currencies: Mapping[int, str]
    _known: dict[tuple[int | None, int, str, date], date] = field(default_factory=dict)

    @classmethod
    def of(cls, span: Span, reference: ReferenceData) -> DaysOf:
        rows = rows_as_known(Place, ("pk", "code", "calendar__code"), span.horizon)
        return cls(
            span, reference, {pk: (code, calendar) for pk, code, calendar in rows},
            reference.rules.by_key(CUT_OFFS, span.today),
            reference.currency_codes,
        )  # fmt: skip

    def calendars(self, key: Key, day: date) -> Sequence[BusinessDays]:
        """Those of its place and of its currency."""
        found = []
        if key.place_id is not None:
            found.append(self.reference.calendars[self.places[key.place_id][1]])
        of_currency = self.reference.calendar_of(self.currencies.get(key.asset_id, ""), day)
        return found if of_currency is None else [*found, of_currency]

    def is_open(self, key: Key, day: date) -> bool:
        calendars = self.calendars(key, day)
        if not calendars:
            return day.weekday() < 5
        return all(each.is_business_day(day) for each in calendars)

    def deadline(self, key: Key, day: date, method: str = PAYMENT) -> datetime | None:
        """Until when its place settles such money on a day; None where nothing bounds it."""
        rule = self.cut_offs.get(self.places[key.place_id][0]) if key.place_id is not None else None
        if rule is None:
            return None
        by = settles_until(rule, method, self.currencies.get(key.asset_id, ""))
        return moment_of(rule.zone, day, by) if by else None

    def is_past(self, key: Key, day: date, method: str = PAYMENT) -> bool:
        """Whether its cut-off of that day has passed: at the very minute it has not."""
        by = self.deadline(key, day, method)
        return by is not None and self.span.at > by

    def instructed_by(self, key: Key, day: date) -> datetime | None:
        """Until when a payment for a day is taken in at its place, and settled there: the earlier of the two."""
        rule = self.cut_offs.get(self.places[key.place_id][0]) if key.place_id is not None else None
        bounds = [each for each in (self.deadline(key, day),) if each is not None]
        if rule is not None and rule.input_by is not None:
            taken = day
            for _number in range(rule.input_days_before):
                taken = self.reference.calendars[self.places[key.place_id][1]].preceding(  # type: ignore[index]
                    taken - ONE_DAY
                )
            bounds.append(moment_of(rule.zone, taken, rule.input_by))
        return min(bounds, default=None)

    def day_of(self, group: Group) -> date:
        """The day on which money of a group moves."""
        if group.booked:
            return group.due_date
        key = (group.key.place_id, group.key.asset_id, group.method, group.due_date)
        if key not in self._known:
            self._known[key] = expected_day(
                group.due_date, today=self.span.today,
                missed=self.is_past(group.key, self.span.today, group.method),
                calendars=self.calendars(group.key, max(group.due_date, self.span.today)),
            )  # fmt: skip
        return self._known[key]

    def shown(self, key: Key, moves: set[date]) -> list[date]:
        """The days of the span that are open for a line, and those on which something moves all the same."""
        found, day = [], self.span.on
        while day <= self.span.until:
            if day in moves or day == self.span.on or self.is_open(key, day):
                found.append(day)
            day += ONE_DAY
        return found

    def first_open(self, key: Key, day: date) -> date:
        return open_day(day, self.calendars(key, day))
