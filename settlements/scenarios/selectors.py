"""Reading kept scenarios."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.scenarios.models import Scenario


def scenarios(*, visible_to: User) -> QuerySet[Scenario]:
    """Kept scenarios of the entities that a person sees, the latest first; of all entities for who sees all."""
    rows = Scenario._default_manager.select_related("entity", "kept_by")
    return visible(rows.order_by("-pk"), visible_to)


def scenario(reference: str, *, visible_to: User) -> Scenario:
    """The scenario of a reference such as `SC-7`. Raises NotFound."""
    found = (
        scenarios(visible_to=visible_to).filter(pk=number_in(reference, "SC", "scenario")).first()
    )
    if found is None:
        raise NotFound(what="scenario", reference=reference)
    return found
