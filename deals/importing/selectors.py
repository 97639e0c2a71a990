"""Reading imports: which a person may see, one of them, its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from deals.importing.models import DealImport, ImportRow
from refdata.scopes import visible


def imports_seen(*, visible_to: User) -> QuerySet[DealImport]:
    """The imports that a person may see: those into its books."""
    rows = DealImport.objects.select_related("entity", "book", "mapping", "brought_by")
    return visible(rows, visible_to, book="book_id").order_by("-id")


def deal_import(reference: str, *, visible_to: User) -> DealImport:
    """The import of a reference such as `IM-3`. Raises NotFound."""
    id = number_in(reference, "IM", "import")
    row = imports_seen(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="import", reference=reference)
    return row


def rows_of_import(
    row: DealImport, *, outcome: str = "", after: int = 0, problems: bool = False
) -> QuerySet[ImportRow]:
    """The rows of a file in its order, those of an outcome, or only those with something to tell."""
    rows = row.file_rows.filter(number__gt=after).order_by("number")
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.exclude(problems=[]) if problems else rows


def same_file(row: DealImport) -> DealImport | None:
    """An earlier import of the same bytes into the same entity that was taken in and not undone."""
    loaded = DealImport.objects.filter(
        sha256=row.sha256,
        entity_id=row.entity_id,
        state__in=("LOADED", "UNDO_REQUESTED", "UNDOING", "LOADING"),
    )
    return loaded.filter(pk__lt=row.pk).order_by("-pk").first()


def in_words(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A kept problem in the reader's language, with its facts in place."""
    facts, text, remedy = problem["facts"], problem["detail"], problem["hint"]
    detail, hint = gettext(text), gettext(remedy) if remedy else ""
    return {
        **problem,
        "detail": detail % facts if facts else detail,
        "hint": hint % facts if facts and hint else hint,
    }
