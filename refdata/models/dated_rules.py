"""Dated rules: what computes from a day on, where it is written, and the vectors that prove it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.dated_rules.state import (
    RULE_LIFECYCLE,
    VERIFICATION_LIFECYCLE,
    RuleState,
    Verification,
)

STEPS = ("propose", *RULE_LIFECYCLE.transitions, *VERIFICATION_LIFECYCLE.transitions)
BY_RULE = ("supersede", "resume")


class DatedRule(StatefulModel):
    """A row of law, market practice or policy. Its terms never change: another law is another row.

    `key` is the scope within its kind, empty for all. `born_state` is the state it was stored in:
    DRAFT for what people propose, that of its source for base data. `superseded_from` caches the
    first day on which a row in force that supersedes this one computes in its place.
    """

    lifecycles = (RULE_LIFECYCLE, VERIFICATION_LIFECYCLE)

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=60, blank=True, db_default="")
    value = models.JSONField()
    vectors = models.JSONField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=500)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    born_state = models.CharField(max_length=10, choices=RuleState, db_default=RuleState.DRAFT)
    state = models.CharField(max_length=10, choices=RuleState, default=RuleState.DRAFT)
    verification = models.CharField(
        max_length=10, choices=Verification, default=Verification.UNVERIFIED
    )
    superseded_from = models.DateField(null=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_rule", f"Can {verb} a dated rule") for verb in STEPS if verb not in BY_RULE
        ]
        constraints: ClassVar = [
            known_states(RULE_LIFECYCLE, "rule_state_known"),
            known_states(VERIFICATION_LIFECYCLE, "rule_verification_known"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(superseded_from__isnull=True) | Q(superseded_from__gte=F("valid_from")),
                name="rule_superseded_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE") | Q(born_state="IN_FORCE") | Q(approved_by__isnull=False),
                name="rule_in_force_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="rule_approved_by_other_eyes",
            ),
            models.CheckConstraint(
                condition=Q(verification="VERIFIED", verified_by__isnull=False)
                | (~Q(verification="VERIFIED") & Q(verified_by__isnull=True)),
                name="rule_verified_by_somebody",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"RL-{self.pk}"
