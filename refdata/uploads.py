"""Files that people bring: looked at, and loaded when somebody else confirms what was shown.

What is loaded are the bytes that were looked at: they are kept under their hash, and compared with
it again before they are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.kept_files import TooManyBytes, keep_file, kept_bytes
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.kernel.references import number_in
from refdata.loading.importing import Loaded
from refdata.loading.reading import MAX_FILE_BYTES, Unreadable
from refdata.loading.recognising import LOADERS, recognise
from refdata.models import Upload

MOST_PROBLEMS = 200  # rows that are named; all of them are counted


class UploadTooLarge(Invalid):
    code = "upload-too-large"
    title = gettext_noop("The file is too large")
    detail = gettext_noop("%(name)s has more than %(megabytes)s MB.")
    hint = gettext_noop("Have an administrator load it with manage.py load_reference_data.")


class UploadNotOpen(Conflict):
    code = "upload-not-open"
    title = gettext_noop("That is not possible with this upload")
    detail = gettext_noop("%(upload)s was loaded already, or could not be read.")
    hint = gettext_noop("Upload the file again to see what it would change now.")


class UploadDamaged(Conflict):
    code = "upload-damaged"
    title = gettext_noop("The stored file is not the one that was shown")
    detail = gettext_noop("The bytes kept for %(upload)s do not have the hash that was confirmed.")
    hint = gettext_noop("Nothing was loaded. Upload the file again.")


def folder() -> Path:
    return Path(settings.VAR_DIR) / "uploads"


def look_at(
    *, name: str, size: int, pieces: Iterable[bytes], actor: User, at: datetime
) -> Upload:  # fmt: skip
    """Keep a file and say what it would change; nothing of it is loaded.

    A file that cannot be read is kept as an upload that says why. Raises UploadTooLarge.
    """
    name = Path(name).name[:200]
    too_large = UploadTooLarge(name=name, megabytes=MAX_FILE_BYTES // 1024 // 1024)
    if size > MAX_FILE_BYTES:
        raise too_large
    try:
        path = keep_file(pieces, folder(), most=MAX_FILE_BYTES)
    except TooManyBytes:
        raise too_large from None
    loader = ""
    try:
        recognised = recognise(path)
        loader = recognised.name
        preview = _told(recognised.look(path))
    except Unreadable as error:
        preview = {"refused": error.code, "why": str(error)}
    with transaction.atomic():
        upload = Upload.objects.create(
            name=name, sha256=path.name, size=path.stat().st_size, loader=loader, uploaded_by=actor,
            uploaded_at=at, preview=preview,
        )  # fmt: skip
        _tell("look", upload, preview, actor, at)
    return upload


@transaction.atomic
def load(*, reference: str, sha256: str, actor: User, at: datetime) -> Upload:
    """Load the bytes that were looked at, once, as the second pair of eyes.

    Raises UploadNotOpen, OtherEyesRequired, UploadDamaged, Unreadable.
    """
    id = number_in(reference, "U", "upload")
    upload = Upload.objects.select_for_update().filter(pk=id).first()
    if upload is None:
        raise NotFound(what="upload", reference=reference)
    if upload.loaded_at is not None or "refused" in upload.preview:
        raise UploadNotOpen(upload=str(upload))
    if upload.uploaded_by_id == actor.pk:
        raise OtherEyesRequired(subject="upload", action="load")
    if upload.sha256 != sha256 or kept_bytes(folder(), sha256) is None:
        raise UploadDamaged(upload=str(upload))
    outcome = _told(LOADERS[upload.loader].run(folder() / sha256))
    upload.loaded_by, upload.loaded_at, upload.outcome = actor, at, outcome
    upload.save()
    _tell("load", upload, outcome, actor, at)
    return upload


def _told(found: Loaded) -> dict[str, Any]:
    return {
        "added": found.added, "changed": found.changed, "unchanged": found.unchanged,
        "wrong": len(found.problems), "also": found.also,
        "problems": [asdict(problem) for problem in found.problems[:MOST_PROBLEMS]],
    }  # fmt: skip


def _tell(verb: str, upload: Upload, told: dict[str, Any], actor: User, at: datetime) -> None:
    facts = {name: value for name, value in told.items() if name not in ("problems", "also")}
    facts |= {"name": upload.name, "sha256": upload.sha256, "loader": upload.loader}
    event = NewEvent(
        kind=f"upload.{verb}", subject_type="upload", subject_id=upload.pk, facts=facts
    )
    record_events([event], actor_id=actor.pk, at=at)
