"""Items and the people who work on them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth.models import Group

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from backoffice.workflow.services import NewItem, open_items

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # noon in Moscow, a Tuesday
_subjects = count(10_000_000)


def worker(name: str, *roles: str) -> User:
    """Somebody who holds roles and sees everything."""
    person = User.objects.create_user(name, password=f"{name}-test")
    person.groups.set(Group.objects.filter(name__in=roles))
    return person


def an_item(
    kind: str = "failing", *, queue: str = "clerk", opened_at: datetime = NOW, **more: Any
) -> WorkItem:
    """One open item about a settlement that is not there."""
    about: dict[str, Any] = {"subject_type": "settlement", "subject_id": next(_subjects)} | more
    open_items([NewItem(kind=kind, queue=queue, **about)], at=opened_at)
    return WorkItem.objects.get(kind=kind, subject_id=about["subject_id"], closed_at=None)


def worth(amount: int, **more: Any) -> WorkItem:
    """One of so many roubles, due at the end of the day."""
    due: dict[str, Any] = {"due_at": NOW + timedelta(hours=6)} | more
    return an_item(amount=Decimal(amount), currency="RUB", **due)
