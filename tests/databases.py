"""Databases of tests: the loaded one, in which a test is rolled back, and copies of it, where commits are real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
from django.db import DatabaseError, connection

PUTTING_BACK = Path(__file__).with_name("putting_back.sql")
GROWN = 32 * 2**20  # bytes that a copy may have grown by: beyond it another one is sooner made


@contextmanager
def connected_to(name: str, django_db_blocker: Any) -> Iterator[None]:
    """Another database of the same server, for as long as the block lasts."""
    original = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        _lay_aside()
        connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            _lay_aside()
            connection.settings_dict["NAME"] = original


# A process of the server meets its catalog anew for each connection, which takes longer than most tests.
_aside: dict[str, Any] = {}
_AS_NEW = "RESET ALL; DEALLOCATE ALL; SELECT pg_advisory_unlock_all(); DISCARD TEMP"


def _lay_aside() -> None:
    """Keep the connection for when somebody turns to its database again, unless something is wrong with it."""
    raw = connection.connection
    if raw is None or raw.closed or connection.in_atomic_block:
        connection.close()
        return
    try:
        raw.rollback()
        raw.autocommit = True
        with raw.cursor() as cursor:
            cursor.execute(_AS_NEW)
    except psycopg2.Error:
        connection.close()
        return
    connection.run_on_commit = []
    connection.connection = None
    _aside[connection.settings_dict["NAME"]] = raw


def keep_connections() -> None:
    """Let Django take a connection that was laid aside, where it would make a new one."""
    make = connection.get_new_connection

    def take_up(parameters: dict[str, Any]) -> Any:
        raw = _aside.pop(parameters.get("dbname", ""), None)
        return raw if raw is not None and not raw.closed else make(parameters)

    connection.get_new_connection = take_up  # type: ignore[method-assign, assignment]


def _forget(name: str) -> None:
    with suppress(KeyError):
        _aside.pop(name).close()


@cache
def _server() -> Any:
    """One connection for making copies, for the same reason."""
    made = psycopg2.connect(**connection.get_connection_params() | {"dbname": "postgres"})
    made.autocommit = True
    return made


def on_server(statement: str, *facts: Any) -> None:
    with _server().cursor() as cursor:
        cursor.execute(statement, facts or None)


def _copy(original: str) -> str:
    name = f"copy_{uuid.uuid4().hex[:12]}"
    if connection.settings_dict["NAME"] == original:
        connection.close()
    _forget(original)  # a database that is copied has no other users
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    return name


def _drop(name: str) -> None:
    _forget(name)
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def own_copy(original: str) -> Iterator[str]:
    """A copy of a database, where commits are real; its name."""
    name = _copy(original)
    try:
        yield name
    finally:
        _drop(name)


def number_deals_anew() -> None:
    """Tests that rolled back in the database that this one is copied from have drawn numbers there."""
    with connection.cursor() as cursor:
        for name in ("deals_deal_id_seq", "settlements_settlement_id_seq"):
            cursor.execute("SELECT setval(%s, 1, false)", [name])


class PutBack:
    """A copy of a database that tests take one after the other: what one changed is put back.

    Where a test changed the schema, or let it grow, the next one gets another copy.
    """

    def __init__(self, original: str) -> None:
        self.original, self.name, self.size = original, "", 0

    @contextmanager
    def taken(self, django_db_blocker: Any) -> Iterator[None]:
        if not self.name:
            self._make(django_db_blocker)
        usable = False
        with connected_to(self.name, django_db_blocker):
            yield
            with suppress(DatabaseError):
                usable = self._put_back()
        if not usable:
            self.drop()

    def _make(self, django_db_blocker: Any) -> None:
        self.name = _copy(self.original)
        with connected_to(self.name, django_db_blocker):
            number_deals_anew()
            with connection.cursor() as cursor:
                cursor.execute(PUTTING_BACK.read_text())
            self.size = self._measured()

    def _put_back(self) -> bool:
        """Whether everything is as it was; others who still use the database are sent away first."""
        on_server(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> %s AND backend_type = 'client backend'",
            self.name, _pid(),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT kept.put_back()")
            put_back = bool(cursor.fetchone()[0])
        return put_back and self._measured() < self.size + GROWN

    def _measured(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])

    def drop(self) -> None:
        if self.name:
            _drop(self.name)
            self.name = ""


def _pid() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)
