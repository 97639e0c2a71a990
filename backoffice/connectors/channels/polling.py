"""Looking for what has come through a channel: each file once, none that still grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from backoffice.connectors.channels.lines import line_if_free
from backoffice.connectors.channels.models import ChannelLine, FetchedFile
from backoffice.connectors.channels.transports.base import Found, Transport
from backoffice.events.faults import reached

Take = Callable[[bytes, str], object]


def receive_files(*, code: str, transport: Transport, take: Take, at: datetime) -> int:
    """Take in the files that stand there as they stood at the look before; how many were taken.

    `take` keeps a file and what it says, in a transaction of its own; a file is moved away, or remembered,
    after that: killed in between it is read again, and known by its hash.
    """
    taken = 0
    for each in _settled(code, transport):
        take(transport.read(each.name), each.name)
        reached("evidence.committed")
        if transport.moves:
            transport.taken(each.name)
        else:
            FetchedFile.objects.bulk_create(
                [FetchedFile(channel=code, name=each.name, mark=each.mark, fetched_at=at)],
                ignore_conflicts=True,
            )
        ChannelLine.objects.filter(code=code).update(last_file=each.name[:200], last_file_at=at)
        taken += 1
    return taken


def _settled(code: str, transport: Transport) -> list[Found]:
    """What lies there now and lay there the last time with the same size and time; this look is remembered."""
    found = transport.files()
    if not transport.moves:  # it is given out whole
        return _not_fetched(code, found)
    with transaction.atomic():
        line = line_if_free(code)
        if line is None:
            return []  # somebody else looks
        before: dict[str, str] = line.seen
        ChannelLine.objects.filter(pk=line.pk).update(seen={e.name: e.mark for e in found})
    return [each for each in found if before.get(each.name) == each.mark]


def _not_fetched(code: str, found: Iterable[Found]) -> list[Found]:
    rows = FetchedFile.objects.filter(channel=code, name__in=[each.name for each in found])
    known = set(rows.values_list("name", "mark"))
    return [each for each in found if (each.name, each.mark) not in known]
