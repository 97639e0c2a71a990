"""A production system does not start unsafe; its containers have no secret of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from celery.signals import beat_init, worker_init
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from backoffice.access.models import User
from backoffice.checks import check_deployment, refuse_unsafe_start
from tests.architecture.test_order import ROOT

SECRET = "q7Zt-3vN_x0LrB9mWc2KyHd8sUeGfJ5aPiTo4XnQ61RbVhMwEkYC"
COMPOSE = ROOT / "docker-compose.yml"
GIVEN = {
    "POSTGRES_PASSWORD": "x9-unusual", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "backoffice.example.com",
}  # fmt: skip


@pytest.fixture
def production(settings: Any, own_database: None) -> Any:
    """Everything as it should be outside the demonstration; the demonstration's people are away."""
    User.objects.update(is_active=False)
    settings.DEPLOYMENT, settings.DEMONSTRATION = "production", False
    settings.SECRET_KEY, settings.DEBUG = SECRET, False
    settings.ALLOWED_HOSTS = ["backoffice.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://backoffice.example.com"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        setattr(settings, name, True)
    settings.SECURE_HSTS_SECONDS, settings.SECOND_FACTOR_REQUIRED = 1, True
    return settings


def found() -> list[str]:
    return [str(problem.id).removeprefix("backoffice.") for problem in check_deployment(None)]


def test_what_is_safe_starts(production: Any) -> None:
    assert found() == []
    refuse_unsafe_start()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEPLOYMENT", "staging", "E001"),
        ("SECRET_KEY", "default-secret-that-only-the-demonstration-accepts", "E002"),
        ("SECRET_KEY", SECRET[:49], "E002"),
        ("SECRET_KEY", "ab" * 40, "E002"),
        ("ALLOWED_HOSTS", ["*"], "E004"),
        ("ALLOWED_HOSTS", [], "E004"),
        ("DEBUG", True, "E006"),
        ("SESSION_COOKIE_SECURE", False, "E007"),
        ("CSRF_COOKIE_SECURE", False, "E007"),
        ("SECURE_SSL_REDIRECT", False, "E007"),
        ("SECURE_HSTS_SECONDS", 0, "E007"),
        ("SECOND_FACTOR_REQUIRED", False, "E007"),
        ("CSRF_TRUSTED_ORIGINS", ["http://backoffice.example.com"], "E008"),
        ("CSRF_TRUSTED_ORIGINS", ["https://*.example.com"], "E008"),
        ("FAULT_POINT", "shard.posted", "E010"),
    ],
)
def test_each_setting_is_refused_for_its_own_reason(
    production: Any, name: str, value: Any, code: str
) -> None:
    setattr(production, name, value)
    assert found() == [code]
    with pytest.raises(SystemExit, match=code):
        refuse_unsafe_start()


@pytest.mark.parametrize(
    ("host", "password", "refused"),
    [("db.example.com", "", True), ("db.example.com", "Backoffice", True), ("db.example.com", "x9-own", False),
     ("/var/run/postgresql", "", False), ("127.0.0.1", "postgres", True), ("db.example.com", "keeper", True)],
)  # fmt: skip
def test_passwords_of_the_database(
    production: Any, monkeypatch: pytest.MonkeyPatch, host: str, password: str, refused: bool
) -> None:
    named = {"HOST": host, "PASSWORD": password, "USER": "keeper"}
    monkeypatch.setattr("backoffice.checks.settings.DATABASES", {"default": named})
    assert ("E005" in found()) is refused


def test_a_user_of_the_demonstration_stops_the_start_until_the_password_is_another(
    production: Any,
) -> None:
    checker = User.objects.get(username="checker")
    User.objects.filter(pk=checker.pk).update(is_active=True)
    with pytest.raises(SystemExit, match=r"E003.*checker"):
        refuse_unsafe_start()
    with pytest.raises(SystemCheckError, match=r"E003"):
        call_command("check", databases=["default"])
    checker.set_password("another-one-9")
    checker.is_active = True
    checker.save()
    refuse_unsafe_start()


def test_a_superuser_stops_the_start(production: Any) -> None:
    root = User.objects.create_superuser("root", password="unusual-7")
    with pytest.raises(SystemExit, match=r"E009.*root"):
        refuse_unsafe_start()
    User.objects.filter(pk=root.pk).update(is_active=False)
    refuse_unsafe_start()


@pytest.mark.parametrize("begins", [worker_init, beat_init])
def test_workers_and_the_clock_stop_as_the_web_does(production: Any, begins: Any) -> None:
    begins.send(sender=None)
    production.ALLOWED_HOSTS = ["*"]
    with pytest.raises(SystemExit, match="E004"):
        begins.send(sender=None)


def test_the_demonstration_may_be_as_it_is(settings: Any) -> None:
    settings.DEMONSTRATION, settings.DEPLOYMENT = True, "demonstration"
    settings.ALLOWED_HOSTS, settings.DEBUG = ["*"], True
    assert found() == []


class TestContainers:
    def test_no_secret_has_a_default(self) -> None:
        text = COMPOSE.read_text()
        for name in GIVEN:
            uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
            assert uses, name
            assert all(each.startswith(":?") for each in uses), name
        assert "default-secret" not in text

    def test_every_server_is_looked_after(self) -> None:
        services = yaml.safe_load(COMPOSE.read_text())["services"]
        assert set(services) == {"database", "broker", "prepare", "web", "worker", "beat"}
        without = {name for name, each in services.items() if "healthcheck" not in each}
        assert without == {"prepare"}  # it ends
        images = {each["image"].partition(":")[0] for each in services.values() if "image" in each}
        assert images == {"postgres", "redis"}
        assert services["database"]["volumes"]

    @pytest.mark.skipif(not shutil.which("docker"), reason="no docker here")
    def test_compose_takes_it_with_the_secrets_and_says_which_is_missing(self) -> None:
        if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
            pytest.skip("docker has no compose here")
        base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = ["docker", "compose", "-f", str(COMPOSE), "config", "--quiet"]
        assert subprocess.run(command, env=base | GIVEN, check=False).returncode == 0
        for name in GIVEN:
            rest = {key: value for key, value in GIVEN.items() if key != name}
            done = subprocess.run(
                command, env=base | rest, capture_output=True, text=True, check=False
            )
            assert done.returncode != 0
            assert f"set {name}" in done.stderr
