"""Reading standing instructions: who may see which, and whom to call about one."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.models import Entity, PartyContact, StandingInstruction
from refdata.scopes import visible_or_shared


def instructions(*, visible_to: User) -> QuerySet[StandingInstruction]:
    """The instructions of all entities, and of those that a person may see."""
    rows = StandingInstruction.objects.select_related(
        "party", "entity", "place", "proposed_by", "approved_by"
    )
    return visible_or_shared(rows, visible_to)


def instruction(reference: str, *, visible_to: User) -> StandingInstruction:
    """The instruction of a reference such as `SSI-3`. Raises NotFound."""
    id = number_in(reference, "SSI", "standing instruction")
    row = instructions(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="standing instruction", reference=reference)
    return row


def is_own(row: StandingInstruction) -> bool:
    """Whether it is an instruction of ours, about which nobody has to be called."""
    return Entity.objects.filter(own_party=row.party_id).exists()


def whom_to_call(row: StandingInstruction) -> QuerySet[PartyContact]:
    """The contacts of its party that were known before it was proposed."""
    rows = PartyContact.objects.filter(
        party=row.party_id, withdrawn_date__isnull=True, known_since__lt=row.proposed_at
    )
    return rows.order_by("name", "id")
