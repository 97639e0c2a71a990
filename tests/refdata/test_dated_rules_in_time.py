"""Rules that two approve at once, as they were known, and over REST."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.events.models import Watermark
from backoffice.events.selectors import NO_HORIZON
from ledger.ndfl.brackets import BRACKETS, RESIDENT
from refdata.dated_rules.rows import rules_as_known, rules_now
from refdata.dated_rules.services import (
    activate_rules,
    repeal_rules,
    verify_rules,
)
from refdata.models import DatedRule
from tests.following import until_known
from tests.guards.test_rivals import at_once
from tests.refdata.test_dated_rules import (
    NEXT_YEAR,
    SHOWN,
    TWENTY,
    activated,
    as_stored,
    person,
    proposed,
)


def horizon() -> int:
    """One below which everything committed by now is known."""
    until_known()
    return int(Watermark.objects.order_by("-horizon")[0].horizon)


@pytest.mark.usefixtures("own_database")
class TestTwoAtOnce:
    def test_of_two_that_overlap_one_comes_into_force(self) -> None:
        rows = [proposed(valid_from=date(2027, month, 1)) for month in (1, 2, 3, 4)]
        manager = person("manager")

        def activate(number: int) -> list[int]:
            return activate_rules(
                ids=[rows[number].pk], actor=manager, at=timezone.now()
            ).done  # fmt: skip

        done = [found for found in at_once(activate, len(rows)) if found]
        assert len(done) == 1
        in_force = DatedRule.objects.filter(kind="ndfl.brackets", key=RESIDENT, state="IN_FORCE")
        assert in_force.count() == 3  # two laws of the past and the winner

    def test_the_database_lets_two_open_transactions_not_pass_each_other(self) -> None:
        """Without the service's locks: the second waits for the first, then is refused."""
        future = as_stored(key="NON_RESIDENT", state="IN_FORCE", born_state="IN_FORCE")
        old = DatedRule.objects.get(kind="ndfl.brackets", key="NON_RESIDENT")
        repeal_rules(ids=[old.pk], reason="", actor=person("manager"), at=timezone.now())
        refused: list[str] = []

        def rival() -> None:
            try:
                DatedRule.objects.create(**future)
            except IntegrityError as error:
                refused.append(str(error))
            finally:
                connection.close()

        with transaction.atomic():
            DatedRule.objects.create(**future)
            thread = threading.Thread(target=rival)
            thread.start()
            thread.join(1)
            assert thread.is_alive()  # it waits
        thread.join(10)
        assert ["rule_in_force_once" in text for text in refused] == [True]


@pytest.mark.usefixtures("own_database")
class TestAsKnown:
    def test_what_was_in_force_stays_so_below_the_horizon(self) -> None:
        def rate(below: int) -> str | None:
            rule = rules_as_known(below).find(BRACKETS, NEXT_YEAR, RESIDENT)
            return rule.brackets[0].rate if rule else None

        row = proposed()
        before = horizon()
        activated(row)
        between = horizon()
        repeal_rules(ids=[row.pk], reason="", actor=person("manager"), at=timezone.now())
        after = horizon()
        assert [rate(h) for h in (before, between, after, NO_HORIZON)] == [
            "0.13", "0.2", "0.13", "0.13",
        ]  # fmt: skip
        assert rules_as_known(NO_HORIZON) == rules_now()

    def test_laws_that_the_program_held_before_were_always_known(self) -> None:
        assert rules_as_known(1).find(BRACKETS, date(2026, 1, 1), RESIDENT) is not None
        assert rules_as_known(1).find(BRACKETS, date(2026, 1, 1), "NON_RESIDENT") is None

    def test_a_check_after_the_horizon_was_not_known(self, settings: Any) -> None:
        row = activated(proposed())
        before = horizon()
        settings.DEMONSTRATION = False
        verify_rules(ids=[row.pk], reason="", actor=person("admin"), at=timezone.now())
        after = horizon()
        known = [rules_as_known(h).row_of(BRACKETS, NEXT_YEAR, RESIDENT) for h in (before, after)]
        assert known[0] is None
        assert known[1] is not None


@pytest.mark.django_db
class TestOverRest:
    BODY: ClassVar[dict[str, Any]] = {
        "kind": "ndfl.brackets", "key": RESIDENT, "value": TWENTY, "vectors": SHOWN,
        "valid_from": "2027-01-01", "source": "A law of the future",
    }  # fmt: skip

    def test_a_rule_is_proposed_tried_and_put_in_force_by_another(self, api: Any) -> None:
        made = api("accountant").post("/rules/", self.BODY)
        assert made.status_code == 201, made.content
        reference = made.json()["reference"]
        assert (made["Location"], made.json()["status"]) == (f"/api/v1/rules/{reference}/", "DRAFT")

        tried = api("auditor").post(f"/rules/{reference}/try/").json()
        assert tried["passes"]
        assert tried["vectors"] == [
            {"name": "a fifth", "given": {"base": "100"}, "expected": "20", "computed": "20",
             "passes": True},
        ]  # fmt: skip
        own = api("accountant").post(f"/rules/{reference}/activate/")
        assert own.status_code == 403
        done = api("manager").post(f"/rules/{reference}/activate/")
        assert (done.status_code, done.json()["status"]) == (200, "IN_FORCE")
        assert done.json()["approved_by"] == "manager"
        found = api("auditor").get("/rules/", kind="ndfl.brackets", on="2027-06-01").json()
        keys = {row["key"] for row in found["results"]}
        assert keys == {
            RESIDENT,
            "NON_RESIDENT",
            "NON_RESIDENT_DIVIDEND",
            "PAY",
            "PAY_NON_RESIDENT",
        }

    def test_a_vector_that_fails_is_named_with_both_results(self, api: Any) -> None:
        body = self.BODY | {"vectors": [{**SHOWN[0], "expected": "25"}]}
        reference = api("accountant").post("/rules/", body).json()["reference"]
        refused = api("manager").post(f"/rules/{reference}/activate/")
        assert (refused.status_code, refused.json()["code"]) == (409, "rule-vector-fails")
        assert "expected 25, computed 20" in refused.json()["detail"]

    def test_the_risk_officer_s_rule_is_declined_and_checked_by_others(self, api: Any) -> None:
        reference = api("risk").post("/rules/", self.BODY).json()["reference"]
        assert api("accountant").post(f"/rules/{reference}/decline/").status_code == 403
        checked = api("admin").post(f"/rules/{reference}/verify/", {"reason": "read the law"})
        assert (checked.json()["verification"], checked.json()["verified_by"]) == (
            "VERIFIED", "admin",
        )  # fmt: skip
        declined = api("manager").post(f"/rules/{reference}/decline/", {"reason": "no"})
        assert declined.json()["status"] == "WITHDRAWN"
