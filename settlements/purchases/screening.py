"""How a seller stands with the lists of sanctions, before anything is signed or paid."""

from __future__ import annotations

from datetime import date
from typing import Any

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Party
from refdata.screening.ages import require_young_lists
from refdata.screening.contents import Subject
from refdata.screening.selectors import standing_of


class SellerStopped(Conflict):
    code = "seller-stopped"
    title = gettext_noop("The seller may not be dealt with")
    detail = gettext_noop("%(name)s is %(status)s.")
    hint = gettext_noop("Ask the administrators why; nothing is bought until it is lifted.")


def screened(party: Party, on: date) -> dict[str, Any]:
    """The screening that shows the party clear of the lists in use.

    Raises SellerStopped, ScreeningHitFound, ScreeningOutdated, ListTooOld.
    """
    if party.status != "ACTIVE":
        raise SellerStopped(name=party.name, status=party.status)
    standing = standing_of([party.pk])[party.pk]
    refusal = standing.refusal(Subject("party", party.pk))
    if refusal is not None:
        raise refusal
    require_young_lists(on)
    return {"evidence": standing.screening}
