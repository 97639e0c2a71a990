"""Group commit: requests that arrive together are captured in one transaction.

No timer: whoever finds no leader leads, takes all that is queued and calls once. A hot limit is locked
once per batch instead of once per deal. What a batch waits for before it is answered, the disk, it waits for
when another leads already.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from backoffice.kernel.errors import Unavailable
from backoffice.kernel.i18n import gettext_noop

logger = logging.getLogger(__name__)

MAX_BATCH = 64
MAX_QUEUE = 1_000
WAIT_SECONDS = 20.0

Row = TypeVar("Row")
Result = TypeVar("Result")


class TooBusy(Unavailable):
    code = "too-busy"
    title = gettext_noop("Too many requests are waiting")
    detail = gettext_noop("The request could not be taken up in time; nothing of it was done.")
    hint = gettext_noop("Repeat it with the same Idempotency-Key in a moment.")


class Waiter(Generic[Row, Result]):
    """One row in the queue, and later its result or the error of its call."""

    def __init__(self, row: Row, wake: threading.Event) -> None:
        self.row = row
        self.wake = wake  # shared by the rows that one thread waits for
        self.finished = False
        self.result: Result | None = None
        self.error: Exception | None = None

    def finish(self, *, result: Result | None = None, error: Exception | None = None) -> None:
        self.result, self.error, self.finished = result, error, True
        self.wake.set()

    def value(self) -> Result:
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result


class Group(Generic[Row, Result]):
    """One per process. `run` takes a batch in one transaction: all of it, or an exception.

    `then` is called after it and before anybody is answered, while the next batch may run.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Row]], Sequence[Result]],
        *,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self.run = run
        self.then = then
        self.queue: deque[Waiter[Row, Result]] = deque()
        self.leading = threading.Lock()

    def submit(self, row: Row) -> Result:
        """The row's result, computed by this thread or by the one that leads. Raises TooBusy."""
        (waiter,) = self.submit_all([row])
        return waiter.value()

    def submit_all(self, rows: Sequence[Row]) -> list[Waiter[Row, Result]]:
        """The same for several rows at once; each waiter has its result or its error."""
        wake = threading.Event()
        mine: list[Waiter[Row, Result]] = [Waiter(row, wake) for row in rows]
        if len(self.queue) >= MAX_QUEUE:
            for waiter in mine:
                waiter.finish(error=TooBusy())
        self.queue.extend(waiter for waiter in mine if not waiter.finished)
        deadline = time.monotonic() + WAIT_SECONDS
        while not all(waiter.finished for waiter in mine):
            if self.leading.acquire(blocking=False):
                try:
                    batch, results = self._lead()
                finally:
                    self.leading.release()
                    self._wake_next()
                self._finish(batch, results)
            elif not wake.wait(max(0.0, deadline - time.monotonic())):
                self._withdraw(mine)
            wake.clear()
        return mine

    def _lead(self) -> tuple[list[Waiter[Row, Result]], Sequence[Result]]:
        """Take what is queued and run it; the rows that are led for may have been finished meanwhile."""
        batch = [self.queue.popleft() for _ in range(min(len(self.queue), MAX_BATCH))]
        if not batch:
            return [], []
        try:
            return batch, self.run([waiter.row for waiter in batch])
        except Exception:
            # The failed call left nothing behind: each row gets its own transaction and error.
            logger.exception("a batch of %s failed and is run row by row", len(batch))
            for waiter in batch:
                self._run_alone(waiter)
            return [], []

    def _finish(self, batch: Sequence[Waiter[Row, Result]], results: Sequence[Result]) -> None:
        """Answer a batch that ran, once what it waits for has come."""
        if not batch:
            return
        try:
            self.then()
        except Exception as error:
            # What became of it is not known; the same key asked again tells.
            logger.exception("a batch of %s cannot be answered", len(batch))
            for waiter in batch:
                waiter.finish(error=error)
            return
        for waiter, result in zip(batch, results, strict=True):
            waiter.finish(result=result)

    def _run_alone(self, waiter: Waiter[Row, Result]) -> None:
        try:
            (result,) = self.run([waiter.row])
            self.then()
        except Exception as error:
            logger.exception("a row failed alone")
            waiter.finish(error=error)
        else:
            waiter.finish(result=result)

    def _wake_next(self) -> None:
        with contextlib.suppress(IndexError):
            self.queue[0].wake.set()

    def _withdraw(self, mine: Sequence[Waiter[Row, Result]]) -> None:
        """Out of patience: leave the queue; what a leader has taken already is waited for."""
        for waiter in mine:
            with contextlib.suppress(ValueError):
                self.queue.remove(waiter)
                waiter.finish(error=TooBusy())
        if not all(waiter.finished for waiter in mine):
            mine[0].wake.wait()
