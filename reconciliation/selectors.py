"""Reading statements and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from reconciliation.models import RepeatedLine, Statement, StatementLine
from reconciliation.state import StatementKind
from refdata.scopes import visible


def statements(*, visible_to: User) -> QuerySet[Any]:
    """Those of the entities that a person sees whole, newest first.

    Each with what stands before it now, `before_id`, and what is between the two, `gap_now`: a statement that came
    late may have changed both since it was stored.
    """
    before = (
        Statement.objects.filter(
            nostro=OuterRef("nostro"), rank__lt=OuterRef("rank"), kind=StatementKind.END_OF_DAY
        )
        .exclude(rank="")
        .order_by("-rank", "-id")
    )
    rows = Statement.objects.select_related("entity", "nostro__place", "nostro__owner").annotate(
        before_id=Subquery(before.values("pk")[:1]),
        gap_now=F("opening") - Subquery(before.values("closing")[:1]),
    )
    return visible(rows.order_by("-id"), visible_to)


def statement(reference: str, *, visible_to: User) -> Any:
    """The statement of a reference such as `ST-2`. Raises NotFound."""
    id = number_in(reference, "ST", "statement")
    row = statements(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="statement", reference=reference)
    return row


def statements_of_file(source: str, *, visible_to: User) -> QuerySet[Any]:
    """What a file brought, in its order."""
    return statements(visible_to=visible_to).filter(source=source).order_by("position")


def told_again(row: Statement) -> QuerySet[Statement]:
    """Other statements of the same account, day, number and page: copies, or what the bank said otherwise."""
    if not row.rank:
        return Statement.objects.none()
    same = Statement.objects.filter(nostro=row.nostro_id, rank=row.rank)
    return same.exclude(pk=row.pk).order_by("id")


def lines_of(row: Statement) -> QuerySet[StatementLine]:
    """Every line that a statement tells, also those that another one told first."""
    repeated = RepeatedLine.objects.filter(statement=row).values("line")
    told = StatementLine.objects.filter(Q(statement=row) | Q(pk__in=repeated))
    return told.select_related("statement").order_by("id")


def positions_in(row: Statement, lines: Sequence[StatementLine]) -> dict[int, int]:
    """Where in a statement its lines stand, by their keys."""
    ids = [line.pk for line in lines if line.statement_id != row.pk]
    repeated = RepeatedLine.objects.filter(statement=row, line__in=ids)
    own = {line.pk: line.position for line in lines if line.statement_id == row.pk}
    return own | dict(repeated.values_list("line_id", "position"))
