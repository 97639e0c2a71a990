"""Pages of processes: a version is made with buttons, tried on the past, proposed by one and activated by another."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from deals.processing.kinds import CONFIRM_DEAL
from refdata.models import DatedRule
from tests.flows.test_processes import BIG, SMALL, in_force
from tests.flows.test_processes import deal_of as deal_of

pytestmark = pytest.mark.django_db
EDIT = "/processes/confirm_deal/edit/"
INPUT = re.compile(r"<(input|textarea|select|option)\b([^>]*)>([^<]*)")
ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')


def browser(name: str, language: str = "en") -> Client:
    found = Client(headers={"accept-language": language})
    found.force_login(User.objects.get(username=name))
    return found


def form_in(page: str) -> dict[str, Any]:
    """What a browser would send back of the form of the page as it stands."""
    form = page[page.index('id="process-form"') : page.index("<datalist")]
    found: dict[str, Any] = {}
    select = ""
    for tag, raw, text in INPUT.findall(form):
        has = {name: unescape(value) for name, value in ATTRIBUTE.findall(raw)}
        if tag == "select":
            select = has["name"]
        elif tag == "option":
            if "selected" in has or select not in found:
                found[select] = has["value"]
        elif has.get("type") == "checkbox":
            if "checked" in has:
                found[has["name"]] = has["value"]
        elif "name" in has:
            found[has["name"]] = unescape(text) if tag == "textarea" else has.get("value", "")
    return found


def pressed(client: Client, page: str, do: str, **typed: str) -> Any:
    return client.post(EDIT, {**form_in(page), **typed, "do": do})


THIRD = {
    "s2-name_en": "Second look", "s2-name_ru": "Второй взгляд", "s2-role": "manager",
    "s2-t0-measure": "amount", "s2-t0-op": "above", "s2-t0-values": "10000000",
}  # fmt: skip


def with_third_step(client: Client) -> str:
    page = client.get(EDIT).content.decode()
    page = pressed(client, page, "add-s").content.decode()
    page = pressed(client, page, "test-s2").content.decode()
    return str(pressed(client, page, "draw", **THIRD).content.decode())


SECOND = {
    "key": "second-look", "name": {"en": "Second look", "ru": "Второй взгляд"},
    "when": [[{"measure": "amount", "op": "above", "values": ["10000000"]}]],
}  # fmt: skip


class TestEditProcess:
    def test_a_third_step_is_added_tried_proposed_and_activated_by_another(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        past = [deal_of(SMALL, "A"), deal_of(BIG, "B")]
        admin = browser("admin")
        page = with_third_step(admin)

        tried = pressed(admin, page, "try").content.decode()
        assert "would have stopped <b>1</b> of the <b>2</b> cases" in tried
        assert f">{past[1]}<" in tried
        assert f">{past[0]}<" not in tried

        answer = pressed(admin, page, "propose", reason="Too large for two")
        row = DatedRule.objects.latest("pk")
        assert answer["Location"] == f"/processes/versions/{row}/"
        assert (row.state, row.kind) == ("DRAFT", CONFIRM_DEAL.name)
        assert ["confirm", "approve", "second-look"] in [v["expected"] for v in row.vectors]
        assert ["confirm", "approve"] in [v["expected"] for v in row.vectors]

        step = f"/processes/versions/{row}/activate/"
        assert admin.post(step).status_code == 403
        assert "Put in force" in browser("manager").get(answer["Location"]).content.decode()
        browser("manager").post(step)
        row.refresh_from_db()
        assert row.state == "IN_FORCE"
        assert f"{row}" in browser("admin").get("/processes/").content.decode()

    def test_a_version_without_the_second_pair_of_eyes_is_refused_beside_what_was_typed(
        self,
    ) -> None:
        admin = browser("admin")
        page = form_in(admin.get(EDIT).content.decode())
        del page["s1-other_eyes"]

        answer = admin.post(EDIT, {**page, "do": "propose", "reason": "Quicker"})

        assert answer.status_code == 422
        text = answer.content.decode()
        assert "approve is always taken by other eyes" in text
        assert 'value="Quicker"' in text
        assert DatedRule.objects.filter(kind=CONFIRM_DEAL.name).count() == 1

    def test_a_value_that_is_no_number_is_refused(self) -> None:
        admin = browser("admin")
        page = with_third_step(admin)

        answer = pressed(admin, page, "propose", **{"s2-t0-values": "ten millions"})
        assert answer.status_code == 422
        assert "not a plain decimal number" in answer.content.decode()

    def test_steps_are_moved_and_removed_but_not_the_fixed_ones(self) -> None:
        admin = browser("admin")
        page = with_third_step(admin)

        moved = pressed(admin, page, "up-s2").content.decode()
        assert form_in(moved)["s1-name_en"] == "Second look"
        kept = pressed(admin, moved, "remove-s0").content.decode()
        assert form_in(kept)["s0-key"] == "confirm"
        gone = form_in(pressed(admin, kept, "remove-s1").content.decode())
        assert [gone["s0-key"], gone["s1-key"], "s2-key" in gone] == ["confirm", "approve", False]

    @pytest.mark.parametrize("who", ["clerk", "manager", "auditor"])
    def test_only_who_proposes_processes_edits_them(self, who: str) -> None:
        assert browser(who).get(EDIT).status_code == 403
        assert browser(who).get("/processes/confirm_deal/").status_code == 200


class TestShowProcess:
    @pytest.mark.parametrize(
        ("language", "word"),
        [("en", "only where: Amount in base currency above 10,000,000"),
         ("ru", "только если: ")],
    )  # fmt: skip
    def test_it_is_drawn_and_said_in_the_language_of_the_reader(
        self, language: str, word: str
    ) -> None:
        row = in_force({**SECOND, "role": "manager"})

        text = browser("manager", language).get(f"/processes/versions/{row}/").content.decode()
        assert "<svg" in text
        assert word in text.replace("\xa0", " ")
        assert ("Второй взгляд" if language == "ru" else "Second look") in text

    def test_a_rule_that_is_no_process_has_no_page_here(self) -> None:
        row = DatedRule.objects.exclude(kind__startswith="process.").first()
        assert browser("admin").get(f"/processes/versions/{row}/").status_code == 404
        assert browser("admin").get("/processes/unheard_of/").status_code == 404
