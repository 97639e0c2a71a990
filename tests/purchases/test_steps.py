"""Steps that a firm adds to the checklist of a purchase: each in its turn, and no money before them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid
from backoffice.workflow.models import WorkItem
from refdata.dated_rules.services import RuleTerms, propose_rule
from refdata.models import CaseStep, DatedRule, ProcessCase
from settlements.purchases.models import Purchase
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL
from settlements.purchases.state import STEPS
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.processes import put_in_force, with_steps
from tests.purchases.test_purchase import Buying, waiting
from tests.purchases.test_purchase import bought as bought
from tests.purchases.test_purchase import own_folder as own_folder

pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
EARLIER = datetime(2026, 11, 1, 8, tzinfo=UTC)
SECOND_CHECK = {
    "key": "second-check", "role": "risk", "documents": [{"en": "Memo", "ru": "Записка"}],
    "name": {"en": "Second document check", "ru": "Вторая проверка документов"},
    "when": [[{"measure": "amount", "op": "above", "values": ["300000"]}]],
}  # fmt: skip
PRICE = {
    "key": "agree-price", "role": "manager",
    "name": {"en": "Agree the price", "ru": "Согласовать цену"},
}  # fmt: skip


def in_force(
    added: dict[str, dict[str, Any]], *, at: datetime = EARLIER, **anchors: dict[str, Any]
) -> DatedRule:
    """A version with a step behind each anchor that is named, and anchors that ask for more."""
    behind = {key: [step] for key, step in added.items()}
    kind = BUY_FROM_INDIVIDUAL
    return put_in_force(kind, with_steps(kind, behind, anchors), at=at)


@pytest.fixture
def large(bought: dict[str, Any]) -> dict[str, Any]:
    return bought  # 312,450 roubles


@pytest.fixture
def small(bought: dict[str, Any]) -> dict[str, Any]:
    return bought | {"quantity": "900"}


def steps_taken() -> list[tuple[str, str]]:
    rows = CaseStep.objects.order_by("case", "position")
    return list(rows.values_list("key", "actor__username"))


def test_an_added_step_stands_between_two_of_the_program(api: Any, large: dict[str, Any]) -> None:
    in_force({"screen": SECOND_CHECK})
    buying = Buying(api, large)
    buying.taken("identify")
    buying.taken("screen")
    assert waiting() == {("process-step", "risk")}
    item = WorkItem.objects.get(kind="process-step", closed_at=None)
    assert item.due_at is not None
    buying.sign("PURCHASE_CONTRACT")

    assert buying.refused("contract") == "another-step-first"
    assert buying.now["checklist"][2]["lacks"] == "another-step-first"
    assert buying.now["process"]["next"]["name"] == "Second document check"
    assert buying.refused("take-step", "checker") == "step-of-another-role"
    assert buying.refused("take-step", "risk") == "step-incomplete"
    other = {"step": "contract", "evidence": "memo 4"}
    answer = api("risk").post(f"/purchases/{buying.reference}/take-step/", other)
    assert answer.json()["code"] == "another-step-first"
    buying.taken("take-step", "risk", evidence="memo 4")
    assert buying.refused("take-step", "risk", evidence="memo 4") == "another-step-first"
    assert waiting() == {("purchase-contract", "clerk")}
    buying.taken("contract")

    assert steps_taken() == [
        ("identify", "clerk"), ("screen", "clerk"), ("second-check", "risk"), ("contract", "clerk"),
    ]  # fmt: skip
    shown = browser("auditor").get(f"/purchases/{buying.reference}/").content.decode()
    assert "Second document check" in shown
    assert "memo 4" in shown


def test_a_small_purchase_needs_nothing_more(api: Any, small: dict[str, Any]) -> None:
    in_force({"screen": SECOND_CHECK})
    buying = Buying(api, small)

    assert not ProcessCase.objects.exists()
    assert buying.refused("take-step", "risk") == "no-step-waits"
    assert buying.now["process"] is None


def test_no_money_goes_before_an_added_step(api: Any, large: dict[str, Any]) -> None:
    """Not even ahead of the credit, which two persons allowed: that skips steps of the program only."""
    in_force({"act": PRICE})
    buying = Buying(api, large)
    buying.up_to_the_order()
    buying.taken("ask-advance", reason="The seller leaves tonight.")
    buying.taken("allow-advance", "checker")
    buying.issue("PAYMENT_ORDER")
    payment = buying.settlement("PFOD")
    release = f"/settlements/{payment}/release/"
    assert api("checker").post(release).json()["code"] == "another-step-first"

    with pytest.raises(IntegrityError, match="pays for a purchase"), transaction.atomic():
        run(f"UPDATE settlements_settlement SET approval = 'APPROVED' WHERE id = {payment.pk}")

    buying.settled("FOP")
    buying.taken("credit")
    buying.sign("ACCEPTANCE_ACT")
    buying.taken("act", "checker")
    assert api("checker").post(release).json()["code"] == "another-step-first"
    buying.taken("take-step", "manager")
    buying.settled("PFOD")
    buying.taken("pay")
    assert [key for key, _ in steps_taken()] == [*STEPS[:-1], "agree-price", "pay"]
    assert ProcessCase.objects.get().state == "DONE"


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_what_is_skipped(api: Any, large: dict[str, Any]) -> None:
    in_force({"identify": PRICE})
    buying = Buying(api, large)
    buying.taken("identify")
    id = Purchase.objects.get().pk

    for state in ("SCREENED", "CONTRACTED", "PAID"):
        with pytest.raises(IntegrityError, match="steps of its process"), transaction.atomic():
            run(f"UPDATE settlements_purchase SET state = '{state}' WHERE id = {id}")


def test_what_runs_stays_on_its_version(api: Any, large: dict[str, Any]) -> None:
    buying = Buying(api, large)
    in_force({"screen": SECOND_CHECK}, at=timezone.now())

    buying.taken("identify")
    buying.taken("screen")
    buying.sign("PURCHASE_CONTRACT")
    buying.taken("contract")
    assert not ProcessCase.objects.exists()


def test_a_deal_that_grows_is_asked_for_more_and_keeps_what_was_done(
    api: Any, small: dict[str, Any]
) -> None:
    in_force({"screen": SECOND_CHECK})
    buying = Buying(api, small)
    buying.taken("identify")
    buying.taken("screen")

    change = {"quantity": "1000", "reason": "He brings more", "evidence": "call 7"}
    answer = api("clerk").post(f"/deals/{buying.deal['reference']}/amend/", change)
    assert answer.status_code == 200, answer.content
    follow_events()

    assert waiting() == {("process-step", "risk")}
    buying.taken("take-step", "risk", evidence="memo 4")
    assert steps_taken() == [("identify", "clerk"), ("screen", "clerk"), ("second-check", "risk")]
    assert waiting() == {("purchase-contract", "clerk")}


def test_of_a_cancelled_deal_no_step_waits(api: Any, large: dict[str, Any]) -> None:
    in_force({"identify": PRICE})
    buying = Buying(api, large)
    buying.taken("identify")
    assert waiting() == {("process-step", "manager")}

    api("clerk").post(f"/deals/{buying.deal['reference']}/cancel/", {"reason": "x"})
    assert waiting() == set()
    assert ProcessCase.objects.get().state == "ENDED"


def test_other_eyes_may_be_asked_for_at_a_step_of_the_program(
    api: Any, large: dict[str, Any]
) -> None:
    in_force({}, screen={"other_eyes": True})
    buying = Buying(api, large)
    buying.taken("identify")

    assert buying.refused("screen") == "other-eyes-required"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda steps: [*steps, PRICE], "the last step is pay"),
        (lambda steps: [*steps[:3], {**PRICE, "role": "dealer"}, *steps[3:]], "takes no steps"),
        (lambda steps: [PRICE, *steps], "the first step is identify"),
        (lambda steps: [steps[0], *steps[2:]], "are there, in this order"),
    ],
)
def test_no_version_takes_anything_away(change: Callable[..., Any], why: str) -> None:
    kind = BUY_FROM_INDIVIDUAL.name
    base = DatedRule.objects.get(kind=kind).value
    terms = RuleTerms(
        kind=kind, value={**base, "steps": change(base["steps"])}, valid_from=date(2026, 11, 1),
        source="Own",
    )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        propose_rule(terms=terms, actor=User.objects.get(username="admin"), at=EARLIER)
    assert why in str(refused.value.facts)


def test_the_step_is_taken_from_the_page_by_who_may(api: Any, large: dict[str, Any]) -> None:
    in_force({"identify": SECOND_CHECK})
    buying = Buying(api, large)
    buying.taken("identify")
    page = f"/purchases/{buying.reference}/"

    assert 'id="take-step"' not in browser("clerk").get(page).content.decode()
    assert 'id="step-screen"' not in browser("clerk").get(page).content.decode()
    assert 'id="take-step"' in browser("risk", "ru").get(page).content.decode()
    typed = {"step": "second-check", "reason": "memo 4"}
    assert browser("clerk").post(f"{page}take_step/", typed).status_code == 403
    browser("risk").post(f"{page}take_step/", typed)
    assert steps_taken() == [("identify", "clerk"), ("second-check", "risk")]
    told = browser("auditor", "ru").get(page).content.decode()
    assert "Вторая проверка документов" in told


def test_a_version_is_tried_on_what_was_bought(api: Any, large: dict[str, Any]) -> None:
    Buying(api, large)
    row = in_force({"screen": SECOND_CHECK})

    shown = browser("admin").get(f"/processes/versions/{row}/").content.decode()
    assert "would have stopped <b>1</b> of the <b>1</b> cases" in shown
