"""Files kept under the hash of their bytes: whole or not at all, whoever else keeps the same."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


class TooManyBytes(ValueError):
    """More bytes came than may be kept; none of them is."""


def keep_file(pieces: Iterable[bytes], folder: Path, *, most: int) -> Path:
    """Write bytes under their SHA-256, which is the name of the file. Raises TooManyBytes."""
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, draft = tempfile.mkstemp(dir=folder, prefix="draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooManyBytes
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        path = folder / digest.hexdigest()
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def kept_path(folder: Path, sha256: str) -> Path | None:
    """Where the bytes of a hash are; None where they are gone, or are others. Reads them piece by piece."""
    path = folder / sha256
    if not path.exists():
        return None
    with path.open("rb") as file:
        return path if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else None


def kept_bytes(folder: Path, sha256: str) -> bytes | None:
    """The bytes of a hash; None where they are gone, or are others."""
    path = folder / sha256
    content = path.read_bytes() if path.exists() else b""
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
