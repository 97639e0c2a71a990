"""Persons with a second factor, the codes their apps show, and their browsers."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.access.factors import begin_enrolment, confirm_enrolment
from backoffice.access.models import User


def shown_by(device: TOTPDevice) -> str:
    """What the app shows now; a code may be used again here, so that no test waits 30 seconds."""
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    return f"{TOTP(device.bin_key).token():06d}"


def code_of(name: str) -> str:
    return shown_by(TOTPDevice.objects.get(user__username=name, confirmed=True))


def enrol(name: str) -> list[str]:
    """A second factor for this person; return the recovery codes."""
    user = User.objects.get(username=name)
    device = begin_enrolment(user)
    return confirm_enrolment(user, shown_by(device), at=timezone.now())


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def key_of(client: Client, name: str, **more: Any) -> Any:
    """The answer to asking for a key with name and password."""
    body = {"username": name, "password": f"{name}-demo", "label": "robot", **more}
    return client.post("/api/v1/keys/", body, content_type="application/json")
