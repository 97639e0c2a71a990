"""Dated rules: proposed by one, in force by another, proved by their vectors, known as they were."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from ledger.ndfl.brackets import BRACKETS, RESIDENT
from refdata.base.loading_rules import load_rules
from refdata.dated_rules.kinds import KINDS, UnknownRuleKind
from refdata.dated_rules.rows import rules_now
from refdata.dated_rules.selectors import rule_in_force, tried
from refdata.dated_rules.services import (
    RulesOverlap,
    RuleTerms,
    activate_rules,
    adopt_rules,
    decline_rules,
    propose_rule,
    repeal_rules,
    verify_rules,
    withdraw_rules,
)
from refdata.dated_rules.vectors import RuleMalformed, RuleWithoutVectors, VectorFails
from refdata.models import DatedRule
from refdata.selectors import forget_reference_data

NEXT_YEAR = date(2027, 1, 1)
TWENTY = {"brackets": [{"above": "0", "rate": "0.2"}]}
SHOWN = [{"name": "a fifth", "given": {"base": "100"}, "expected": "20"}]


def person(name: str) -> User:
    return User.objects.get(username=name)


def proposed(**more: Any) -> DatedRule:
    terms: dict[str, Any] = {
        "kind": "ndfl.brackets", "key": RESIDENT, "value": TWENTY, "vectors": SHOWN,
        "valid_from": NEXT_YEAR, "source": "A law of the future",
    }  # fmt: skip
    return propose_rule(
        terms=RuleTerms(**terms | more), actor=person("accountant"), at=timezone.now()
    )


def activated(row: DatedRule, by: str = "manager") -> DatedRule:
    activate_rules(ids=[row.pk], actor=person(by), at=timezone.now()).raise_single()
    forget_reference_data()
    return DatedRule.objects.get(pk=row.pk)


def rate_on(day: date) -> str:
    return rule_in_force(BRACKETS, day, RESIDENT).brackets[0].rate


@pytest.mark.django_db
class TestBaseRules:
    def test_every_row_proves_its_vectors_and_has_some(self) -> None:
        rows = list(DatedRule.objects.all())
        assert len(rows) >= 18
        assert {row.state for row in rows} == {"IN_FORCE", "DRAFT"}
        for row in rows:
            found = tried(row)
            assert found, row
            assert [each.name for each in found if not each.passes] == []

    def test_every_kind_that_computes_has_a_row_in_force(self) -> None:
        in_force = set(DatedRule.objects.filter(state="IN_FORCE").values_list("kind", flat=True))
        assert in_force >= {
            "lots.methods",
            "ndfl.fx_date",
            "ndfl.tax_bases",
            "ndfl.brackets",
            "crr.late_delivery",
            "csdr.penalty_rate",
        }
        # What a firm has of its own, or agreed on with its places, nobody else knows.
        its_own = {
            "cash.least",
            "firm.own_funds",
            "ndfl.oktmo",
            "onboarding.file_required",
            "price.order",
            "settle.cut_offs",
            "settle.cycles",
            "settlement.shapes",
        }
        assert set(KINDS) - its_own == in_force - its_own

    def test_loading_again_adds_nothing(self) -> None:
        assert load_rules(at=timezone.now()) == 0

    def test_a_scope_that_somebody_ruled_otherwise_is_left_alone(self) -> None:
        old = DatedRule.objects.get(kind="ndfl.brackets", key=RESIDENT, valid_until__isnull=True)
        repeal_rules(ids=[old.pk], reason="ours", actor=person("manager"), at=timezone.now())
        activated(proposed(valid_from=date(2025, 1, 1)))
        assert load_rules(at=timezone.now()) == 0


@pytest.mark.django_db
class TestProposeRule:
    def test_a_draft_computes_nothing(self) -> None:
        row = proposed()
        forget_reference_data()
        assert (row.state, row.makers) == ("DRAFT", [person("accountant").pk])
        assert rate_on(NEXT_YEAR) == "0.13"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"value": {"brackets": [{"above": "NaN", "rate": "0.2"}]}},
            {"value": {"brackets": [{"above": "0", "rate": 0.2}]}},
            {"value": {"brackets": [], "more": 1}},
            {"value": None},
            {"vectors": [{"name": "x", "given": {"base": "1e400"}, "expected": "20"}]},
            {"vectors": [{"name": "x", "given": {"base": "100"}, "expected": "sNaN"}]},
            {"vectors": [{"name": "x", "given": {"base": "100"}, "expected": 20}]},
            {"vectors": {"name": "x"}},
            {"vectors": SHOWN * 101},
            {"vectors": [{**SHOWN[0], "name": "a\x00b"}]},
            {"vectors": [{**SHOWN[0], "name": "\ud800"}]},
            {"vectors": [{**SHOWN[0], "name": "a" * 100_001}]},
            {"key": "MARTIANS"},
            {"valid_until": NEXT_YEAR},
        ],
    )
    def test_what_its_kind_cannot_read_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(RuleMalformed):
            proposed(**wrong)

    def test_a_kind_that_nobody_computes_with_is_refused(self) -> None:
        with pytest.raises(UnknownRuleKind):
            proposed(kind="ndfl.bracket")


@pytest.mark.django_db
class TestActivateRule:
    def test_the_row_before_it_ends_where_it_begins(self) -> None:
        row = activated(proposed())
        assert (row.state, row.approved_by) == ("IN_FORCE", person("manager"))
        assert rate_on(NEXT_YEAR - timedelta(days=1)) == "0.13"
        assert rate_on(NEXT_YEAR) == "0.2"
        old = row.supersedes
        assert old is not None
        assert old.superseded_from == NEXT_YEAR
        kinds = Event.objects.filter(subject_type="rule", subject_id=old.pk)
        assert list(kinds.order_by("id").values_list("kind", flat=True)) == [
            "rule.load", "rule.supersede",
        ]  # fmt: skip

    def test_a_failing_vector_keeps_it_out_and_says_what_was_computed(self) -> None:
        row = proposed(vectors=[*SHOWN, {**SHOWN[0], "name": "a fourth", "expected": "25"}])
        with pytest.raises(VectorFails) as refused:
            activated(row)
        assert refused.value.facts == {"vector": "a fourth", "expected": "25", "computed": "20"}
        assert DatedRule.objects.get(pk=row.pk).state == "DRAFT"

    def test_without_vectors_it_stays_out(self) -> None:
        with pytest.raises(RuleWithoutVectors):
            activated(proposed(vectors=[]))

    def test_whoever_proposed_or_adopted_it_is_refused(self) -> None:
        row = proposed()
        with pytest.raises(OtherEyesRequired):
            activated(row, by="accountant")
        adopt_rules(ids=[row.pk], reason="", actor=person("risk"), at=timezone.now())
        with pytest.raises(OtherEyesRequired):
            activated(row, by="risk")
        assert activated(row).state == "IN_FORCE"

    def test_one_that_overlaps_is_refused_and_changes_nothing(self) -> None:
        early, late = proposed(), proposed(valid_from=date(2028, 1, 1))
        activated(early)
        with pytest.raises(RulesOverlap):
            activated(late)
        assert DatedRule.objects.get(pk=late.pk).state == "DRAFT"
        assert early.supersedes is not None
        old = DatedRule.objects.get(pk=early.supersedes.pk)
        assert old.superseded_from == NEXT_YEAR
        again = activated(proposed(valid_from=date(2028, 1, 1)))
        assert again.supersedes_id == early.pk

    def test_a_correction_from_the_same_day_replaces_the_whole_row(self) -> None:
        activated(proposed())
        activated(proposed(value={"brackets": [{"above": "0", "rate": "0.25"}]}, vectors=[
            {"name": "a quarter", "given": {"base": "100"}, "expected": "25.00"}]))  # fmt: skip
        assert rate_on(NEXT_YEAR) == "0.25"

    def test_each_of_several_is_decided_for_itself(self) -> None:
        good, bad = proposed(), proposed(key="NON_RESIDENT", vectors=[])
        outcome = activate_rules(
            ids=[bad.pk, good.pk, 10**9], actor=person("manager"), at=timezone.now()
        )
        assert outcome.done == [good.pk]
        assert {id: refusal.code for id, refusal in outcome.refused.items()} == {
            bad.pk: "rule-without-vectors", 10**9: "not-found",
        }  # fmt: skip


@pytest.mark.django_db
class TestEndRule:
    def test_repealed_it_gives_the_days_back(self) -> None:
        row = activated(proposed())
        repeal_rules(ids=[row.pk], reason="void", actor=person("manager"), at=timezone.now())
        forget_reference_data()
        assert rate_on(NEXT_YEAR) == "0.13"

    def test_the_one_in_between_cannot_be_repealed(self) -> None:
        first = activated(proposed())
        activated(proposed(valid_from=date(2028, 1, 1)))
        outcome = repeal_rules(
            ids=[first.pk], reason="", actor=person("manager"), at=timezone.now()
        )
        assert outcome.refused[first.pk].code == "rules-overlap"

    def test_who_proposed_it_may_not_repeal_it(self) -> None:
        row = activated(proposed())
        with pytest.raises(OtherEyesRequired):
            repeal_rules(
                ids=[row.pk], reason="", actor=person("accountant"), at=timezone.now()
            ).raise_single()

    def test_a_draft_is_declined_by_others_and_withdrawn_by_its_own(self) -> None:
        one, two = proposed(), proposed()
        with pytest.raises(OtherEyesRequired):
            decline_rules(
                ids=[one.pk], reason="", actor=person("accountant"), at=timezone.now()
            ).raise_single()
        decline_rules(ids=[one.pk], reason="no", actor=person("manager"), at=timezone.now())
        withdraw_rules(ids=[two.pk], reason="no", actor=person("accountant"), at=timezone.now())
        assert set(
            DatedRule.objects.filter(pk__in=[one.pk, two.pk]).values_list("state", flat=True)
        ) == {"WITHDRAWN"}
        with pytest.raises(TransitionNotAllowed):
            activated(one)


@pytest.mark.django_db
class TestVerifyRule:
    def test_in_production_only_checked_rows_compute(self, settings: Any) -> None:
        row = activated(proposed())
        settings.DEMONSTRATION = False
        assert rules_now().find(BRACKETS, NEXT_YEAR, RESIDENT) is None
        with pytest.raises(OtherEyesRequired):
            verify_rules(
                ids=[row.pk], reason="", actor=person("accountant"), at=timezone.now()
            ).raise_single()
        verify_rules(ids=[row.pk], reason="read", actor=person("admin"), at=timezone.now())
        found = rules_now().row_of(BRACKETS, NEXT_YEAR, RESIDENT)
        assert found is not None
        assert (found.id, found.verified) == (row.pk, True)
        assert DatedRule.objects.get(pk=row.pk).verified_by == person("admin")


def as_stored(**more: Any) -> dict[str, Any]:
    return {
        "kind": "ndfl.brackets", "key": RESIDENT, "value": TWENTY, "vectors": SHOWN,
        "valid_from": date(2026, 5, 1), "source": "another",
    } | more  # fmt: skip


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE refdata_datedrule SET value = '{}'",
            "UPDATE refdata_datedrule SET valid_from = '2020-01-01'",
            "UPDATE refdata_datedrule SET vectors = '[]'",
            "UPDATE refdata_datedrule SET recorded_tx = 1",
            "DELETE FROM refdata_datedrule",
        ],
    )
    def test_terms_never_change(self, change: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_two_in_force_on_one_day_are_refused(self) -> None:
        with pytest.raises(IntegrityError, match="rule_in_force_once"), transaction.atomic():
            DatedRule.objects.create(**as_stored(state="IN_FORCE", born_state="IN_FORCE"))

    def test_nobody_approves_what_they_proposed(self) -> None:
        own = person("accountant")
        with pytest.raises(IntegrityError, match="other_eyes"), transaction.atomic():
            DatedRule.objects.create(**as_stored(proposed_by=own, approved_by=own))
