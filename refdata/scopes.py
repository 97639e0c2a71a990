"""What a person may see: whole legal entities, and single books of others. One rule for every row.

A person without a scope sees everything. What belongs to a book is seen by those who see the book or its
whole entity; what belongs to no single book (cash, a counterparty's limit, a day of the close, a report)
is the whole entity's, and is seen only by those who see all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Entity
from refdata.rows import ScopeRow
from refdata.selectors import reference_data

Rows = TypeVar("Rows", bound=Model)


class OutOfScope(Forbidden):
    code = "out-of-scope"
    title = gettext_noop("That is outside your scope")
    detail = gettext_noop("You may not write for %(what)s.")
    hint = gettext_noop("Have somebody do it who sees that, or ask an administrator for the scope.")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whole entities (None: everything) and, of other entities, single books."""

    entities: tuple[int, ...] | None = None
    books: tuple[int, ...] = ()
    reached: tuple[int, ...] | None = None  # every entity of which anything is seen

    @property
    def everything(self) -> bool:
        return self.entities is None

    def covers(self, *, entity_id: int | None, book_id: int | None = None) -> bool:
        return self.entities is None or entity_id in self.entities or book_id in self.books

    def within(self, *, entity: str = "entity_id", book: str = "") -> Q:
        """The condition for rows of a table, by the names of their entity and, where they have one, book.

        Rows that name no entity (`entity=""`) are the whole firm's.
        """
        if self.entities is None:
            return Q()
        if not entity:
            return Q(pk__in=())
        whole, single = Q(**{f"{entity}__in": self.entities}), Q(**{f"{book}__in": self.books})
        if not book or not self.books:
            return whole
        return whole | single if self.entities else single

    @property
    def facts(self) -> dict[str, Any]:
        """The bounds as parameters of SQL: `entities` (null: everything) and `books`."""
        entities = None if self.entities is None else list(self.entities)
        return {"entities": entities, "books": list(self.books)}


EVERYTHING = Scope()


def scope_of(user: User) -> Scope:
    """What a person may see now; a change counts as soon as reference data are read anew."""
    rows = reference_data().scopes.get(user.pk)
    return EVERYTHING if rows is None else _scope(rows)


def _scope(rows: tuple[ScopeRow, ...]) -> Scope:
    whole = tuple(sorted({row.entity_id for row in rows if row.book_id is None}))
    books = sorted(
        row.book_id for row in rows if row.book_id is not None and row.entity_id not in whole
    )
    return Scope(whole, tuple(books), tuple(sorted({row.entity_id for row in rows})))


def visible(
    rows: QuerySet[Rows], user: User, *, entity: str = "entity_id", book: str = ""
) -> QuerySet[Rows]:
    """Those of the rows that a person may see."""
    scope = scope_of(user)
    return rows if scope.everything else rows.filter(scope.within(entity=entity, book=book))


def visible_or_shared(
    rows: QuerySet[Rows], user: User, *, entity: str = "entity_id", book: str = ""
) -> QuerySet[Rows]:
    """The same of things that may be all entities' (an instruction) or nobody's yet: these everybody sees."""
    scope = scope_of(user)
    if scope.everything:
        return rows
    return rows.filter(scope.within(entity=entity, book=book) | Q(**{entity: None}))


def seen_by(
    rule: Callable[..., QuerySet[Any]] = visible, **names: str
) -> Callable[[Any, QuerySet[Any], User], QuerySet[Any]]:
    """The `seen` of an administration page, by one of the rules above with these names."""

    def seen(page: Any, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rule(rows, user, **names)

    return seen


def visible_by_entity(rows: QuerySet[Rows], user: User, *, book: str) -> QuerySet[Rows]:
    """The same, with all entities named for those who see everything: indexes begin with the entity."""
    if scope_of(user).everything:
        all_of_them = {row.entity_id for row in reference_data().books.values()}
        return rows.filter(entity_id__in=sorted(all_of_them))
    return visible(rows, user, book=book)


def books_seen_by(user: User) -> list[str]:
    """The codes of the books that a person may write into."""
    scope = scope_of(user)
    return sorted(
        row.code
        for row in reference_data().books.values()
        if scope.covers(entity_id=row.entity_id, book_id=row.id)
    )


def entities_seen_by(user: User) -> list[Entity]:
    """The legal entities that a person sees whole, by code."""
    return list(Entity.objects.filter(scope_of(user).within(entity="pk")).order_by("code"))


def require_whole_entities(user: User, *, what: str) -> Scope:
    """The scope of a person who sees at least one entity whole. Raises OutOfScope."""
    scope = scope_of(user)
    if scope.entities is not None and not scope.entities:
        raise OutOfScope(what=what)
    return scope
