"""The lines of channels: made when first used, locked where something is counted, and how their looks went."""

from __future__ import annotations

from datetime import datetime

from backoffice.connectors.channels.models import ChannelLine

LONGEST_ERROR = 500


def line_of(code: str) -> ChannelLine:
    line, _ = ChannelLine.objects.get_or_create(code=code)
    return line


def line_if_free(code: str) -> ChannelLine | None:
    """The line of a channel, locked; None while somebody else works on it."""
    line_of(code)
    return ChannelLine.objects.filter(code=code).select_for_update(skip_locked=True).first()


def note_look(code: str, *, at: datetime, error: str = "", last_file: str = "") -> None:
    """How a look at the other end went: since when it fails, and what came or left last."""
    line = line_of(code)
    values: dict[str, object] = {"looked_at": at, "error": error[:LONGEST_ERROR]}
    values["failing_since"] = (line.failing_since or at) if error else None
    if last_file:
        values |= {"last_file": last_file[:200], "last_file_at": at}
    ChannelLine.objects.filter(pk=line.pk).update(**values)
