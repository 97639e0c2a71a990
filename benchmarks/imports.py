"""`import`: a file of deals brought, previewed, loaded and undone, each against COPY of the rows that it writes.

The file is CSV without external references, as brokers send it, and every row is a deal. `peak_rss_mb` is what
the step needed above what the process had before it.
"""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.measure import Result, measured
from benchmarks.stage import BASE, copy_of, copy_seconds, dump_rows, one, use

BOOK = "EQ-RU"
HEADER = [
    "Number",
    "Action",
    "ISIN",
    "Quantity",
    "Price",
    "Currency",
    "Date",
    "Trader",
    "Note",
    "Account",
]
MAPPING: dict[str, Any] = {
    "rows": {"columns": ["Action"], "values": {"Buy": "equity", "Sell": "equity"}},
    "members": [
        {"member": "side", "columns": ["Action"]},
        {"member": "instrument", "columns": ["ISIN"]},
        {"member": "quantity", "columns": ["Quantity"]},
        {"member": "price", "columns": ["Price"]},
        {"member": "currency", "columns": ["Currency"]},
        {"member": "counterparty", "default": "999900DEMOBANKONE097"},
        {"member": "traded_at", "columns": ["Date"]},
        {"member": "trader", "columns": ["Trader"]},
    ],
    "reference": {"prefix": "BENCH-", "columns": ["Number"]},
    "dates": ["DD.MM.YYYY"], "zone": "Europe/Moscow",
}  # fmt: skip
PREVIEWED = {"deals_importrow": "SELECT * FROM deals_importrow"}
LOADED = {
    "deals_deal": "SELECT * FROM deals_deal",
    "deals_dealversion": "SELECT * FROM deals_dealversion",
    "deals_flow": "SELECT * FROM deals_flow",
    "limits_reservation": "SELECT * FROM limits_reservation",
    "events_event": "SELECT * FROM events_event WHERE kind = 'deal.capture'",
    "deals_importrow": "SELECT * FROM deals_importrow",
}
UNDONE = {"events_event": "SELECT * FROM events_event WHERE kind = 'deal.cancel'"}


def file_of(size: int) -> bytes:
    mark = uuid.uuid4().hex[:8]
    text = io.StringIO()
    text.write(",".join(HEADER) + "\n")
    for n in range(size):
        text.write(
            f"{mark}-{n},{'Sell' if n % 3 == 0 else 'Buy'},RU0009029540,{1 + n % 500},312.{n % 100:02},RUB,"
            f"23.11.2026 10:{n % 60:02}:{n % 60:02},dealer,fill of a day,L01-00000F00\n"
        )
    return text.getvalue().encode()


def run(sizes: tuple[int, ...]) -> list[Result]:
    from deals.importing import loading, services, undoing

    for module in (loading, services, undoing):
        vars(module)["SMALL_BYTES"] = 0  # all of it is a worker's
    prepared = {size: _Prepared(size) for size in sizes}
    return [
        *(prepared[size].preview() for size in sizes),
        *(prepared[size].load() for size in sizes),
        *(prepared[size].undo() for size in sizes),
    ]


class _Prepared:
    """Databases in which a file of a size was brought, previewed and loaded; one step is measured from each."""

    def __init__(self, size: int) -> None:
        from backoffice.access.models import User
        from deals.importing.mappings import approve_mappings, propose_mapping
        from deals.importing.services import receive_import
        from deals.importing.undoing import request_undo_imports

        self.size, at = size, timezone.now()
        self.names = {step: f"bench_import_{step}_{size}" for step in ("brought", "shown", "taken")}
        use(copy_of(BASE, self.names["brought"]))
        clerk, checker = (User.objects.get(username=name) for name in ("clerk", "checker"))
        mapping = propose_mapping(
            book=BOOK, name="Bench", header=HEADER, document=MAPPING, actor=clerk, at=at
        )
        approve_mappings(ids=[mapping.pk], actor=checker, at=at).raise_single()
        row = receive_import(
            name="bench.csv", pieces=[file_of(size)], book=BOOK, actor=clerk, at=at
        )
        self.id = row.pk
        self.clerk, self.checker = clerk, checker
        use(copy_of(self.names["brought"], self.names["shown"]))
        self._preview()
        self._start(self.clerk)
        use(copy_of(self.names["shown"], self.names["taken"]))
        self._load()
        request_undo_imports(ids=[self.id], reason="bench", actor=clerk, at=at).raise_single()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def _preview(self) -> None:
        from deals.importing.services import look_at

        look_at(import_id=self.id, at=timezone.now())

    def _start(self, actor: Any) -> None:
        from deals.importing.loading import load_import

        load_import(import_id=self.id, mode="best_effort", actor=actor, at=timezone.now())

    def _load(self) -> None:
        from deals.importing.loading import work_on_load

        work_on_load(import_id=self.id, at=timezone.now())

    def _undo(self) -> None:
        from deals.importing.undoing import undo_imports, work_on_undo

        undo_imports(ids=[self.id], actor=self.checker, at=timezone.now()).raise_single()
        work_on_undo(import_id=self.id, at=timezone.now())

    def preview(self) -> Result:
        accepted = "SELECT count(*) FROM deals_importrow WHERE outcome = 'ACCEPTED'"
        return self._measure("preview", "brought", self._preview, accepted, PREVIEWED)

    def load(self) -> Result:
        return self._measure("load", "shown", self._load, "SELECT count(*) FROM deals_deal", LOADED)

    def undo(self) -> Result:
        cancelled = "SELECT count(*) FROM deals_deal WHERE state = 'CANCELLED'"
        return self._measure("undo", "taken", self._undo, cancelled, UNDONE)

    def _measure(
        self, name: str, source: str, step: Callable[[], None], count: str, written: dict[str, str]
    ) -> Result:
        rows: dict[str, bytes] = {}
        most = [0]

        def ours() -> float:
            use(copy_of(self.names[source], "bench_import"))
            connection.ensure_connection()
            before = _rss("VmRSS")
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
            started = time.perf_counter()
            step()
            seconds = time.perf_counter() - started
            most[0] = max(most[0], _rss("VmHWM") - before)
            assert one(count) == self.size
            if not rows:
                rows.update(dump_rows(written))
            return self.size / seconds

        def reference() -> float:
            return self.size / copy_seconds(
                copy_of(self.names["brought"], "bench_import_copy"), rows
            )

        ours()  # gives the reference its rows
        return measured(
            name=f"import.{name}", size=self.size, unit="rows/s", reference_name="COPY of the same rows",
            reference=reference, ours=ours, peak_rss_mb=lambda: most[0],
            rounds=5 if self.size <= 10_000 else 3,
        )  # fmt: skip


def _rss(name: str) -> int:
    for line in (
        Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    ):
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) // 1024
    return 0
