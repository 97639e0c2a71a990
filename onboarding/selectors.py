"""Reading files of parties: those that a person may see."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from onboarding.models import FileDocument, PartyFile
from refdata.scopes import visible


def files(*, visible_to: User) -> QuerySet[PartyFile]:
    """Those of the entities that a person sees whole, newest first."""
    rows = PartyFile.objects.select_related("entity", "party", "opened_by", "approved_by")
    return visible(rows.order_by("-id"), visible_to)


def party_file(reference: str, *, visible_to: User) -> PartyFile:
    """The file of a reference such as `CF-3`. Raises NotFound."""
    row = files(visible_to=visible_to).filter(pk=number_in(reference, "CF", "file")).first()
    if row is None:
        raise NotFound(what="file", reference=reference)
    return row


def document_of(row: PartyFile, reference: str) -> FileDocument:
    """A document of a file by its reference such as `FX-3`, with its scan. Raises NotFound."""
    id = number_in(reference, "FX", "document")
    found = row.documents.select_related("scan").filter(pk=id).first()
    if found is None:
        raise NotFound(what="document", reference=reference)
    return found
