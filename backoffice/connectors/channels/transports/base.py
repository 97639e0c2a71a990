"""What every transport can do, and what is said when it cannot."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from backoffice.connectors.formats.decoding import MAX_BYTES
from backoffice.kernel.errors import Unavailable
from backoffice.kernel.i18n import gettext_noop

MOST_FILES = 200  # of one look
ACKNOWLEDGED, REFUSED = ".ack", ".nak"
DONE = "done"  # the folder that what was read is moved to
UNFINISHED = (".part", ".tmp", ".filepart")
LONGEST_NAME = 150
_NAME = re.compile(r"[^/\x00-\x1f]+\Z")


class TransportFailed(Unavailable):
    code = "transport-failed"
    title = gettext_noop("The other end of the channel cannot be reached")
    detail = gettext_noop("%(channel)s: %(why)s")
    hint = gettext_noop("It is tried again by itself. Look at its address, its secret and its key.")


class Found(NamedTuple):
    """A file that lies there; `mark` changes while it grows."""

    name: str
    mark: str


class Acknowledgement(NamedTuple):
    """What the other end says of a file that it got, without having read it."""

    name: str  # of our file
    good: bool
    text: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """Of our file, and of the one beside it that says so."""
        return self.name, f"{self.name}{ACKNOWLEDGED if self.good else REFUSED}"


class Transport(Protocol):
    """One end of a channel. Its methods raise TransportFailed and nothing else."""

    moves: bool  # whether what was read is moved away; else it is remembered

    def put(self, name: str, content: bytes, reference: str) -> Acknowledgement | None:
        """Let a file arrive whole or not at all; the same name again takes its place."""

    def acknowledgements(self) -> Iterable[Acknowledgement]:
        """What is said of files that were put; each is said once it is `noted`."""

    def noted(self, acknowledgement: Acknowledgement) -> None: ...

    def files(self) -> list[Found]: ...

    def read(self, name: str) -> bytes: ...

    def taken(self, name: str) -> None:
        """Move a file that was read away."""

    def close(self) -> None: ...


def is_answer(name: str) -> bool:
    """A file that says what became of one of ours, by its ending."""
    return posixpath.splitext(name)[1].lower() in (ACKNOWLEDGED, REFUSED)


def answer_in(name: str, raw: bytes) -> Acknowledgement:
    """What such a file says."""
    stem, ending = posixpath.splitext(name)
    return Acknowledgement(stem, ending.lower() == ACKNOWLEDGED, in_a_line(raw))


def in_a_line(raw: bytes) -> str:
    """How an answer begins, whatever its letters and lines."""
    return " ".join(raw[:200].decode("utf-8", "replace").split())


def is_plain(name: str) -> bool:
    """A file that may be read: not hidden, not still being written, with a name that leads nowhere else."""
    return (
        bool(_NAME.match(name)) and not name.startswith(".") and len(name) <= LONGEST_NAME
        and not name.lower().endswith((*UNFINISHED, ACKNOWLEDGED, REFUSED))
    )  # fmt: skip


def within_size(size: int, channel: str, name: str) -> None:
    if size > MAX_BYTES:
        raise TransportFailed(channel=channel, why=f"{name} has {size} bytes")


def secret_of(code: str) -> str:
    """The secret of a channel from the environment: `CHANNEL_SECRET_NSD_OUT`, or a file that `…_FILE` names.

    Empty where there is none. It is read when it is needed, kept nowhere and never shown.
    """
    name = "CHANNEL_SECRET_" + re.sub(r"[^A-Z0-9]", "_", code.upper())
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise TransportFailed(channel=code, why=f"{name}_FILE: {error.strerror}") from None
