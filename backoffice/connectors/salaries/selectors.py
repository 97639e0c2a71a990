"""Reading files of salaries."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.services import SUBJECT
from backoffice.connectors.salaries.state import PayFileState
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from refdata.scopes import visible


class NotReleased(Conflict):
    code = "pay-file-not-released"
    title = gettext_noop("The file of salaries is not released")
    detail = gettext_noop("%(reference)s waits for other eyes, or was dropped.")
    hint = gettext_noop("Take it once a colleague let it out.")


def pay_files(*, visible_to: User) -> QuerySet[PayFile]:
    """Those of the entities that a person sees whole, newest first."""
    rows = PayFile.objects.select_related("entity", "journal", "account", "prepared_by")
    return visible(rows.defer("content", "journal__content").order_by("-id"), visible_to)


def pay_file(reference: str, *, visible_to: User) -> PayFile:
    """The file of a reference such as `PF-2`. Raises NotFound."""
    id = number_in(reference, "PF", SUBJECT)
    row = pay_files(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="file of salaries", reference=reference)
    return row


def content_of(row: PayFile) -> bytes:
    """What goes to the bank. Raises NotReleased."""
    if row.state != PayFileState.LET_OUT:
        raise NotReleased(reference=str(row))
    return bytes(PayFile.objects.values_list("content", flat=True).get(pk=row.pk))
