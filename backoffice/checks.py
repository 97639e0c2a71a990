"""System checks: what must not be true outside the demonstration.

`manage.py check --deploy --database default` shows them; `refuse_unsafe_start` makes the web and
the workers stop on them, because those do not run Django's checks by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, ProgrammingError

from backoffice import demonstration

DEPLOYMENTS = ("demonstration", "production")


@register(Tags.security)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The environment's word for where we run, and the secret that goes with it."""
    problems: list[CheckMessage] = []
    if settings.DEPLOYMENT not in DEPLOYMENTS:
        problems.append(
            Error(
                f"DEPLOYMENT is {settings.DEPLOYMENT!r}.",
                hint=f"Set it to one of: {', '.join(DEPLOYMENTS)}.",
                id="backoffice.E001",
            )
        )
    if not settings.DEMONSTRATION and settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY:
        problems.append(
            Error(
                "The default secret is in use outside the demonstration.",
                hint="Set SECRET_KEY to 50 or more random characters, or run the demonstration "
                "with DEPLOYMENT=demonstration.",
                id="backoffice.E002",
            )
        )
    return problems


@register(Tags.database)
def check_demonstration_users(
    app_configs: Any, *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Nobody may come into a production system with a password that the README prints."""
    if settings.DEMONSTRATION or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        known = _demonstration_users()
    except ProgrammingError:  # before the first migration there is nobody
        return []
    if not known:
        return []
    return [
        Error(
            f"Users of the demonstration exist: {', '.join(known)}.",
            hint="Use a database of your own for production, or give them other passwords.",
            id="backoffice.E003",
        )
    ]


def _demonstration_users() -> list[str]:
    users = get_user_model().objects.filter(username__in=demonstration.USERS, is_active=True)
    # The hash is read as it is: `check_password` may write a better one, and this only looks.
    return sorted(
        name
        for name, stored in users.values_list("username", "password")
        if check_password(demonstration.password_of(name), stored)
    )


def refuse_unsafe_start() -> None:
    """Stop this process if one of our errors holds; called where web and workers start."""
    problems = [
        *check_deployment(None),
        *check_demonstration_users(None, databases=[DEFAULT_DB_ALIAS]),
    ]
    if problems:
        raise SystemExit("\n".join(f"{p.id}: {p.msg} {p.hint}" for p in problems))
