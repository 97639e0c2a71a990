"""The worker class of the web: gunicorn's threads, and lanes for programs that send many deals.

A connection takes the usual road until it has captured a deal over it and stays open; then it joins
a lane, where the requests of a moment are captured together. Whatever the lane does not answer
comes back to the usual road.
"""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from backoffice.collector import spare_the_collector
from backoffice.lanes import Lane, Serve

LANES = 2  # one reads, checks and answers while the database works for the other


class LaneWorker(ThreadWorker):  # type: ignore[misc]
    """`--worker-class backoffice.web.LaneWorker`."""

    lanes: tuple[Lane, ...] = ()
    express_path = ""

    def load_wsgi(self) -> None:
        """Once the application stands, the lanes may serve their express operation."""
        super().load_wsgi()
        from deals.capturing.express import PATH, capture_express

        self.express_path = PATH
        self.lanes = tuple(self._lane(capture_express) for _ in range(LANES))
        for lane in self.lanes:
            lane.start()
        spare_the_collector()

    def _lane(self, serve: Serve) -> Lane:
        return Lane(
            serve,
            give_back=lambda conn, raw: self.method_queue.defer(self.take_back, conn, raw),
            gone=lambda conn: self.method_queue.defer(self.let_go, conn),
            idle_seconds=self.cfg.keepalive,
        )

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sent_a_deal = req.method == "POST" and req.path == self.express_path
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """On the main thread, after an answer: the connection closes, waits, or joins a lane."""
        stays = not fs.cancelled() and fs.exception() is None and fs.result() is True
        buffered = stays and conn.parser.unreader.buf.getvalue()
        sends_deals = getattr(conn, "sent_a_deal", False)
        if self.lanes and self.alive and stays and sends_deals and not buffered:
            min(self.lanes, key=lambda lane: len(lane.members)).join_connection(conn)
        else:
            super().finish_request(conn, fs)

    def take_back(self, conn: Any, raw: bytes) -> None:
        """Go on with a lane's connection on the usual road, from the bytes that were read."""
        conn.parser.unreader.unread(raw)
        self.enqueue_req(conn)

    def let_go(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle_exit(self, sig: Any, frame: Any) -> None:
        for lane in self.lanes:
            lane.close()
        super().handle_exit(sig, frame)
