"""Reading files that strangers wrote: bounded in size, unpacked with care, XML without entities."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
_PIECE = 1024 * 1024


class Unreadable(ValueError):
    """The file as a whole is not what the loader reads."""

    def __init__(self, detail: str, code: str = "unreadable") -> None:
        super().__init__(detail)
        self.code = code


def content_of(path: Path) -> bytes:
    """The bytes of a file, or of the one file in an archive. Raises Unreadable."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Unreadable(f"the file is larger than {MAX_FILE_BYTES:,} bytes", "too-large")
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    try:
        with zipfile.ZipFile(path) as archive:
            return _only_member(archive)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"the archive cannot be unpacked: {error}") from None


def _only_member(archive: zipfile.ZipFile) -> bytes:
    """What is unpacked is counted as it comes: the size that an archive declares may be a lie."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise Unreadable(f"the archive holds {len(members)} files, and one is expected")
    return _unpacked(archive, members[0], MAX_UNPACKED_BYTES)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            total += len(piece)
            if total > most:
                raise Unreadable(
                    f"it unpacks to more than {MAX_UNPACKED_BYTES:,} bytes", "too-large"
                )
            pieces.append(piece)
    return b"".join(pieces)


class Member(NamedTuple):
    """One file of an archive: its name without folders, its bytes, and the day of its stamp."""

    name: str
    content: bytes
    day: date


def members_of(path: Path, suffix: str) -> list[Member]:
    """The files of an archive whose names end so, bounded together; none where it is no archive of several.

    Raises Unreadable. The stamp is what whoever packed it says; nothing proves it.
    """
    if path.stat().st_size > MAX_FILE_BYTES or not zipfile.is_zipfile(path):
        return []
    found: list[Member] = []
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [each for each in archive.infolist() if not each.is_dir()]
            for each in inside if len(inside) > 1 else []:
                if each.filename.lower().endswith(suffix):
                    content = _unpacked(archive, each, left)
                    left -= len(content)
                    name = each.filename.replace("\\", "/").rpartition("/")[2]
                    found.append(Member(name, content, date(*each.date_time[:3])))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"the archive cannot be unpacked: {error}") from None
    return found


def text_of(path: Path) -> str:
    """The file as UTF-8 text. Raises Unreadable."""
    try:
        return content_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the text is not UTF-8: {error.reason} at byte {error.start}") from None


def read_json(path: Path) -> Any:
    """JSON with exact decimals. Raises Unreadable."""
    try:
        return json.loads(text_of(path), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"not readable JSON: {error}") from None


def read_csv(path: Path) -> Iterator[list[str]]:
    """The lines of a CSV file, each cell without the space around it. Raises Unreadable."""
    try:
        for cells in csv.reader(io.StringIO(text_of(path), newline="")):
            yield [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Unreadable(f"not readable CSV: {error}") from None


def read_xml(path: Path) -> Element:
    """The root of an XML document. Raises Unreadable.

    A document type is refused whatever it declares: entities, from outside or growing, begin there.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"elements stand more than {MAX_DEPTH} deep", "unsafe-xml")
        builder.start(_name(tag), {_name(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(tag))

    def refuse(*_: Any) -> None:
        raise Unreadable("the document declares a document type", "unsafe-xml")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content_of(path), True)
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        raise Unreadable(f"not XML: {error}") from None
    return builder.close()


def _name(name: str) -> str:
    """The local name: the formats we read use one namespace each, or none."""
    return name.rpartition("}")[2]
