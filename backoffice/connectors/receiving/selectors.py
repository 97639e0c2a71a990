"""Reading files that came in, and their bytes."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backoffice.access.models import User
from backoffice.connectors.models import InboundContent, InboundFile
from backoffice.connectors.receiving.services import ContentNotKept
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import scope_of


def inbound_files(*, visible_to: User) -> QuerySet[InboundFile]:
    """The files of the entities that a person sees whole, and those that they brought; newest first.

    A file of several entities, or of nobody yet, is seen by those who see everything.
    """
    rows = InboundFile.objects.select_related("entity", "received_by").order_by("-id")
    scope = scope_of(visible_to)
    return rows if scope.everything else rows.filter(scope.within() | Q(received_by=visible_to))


def inbound_file(reference: str, *, visible_to: User) -> InboundFile:
    """The file of a reference such as `IF-12`. Raises NotFound."""
    id = number_in(reference, "IF", "file")
    row = inbound_files(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="file", reference=reference)
    return row


def content_of(row: InboundFile) -> bytes:
    """The bytes as they came. Raises ContentNotKept."""
    kept = InboundContent.objects.filter(file=row).first()
    if kept is None:
        raise ContentNotKept(file=str(row))
    return bytes(kept.content)
