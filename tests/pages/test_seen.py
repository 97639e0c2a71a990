"""A page's step is taken on what the page showed: of what changed meanwhile it says so, and does nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from backoffice.access.models import User
from backoffice.desk.base import StepView
from backoffice.desk.deals import DealStep
from backoffice.workflow.models import StatefulModel
from deals.models import Deal
from settlements.models import Settlement
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(User.objects.get(username=name))
    return client


def seen_at(page: Any, form: str) -> str:
    """The tag that the form carries."""
    found = re.search(rf'<form id="{form}".*?name="seen" value="([^"]*)"', page.content.decode())
    assert found, form
    return found[1].replace("&quot;", '"')


@pytest.fixture
def waiting(api: Any, sample: dict[str, Any]) -> str:
    deal = str(api("dealer").post("/deals/", sample).json()["reference"])
    api("clerk").post(f"/deals/{deal}/confirm/", {})
    return deal


class TestTakeStepFromPage:
    def test_what_changed_under_ones_eyes_is_not_approved(self, api: Any, waiting: str) -> None:
        checker = browser("checker")
        seen = seen_at(checker.get(f"/deals/{waiting}/"), "step-approve")
        # Rejected, amended and confirmed again: pending approval as before, of another price.
        api("clerk").post(f"/deals/{waiting}/amend/", {"price": "315.00"})
        api("clerk").post(f"/deals/{waiting}/confirm/", {})

        late = checker.post(f"/deals/{waiting}/approve/", {"seen": seen})

        assert late.status_code == 409
        assert Deal.objects.get().state == "PENDING_APPROVAL"
        text = late.context["refused"].text
        assert text.startswith(
            f"{waiting} has changed since its page was shown: version 2, by clerk"
        )
        fresh = seen_at(late, "step-approve")
        assert checker.post(f"/deals/{waiting}/approve/", {"seen": fresh}).status_code == 302
        assert Deal.objects.get().state == "CONFIRMED"

    def test_the_new_state_is_said_in_the_readers_language(self, api: Any, waiting: str) -> None:
        checker = browser("checker", "ru")
        seen = seen_at(checker.get(f"/deals/{waiting}/"), "step-approve")
        api("checker").post(f"/deals/{waiting}/reject/", {"reason": "no"})
        text = checker.post(f"/deals/{waiting}/approve/", {"seen": seen}).context["refused"].text
        assert "Введена" in text, text

    def test_a_release_is_of_the_details_that_were_shown(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        deal = api("dealer").post("/deals/", sample).json()["reference"]
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
        follow_events()
        row = Settlement.objects.get()
        checker = browser("checker")
        seen = seen_at(checker.get(f"/settlements/{row}/"), "step-release")
        other = seen.rsplit("-", 1)[0] + '-0"'
        late = checker.post(f"/settlements/{row}/release/", {"seen": other})
        assert late.status_code == 409
        assert "other details" in late.context["refused"].text
        assert checker.post(f"/settlements/{row}/release/", {"seen": seen}).status_code == 302

    def test_of_two_at_once_one_is_told(self, waiting: str) -> None:
        seen = seen_at(browser("checker").get(f"/deals/{waiting}/"), "step-approve")

        def take(action: str) -> int:
            try:
                answer = browser("checker").post(f"/deals/{waiting}/{action}/", {"seen": seen})
                return answer.status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            codes = sorted(pool.map(take, ("approve", "reject")))
        assert codes == [302, 409]

    def test_twice_from_one_page_is_once(self, waiting: str) -> None:
        checker = browser("checker")
        seen = seen_at(checker.get(f"/deals/{waiting}/"), "step-approve")
        codes = [
            checker.post(f"/deals/{waiting}/approve/", {"seen": seen}).status_code for _ in range(2)
        ]
        assert codes == [302, 409]


class TestChangeFromForm:
    def test_a_form_of_another_version_undoes_nothing(self, api: Any, waiting: str) -> None:
        clerk = browser("clerk")
        page = clerk.get(f"/deals/{waiting}/amend/")
        typed = {each.name: each.value for each in page.context["inputs"]}
        api("clerk").post(f"/deals/{waiting}/amend/", {"price": "315.00"})

        late = clerk.post(
            f"/deals/{waiting}/amend/", typed | {"quantity": "900", "seen": page.context["seen"]}
        )

        assert (late.status_code, Deal.objects.get().version) == (409, 2)
        now = {each.name: each.value for each in late.context["inputs"]}
        assert (now["price"], now["quantity"]) == ("315", "1000")
        again = clerk.post(
            f"/deals/{waiting}/amend/", now | {"quantity": "900", "seen": late.context["seen"]}
        )
        assert again.status_code == 302


def steps() -> list[type[StepView]]:
    found, todo = [], [StepView]
    while todo:
        for each in todo.pop().__subclasses__():
            todo.append(each)
            if each.actions:
                found.append(each)
    return found


@pytest.mark.parametrize("view", steps(), ids=lambda view: view.__name__)
def test_every_step_names_what_it_is_taken_on(view: type[StepView]) -> None:
    assert issubclass(view.model, StatefulModel)
    assert view.model.lifecycles, view


def test_every_form_of_a_step_carries_what_was_seen() -> None:
    """Where a template sends a form to a step, it sends the tag of what it shows."""
    assert DealStep in steps()
    form = re.compile(r"<form[^>]*?>.*?</form>", re.S)
    without = []
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        for text in form.findall(path.read_text()):
            if re.search(r"step\.url|-step' ", text.split("csrf_token")[0]) and (
                'name="seen"' not in text
            ):
                without.append(path.name)
    assert not without
