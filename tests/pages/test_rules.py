"""Pages of dated rules: the list, one with its vectors, a new one, and the steps of two people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from django.utils.translation import override

from backoffice.access.models import User
from refdata.dated_rules.kinds import KINDS
from refdata.models import DatedRule
from tests.refdata.test_dated_rules import SHOWN, TWENTY, proposed

pytestmark = pytest.mark.django_db
FORM = {
    "kind": "ndfl.brackets", "key": "RESIDENT", "valid_from": "2027-01-01", "valid_until": "",
    "source": "A law of the future", "reason": "", "value": json.dumps(TWENTY),
    "vectors": json.dumps(SHOWN),
}  # fmt: skip


@pytest.fixture
def page() -> Callable[..., Any]:
    def client(name: str, language: str = "en") -> Client:
        found = Client(headers={"accept-language": language})
        found.force_login(User.objects.get(username=name))
        return found

    return client


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Dated rules"), ("ru", "Датированные правила")]
)
def test_the_list_says_what_is_in_force_and_what_is_unverified(
    page: Any, language: str, word: str
) -> None:
    found = page("auditor", language).get("/reference/rules/")
    text = found.content.decode()
    assert (found.status_code, word in text) == (200, True)
    assert text.count('data-state="UNVERIFIED"') >= 17
    assert 'data-state="DRAFT"' in text


def test_the_list_is_filtered_by_kind_and_day(page: Any) -> None:
    found = page("auditor").get("/reference/rules/", {"kind": "ndfl.brackets", "on": "2026-05-01"})
    rows = DatedRule.objects.filter(kind="ndfl.brackets", valid_until__isnull=True)
    for row in rows:
        assert f">{row}<" in found.content.decode()
    for old in DatedRule.objects.filter(kind="ndfl.brackets", valid_until__isnull=False):
        assert f">{old}<" not in found.content.decode()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "kind", ["lots.methods", "ndfl.fx_date", "crr.late_delivery", "csdr.penalty_rate"]
)
def test_every_kind_has_a_page_on_which_its_vectors_hold(
    page: Any, kind: str, language: str
) -> None:
    row = DatedRule.objects.filter(kind=kind, state="IN_FORCE").order_by("id")[0]
    text = page("auditor", language).get(f"/reference/rules/{row}/").content.decode()
    with override(language):
        assert escape(str(KINDS[kind].title)) in text
    for vector in row.vectors:
        assert vector["name"] in text
    assert '<span class="badge bad">' not in text
    assert 'id="step-' not in text  # the auditor takes no steps


def test_a_rule_is_typed_and_put_in_force_by_another(page: Any) -> None:
    made = page("accountant").post("/reference/rules/new/", FORM)
    assert made.status_code == 302, made.content.decode()
    own = page("accountant").get(made["Location"]).content.decode()
    assert 'id="step-activate"' not in own
    assert 'id="step-withdraw"' in own
    theirs = page("manager").get(made["Location"]).content.decode()
    assert 'id="step-activate"' in theirs
    done = page("manager").post(f"{made['Location']}activate/")
    assert done.status_code == 302
    text = page("manager").get(made["Location"]).content.decode()
    assert 'data-state="IN_FORCE"' in text
    assert 'id="step-repeal"' in text
    born = page("manager").get(made["Location"], {"known_at": as_born(made["Location"])})
    assert 'data-state="DRAFT"' in born.content.decode()


def as_born(location: str) -> str:
    row = DatedRule.objects.get(pk=location.rstrip("/").rpartition("-")[2])
    return row.proposed_at.isoformat()


def test_a_failing_vector_is_shown_and_its_refusal_stays_on_the_page(page: Any) -> None:
    row = proposed(vectors=[{**SHOWN[0], "expected": "25"}])
    shown = page("manager").get(f"/reference/rules/{row}/").content.decode()
    assert '<span class="badge bad">fails</span>' in shown
    refused = page("manager").post(f"/reference/rules/{row}/activate/")
    assert refused.status_code == 409
    assert "expected 25, computed 20" in refused.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": "{"}, "required"), ({"vectors": "[" * 100_000}, "required"),
        ({"source": ""}, "required"), ({"value": '{"brackets": 1}'}, "Expected `array`"),
        ({"kind": "none"}, "not among the kinds"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_what_was_typed(
    page: Any, wrong: dict[str, str], said: str
) -> None:
    found = page("accountant").post("/reference/rules/new/", FORM | wrong)
    assert found.status_code == 422
    assert said in found.content.decode()


def test_another_like_it_begins_with_what_it_says(page: Any) -> None:
    row = DatedRule.objects.get(kind="ndfl.brackets", key="NON_RESIDENT")
    text = page("risk").get("/reference/rules/new/", {"like": str(row)}).content.decode()
    assert "0.30" in text
    assert "NON_RESIDENT" in text
    assert page("risk").get("/reference/rules/new/", {"like": "RL-999999"}).status_code == 404
    assert page("auditor").get("/reference/rules/new/").status_code == 403


def test_the_administration_shows_them(page: Any) -> None:
    row = DatedRule.objects.order_by("id")[0]
    client = page("admin")
    assert client.get("/admin/refdata/datedrule/").status_code == 200
    assert client.get(f"/admin/refdata/datedrule/{row.pk}/change/").status_code == 200
    assert client.post(f"/admin/refdata/datedrule/{row.pk}/change/", {}).status_code == 403
