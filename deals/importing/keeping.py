"""The bytes of files that were brought, under their hash: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.kept_files import TooManyBytes, keep_file, kept_path
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
    try:
        path = keep_file(pieces, folder(), most=MAX_BYTES)
    except TooManyBytes:
        raise ImportTooLarge(
            rows=MAX_ROWS, columns=MAX_COLUMNS, megabytes=MAX_BYTES // 1024 // 1024
        ) from None
    return path.name, path.stat().st_size


@contextmanager
def kept(sha256: str, *, reference: str) -> Iterator[BinaryIO]:
    """The file of a hash, to be read piece by piece. Raises ImportDamaged."""
    path = kept_path(folder(), sha256)
    if path is None:
        raise ImportDamaged(reference=reference)
    with path.open("rb") as file:
        yield file
