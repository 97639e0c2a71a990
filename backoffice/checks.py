"""System checks: what must not be true outside the demonstration.

`manage.py check --deploy --database default` shows them; `refuse_unsafe_start` makes the web and
the workers stop on them, because those do not run Django's checks by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, ProgrammingError

from backoffice import demonstration

DEPLOYMENTS = ("demonstration", "production")
MUST_BE_ON = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECOND_FACTOR_REQUIRED",
)  # fmt: skip
USUAL_PASSWORDS = frozenset(
    {"backoffice", "postgres", "password", "changeme", "secret", "admin", "demo"}
)


@register(Tags.security)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The environment's word for where we run; and what it must not say outside the demonstration."""
    problems: list[CheckMessage] = []
    if settings.DEPLOYMENT not in DEPLOYMENTS:
        problems.append(
            Error(
                f"DEPLOYMENT is {settings.DEPLOYMENT!r}.",
                hint=f"Set it to one of: {', '.join(DEPLOYMENTS)}.",
                id="backoffice.E001",
            )
        )
    if not settings.DEMONSTRATION:
        problems += [
            Error(message, hint=hint, id=f"backoffice.{code}")
            for code, wrong, message, hint in _unsafe()
            if wrong
        ]
    return problems


def _unsafe() -> Iterator[tuple[str, bool, str, str]]:
    """Code, whether it is so, what it is, and what to do."""
    secret, hosts = settings.SECRET_KEY, settings.ALLOWED_HOSTS
    yield ("E002", secret == settings.DEFAULT_SECRET_KEY or len(set(secret)) < 10 or len(secret) < 50,
           "The default secret, or one that can be guessed, is in use outside the demonstration.",
           "Set SECRET_KEY to 50 or more random characters, or run the demonstration with "
           "DEPLOYMENT=demonstration.")  # fmt: skip
    yield ("E004", not hosts or any(host in ("*", ".") for host in hosts),
           "ALLOWED_HOSTS lets in every name, or none.",
           "Set it to the names that people use, separated by commas.")  # fmt: skip
    yield ("E005", _guessed(settings.DATABASES["default"]),
           "The database's password is missing or a usual one.",
           "Give the database a password of its own, and name it in DATABASE_URL.")  # fmt: skip
    yield ("E006", settings.DEBUG, "DEBUG shows the insides to everybody.", "Leave DEBUG out.")
    yield ("E007", not all(getattr(settings, name) for name in MUST_BE_ON),
           f"One of these is off: {', '.join(MUST_BE_ON)}.",
           "Leave them as they are set outside the demonstration.")  # fmt: skip
    yield ("E008", any(not each.startswith("https://") or "*" in each
                       for each in settings.CSRF_TRUSTED_ORIGINS),
           "CSRF_TRUSTED_ORIGINS names more than pages of ours over TLS.",
           "Name whole addresses such as https://backoffice.example.com, or none.")  # fmt: skip
    yield (
        "E010",
        bool(settings.FAULT_POINT),
        "FAULT_POINT kills processes of a real system.",
        "Leave it out.",
    )


def _guessed(database: dict[str, Any]) -> bool:
    """Whether a password is missing where the database is another machine, or among the usual ones."""
    password, host = database.get("PASSWORD", ""), database.get("HOST", "")
    away = not host.startswith("/") and host not in ("", "localhost", "127.0.0.1", "::1")
    return password.lower() in USUAL_PASSWORDS | {database.get("USER", "").lower()} - {""} or (
        away and not password
    )


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


@register(Tags.database)
def check_superusers(
    app_configs: Any, *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Nobody stands above roles, other eyes and what may not be held together."""
    if settings.DEMONSTRATION or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    rows = get_user_model().objects.filter(is_superuser=True, is_active=True)
    try:
        known = sorted(rows.values_list("username", flat=True))
    except ProgrammingError:
        return []
    if not known:
        return []
    return [
        Error(
            f"Superusers exist: {', '.join(known)}.",
            hint="Add the first persons by `manage.py add_first_person` and switch these off.",
            id="backoffice.E009",
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
        *check_superusers(None, databases=[DEFAULT_DB_ALIAS]),
    ]
    if problems:
        raise SystemExit("\n".join(f"{p.id}: {p.msg} {p.hint}" for p in problems))
