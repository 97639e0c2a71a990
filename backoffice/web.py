"""The worker class of the web: gunicorn's threads, and a lane for programs that send many deals.

A connection takes the usual road until it has captured a deal over it and stays open; then it joins
the lane, where the requests of a moment are captured together. Whatever the lane does not answer
comes back to the usual road.
"""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from backoffice.lanes import Lane


class LaneWorker(ThreadWorker):  # type: ignore[misc]
    """`--worker-class backoffice.web.LaneWorker`."""

    lane: Lane | None = None
    express_path = ""

    def load_wsgi(self) -> None:
        """Once the application stands, the lane may serve its express operation."""
        super().load_wsgi()
        from deals.capturing.express import PATH, capture_express

        self.express_path = PATH
        self.lane = Lane(
            capture_express,
            give_back=lambda conn, raw: self.method_queue.defer(self.take_back, conn, raw),
            gone=lambda conn: self.method_queue.defer(self.let_go, conn),
            idle_seconds=self.cfg.keepalive,
        )
        self.lane.start()

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sent_a_deal = req.method == "POST" and req.path == self.express_path
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """On the main thread, after an answer: the connection closes, waits, or joins the lane."""
        stays = not fs.cancelled() and fs.exception() is None and fs.result() is True
        buffered = stays and conn.parser.unreader.buf.getvalue()
        sends_deals = getattr(conn, "sent_a_deal", False)
        if self.lane and self.alive and stays and sends_deals and not buffered:
            self.lane.join_connection(conn)
        else:
            super().finish_request(conn, fs)

    def take_back(self, conn: Any, raw: bytes) -> None:
        """Go on with the lane's connection on the usual road, from the bytes that were read."""
        conn.parser.unreader.unread(raw)
        self.enqueue_req(conn)

    def let_go(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle_exit(self, sig: Any, frame: Any) -> None:
        if self.lane:
            self.lane.close()
        super().handle_exit(sig, frame)
