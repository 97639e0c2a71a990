"""Tasks of the connectors: files out, files in. Running twice does nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from backoffice.connectors.answers import read_answers
from backoffice.connectors.services import write_instructions
from backoffice.events.faults import reached


def exchange_folder() -> Path:
    """Where files for and from places stand: `out/` and `in/`, taken-in ones in `done/`."""
    return Path(settings.VAR_DIR) / "exchange"


@shared_task(acks_late=True)
def exchange_files(**_newer_arguments: Any) -> None:
    """Write what is queued, take in what has come."""
    folder = exchange_folder()
    while write_instructions(folder / "out", at=timezone.now()):
        pass
    done = folder / "done"
    done.mkdir(parents=True, exist_ok=True)
    for path in sorted((folder / "in").glob("*.jsonl")):
        read_answers(path, at=timezone.now())
        reached("evidence.committed")
        path.replace(done / path.name)
