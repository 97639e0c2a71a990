"""Reading firm profiles: what an entity is on a day, and the rows with their stories."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.firm_profiles.rows import ProfileRow
from refdata.models import FirmProfile
from refdata.scopes import visible
from refdata.selectors import reference_data


def profile_of(entity: str, on: date) -> ProfileRow:
    """What an entity, by its code, is on a day, by the snapshot of reference data. Raises NoFirmProfile."""
    return reference_data().profiles.of(entity, on)


def profiles(*, visible_to: User) -> QuerySet[FirmProfile]:
    """The profiles of the entities a person may see, newest first."""
    rows = FirmProfile.objects.select_related("entity", "proposed_by", "approved_by")
    return visible(rows.order_by("-id"), visible_to)


def profile(reference: str, *, visible_to: User) -> FirmProfile:
    """The row of a reference such as `FP-3`. Raises NotFound."""
    id = number_in(reference, "FP", "firm profile")
    row = profiles(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="firm profile", reference=reference)
    return row
