"""Reading allegements."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.connectors.places.models import Allegement
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible


def allegements(*, visible_to: User) -> QuerySet[Allegement]:
    rows = Allegement.objects.select_related("place", "asset", "settlement", "entity")
    return visible(rows, visible_to)


def allegement(reference: str, *, visible_to: User) -> Allegement:
    """The one of a reference such as `AL-3`. Raises NotFound."""
    id = number_in(reference, "AL", "allegement")
    row = allegements(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="allegement", reference=reference)
    return row
