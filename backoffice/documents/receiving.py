"""Documents of others, kept as they came: nothing in them is changed, and the same bytes have the same hash."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from backoffice.access.models import User
from backoffice.documents.issuing import sha256
from backoffice.documents.models import ReceivedDocument
from backoffice.documents.signing import LARGEST_SCAN, ScanRefused, media_type_of


def keep_received(
    *, entity_id: int, name: str, content: bytes, actor: User, at: datetime
) -> ReceivedDocument:
    """Keep a scan, in the transaction of who says what it is about. Raises ScanRefused."""
    name = PurePath(name).name[:200] or "scan"
    media = media_type_of(content)
    if not media or len(content) > LARGEST_SCAN:
        raise ScanRefused(name=name, megabytes=LARGEST_SCAN // 1024 // 1024)
    return ReceivedDocument.objects.create(
        entity_id=entity_id, name=name, media_type=media, content=content, sha256=sha256(content),
        received_by=actor, received_at=at,
    )  # fmt: skip
