"""Repairs that others look at before the deal that came of them goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.workflow.models import WorkItem
from deals.models import Deal, Inbound
from deals.repairing.processing import REPAIR_INBOUND
from deals.services import affirm_deals
from refdata.models import CaseStep, DatedRule, Party, ProcessCase
from refdata.selectors import forget_reference_data
from tests.flows.test_allocating import ANNA, HOUSE, allocate
from tests.flows.test_repair import received
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.processes import put_in_force, with_steps

pytestmark = pytest.mark.usefixtures("own_database")
EARLIER = datetime(2026, 11, 1, 8, tzinfo=UTC)
LOOKED = {
    "key": "second-person", "role": "checker", "minutes_before": 15,
    "name": {"en": "Look at the repair", "ru": "Проверить исправление"},
    "when": [[{"measure": "amount", "op": "above", "values": ["300000"]}]],
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_force(own_database: None) -> None:
    value = with_steps(REPAIR_INBOUND, {"replay": [LOOKED]})
    put_in_force(REPAIR_INBOUND, value, at=EARLIER)


def repaired(api: Any, sample: dict[str, Any], **more: Any) -> tuple[str, str]:
    """What came in with an unknown counterparty, mended by the clerk: its reference, and the deal's."""
    reference = received(api, sample | more)
    mended = {"changes": {"counterparty": sample["counterparty"]}, "reason": "Misspelt."}
    answer = api("clerk").post(f"/inbound/{reference}/repair/", mended)
    assert answer.status_code == 200, answer.content
    return reference, answer.json()["deal"]


def confirm(api: Any, deal: str) -> Any:
    body = {"how": "recorded-call", "evidence": "7"}
    return api("clerk").post(f"/deals/{deal}/confirm/", body)


def state_of(deal: str) -> str:
    return Deal.objects.get(pk=int(deal[2:])).state


def waiting() -> list[tuple[str, str, bool]]:
    follow_events()
    rows = WorkItem.objects.filter(kind="process-step", closed_at=None).order_by("pk")
    return [(row.queue, row.subject_type, row.due_at is not None) for row in rows]


def test_a_large_one_waits_for_a_second_person_and_a_small_one_does_not(
    api: Any, sample: dict[str, Any]
) -> None:
    reference, large = repaired(api, sample)
    _, small = repaired(api, sample, quantity="900", external_ref="SMALL")

    assert waiting() == [("checker", "inbound", True)]
    assert confirm(api, small).status_code == 200
    assert confirm(api, large).json()["code"] == "another-step-first"
    found = api("checker").get(f"/inbound/{reference}/").json()["process"]
    assert (found["next"]["step"], found["next"]["by"] is not None) == ("second-person", True)
    refused = api("clerk").post(f"/inbound/{reference}/take-step/")
    assert refused.json()["code"] == "step-of-another-role"
    answer = api("checker").post(f"/inbound/{reference}/take-step/", {"evidence": "call 8"})
    assert answer.status_code == 200, answer.content

    assert confirm(api, large).status_code == 200
    assert waiting() == []
    assert list(CaseStep.objects.order_by("pk").values_list("key", "actor__username")) == [
        ("replay", "clerk"), ("second-person", "checker"),
    ]  # fmt: skip


def test_the_database_refuses_that_it_goes_on_before(api: Any, sample: dict[str, Any]) -> None:
    _, deal = repaired(api, sample)

    for state in ("PENDING_APPROVAL", "CONFIRMED", "REPLACED"):
        with pytest.raises(IntegrityError, match="was repaired"), transaction.atomic():
            run(f"UPDATE deals_deal SET state = '{state}' WHERE id = {deal[2:]}")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_rule_confirms_it_before(api: Any, sample: dict[str, Any]) -> None:
    _, deal = repaired(api, sample)

    outcome = affirm_deals(evidence={int(deal[2:]): "RC-1"}, how="matched", at=EARLIER)
    assert [refusal.code for refusal in outcome.refused.values()] == ["another-step-first"]
    assert state_of(deal) == "CAPTURED"


def test_what_needs_no_confirmation_is_confirmed_once_it_was_looked_at(
    api: Any, sample: dict[str, Any]
) -> None:
    Party.objects.create(code="NCC", name="Clearing Centre", roles=["COUNTERPARTY"])
    forget_reference_data()
    reference, deal = repaired(api, sample, clearing={"mode": "CCP", "ccp": "NCC"})
    follow_events()
    assert state_of(deal) == "CAPTURED"

    api("checker").post(f"/inbound/{reference}/take-step/")
    follow_events()
    assert state_of(deal) == "CONFIRMED"


def test_it_is_not_allocated_before(api: Any, sample: dict[str, Any]) -> None:
    _, deal = repaired(api, sample)

    answer = allocate(api, deal, {**ANNA, "quantity": "400"}, {**HOUSE, "quantity": "600"})
    assert answer.json()["code"] == "another-step-first", answer.json()


def test_cancelled_nobody_need_look(api: Any, sample: dict[str, Any]) -> None:
    _, deal = repaired(api, sample)
    assert waiting() == [("checker", "inbound", True)]

    answer = api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "Twice"})
    assert answer.status_code == 200, answer.content
    assert waiting() == []
    assert ProcessCase.objects.get().state == "ENDED"


def test_who_repaired_it_does_not_look_at_it(api: Any, sample: dict[str, Any]) -> None:
    value = with_steps(REPAIR_INBOUND, {"replay": [{**LOOKED, "role": "clerk"}]})
    put_in_force(REPAIR_INBOUND, value, at=EARLIER.replace(hour=9))
    reference, _ = repaired(api, sample)

    refused = api("clerk").post(f"/inbound/{reference}/take-step/")
    assert refused.json()["code"] == "other-eyes-required"


def test_it_is_looked_at_from_its_page(api: Any, sample: dict[str, Any]) -> None:
    reference, deal = repaired(api, sample)
    page = f"/inbound/{reference}/"
    assert 'id="take-step"' not in browser("clerk").get(page).content.decode()
    assert 'id="held"' in browser("clerk").get(f"/deals/{deal}/").content.decode()
    assert 'id="step-confirm"' not in browser("clerk").get(f"/deals/{deal}/").content.decode()
    assert "Проверить исправление" in browser("checker", "ru").get(page).content.decode()

    browser("checker").post(f"{page}step/take_step/", {"step": "second-person", "reason": "call 8"})
    assert Inbound.objects.get().state == "REPLAYED"
    shown = browser("clerk").get(page).content.decode()
    assert "call 8" in shown
    assert 'id="held"' not in browser("clerk").get(f"/deals/{deal}/").content.decode()


def test_a_refusal_is_told_beside_it(api: Any, sample: dict[str, Any]) -> None:
    reference, _ = repaired(api, sample)
    answer = browser("risk").post(f"/inbound/{reference}/step/take_step/", {})
    assert answer.status_code == 403
    assert "Look at the repair" in answer.content.decode()


def test_a_version_is_tried_on_what_was_repaired(api: Any, sample: dict[str, Any]) -> None:
    repaired(api, sample)
    repaired(api, sample, quantity="900", external_ref="SMALL")
    row = DatedRule.objects.get(kind=REPAIR_INBOUND.name, proposed_by__isnull=False)

    shown = browser("admin").get(f"/processes/versions/{row}/").content.decode()
    assert "would have stopped <b>1</b> of the <b>2</b> cases" in shown
