"""A day's work in three books of two entities, and people who see only a part of it."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.utils import timezone

from backoffice.access.models import User
from backoffice.demonstration import USERS
from backoffice.demonstration.day import load_day
from refdata.models import Book, BookScope, Entity
from refdata.selectors import forget_reference_data

# Of the demonstration's books these are of one entity; EQ-EU is of another.
OWN, BESIDE, ABROAD = "EQ-RU", "EQ-CL", "EQ-EU"
ENTITY, OTHER = "RUS", "EUR"


def a_day_in_all_books() -> None:
    """The day of the demonstration: deals, settlements, entries, limits and runs of every book."""
    load_day({name: User.objects.get(username=name) for name in USERS}, at=timezone.now())


def person(role: str, *, entity: str = "", book: str = "", staff: bool = False) -> User:
    """A new person with one role who sees one entity, or one book; without both, everything."""
    name = f"{role}-{entity or book or 'all'}".lower()
    user = User.objects.create_user(name, password="x", is_staff=staff)
    user.groups.add(Group.objects.get(name=role))
    see(user, entity=entity, book=book)
    return user


def see(user: User, *, entity: str = "", book: str = "") -> None:
    """Let a person see one more entity, or one more book."""
    if book:
        row = Book.objects.get(code=book)
        BookScope.objects.create(user=user, entity=row.entity, book=row)
    elif entity:
        BookScope.objects.create(user=user, entity=Entity.objects.get(code=entity))
    forget_reference_data()
