"""The life of a second factor: enrolled, asked at the door, lost, removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.access import factors
from backoffice.access.factors import OneTimeCodeWrong, TooManyCodes, check_code
from backoffice.access.models import User
from backoffice.desk import sign_in
from backoffice.events.models import Event
from tests.access.people import browser, code_of, enrol, shown_by

pytestmark = pytest.mark.usefixtures("own_database")


def kinds() -> list[str]:
    rows = Event.objects.filter(subject_type="user").order_by("id")
    return list(rows.values_list("kind", flat=True))


def sign_in_as(name: str, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    typed = {"username": name, "password": f"{name}-demo", "next": "/deals/"}
    return client, client.post("/login/", typed)


def inside(client: Client) -> bool:
    return client.get("/my/keys/").status_code == 200


class TestEnrol:
    def test_a_secret_a_code_and_ten_codes_that_are_shown_once(self) -> None:
        client = browser("checker")
        assert client.post("/my/factor/", {"step": "begin"}).status_code == 302
        page = client.get("/my/factor/").content.decode()
        device = TOTPDevice.objects.get(user__username="checker")
        assert "<svg" in page
        assert factors.secret_of(device) in page
        assert not factors.has_factor(device.user)

        form = {"step": "confirm", "password": "checker-demo"}
        wrong = client.post("/my/factor/", form | {"code": "000000"})
        assert wrong.status_code == 403
        stranger = form | {"code": shown_by(device), "password": "guessed"}
        assert client.post("/my/factor/", stranger).status_code == 403
        assert not factors.has_factor(device.user)
        done = client.post("/my/factor/", form | {"code": shown_by(device)})
        codes = done.context["codes"]
        assert len(set(codes)) == 10
        assert factors.has_factor(device.user)
        stored = set(StaticToken.objects.values_list("token", flat=True))
        assert stored.isdisjoint(codes)
        later = client.get("/my/factor/").content.decode()
        assert factors.secret_of(device) not in later
        assert not any(code in later for code in codes)
        assert kinds() == ["user.enrol_factor"]

    def test_another_phone_takes_the_place_of_the_first_and_asks_for_its_code(self) -> None:
        enrol("checker")
        first = TOTPDevice.objects.get(user__username="checker")
        client = browser("checker")
        assert client.post("/my/factor/", {"step": "begin"}).status_code == 403
        client.post("/my/factor/", {"step": "begin", "one_time_code": code_of("checker")})
        second = TOTPDevice.objects.get(user__username="checker", confirmed=False)
        assert factors.has_factor(second.user)
        form = {"step": "confirm", "password": "checker-demo", "code": shown_by(second)}
        client.post("/my/factor/", form)
        assert list(TOTPDevice.objects.filter(user=second.user)) == [second]
        assert first.key != second.key


class TestSignIn:
    def test_the_code_is_asked_after_the_password_and_nobody_is_in_before(self) -> None:
        enrol("checker")
        client, asked = sign_in_as("checker")
        assert asked.context["asks_code"]
        assert not inside(client)
        assert client.post("/login/", {"code": "000000"}).status_code == 403
        assert not inside(client)
        taken = client.post("/login/", {"code": code_of("checker"), "next": "/deals/"})
        assert taken["Location"] == "/deals/"
        assert inside(client)

    def test_a_code_without_a_password_opens_nothing(self) -> None:
        enrol("checker")
        client = Client()
        client.post("/login/", {"code": code_of("checker")})
        assert not inside(client)

    def test_the_password_is_forgotten_after_some_minutes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enrol("checker")
        client, _ = sign_in_as("checker")
        monkeypatch.setattr(sign_in, "HALF_LASTS", timedelta(seconds=-1))
        client.post("/login/", {"code": code_of("checker")})
        assert not inside(client)

    def test_a_password_changed_meanwhile_opens_nothing(self) -> None:
        enrol("checker")
        client, _ = sign_in_as("checker")
        user = User.objects.get(username="checker")
        user.set_password("another")
        user.save()
        client.post("/login/", {"code": code_of("checker")})
        assert not inside(client)

    def test_the_administration_has_no_door_of_its_own(self) -> None:
        enrol("admin")
        client = Client()
        form = {"username": "admin", "password": "admin-demo"}
        assert client.get("/admin/")["Location"].startswith("/admin/login/")
        door = client.get("/admin/login/?next=/admin/")
        assert door["Location"] == "/login/?next=%2Fadmin%2F"
        client.post("/admin/login/", form)
        assert client.get("/admin/").status_code == 302


class TestCodes:
    def test_a_recovery_code_works_once(self) -> None:
        codes = enrol("checker")
        client, _ = sign_in_as("checker")
        client.post("/login/", {"code": codes[3].upper()})
        assert inside(client)
        assert kinds()[-1] == "user.use_recovery_code"
        other, _ = sign_in_as("checker")
        assert other.post("/login/", {"code": codes[3]}).status_code == 403
        assert not inside(other)
        assert factors.recovery_codes_left(User.objects.get(username="checker")) == 9

    def test_a_code_of_the_app_works_once(self) -> None:
        enrol("checker")
        user, code = User.objects.get(username="checker"), code_of("checker")
        assert check_code(user, code, at=timezone.now()) == factors.APP
        with pytest.raises(OneTimeCodeWrong):
            check_code(user, code, at=timezone.now())

    def test_each_wrong_code_makes_the_next_one_wait_even_if_it_is_right(self) -> None:
        enrol("checker")
        user, right = User.objects.get(username="checker"), code_of("checker")
        with pytest.raises(OneTimeCodeWrong):
            check_code(user, "12345", at=timezone.now())
        with pytest.raises(TooManyCodes) as waits:
            check_code(user, right, at=timezone.now())
        assert waits.value.facts["seconds"] >= 1

    def test_new_ones_end_the_old_ones(self) -> None:
        old = enrol("checker")
        user, client = User.objects.get(username="checker"), browser("checker")
        form = {"step": "codes", "one_time_code": code_of("checker")}
        new = client.post("/my/factor/", form).context["codes"]
        with pytest.raises(OneTimeCodeWrong):
            check_code(user, old[0], at=timezone.now())
        user.staticdevice_set.update(throttling_failure_count=0)  # type: ignore[attr-defined]
        assert check_code(user, new[0], at=timezone.now()) == factors.RECOVERY


def test_removal_leaves_its_event_and_the_next_sign_in_asks_for_no_code() -> None:
    enrol("checker")
    admin, checker = (User.objects.get(username=name) for name in ("admin", "checker"))
    assert factors.remove_factor(checker, actor=admin, reason="lost", at=timezone.now())
    assert not factors.remove_factor(checker, actor=admin, reason="lost", at=timezone.now())
    event = Event.objects.get(kind="user.remove_factor")
    assert (event.subject_id, event.actor_id, event.reason) == (checker.pk, admin.pk, "lost")
    client, _ = sign_in_as("checker")
    assert inside(client)
