"""The worker class of the web: a kept-alive connection stays with its thread while threads are left.

Gunicorn's own threads hand a connection back to a poller after each answer, which costs as much as
many of our answers do. Programs that send deals keep few connections busy: they get a thread each.
When there are more connections than threads, all of them go through the poller again.
"""

from __future__ import annotations

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STAY_MILLISECONDS = 1_000
SPARE_THREADS = 2  # for whoever comes new


class StayingThreadWorker(ThreadWorker):  # type: ignore[misc]
    """`--worker-class backoffice.web.StayingThreadWorker`."""

    def handle(self, conn: Any) -> Any:
        """Serve requests of one connection until it is idle for a second or threads grow scarce."""
        while True:
            outcome = super().handle(conn)
            if outcome is not True or not self.alive or conn.is_http2:
                return outcome
            if self.nr_conns > self.cfg.threads - SPARE_THREADS:
                return outcome
            waiting = select.poll()
            waiting.register(conn.sock, select.POLLIN)
            if not waiting.poll(STAY_MILLISECONDS):
                return outcome
