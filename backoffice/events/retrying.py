"""Running a transaction again when PostgreSQL chose it as the victim of a deadlock."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection
from psycopg2 import errors

logger = logging.getLogger(__name__)

ATTEMPTS = 3
DEADLOCKS = (errors.DeadlockDetected, errors.SerializationFailure)

P = ParamSpec("P")
R = TypeVar("R")


def retried(
    *more: type[Exception],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a service again, at most three times in all, when it lost against a rival.

    `more` names further errors of psycopg2 that a second look resolves. Inside an outer
    transaction nothing is repeated: only whoever opened it can begin again.
    """
    causes = (*DEADLOCKS, *more)

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(service)
        def again(*args: P.args, **kwargs: P.kwargs) -> R:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return service(*args, **kwargs)
                except DatabaseError as error:
                    lost = isinstance(error.__cause__, causes)
                    if not lost or connection.in_atomic_block or attempt == ATTEMPTS:
                        raise
                    logger.info("%s lost against a rival: %s", service.__name__, error)
                    time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311
            raise AssertionError("unreachable")

        return again

    return decorate
