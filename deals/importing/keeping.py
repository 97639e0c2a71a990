"""The bytes of files that were brought, under their hash: whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.importing.reading import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, ImportTooLarge


class ImportDamaged(Conflict):
    code = "import-damaged"
    title = gettext_noop("The stored file is not the one that was brought")
    detail = gettext_noop("The bytes kept for %(reference)s do not have its hash.")
    hint = gettext_noop("Nothing was done. Bring the file again.")


def folder() -> Path:
    return Path(settings.VAR_DIR) / "imports"


def keep(pieces: Iterable[bytes]) -> tuple[str, int]:
    """Write the bytes under their hash; the hash and their number. Raises ImportTooLarge."""
    folder().mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, draft = tempfile.mkstemp(dir=folder(), prefix="draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise ImportTooLarge(
                        rows=MAX_ROWS, columns=MAX_COLUMNS, megabytes=MAX_BYTES // 1024 // 1024
                    )
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, folder() / digest.hexdigest())
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def kept(sha256: str, *, reference: str) -> bytes:
    """The bytes of a hash. Raises ImportDamaged."""
    path = folder() / sha256
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ImportDamaged(reference=reference)
    return content
