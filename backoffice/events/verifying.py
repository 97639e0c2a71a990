"""Computes the chain again from the rows that are stored, and says where they are not what was sealed.

After a problem it goes on from the hash that is stored, so that one change is told once and not
for every number behind it. What agrees with itself and is still not the truth, a history sealed
anew from some number on, is found by a hash noted outside of the database: `expected`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import connection

from backoffice.events.roots import root_of
from backoffice.events.sealed import SealedDay, SealedEvent, rows_of, sealed_history, snapshot
from backoffice.kernel.sealing import SEED, chain

_UNNUMBERED = """
SELECT e.id FROM events_event e
 WHERE e.tx < (SELECT horizon FROM events_watermark ORDER BY id DESC LIMIT 1)
   AND NOT EXISTS (SELECT FROM events_sequence s WHERE s.event_id = e.id)
 ORDER BY e.id
"""
_MARKED = "SELECT number FROM events_watermark ORDER BY id DESC LIMIT 1"


class Verifier:
    """One walk through the whole history; afterwards it can be asked what it has passed."""

    def __init__(self, expected: Iterable[str] = ()) -> None:
        self.count = self.days = self.number = 0
        self.hash = SEED
        self.day: SealedDay | None = None
        self._place = (0, 0)
        self._expected = set(expected)

    def problems(self) -> Iterator[str]:
        """A line for everything that is wrong, in the order of the numbers."""
        with snapshot():
            for part in sealed_history():
                if isinstance(part, SealedEvent):
                    yield from self._check_event(part)
                else:
                    yield from self._check_day(part)
            yield from self._check_ends()

    def _check_event(self, event: SealedEvent) -> Iterator[str]:
        follows = event.number == self.number + 1
        if not follows:
            yield f"number {event.number}: numbers {self.number + 1} to {event.number - 1} are missing"
        if event.content is None:
            yield f"number {event.number}: its event is gone"
        else:
            if follows and next(chain(self.hash, [event.content])) != event.hash:
                yield f"number {event.number}: the hash does not fit the event and the hash before"
            if self._place > (event.tx, event.content["id"]):
                yield f"number {event.number}: it was committed before the number before it"
            self._place = (event.tx, event.content["id"])
        self.count += 1
        self.number, self.hash = event.number, event.hash
        self._expected.discard(event.hash)

    def _check_day(self, day: SealedDay) -> Iterator[str]:
        name, before = f"root of {day.day}, number {day.number}", self.day
        if day.number != self.number:
            yield f"{name}: the chain stands at number {self.number}"
        elif day.hash != self.hash:
            yield f"{name}: the chain has another hash there"
        if root_of(day.previous, day.day, day.number, day.hash) != day.root:
            yield f"{name}: the root does not fit its day and the root before"
        if before and day.day != before.day + timedelta(days=1):
            yield f"{name}: the root before is of {before.day}"
        if day.count != day.number - (before.number if before else 0):
            yield f"{name}: a count of {day.count} does not lead there"
        self.days += 1
        self.day = day
        self._expected.discard(day.root)

    def _check_ends(self) -> Iterator[str]:
        """What is not in the chain and ought to be."""
        with connection.cursor() as cursor:
            cursor.execute(_MARKED)
            (marked,) = cursor.fetchone() or (0,)
        if marked > self.number:
            yield f"number {self.number}: the last one; there were {marked} at the last watermark"
        for (event_id,) in rows_of(_UNNUMBERED, []):
            yield f"event {event_id}: it has no number, and is older than the horizon"
        for noted in sorted(self._expected):
            yield f"noted hash {noted}: it is nowhere in the chain"
