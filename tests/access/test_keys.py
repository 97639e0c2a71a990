"""Keys: bounded, used, seen, revoked; and the wait of those who guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.access import authentication
from backoffice.access.addresses import address_of
from backoffice.access.attempts import FREE, WINDOW, wait_after
from backoffice.access.models import ApiKey, FailedSignIn, User
from backoffice.access.services import (
    BadNetworks,
    ExpiryInThePast,
    ScopesExceedRole,
    create_key,
    revoke_keys,
)
from backoffice.events.models import Event
from tests.access.people import browser, code_of, enrol, key_of

pytestmark = pytest.mark.usefixtures("own_database")
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def clerk() -> User:
    return User.objects.get(username="clerk")


def ask(key: str, **more: Any) -> int:
    authentication._known.clear()
    headers = {"Authorization": f"Bearer {key}"}
    return Client().get("/api/v1/deals/", headers=headers, **more).status_code


class TestLastUse:
    def test_it_says_when_and_from_where(self) -> None:
        row, key = create_key(user=clerk(), label="x")
        assert row.last_used_at is None
        before = timezone.now()
        ask(key, REMOTE_ADDR="10.1.2.3")
        used = ApiKey.objects.get(pk=row.pk)
        assert used.last_used_at is not None
        assert before <= used.last_used_at <= timezone.now()
        assert used.last_used_from == "10.1.2.3"

    def test_it_is_written_once_a_minute(self) -> None:
        row, key = create_key(user=clerk(), label="x")
        ask(key, REMOTE_ADDR="10.1.2.3")
        ask(key, REMOTE_ADDR="10.9.9.9")
        authentication._noted.clear()  # another process, that has noted nothing yet
        ask(key, REMOTE_ADDR="10.9.9.9")
        row.refresh_from_db()
        assert row.last_used_from == "10.1.2.3"
        old = timezone.now() - timedelta(seconds=61)
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=old)
        authentication._noted.clear()
        ask(key, REMOTE_ADDR="10.9.9.9")
        row.refresh_from_db()
        assert row.last_used_from == "10.9.9.9"

    def test_a_use_that_was_refused_is_none(self) -> None:
        row, key = create_key(user=clerk(), label="x", networks=["10.0.0.0/8"])
        assert ask(key, REMOTE_ADDR="192.0.2.1") == 401
        row.refresh_from_db()
        assert row.last_used_at is None


class TestBounds:
    @pytest.mark.parametrize(
        ("networks", "stored"),
        [(["10.0.0.0/8"], ["10.0.0.0/8"]), (["192.0.2.7", "2001:db8::/32"],
                                            ["192.0.2.7/32", "2001:db8::/32"])],
    )  # fmt: skip
    def test_ranges_are_read(self, networks: list[str], stored: list[str]) -> None:
        assert create_key(user=clerk(), label="x", networks=networks)[0].networks == stored

    @pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0.0/33", "office", ""])
    def test_what_is_no_range_is_refused(self, wrong: str) -> None:
        with pytest.raises(BadNetworks):
            create_key(user=clerk(), label="x", networks=["10.0.0.0/8", wrong])
        assert not ApiKey.objects.filter(label="x").exists()

    def test_nobody_makes_a_key_that_may_more_than_they(self) -> None:
        with pytest.raises(ScopesExceedRole) as refused:
            create_key(user=clerk(), label="x", scopes=["settlements.release_settlement"])
        assert refused.value.problems[0].pointer == "/scopes"

    def test_a_key_that_has_expired_is_not_made(self) -> None:
        with pytest.raises(ExpiryInThePast):
            create_key(user=clerk(), label="x", expires_at=timezone.now())
        assert not Event.objects.filter(kind="key.create").exists()

    def test_the_api_says_what_is_wrong(self) -> None:
        answer = key_of(Client(), "clerk", networks=["office"], scopes=[])
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/networks"


def test_making_and_revoking_leave_events() -> None:
    row, _ = create_key(user=clerk(), label="x")
    admin = User.objects.get(username="admin")
    assert revoke_keys(ids=[row.pk], actor=admin, at=timezone.now()) == 1
    assert revoke_keys(ids=[row.pk], actor=admin, at=timezone.now()) == 0
    found = Event.objects.filter(subject_type="key", subject_id=row.pk).order_by("id")
    told = list(found.values_list("kind", "actor__username"))
    assert told == [("key.create", "clerk"), ("key.revoke", "admin")]


class TestPage:
    def test_a_key_is_made_seen_and_revoked_by_its_owner_alone(self) -> None:
        client = browser("clerk")
        form = {"label": "robot", "networks": "10.0.0.0/8, 192.0.2.1", "scope": ["deals.view_deal"]}
        made = client.post("/my/keys/", form)
        secret, row = made.context["secret"], ApiKey.objects.get(label="robot")
        assert ask(secret, REMOTE_ADDR="10.1.1.1") == 200
        page = client.get("/my/keys/").content.decode()
        assert "robot" in page
        assert secret not in page
        assert "robot" not in browser("dealer").get("/my/keys/").content.decode()
        assert browser("dealer").post(f"/my/keys/{row.pk}/revoke/").status_code == 404
        assert ask(secret, REMOTE_ADDR="10.1.1.1") == 200
        client.post(f"/my/keys/{row.pk}/revoke/")
        assert ask(secret, REMOTE_ADDR="10.1.1.1") == 401

    def test_what_was_typed_stays_beside_what_is_wrong(self) -> None:
        wrong = browser("clerk").post("/my/keys/", {"label": "robot", "networks": "office"})
        assert wrong.status_code == 422
        assert 'value="office"' in wrong.content.decode()
        wrong = browser("clerk").post("/my/keys/", {"label": "robot", "expires_at": "soon"})
        assert wrong.status_code == 422

    def test_with_a_second_factor_it_asks_for_a_code(self) -> None:
        enrol("clerk")
        client = browser("clerk")
        assert client.post("/my/keys/", {"label": "robot"}).status_code == 403
        client.post("/my/keys/", {"label": "robot", "one_time_code": code_of("clerk")})
        assert ApiKey.objects.get(label="robot").with_code


class TestAskForAKey:
    def test_with_a_second_factor_the_code_is_required(self) -> None:
        enrol("clerk")
        assert key_of(Client(), "clerk").json()["code"] == "one-time-code-required"
        assert key_of(Client(), "clerk", otp="000000").json()["code"] == "one-time-code-wrong"
        assert key_of(Client(), "clerk", otp=code_of("clerk")).status_code == 201

    def test_who_guesses_waits_and_who_signs_in_does_not(self) -> None:
        for _ in range(FREE):
            assert key_of(Client(), "clerk", password="wrong").status_code == 403
        waits = key_of(Client(), "clerk")
        assert (waits.status_code, waits.json()["code"]) == (429, "too-many-sign-ins")
        assert 1 <= int(waits["Retry-After"]) <= 15
        door = Client().post("/login/", {"username": "CLERK ", "password": "clerk-demo"})
        assert door.status_code == 429
        assert int(door["Retry-After"]) >= 1
        assert key_of(Client(REMOTE_ADDR="192.0.2.1"), "clerk").status_code == 201
        assert key_of(Client(), "dealer").status_code == 201
        FailedSignIn.objects.update(last_at=timezone.now() - timedelta(seconds=16))
        assert key_of(Client(), "clerk").status_code == 201
        assert not FailedSignIn.objects.exists()


@pytest.mark.parametrize(
    ("failures", "age", "wait"),
    [(FREE - 1, 0, 0), (FREE, 0, 15), (FREE, 14, 1), (FREE, 15, 0), (FREE + 1, 0, 30), (FREE + 9, 0, 900),
     (FREE + 9, WINDOW.total_seconds(), 0)],
)  # fmt: skip
def test_the_wait_doubles_and_ends(failures: int, age: float, wait: float) -> None:
    last = AT - timedelta(seconds=age)
    assert wait_after(failures, last, AT) == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [("", 0, "peer"), ("6.6.6.6", 0, "peer"), ("6.6.6.6, 7.7.7.7", 1, "7.7.7.7"),
     ("6.6.6.6, 7.7.7.7", 2, "6.6.6.6"), ("7.7.7.7", 2, "peer"), ("", 1, "peer")],
)  # fmt: skip
def test_what_a_sender_writes_about_itself_is_worth_nothing(
    forwarded: str, proxies: int, address: str
) -> None:
    assert address_of("peer", forwarded, proxies) == address
