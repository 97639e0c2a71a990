"""A run as Parquet, for whoever reads many rows by program: typed columns, the proof of the run in its metadata."""

from __future__ import annotations

import json
from pathlib import Path

from reporting.formats.programs import run_program
from reporting.models import ReportRun
from reporting.reports import REPORTS

PATIENCE_SECONDS = 600
WRITER = Path(__file__).with_name("columnar.py")


def write_parquet(target: str, run: ReportRun, rows: Path) -> None:
    """Write the canonical rows of a run to a path. Numbers keep their places, dates are dates, texts stay codes."""
    asked = {
        "rows": str(rows), "target": target,
        "columns": [
            {"name": column.name, "kind": column.kind, "currency": column.currency, "names": column.names}
            for column in REPORTS[run.report].columns
        ],
        "about": {
            "report": run.report, "run": str(run), "watermark": str(run.watermark), "sha256": run.sha256,
            "known_at": run.known_at.isoformat() if run.known_at else "", "parameters": json.dumps(run.parameters),
        },
    }  # fmt: skip
    run_program(WRITER, json.dumps(asked).encode(), patience_seconds=PATIENCE_SECONDS)
