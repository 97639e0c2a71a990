"""Reading places' penalty statements and what differs in them."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.fails.statements.models import PenaltyBreak, PenaltyLine, PenaltyStatement


def statements(*, visible_to: User) -> QuerySet[PenaltyStatement]:
    """Those of the entities that a person sees whole, newest first."""
    rows = PenaltyStatement.objects.select_related("entity", "place", "received_by")
    return visible(rows.order_by("-id"), visible_to)


def statement(reference: str, *, visible_to: User) -> PenaltyStatement:
    """The statement of a reference such as `PS-2`. Raises NotFound."""
    id = number_in(reference, "PS", "penalty statement")
    row = statements(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="penalty statement", reference=reference)
    return row


def lines_of(row: PenaltyStatement) -> QuerySet[PenaltyLine]:
    return PenaltyLine.objects.filter(statement=row).order_by("number")


def breaks(*, visible_to: User) -> QuerySet[PenaltyBreak]:
    """What differs, of the entities that a person sees whole, newest first."""
    rows = PenaltyBreak.objects.select_related(
        "entity", "place", "statement", "settlement__counterparty"
    )
    return visible(rows.order_by("-id"), visible_to)


def penalty_break(reference: str, *, visible_to: User) -> PenaltyBreak:
    """The difference of a reference such as `PB-3`. Raises NotFound."""
    id = number_in(reference, "PB", "penalty break")
    row = breaks(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="penalty break", reference=reference)
    return row
