"""Tasks of the connectors: files out, files in. Running twice does nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from backoffice.connectors.receiving.services import take_file
from backoffice.connectors.services import write_instructions
from backoffice.events.faults import reached

EXCHANGE = "exchange"  # the channel of what stands in the folder


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
        take_file(
            path.read_bytes(), name=path.name, channel=EXCHANGE, actor=None, at=timezone.now()
        )
        reached("evidence.committed")
        path.replace(done / path.name)
