"""The body of a bulk request: written to a file while it is hashed and counted, then read row by row.

Nothing is done before the whole body is there. NDJSON has a deal in each line; CSV has a header whose
names are the members, with a dot for those inside others (`settlement.method`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
from django.conf import settings
from django.http import HttpRequest

from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import Unreadable, read_terms, terms_of
from deals.products import PRODUCTS
from deals.terms import Terms

MAX_BYTES = 200 * 1024 * 1024
MAX_ROWS = 100_000
NDJSON, CSV = "application/x-ndjson", "text/csv"
_PIECE = 1024 * 1024


class BodyTooLarge(Invalid):
    code = "body-too-large"
    title = gettext_noop("The request is too large")
    detail = gettext_noop("At most %(rows)s rows and %(megabytes)s MB are taken in one request.")
    hint = gettext_noop("Split the rows over several requests.")
    status = 413


class BodyTruncated(Invalid):
    code = "body-truncated"
    title = gettext_noop("The request ended before its end")
    detail = gettext_noop("%(why)s")
    hint = gettext_noop("Nothing was done. Send the whole body again with the same key.")
    malformed = True


class WrongHeader(Invalid):
    code = "wrong-header"
    title = gettext_noop("The header of the file is not understood")
    detail = gettext_noop("Unknown or repeated columns: %(columns)s.")
    hint = gettext_noop(
        "The columns are: %(known)s. One within another has a dot between: settlement.method."
    )
    malformed = True


class Spool:
    """A body on disk, read as often as needed; gone when closed."""

    def __init__(self, file: IO[bytes], digest: bytes, media_type: str) -> None:
        self.file = file
        self.digest = digest
        self.media_type = media_type

    def rows(self) -> Iterator[Terms | Refusal]:
        """The terms of each row, or why they cannot be read. Raises WrongHeader."""
        self.file.seek(0)
        return self._ndjson() if self.media_type == NDJSON else self._csv()

    def close(self) -> None:
        self.file.close()

    def _ndjson(self) -> Iterator[Terms | Refusal]:
        for line in self.file:
            if line.strip():
                try:
                    yield read_terms(line)
                except Refusal as refusal:
                    yield refusal

    def _csv(self) -> Iterator[Terms | Refusal]:
        text = io.TextIOWrapper(self.file, "utf-8-sig", errors="surrogateescape", newline="")
        try:
            reader = csv.DictReader(text, strict=True)
            _check_header(list(reader.fieldnames or ()))
            for row in reader:
                yield _terms_in(row)
        except csv.Error as error:
            yield Unreadable(why=str(error))
        finally:
            text.detach()


def spool(request: HttpRequest, head: bytes) -> Spool:
    """Take the body in. Raises BodyTooLarge, BodyTruncated."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if announced > MAX_BYTES:
        raise too_large()
    folder = Path(settings.VAR_DIR) / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(head), 0
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by whoever asked for it
    try:
        while piece := request.read(_PIECE):
            size += len(piece)
            digest.update(piece)
            file.write(piece)
        if size < announced:
            raise BodyTruncated(why=f"{announced} bytes were announced, {size} came.")
        found = Spool(file, digest.digest(), request.content_type or "")
        _require_whole_last_line(found, size)
    except BaseException:
        file.close()
        raise
    return found


def too_large() -> BodyTooLarge:
    return BodyTooLarge(rows=MAX_ROWS, megabytes=MAX_BYTES // 1024 // 1024)


def _require_whole_last_line(found: Spool, size: int) -> None:
    """A body that was cut off inside its last line is refused as a whole."""
    if found.media_type != NDJSON:
        return
    found.file.seek(max(0, size - _PIECE))
    tail = found.file.read()
    if not tail.endswith(b"\n"):
        try:
            msgspec.json.decode(tail.rpartition(b"\n")[2])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BodyTruncated(why="The last line is not complete.") from None


def count_rows(found: Spool) -> int:
    """How many rows there are. Raises BodyTruncated for none, BodyTooLarge, WrongHeader."""
    count = 0
    for _ in found.rows() if found.media_type == CSV else _lines(found):
        count += 1
        if count > MAX_ROWS:
            raise too_large()
    if count == 0:
        raise BodyTruncated(why="There are no rows in the body.")
    return count


def _lines(found: Spool) -> Iterator[bytes]:
    found.file.seek(0)
    return (line for line in found.file if line.strip())


def _check_header(names: list[str]) -> None:
    known = {f.encode_name for p in PRODUCTS.values() for f in msgspec.structs.fields(p.terms)}
    wrong = [name for name in names if name.partition(".")[0] not in known or name == "fees"]
    wrong += sorted({name for name in names if names.count(name) > 1})
    if wrong or not names:
        told = ", ".join(sorted(known - {"fees"}))
        raise WrongHeader(columns=", ".join(wrong) or "-", known=told)


def _terms_in(row: dict[str, Any]) -> Terms | Refusal:
    """A CSV row as terms: empty cells are absent members."""
    if None in row or None in row.values():
        return Unreadable(why="The row does not have as many cells as the header.")
    document: dict[str, Any] = {}
    for name, cell in row.items():
        if cell == "":
            continue
        if not cell.isprintable() and any("\udc80" <= sign <= "\udcff" for sign in cell):
            return Unreadable(why=f"{name} is not UTF-8.")
        outer, _, inner = name.partition(".")
        if inner:
            document.setdefault(outer, {})[inner] = cell
        else:
            document[outer] = cell
    try:
        return terms_of(document)
    except Refusal as refusal:
        return refusal
