"""Templates set as PDF in a confined process; the same template, data and moment give the same bytes."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import msgspec

from backoffice.documents.rules import LONGEST_DATA, forbidden_word
from backoffice.kernel.errors import Invalid, Unavailable
from backoffice.kernel.i18n import gettext_noop

PROGRAM = Path(__file__).with_name("confined.py")
PATIENCE_SECONDS = 15
LARGEST_PDF = 5 * 1024 * 1024
AT_ONCE = 2  # processes; each takes a core and some hundred megabytes

_places = threading.BoundedSemaphore(AT_ONCE)


class TemplateRefused(Invalid):
    code = "template-refused"
    title = gettext_noop("The template cannot be set")
    detail = gettext_noop("%(where)s, line %(line)s: %(reason)s")
    hint = gettext_noop("Mend that line. %(hint)s")


class TypesetterBusy(Unavailable):
    code = "typesetter-busy"
    title = gettext_noop("Other documents are being made")
    detail = gettext_noop("Documents are set a few at a time; this one waited too long.")
    hint = gettext_noop("Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Source:
    """What is set: the layout that all templates share, and the template behind it."""

    layout: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.layout.rstrip()}\n{self.body}"

    def place_of(self, line: int) -> tuple[str, int]:
        """In which of the two a line of the whole stands, and which line of it that is."""
        before = self.layout.rstrip().count("\n") + 1
        return ("layout", line) if line <= before else ("template", line - before)


def engine() -> str:
    """What sets documents here; another release may set the same text differently."""
    return f"typst {version('typst')}"


class Typesetter:
    """One confined process, for as many documents as are set together."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program; what it reads it cannot act on
            [sys.executable, "-I", str(PROGRAM)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": ""},
        )  # fmt: skip

    def set(self, source: Source, data: str, *, language: str, at: datetime) -> bytes:
        """The PDF. Raises TemplateRefused with the line and the reason, also for what takes too long."""
        require_harmless(source)
        if len(data) > LONGEST_DATA:
            raise refused("template", 1, f"more than {LONGEST_DATA} characters of data")
        asked = {
            "source": source.text, "data": data, "language": language,
            "timestamp": int(at.timestamp()),
        }  # fmt: skip
        head, content = self._ask(asked)
        if head is None:
            raise refused("template", 1, "it takes too much time or memory")
        if "reason" in head:
            found = re.search(r"\.typ:(\d+):", head["told"])
            where, line = source.place_of(int(found.group(1)) if found else 1)
            raise refused(where, line, head["reason"], " ".join(head["hints"]))
        if len(content) > LARGEST_PDF:
            raise refused("template", 1, f"the PDF has {len(content)} bytes")
        return content

    def _ask(self, asked: dict[str, Any]) -> tuple[dict[str, Any] | None, bytes]:
        sink, source = self._process.stdin, self._process.stdout
        assert sink is not None and source is not None
        timer = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        timer.start()
        try:
            sink.write(msgspec.json.encode(asked) + b"\n")
            sink.flush()
            return _answer(source)
        except BrokenPipeError:
            return None, b""
        finally:
            timer.cancel()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def _answer(source: IO[bytes]) -> tuple[dict[str, Any] | None, bytes]:
    line = source.readline()
    if not line.endswith(b"\n"):
        return None, b""
    head: dict[str, Any] = msgspec.json.decode(line)
    content = source.read(head["size"])
    return (head, content) if len(content) == head["size"] else (None, b"")


@contextmanager
def typesetter() -> Iterator[Typesetter]:
    """A confined process, ended with the block. Raises TypesetterBusy."""
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise TypesetterBusy()
    try:
        made = Typesetter()
        try:
            yield made
        finally:
            made.close()
    finally:
        _places.release()


def require_harmless(source: Source) -> None:
    """Raises TemplateRefused for what asks for files, packages or other code.

    The process could not give it either; this says so by line, before anything runs.
    """
    for where, text in (("layout", source.layout), ("template", source.body)):
        found = forbidden_word(text)
        if found is not None:
            line, word = found
            raise refused(where, line, f"{word} is not allowed", "Everything stands in `data`.")


def refused(where: str, line: int, reason: str, hint: str = "") -> TemplateRefused:
    return TemplateRefused(where=where, line=line, reason=reason, hint=hint)
