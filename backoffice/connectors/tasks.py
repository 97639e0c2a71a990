"""Tasks of the connectors: files out, files in. Running twice does nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from backoffice.connectors.channels.choosing import channel_at, codes_in_use
from backoffice.connectors.channels.working import work_on
from backoffice.connectors.letters.sending import work_on_letters
from backoffice.connectors.receiving.services import take_file
from backoffice.connectors.services import write_instructions
from backoffice.events.faults import reached

LOOK_EXPIRES_SECONDS = 5
EXCHANGE = "exchange"  # the channel of what stands in the folder


def exchange_folder() -> Path:
    """Where files for and from places stand: `out/` and `in/`, taken-in ones in `done/`."""
    return Path(settings.VAR_DIR) / "exchange"


@shared_task(acks_late=True)
def exchange_files(**_newer_arguments: Any) -> None:
    """Write what is queued, take in what has come, of places without a channel."""
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


@shared_task(acks_late=True)
def look_at_channels(**_newer_arguments: Any) -> None:
    """Let a worker look at each channel: one that hangs holds up no other.

    A look that nobody took in time is dropped, for the next one is due: else looks would pile up before busy workers.
    """
    for code in codes_in_use(timezone.now()):
        work_on_channel.apply_async(kwargs={"code": code}, expires=LOOK_EXPIRES_SECONDS)


@shared_task(acks_late=True)
def look_at_letters(**_newer_arguments: Any) -> None:
    """Write to counterparties what processes ask for, each letter once."""
    work_on_letters(at=timezone.now())


@shared_task(acks_late=True)
def work_on_channel(*, code: str, **_newer_arguments: Any) -> None:
    """One look at a channel: what is queued is written and leaves, what has come is taken in."""
    at = timezone.now()
    work_on(code, channel_at(code, at), at=at)
