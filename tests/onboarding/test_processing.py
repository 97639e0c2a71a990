"""Files on their way through a process that asks for more than the two who submit and approve."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from onboarding.models import PartyFile
from onboarding.processing.kinds import ONBOARD
from onboarding.processing.reacting import past_files, react_to_files
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.firm_days import firm_day
from refdata.models import CaseStep, DatedRule, ProcessCase
from refdata.processes.trying import tried
from refdata.processes.versions import versions_of
from tests.following import follow_events
from tests.onboarding import filing

EARLIER = datetime(2026, 11, 1, 8, tzinfo=UTC)
OPINION = {
    "key": "opinion", "name": {"en": "Opinion of risk", "ru": "Заключение риск-менеджера"}, "role": "risk",
    "documents": [{"en": "Opinion", "ru": "Заключение"}],
    "when": [[{"measure": "grade", "op": "one-of", "values": ["B", "C", "D"]}]],
}  # fmt: skip


def person(name: str) -> User:
    return User.objects.get(username=name)


def in_force(*added: dict[str, Any], last: bool = False) -> DatedRule:
    """A version of the process with steps added, put in force by two persons."""
    submit, approve = DatedRule.objects.get(kind=ONBOARD.name, proposed_by=None).value["steps"]
    steps = [submit, approve, *added] if last else [submit, *added, approve]
    terms = RuleTerms(
        kind=ONBOARD.name, value={"steps": steps}, valid_from=date(2026, 11, 1),
        source="The firm's own process",
        vectors=[{"name": "B", "given": {"facts": {"grade": "B"}}, "expected": [s["key"] for s in steps]}],
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=person("admin"), at=EARLIER)
    activate_rules(ids=[row.pk], actor=person("manager"), at=EARLIER).raise_single()
    return row


def state() -> str:
    return PartyFile.objects.get().state


@pytest.mark.django_db
class TestAddedSteps:
    def test_a_step_comes_in_its_turn_with_its_evidence_and_the_checker_last(
        self, api: Any
    ) -> None:
        in_force(OPINION)
        file = filing.submitted(api)

        early = api("checker").post(f"/party-files/{file}/approve/")
        assert early.json()["code"] == "another-step-first"
        bare = api("risk").post(f"/party-files/{file}/take-step/")
        assert bare.json()["code"] == "step-incomplete"
        taken = api("risk").post(f"/party-files/{file}/take-step/", {"evidence": "memo 7"})
        assert taken.status_code == 200, taken.content
        assert state() == "SUBMITTED"

        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200

        assert state() == "APPROVED"
        steps = CaseStep.objects.order_by("position").values_list("key", "actor__username")
        assert list(steps) == [("submit", "clerk"), ("opinion", "risk"), ("approve", "checker")]

    def test_a_last_step_after_the_checker_approves_the_file(self, api: Any) -> None:
        in_force(OPINION, last=True)
        file = filing.submitted(api)
        assert api("checker").post(f"/party-files/{file}/approve/").status_code == 200
        assert state() == "SUBMITTED"

        api("risk").post(f"/party-files/{file}/take-step/", {"evidence": "memo 7"})

        assert state() == "APPROVED"
        told = api("auditor").get(f"/party-files/{file}/history/").json()["results"][-1]
        assert (told["event"], told["facts"]["step"]) == ("partyfile.approve", "opinion")

    def test_a_file_of_which_no_more_is_asked_has_no_case(self, api: Any) -> None:
        in_force({**OPINION, "when": [[{"measure": "risk", "op": "one-of", "values": ["HIGH"]}]]})
        filing.approved(api)
        assert not ProcessCase.objects.exists()
        file = str(PartyFile.objects.get())
        refused = api("risk").post(f"/party-files/{file}/take-step/", {"evidence": "x"})
        assert refused.json()["code"] == "no-step-waits"

    def test_sent_back_its_case_ends_and_begins_anew(self, api: Any) -> None:
        in_force(OPINION)
        file = filing.submitted(api)
        api("checker").post(f"/party-files/{file}/send-back/", {"reason": "no stamp"})
        assert ProcessCase.objects.get().state == "ENDED"

        api("clerk").post(f"/party-files/{file}/submit/")

        assert sorted(ProcessCase.objects.values_list("state", flat=True)) == ["ENDED", "OPEN"]

    def test_the_database_refuses_an_approval_while_a_step_is_to_come(self, api: Any) -> None:
        in_force(OPINION)
        filing.submitted(api)
        with pytest.raises(IntegrityError, match="steps of its process"), transaction.atomic():
            _by_hand("UPDATE onboarding_partyfile SET state = 'APPROVED'")

    def test_its_page_offers_the_step_to_its_role_alone(self, api: Any) -> None:
        in_force(OPINION)
        file = filing.submitted(api)

        def page(name: str) -> str:
            client = Client()
            client.force_login(person(name))
            return client.get(f"/party-files/{file}/").content.decode()

        assert "Opinion of risk</button>" in page("risk")
        assert "/approve/" not in page("checker")
        assert "/take-step/" not in page("checker")


def _by_hand(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
class TestTryingAndReacting:
    def test_a_version_is_tried_on_the_files_of_the_past(self, api: Any) -> None:
        filing.approved(api)
        version = in_force(OPINION)
        process = next(v.process for v in versions_of(ONBOARD) if v.id == version.pk)
        now = timezone.now()

        past = past_files(visible_to=person("admin"), since=EARLIER, until=now)

        found = tried(process, past)
        assert (found.cases, [each.keys for each in found.stopped]) == (1, [["opinion"]])

    def test_a_file_that_nobody_decides_about_is_raised_once(self, api: Any) -> None:
        filing.submitted(api)
        at = timezone.now()
        today = firm_day(at)
        later = date.fromordinal(today.toordinal() + 7)

        assert react_to_files(on=today, at=at) == 0
        assert react_to_files(on=later, at=at) == 1
        assert react_to_files(on=later, at=at) == 0
        assert WorkItem.objects.filter(kind="process-reaction-manager").count() == 1


@pytest.mark.usefixtures("own_database")
def test_the_next_step_is_work_for_its_role(api: Any) -> None:
    in_force(OPINION)
    file = filing.submitted(api)
    follow_events()

    def waiting() -> list[tuple[str, str]]:
        rows = WorkItem.objects.filter(subject_type="partyfile", closed_at=None)
        return list(rows.values_list("kind", "queue"))

    assert waiting() == [("process-step", "risk")]
    api("risk").post(f"/party-files/{file}/take-step/", {"evidence": "memo 7"})
    follow_events()
    assert waiting() == [("process-step", "checker")]
    api("checker").post(f"/party-files/{file}/approve/")
    follow_events()
    assert waiting() == []
