"""Templates in the administration: versions as they are, another text proposed and approved by other eyes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice.documents.models import Template
from backoffice.documents.templates import approve_templates
from tests.instructing import person
from tests.pages.test_administration import browser

pytestmark = pytest.mark.usefixtures("own_database")
ADD = "/admin/documents/template/add/"


def test_another_text_is_a_version_that_others_approve() -> None:
    client = browser("admin")
    row = Template.objects.get(kind="AGREEMENT_SHEET", language="ru", state="APPROVED")
    shown = client.get(f"/admin/documents/template/{row.pk}/change/").content.decode()
    assert "heading-of" in shown
    assert f"{ADD}?from={row.pk}" in shown
    assert client.post(f"/admin/documents/template/{row.pk}/change/", {}).status_code == 403
    begun = client.get(f"{ADD}?from={row.pk}").content.decode()
    assert "heading-of" in begun

    form = {"kind": row.kind, "language": row.language, "reason": "clearer"}
    wrong = client.post(ADD, form | {"body": '#read("/etc/passwd")'})
    assert (wrong.status_code, Template.objects.filter(state="PROPOSED").count()) == (200, 0)
    assert "read" in wrong.content.decode()
    made = client.post(ADD, form | {"body": row.body + "\n// clearer"})
    (proposed,) = Template.objects.filter(state="PROPOSED")
    assert made.headers["Location"] == f"/templates/{proposed}/"
    assert (proposed.number, proposed.proposed_by) == (row.number + 1, person("admin"))

    own = approve_templates(ids=[proposed.pk], actor=person("admin"), at=timezone.now())
    assert own.refused[proposed.pk].code == "other-eyes-required"
    approve_templates(ids=[proposed.pk], actor=person("manager"), at=timezone.now()).raise_single()
    row.refresh_from_db()
    assert row.state == "SUPERSEDED"


def test_who_may_not_propose_only_reads() -> None:
    client = browser("auditor")
    assert client.get("/admin/documents/template/").status_code == 200
    assert client.get(ADD).status_code == 403
