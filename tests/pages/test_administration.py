"""The administration: people, keys and reference data change; facts only show."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.access.models import ApiKey, User

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def test_nobody_else_comes_in() -> None:
    for name in ("dealer", "clerk", "checker", "manager"):
        assert browser(name).get(reverse("admin:index")).status_code == 302


def test_no_fact_can_be_changed_or_deleted(api: Any, sample: dict[str, Any]) -> None:
    deal = api("dealer").post("/deals/", sample).json()["reference"].removeprefix("D-")
    client = browser("admin")
    assert client.get(f"/admin/deals/deal/{deal}/change/").status_code == 200
    assert client.post(f"/admin/deals/deal/{deal}/change/", {}).status_code == 403
    assert client.post(f"/admin/deals/deal/{deal}/delete/", {"post": "yes"}).status_code == 403


def test_a_key_is_shown_once_and_revoked() -> None:
    client = browser("admin")
    dealer = User.objects.get(username="dealer")
    form = {
        "user": dealer.pk,
        "label": "robot",
        "scopes": "",
        "networks": "",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    answer = client.post("/admin/access/apikey/add/", form, follow=True)
    assert answer.status_code == 200
    (text,) = [str(m) for m in answer.context["messages"] if "bo_" in str(m)]
    key = ApiKey.objects.get(label="robot")
    assert key.hash not in text
    chosen = {"action": "revoke", "_selected_action": [key.pk]}
    client.post("/admin/access/apikey/", chosen)
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_it_is_laid_out_as_the_flow_and_leads_back_to_the_desk(
    api: Any, sample: dict[str, Any]
) -> None:
    reference = api("dealer").post("/deals/", sample).json()["reference"]
    client = browser("admin")
    parts = [part["app_label"] for part in client.get("/admin/").context["available_apps"]]
    flow = [
        part for part in parts if part in ("refdata", "ledger", "limits", "deals", "settlements")
    ]
    assert flow == ["refdata", "ledger", "limits", "deals", "settlements"]
    page = client.get("/admin/deals/deal/", {"q": sample["external_ref"]})
    assert f'href="/deals/{reference}/"'.encode() in page.content
    russian = Client(headers={"Accept-Language": "ru"})
    russian.force_login(User.objects.get(username="admin"))
    assert "Люди и ключи" in russian.get("/admin/").content.decode()
