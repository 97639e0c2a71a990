"""Writing the sealed history as JSON lines that anybody can verify without us: `tools/verify_chain.py`.

An event is `{"number", "hash", "content"}`, its content spelled exactly as it was hashed. A daily
root is `{"day", "number", "count", "hash", "previous", "root"}`, behind the last event of its day.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from backoffice.events.models import SequencedEvent
from backoffice.events.sealed import LAST, SealedDay, SealedEvent, sealed_history, snapshot
from backoffice.kernel.sealing import SEED, canonical


@dataclass(slots=True)
class Exported:
    """What an export holds, and the hash it continues from."""

    hash_before: str = SEED
    last_hash: str = ""
    last_number: int = 0
    events: int = 0
    days: int = 0


def export_events(path: Path, *, first: int = 1, until: int = LAST) -> Exported:
    """Write the events of these numbers and their roots; the file is whole or not there at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file, snapshot():
            exported = Exported(hash_before=_hash_of(first - 1))
            for part in sealed_history(first, until):
                if line := _line(part, exported):
                    file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return exported


def _line(part: SealedEvent | SealedDay, exported: Exported) -> bytes:
    if isinstance(part, SealedDay):
        exported.days += 1
        return msgspec.json.encode(part)
    if part.content is None:
        return b""  # an event that is gone is a gap in the file, as it is in the history
    exported.events += 1
    exported.last_number, exported.last_hash = part.number, part.hash
    content = msgspec.Raw(canonical(part.content))
    return msgspec.json.encode({"number": part.number, "hash": part.hash, "content": content})


def _hash_of(number: int) -> str:
    found = SequencedEvent.objects.filter(number=number).values_list("hash", flat=True).first()
    return found or SEED
