"""What every test may ask for: a loaded database, a database of its own, people, and their API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import override_settings, setup_databases, teardown_databases
from django.utils import timezone, translation

from backoffice.access import authentication, rates
from backoffice.access.models import User
from backoffice.access.services import create_key
from backoffice.collector import spare_the_collector
from backoffice.demonstration.day import last_sessions, load_day
from backoffice.demonstration.firm import load_firm, load_people
from backoffice.demonstration.quotes import load_quotes
from backoffice.desk.frame import forget_frames
from backoffice.work.pace import forget_paces
from deals.capturing import api as capturing_api
from deals.exposing.exposure import forget_definitions
from deals.exposing.positions import forget_positions
from ledger.services import prepare_months
from refdata import selectors
from refdata.last_prices import forget_last_prices
from refdata.screening.lists import forget_lists
from refdata.selectors import forget_reference_data, reference_data
from tests.databases import (
    PutBack,
    connected_to,
    keep_connections,
    number_deals_anew,
    own_copy,
)
from tests.flows import scoped
from tests.schemas import known_schema

# A busy machine is slow at any moment; that is not what a property is about.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")
SAMPLE_DAY = date(2026, 11, 23)  # of the deals below, on whichever later day they are tested
# A hash that is slow on purpose would be made a thousand times; running systems keep their own.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first, or at the end one process would wait for the other's last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no need to look through it again and again for waste."""
    spare_the_collector()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Base data and the demonstration's firm (no deals), loaded once for each process.

    In place of the plugin's own, which makes a database only for tests that carry its mark.
    """
    with django_db_blocker.unblock():
        with known_schema(connection.settings_dict):
            made = setup_databases(verbosity=0, interactive=False)
        at = timezone.now()
        prepare_months(at.date())
        call_command("load_base_data", verbosity=0)
        load_firm(load_people(), at=at, today=last_sessions(at, 1)[0])
        load_quotes(SAMPLE_DAY)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # of copies too: nothing is planned without knowing its size
        keep_connections()
        forget_everything()
        _loaded.update(
            {"name": connection.settings_dict["NAME"], "reference data": reference_data()}
        )
    yield
    with django_db_blocker.unblock():
        connection.ensure_connection()  # the one that was laid aside, or it would stand in the way
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _files_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reports are numbered by their database: processes beside this one would write the same files."""
    settings.MEDIA_ROOT = str(tmp_path_factory.mktemp("files"))


@pytest.fixture(autouse=True)
def _forget_what_processes_remember() -> None:
    """A test that rolled back or changed its database must not leave its reference data behind."""
    forget_everything()


@pytest.fixture(autouse=True)
def _read_english_first() -> Iterator[None]:
    """A page asked for in Russian leaves its language to the thread: the next test begins without it."""
    yield
    translation.deactivate()


# The database that all others are copies of: its name, its reference data.
_loaded: dict[str, Any] = {}


def forget_everything() -> None:
    """What a process remembers of its database. Reference data of the loaded one is at hand for whoever finds
    its version there: it is looked at anew first.
    """
    for forget in (
        forget_reference_data,
        forget_paces,
        forget_lists,
        forget_definitions,
        forget_positions,
        forget_last_prices,
        forget_frames,
        authentication._known.clear,
        authentication._noted.clear,
        rates.forget_counts,
        capturing_api._last_refusal.clear,
    ):
        forget()
    selectors._snapshot, selectors._checked_at = _loaded.get("reference data"), 0.0


