"""Bytes to text: which encoding a file is in, by its bytes first and by what it declares second."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from backoffice.connectors.formats.refusing import at_line, refuse

MAX_BYTES = 100 * 1024 * 1024  # some 150,000 lines of camt.053
HIGH = re.compile(rb"[\x80-\xff]+")
SAMPLE = 256 * 1024  # bytes that a guess looks at
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Letters of the Cyrillic alphabet, by the byte they have in each of the two Russian encodings.
IN_1251 = frozenset(range(0xC0, 0x100)) | {0xA8, 0xB8, 0xB9, 0xAB, 0xBB}
IN_866 = frozenset(range(0x80, 0xB0)) | frozenset(range(0xE0, 0xF2)) | {0xFC}
NAMES = {"windows-1251": "cp1251", "cp1251": "cp1251", "cp866": "cp866", "latin-1": "latin-1"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was taken to be in, and whether that was a guess."""

    text: str
    encoding: str
    guessed: bool = False


def decode(raw: bytes, declared: str = "", *, format: str = "text") -> Decoded:
    """The text of a file, without its byte order mark.

    What is valid UTF-8 is UTF-8, whatever it declares: files that say `Windows` and are not occur, and no
    text of a single-byte encoding is valid UTF-8 by chance but for a letter or two. Otherwise what is
    declared counts, else the letters are counted. Raises Refused: too large, empty, or no text.
    """
    if len(raw) > MAX_BYTES:
        refuse(format, "too-large", "file", str(len(raw)), most=MAX_BYTES)
    if not raw.strip():
        refuse(format, "empty-file", "file")
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return Decoded(_strictly(raw, encoding, format).lstrip("\ufeff"), encoding)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    encoding = NAMES.get(declared.lower(), "")
    if encoding:
        return Decoded(_strictly(raw, encoding, format), encoding)
    encoding = _likeliest(raw[:SAMPLE])
    return Decoded(_strictly(raw, encoding, format), encoding, guessed=True)


def _strictly(raw: bytes, encoding: str, format: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        where = at_line(raw.count(b"\n", 0, error.start) + 1)
        refuse(format, "undecodable", where, encoding=encoding)


def _likeliest(raw: bytes) -> str:
    """Letters of a Russian text stand beside each other, accents of a western one alone."""
    runs = [run.group() for run in HIGH.finditer(raw)]
    high = sum(map(len, runs))
    together = sum(len(run) for run in runs if len(run) > 1)
    if together * 2 < high:
        return "latin-1"
    as_1251 = sum(byte in IN_1251 for run in runs for byte in run)
    as_866 = sum(byte in IN_866 for run in runs for byte in run)
    return "cp866" if as_866 > as_1251 else "cp1251"
