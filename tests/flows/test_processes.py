"""Deals on their way through a process that asks for more than the two who confirm and approve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid
from deals.models import Deal
from deals.processing.kinds import CONFIRM_DEAL
from deals.services import affirm_deals
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.models import CaseStep, DatedRule, ProcessCase

LARGE = [[{"measure": "amount", "op": "above", "values": ["10000000"]}]]
EARLIER = datetime(2026, 11, 1, 8, tzinfo=UTC)
SECOND_LOOK = {
    "key": "second-look", "name": {"en": "Second look", "ru": "Второй взгляд"}, "role": "manager",
    "when": LARGE,
}  # fmt: skip


def in_force(
    *added: dict[str, Any], at: datetime = EARLIER, before_approval: bool = False
) -> DatedRule:
    """A version of the confirming process with steps added, put in force by two persons."""
    confirm, approve = DatedRule.objects.get(kind=CONFIRM_DEAL.name, proposed_by=None).value[
        "steps"
    ]
    steps = [confirm, *added, approve] if before_approval else [confirm, approve, *added]
    keys = [step["key"] for step in steps]
    terms = RuleTerms(
        kind=CONFIRM_DEAL.name, value={"steps": steps}, valid_from=date(2026, 11, 1),
        source="The firm's own process",
        vectors=[{"name": "large", "given": {"facts": {"amount": "12000000"}}, "expected": keys}],
    )  # fmt: skip
    admin, manager = (User.objects.get(username=name) for name in ("admin", "manager"))
    row = propose_rule(terms=terms, actor=admin, at=at)
    activate_rules(ids=[row.pk], actor=manager, at=at).raise_single()
    return row


@pytest.fixture
def deal_of(api: Any, sample: dict[str, Any]) -> Callable[..., str]:
    """Captures a deal of so many shares at 312.45 and gives its reference."""

    def capture(shares: int, ref: str = "PR-1", **more: Any) -> str:
        answer = api("dealer").post(
            "/deals/",
            {**sample, "quantity": str(shares), "external_ref": ref, "stage": "executed", **more},
        )
        assert answer.status_code in (201, 202), answer.content
        return str(answer.json()["reference"])

    return capture


def state_of(reference: str) -> str:
    return Deal.objects.get(pk=int(reference[2:])).state


def steps_taken(reference: str) -> list[tuple[str, str]]:
    rows = CaseStep.objects.filter(case__subject_id=int(reference[2:]))
    return list(rows.order_by("case", "position").values_list("key", "actor__username"))


SMALL, BIG = 28_000, 39_000  # shares: 8.7 and 12.2 million roubles


def confirmed(api: Any, deal: str) -> None:
    answer = api("clerk").post(f"/deals/{deal}/confirm/", {"how": "recorded-call", "evidence": "7"})
    assert answer.status_code == 200, answer.content


@pytest.mark.django_db
class TestConfirmByProcess:
    def test_a_large_deal_waits_for_its_third_step_and_a_small_one_does_not(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force(SECOND_LOOK)
        small, big = deal_of(SMALL, "S"), deal_of(BIG, "B")

        for deal in (small, big):
            confirmed(api, deal)
            api("checker").post(f"/deals/{deal}/approve/")

        assert [state_of(small), state_of(big)] == ["CONFIRMED", "PENDING_APPROVAL"]
        assert not ProcessCase.objects.filter(subject_id=int(small[2:])).exists()
        (following, *_) = api("clerk").get(f"/deals/{big}/").json()["next_steps"]
        assert (following["action"], following["who"], following["reason"]) == (
            "take_step", "manager", "Second look",
        )  # fmt: skip

        answer = api("manager").post(f"/deals/{big}/take-step/", {"evidence": "memo 12"})
        assert answer.status_code == 200, answer.content
        assert state_of(big) == "CONFIRMED"
        assert steps_taken(big) == [
            ("confirm", "clerk"), ("approve", "checker"), ("second-look", "manager"),
        ]  # fmt: skip
        told = [e["event"] for e in api("auditor").get(f"/deals/{big}/history/").json()["results"]]
        assert told == ["deal.capture", "deal.confirm", "deal.take_step", "deal.approve"]

    def test_nothing_skips_a_step_or_takes_it_twice(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force(SECOND_LOOK)
        big = deal_of(BIG)
        confirmed(api, big)

        assert api("manager").post(f"/deals/{big}/take-step/").json()["type"].endswith(
            "/another-step-first"
        )  # fmt: skip
        api("checker").post(f"/deals/{big}/approve/")
        assert api("checker").post(f"/deals/{big}/approve/").status_code == 409
        refused = api("checker").post(f"/deals/{big}/take-step/")
        assert refused.json()["type"].endswith("/step-of-another-role")
        assert state_of(big) == "PENDING_APPROVAL"

    def test_the_database_refuses_what_is_out_of_turn(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force(SECOND_LOOK)
        big = deal_of(BIG)
        confirmed(api, big)
        case = ProcessCase.objects.get(subject_id=int(big[2:]))

        for sql in (
            f"UPDATE deals_deal SET state = 'CONFIRMED' WHERE id = {big[2:]}",
            f"UPDATE refdata_processcase SET state = 'DONE' WHERE id = {case.pk}",
            f"UPDATE refdata_processcase SET required = '{{confirm}}' WHERE id = {case.pk}",
            f"UPDATE refdata_casestep SET key = 'approve' WHERE case_id = {case.pk}",
            "INSERT INTO refdata_casestep (case_id, position, key, taken_at, evidence)"
            f" VALUES ({case.pk}, 3, 'second-look', now(), '')",
            "INSERT INTO refdata_casestep (case_id, position, key, taken_at, evidence)"
            f" VALUES ({case.pk}, 2, 'second-look', now(), '')",
        ):
            with (
                pytest.raises(IntegrityError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)

    def test_a_step_between_the_fixed_ones_comes_in_its_turn(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force({**SECOND_LOOK, "role": "risk"}, before_approval=True)
        big = deal_of(BIG)
        confirmed(api, big)

        assert api("checker").post(f"/deals/{big}/approve/").status_code == 409
        api("risk").post(f"/deals/{big}/take-step/")
        assert state_of(big) == "PENDING_APPROVAL"
        api("checker").post(f"/deals/{big}/approve/")
        assert state_of(big) == "CONFIRMED"

    def test_what_runs_stays_on_its_version(self, api: Any, deal_of: Callable[..., str]) -> None:
        captured, confirmed_before = deal_of(BIG, "A"), deal_of(BIG, "B")
        confirmed(api, confirmed_before)
        in_force(SECOND_LOOK, at=Deal.objects.latest("pk").captured_at.replace(year=2027))

        for deal in (captured, confirmed_before):
            if deal == captured:
                confirmed(api, deal)
            api("checker").post(f"/deals/{deal}/approve/")

        assert [state_of(captured), state_of(confirmed_before)] == ["CONFIRMED"] * 2

    def test_sent_back_it_begins_anew(self, api: Any, deal_of: Callable[..., str]) -> None:
        in_force(SECOND_LOOK)
        big = deal_of(BIG)
        confirmed(api, big)
        api("checker").post(f"/deals/{big}/approve/")

        api("checker").post(f"/deals/{big}/reject/", {"reason": "Other price"})
        confirmed(api, big)

        states = ProcessCase.objects.filter(subject_id=int(big[2:])).order_by("pk")
        assert [case.state for case in states] == ["ENDED", "OPEN"]
        assert api("manager").post(f"/deals/{big}/take-step/").status_code == 409

    def test_amended_it_begins_anew_and_cancelled_it_ends(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force(SECOND_LOOK)
        amended, cancelled = deal_of(BIG, "A"), deal_of(BIG, "C")
        for deal in (amended, cancelled):
            confirmed(api, deal)

        changes = {"quantity": str(SMALL), "reason": "Typed wrong", "evidence": "call 7"}
        answer = api("clerk").post(f"/deals/{amended}/amend/", changes)
        assert answer.status_code == 200, answer.content
        answer = api("clerk").post(f"/deals/{cancelled}/cancel/", {"reason": "Not ours"})
        assert answer.status_code == 200, answer.content
        states = dict(ProcessCase.objects.values_list("subject_id", "state"))
        assert states == {int(amended[2:]): "ENDED", int(cancelled[2:]): "ENDED"}

        confirmed(api, amended)
        api("checker").post(f"/deals/{amended}/approve/")
        assert state_of(amended) == "CONFIRMED"
        assert ProcessCase.objects.filter(state="OPEN").count() == 0

    def test_what_a_rule_confirms_waits_for_what_was_added_and_for_no_approval(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force(SECOND_LOOK)
        small, big = deal_of(SMALL, "S"), deal_of(BIG, "B")
        ids = [int(deal[2:]) for deal in (small, big)]

        outcome = affirm_deals(evidence=dict.fromkeys(ids, "RC-1"), how="matched", at=EARLIER)

        assert sorted(outcome.done) == ids
        assert [state_of(small), state_of(big)] == ["CONFIRMED", "PENDING_APPROVAL"]
        assert api("manager").post(f"/deals/{big}/take-step/").status_code == 200
        assert steps_taken(big) == [("confirm", None), ("second-look", "manager")]

    def test_other_eyes_are_those_of_nobody_who_worked_on_it(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        in_force({**SECOND_LOOK, "role": "checker"})
        big = deal_of(BIG)
        confirmed(api, big)
        api("checker").post(f"/deals/{big}/approve/")

        refused = api("checker").post(f"/deals/{big}/take-step/")
        assert refused.json()["type"].endswith("/other-eyes-required"), refused.json()

    def test_documents_and_fields_are_asked_for(
        self, api: Any, deal_of: Callable[..., str]
    ) -> None:
        asks = {"documents": [{"en": "Memo", "ru": "Записка"}], "fields": ["uti"]}
        in_force({**SECOND_LOOK, **asks})
        big = deal_of(BIG)
        confirmed(api, big)
        api("checker").post(f"/deals/{big}/approve/")

        refused = api("manager").post(f"/deals/{big}/take-step/")
        assert refused.status_code == 422
        assert "Memo, uti" in refused.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("spoiled", [{"when": LARGE}, {"other_eyes": False}, {"role": "clerk"}])
def test_no_version_can_weaken_the_second_pair_of_eyes(spoiled: dict[str, Any]) -> None:
    confirm, approve = DatedRule.objects.get(kind=CONFIRM_DEAL.name).value["steps"]
    steps: Sequence[dict[str, Any]] = [confirm, {**approve, **spoiled}]
    terms = RuleTerms(
        kind=CONFIRM_DEAL.name, value={"steps": steps}, valid_from=date(2026, 11, 1), source="Own"
    )

    with pytest.raises(Invalid, match="rule-malformed"):
        propose_rule(terms=terms, actor=User.objects.get(username="admin"), at=EARLIER)