@pytest.fixture(scope="session")
def _day(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A copy of the loaded database in which the demonstration's day is under way."""
    with own_copy(_loaded["name"]) as name:
        with (
            connected_to(name, django_db_blocker),
            override_settings(VAR_DIR=tmp_path_factory.mktemp("day")),
        ):
            forget_everything()
            number_deals_anew()
            load_day(scoped.firm_people(), at=timezone.now())
        yield name


@pytest.fixture(scope="session")
def _scoped_database(
    _day: str, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A copy with a day's work in all books, made once for the modules that look at it."""
    with own_copy(_day) as name:
        with (
            connected_to(name, django_db_blocker),
            override_settings(VAR_DIR=tmp_path_factory.mktemp("scoped")),
        ):
            forget_everything()
            scoped.a_day_in_all_books()
            scoped.people()
        yield name


@pytest.fixture(scope="module")
def scoped_day(_scoped_database: str, django_db_blocker: Any) -> Iterator[None]:
    """The tests of a module in that database; what they write, they undo."""
    with connected_to(_scoped_database, django_db_blocker):
        yield


@pytest.fixture(scope="session")
def _own(django_db_setup: None) -> Iterator[PutBack]:
    copy = PutBack(_loaded["name"])
    yield copy
    copy.drop()


@pytest.fixture(scope="session")
def _own_day(_day: str) -> Iterator[PutBack]:
    copy = PutBack(_day)
    yield copy
    copy.drop()


@pytest.fixture
def own_database(
    request: pytest.FixtureRequest, _own: PutBack, django_db_blocker: Any
) -> Iterator[None]:
    """A copy of the loaded database of its own: for threads, consumers and whole stories."""
    if "day_at_work" in request.fixturenames:
        yield
        return
    with _own.taken(django_db_blocker):
        yield


@pytest.fixture
def day_at_work(_own_day: PutBack, django_db_blocker: Any) -> Iterator[None]:
    """The same with the demonstration's day under way."""
    with _own_day.taken(django_db_blocker):
        yield


@pytest.fixture
def shared_data() -> Path:
    """The real files that stand beside the project where it is developed."""
    if not (SHARED / "data").exists():
        pytest.skip(f"the real files are not here: {SHARED / 'data'}")
    return SHARED / "data"


class Api:
    """The REST interface as one user with a key sees it."""

    def __init__(self, username: str) -> None:
        self.user = User.objects.get(username=username)
        _, self.key = create_key(user=self.user, label="test")
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self._headers())

    def post(
        self, path: str, body: Any = None, *, key: str | None = None, content_type: str = "",
        if_match: str = "*",
    ) -> Any:  # fmt: skip
        """POST with a fresh idempotency key unless one is given; bytes go out as they are."""
        raw = body if isinstance(body, (bytes, str)) else json.dumps(body or {})
        return self.client.post(
            f"/api/v1{path}",
            raw,
            content_type=content_type or "application/json",
            headers=self._headers()
            | {"Idempotency-Key": key or uuid.uuid4().hex, "If-Match": if_match},
        )

    def post_file(self, path: str, file: Any, *, key: str | None = None, **fields: str) -> Any:
        """POST a form with a file in it."""
        headers = self._headers() | {"Idempotency-Key": key or uuid.uuid4().hex}
        file.seek(0)
        return self.client.post(f"/api/v1{path}", {"file": file, **fields}, headers=headers)

    def delete(self, path: str, *, if_match: str = "*") -> Any:
        headers = self._headers() | {"If-Match": if_match}
        return self.client.delete(f"/api/v1{path}", headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture
def api() -> Callable[[str], Api]:
    """`api("dealer")` speaks for the dealer; one key for each user and test."""
    known: dict[str, Api] = {}

    def of(username: str) -> Api:
        if username not in known:
            known[username] = Api(username)
        return known[username]

    return of


@pytest.fixture
def sample() -> dict[str, Any]:
    """The deal that the interface promises to accept as printed, on any later day."""
    return {
        "external_ref": "FO-2026-000017", "product": "equity", "side": "buy", "book": "EQ-RU",
        "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540",
        "quantity": "1000", "price": "312.45", "currency": "RUB",
        "traded_at": "2026-11-23T10:15:00+03:00",
        "settlement": {"method": "DVP", "date": None},
    }  # fmt: skip
