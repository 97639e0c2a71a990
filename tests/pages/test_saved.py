"""What people keep of how they look at lists: views, own or a role's, and columns."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from backoffice.desk.models import SavedView

pytestmark = pytest.mark.django_db


def browser(name: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


def save(client: Client, name: str, address: str, role: str = "") -> Any:
    return client.post("/lists/deals/views/", {"name": name, "next": address, "role": role})


def test_a_view_is_an_address_under_a_name() -> None:
    clerk = browser("clerk")
    saved = save(clerk, "Mine", "/deals/?status=CAPTURED&cols=reference,state&before=9")
    id = SavedView.objects.get().pk
    assert saved["Location"] == f"/deals/?status=CAPTURED&cols=reference%2Cstate&view={id}"
    shown = clerk.get(saved["Location"]).context["list"]
    assert [(view.name, view.current) for view in shown.views] == [("Mine", True)]
    assert [column.path for column in shown.columns] == ["reference", "state"]
    assert clerk.get(f"/deals/?view={id}")["Location"] == saved["Location"]
    save(clerk, "Mine", "/deals/?status=SETTLED")
    assert SavedView.objects.get().query == "status=SETTLED"


def test_a_view_is_seen_by_its_owner_or_by_the_role_it_is_shared_with() -> None:
    checker, clerk, auditor = browser("checker"), browser("clerk"), browser("auditor")
    save(clerk, "Own", "/deals/?status=CAPTURED")
    save(checker, "Ours", "/deals/?status=PENDING_APPROVAL", role="checker")
    save(clerk, "Not mine to share", "/deals/", role="auditor")

    def seen(client: Client) -> list[str]:
        return [view.name for view in client.get("/deals/").context["list"].views]

    assert seen(clerk) == ["Not mine to share", "Own"]
    assert seen(checker) == ["Ours"]
    assert seen(auditor) == []
    other = User.objects.create_user("second", password="x")
    other.groups.set(User.objects.get(username="checker").groups.all())
    assert seen(browser("second")) == ["Ours"]
    id = SavedView.objects.get(name="Ours").pk
    browser("second").post("/lists/deals/forget/", {"view": str(id)})
    assert SavedView.objects.filter(pk=id).exists()
    checker.post("/lists/deals/forget/", {"view": str(id), "next": "/deals/?view=1"})
    assert not SavedView.objects.filter(pk=id).exists()


def test_a_view_of_somebody_else_opens_nothing() -> None:
    save(browser("clerk"), "Own", "/deals/?status=CAPTURED")
    id = SavedView.objects.get().pk
    assert browser("auditor").get(f"/deals/?view={id}").context["list"].chips == []
    assert browser("auditor").get("/deals/?view=%D9%A1").status_code == 200


def test_columns_are_remembered_for_each_person() -> None:
    clerk = browser("clerk")
    back = clerk.post(
        "/lists/deals/columns/",
        {"column": ["reference", "nothing"], "next": "/deals/?cols=state&book=A"},
    )
    assert back["Location"] == "/deals/?book=A"

    def columns(client: Client) -> int:
        return len(client.get("/deals/").context["list"].columns)

    assert columns(clerk) == 1
    assert columns(browser("checker")) > 5
    clerk.post("/lists/deals/columns/", {"next": "/deals/"})
    assert columns(clerk) > 5


def test_what_is_sent_wrong_does_no_harm() -> None:
    clerk = browser("clerk")
    assert save(clerk, "", "/deals/")["Location"] == "/deals/"
    assert save(clerk, "x", "/deals/?book=" + "B" * 2000)["Location"].startswith("/deals/?book=B")
    assert SavedView.objects.count() == 0
    assert clerk.post("/lists/de..als/views/", {}).status_code == 404
    away = save(clerk, "x", "https://evil.example/?a=b")
    assert away["Location"].startswith("/?")
