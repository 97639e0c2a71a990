"""Steps that move money ask for a code: on pages, for many, by API, by key, in the administration."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from backoffice.access.factors import GIVEN_AT
from backoffice.access.models import User
from backoffice.access.services import create_key
from backoffice.access.step_up import moves_money
from settlements.models import Settlement
from tests.access.people import browser, code_of, enrol, key_of
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")

MONEY = (
    "settlements.release_settlement", "settlements.unhold_settlement", "settlements.accept_evidence",
    "refdata.approve_ssi", "limits.approve_override", "limits.approve_cap",
    "ledger.sign_off_businessday", "connectors.approve_fixmapping", "access.remove_factor",
)  # fmt: skip


@pytest.fixture
def prepared(api: Any, sample: dict[str, Any]) -> Settlement:
    """A settlement that waits for its release by the checker."""
    deal = api("dealer").post("/deals/", sample).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    return Settlement.objects.get()


def approval() -> str:
    return Settlement.objects.get().approval


def call(key: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
    return Client().post(
        f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


def test_which_steps_move_money() -> None:
    known = {
        f"{app}.{code}"
        for app, code in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert set(MONEY) <= {name for name in known if moves_money(name)}
    for harmless in ("deals.capture_deal", "deals.approve_deal", "settlements.hold_settlement",
                     "settlements.view_settlement", "limits.withdraw_override"):  # fmt: skip
        assert harmless in known
        assert not moves_money(harmless)


class TestOnAPage:
    def test_without_a_second_factor_the_demonstration_asks_for_nothing(
        self, prepared: Settlement
    ) -> None:
        browser("checker").post(f"/settlements/{prepared}/release/")
        assert approval() == "APPROVED"

    def test_the_code_is_asked_and_what_was_typed_goes_on_with_it(
        self, prepared: Settlement
    ) -> None:
        enrol("checker")
        client = browser("checker")
        asked = client.post(f"/settlements/{prepared}/release/", {"reason": "“as agreed”"})
        assert asked.status_code == 403
        assert asked.context["sent"] == [("reason", "“as agreed”")]
        assert f'action="/settlements/{prepared}/release/"' in asked.content.decode()
        assert approval() == "PREPARED"

        again = dict(asked.context["sent"]) | {"one_time_code": code_of("checker")}
        assert client.post(f"/settlements/{prepared}/release/", again).status_code == 302
        assert approval() == "APPROVED"

    def test_a_wrong_code_takes_no_step_and_makes_the_next_one_wait(
        self, prepared: Settlement
    ) -> None:
        enrol("checker")
        client = browser("checker")
        address, wrong = f"/settlements/{prepared}/release/", {"one_time_code": "000000"}
        assert client.post(address, wrong | {"reason": "x"}).context["sent"] == [("reason", "x")]
        waits = client.post(address, wrong)
        assert waits.status_code == 429
        assert int(waits["Retry-After"]) >= 1
        assert approval() == "PREPARED"

    def test_a_code_is_good_for_fifteen_minutes_and_not_a_moment_longer(
        self, prepared: Settlement, settings: Any
    ) -> None:
        enrol("checker")
        client = browser("checker")
        for age, status in (
            (settings.STEP_UP_SECONDS + 2, 403),
            (settings.STEP_UP_SECONDS - 5, 302),
        ):
            session = client.session
            session[GIVEN_AT] = int(time.time()) - age
            session.save()
            assert client.post(f"/settlements/{prepared}/release/").status_code == status

    def test_a_step_that_moves_nothing_asks_for_nothing(self, prepared: Settlement) -> None:
        enrol("checker")
        reject = browser("checker").post(f"/settlements/{prepared}/reject/", {"reason": "wrong"})
        assert reject.status_code == 302
        assert approval() == "REJECTED"

    def test_in_production_nobody_moves_money_without_a_second_factor(
        self, prepared: Settlement, settings: Any
    ) -> None:
        settings.SECOND_FACTOR_REQUIRED = True
        client = browser("checker")
        refused = client.post(f"/settlements/{prepared}/release/")
        assert refused.status_code == 403
        assert 'href="/my/factor/"' in refused.content.decode()
        assert not refused.context["asks"]
        assert approval() == "PREPARED"


class TestForMany:
    def test_the_page_asks_and_goes_on_to_the_preview(self, prepared: Settlement) -> None:
        enrol("checker")
        client, form = browser("checker"), {"reference": str(prepared), "next": "/settlements/"}
        asked = client.post("/bulk/settlement/release/", form)
        assert asked.status_code == 403
        again = dict(asked.context["sent"]) | {"one_time_code": code_of("checker")}
        preview = client.post("/bulk/settlement/release/", again)
        assert preview.context["taken"].count == 1

    def test_the_api_asks(self, prepared: Settlement) -> None:
        enrol("checker")
        _, key = create_key(user=User.objects.get(username="checker"), label="x")
        body = {"action": "release", "subject": "settlement", "references": [str(prepared)]}
        answer = call(key, "/bulk-steps/", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "step-up-required")


class TestByKey:
    def test_a_key_made_with_a_code_moves_money_and_one_made_without_does_not(
        self, prepared: Settlement
    ) -> None:
        before = key_of(Client(), "checker").json()["key"]
        enrol("checker")
        refused = call(before, f"/settlements/{prepared}/release/")
        assert (refused.status_code, refused.json()["code"]) == (403, "step-up-required")
        assert "otp" in refused.json()["hint"]
        assert approval() == "PREPARED"

        made = key_of(Client(), "checker", otp=code_of("checker"))
        assert made.json()["with_code"] is True
        assert call(made.json()["key"], f"/settlements/{prepared}/release/").status_code == 200
        assert approval() == "APPROVED"

    def test_its_scopes_bound_it_all_the_same(self, prepared: Settlement) -> None:
        enrol("checker")
        scopes = ["settlements.view_settlement"]
        made = key_of(Client(), "checker", otp=code_of("checker"), scopes=scopes)
        assert call(made.json()["key"], f"/settlements/{prepared}/release/").status_code == 403
        assert approval() == "PREPARED"

    def test_in_production_a_key_of_somebody_without_a_second_factor_moves_nothing(
        self, prepared: Settlement, settings: Any
    ) -> None:
        _, key = create_key(user=User.objects.get(username="checker"), label="x")
        settings.SECOND_FACTOR_REQUIRED = True
        refused = call(key, f"/settlements/{prepared}/release/")
        assert (refused.status_code, refused.json()["code"]) == (403, "second-factor-missing")
        assert "/my/factor/" in refused.json()["hint"]
        assert approval() == "PREPARED"

    def test_a_key_that_somebody_else_made_moves_nothing(self, prepared: Settlement) -> None:
        admin, checker = (User.objects.get(username=name) for name in ("admin", "checker"))
        _, key = create_key(user=checker, label="x", made_by=admin)
        assert call(key, f"/settlements/{prepared}/release/").status_code == 403
        assert approval() == "PREPARED"

    def test_the_browser_s_session_asks_as_well(self, prepared: Settlement) -> None:
        enrol("checker")
        client = browser("checker")
        address = f"/api/v1/settlements/{prepared}/release/"
        headers = {"Idempotency-Key": "k"}
        refused = client.post(address, {}, content_type="application/json", headers=headers)
        assert refused.json()["code"] == "step-up-required"
        assert client.get("/my/code/").status_code == 200
        client.post("/my/code/", {"one_time_code": code_of("checker")})
        taken = client.post(address, {}, content_type="application/json", headers=headers)
        assert taken.status_code == 200


class TestInTheAdministration:
    def test_removing_a_second_factor_asks_for_one_s_own(self) -> None:
        enrol("checker")
        enrol("admin")
        client, checker = browser("admin"), User.objects.get(username="checker")
        form = {"action": "remove_second_factor", "_selected_action": [checker.pk]}
        asked = client.post("/admin/access/user/", form)
        assert asked.status_code == 403
        assert checker.totpdevice_set.exists()  # type: ignore[attr-defined]
        again = dict(asked.context["sent"]) | {"one_time_code": code_of("admin")}
        client.post("/admin/access/user/", again)
        assert not checker.totpdevice_set.exists()  # type: ignore[attr-defined]

    def test_no_page_shows_a_secret(self) -> None:
        user = User.objects.get(username="admin")
        User.objects.filter(pk=user.pk).update(is_superuser=True)
        for address in ("otp_totp/totpdevice/", "otp_static/staticdevice/"):
            assert browser("admin").get(f"/admin/{address}").status_code == 404
