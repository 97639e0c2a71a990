"""Firm profiles: what an entity is before the law and the market, from a day on."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.firm_profiles.state import (
    PROFILE_LIFECYCLE,
    Jurisdiction,
    Licence,
    ProfileState,
    SwiftAccess,
)
from refdata.models.parties import Entity


class FirmProfile(StatefulModel):
    """What holds for an entity from a day until the next approved row (domain-decisions 31).

    The terms never change; one approved later from the same day takes the place of the other.
    """

    lifecycles = (PROFILE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="profiles")
    valid_from = models.DateField()
    jurisdiction = models.CharField(max_length=2, choices=Jurisdiction)
    licence = models.CharField(max_length=8, choices=Licence)
    tax_agent = models.BooleanField()
    swift = models.CharField(max_length=12, choices=SwiftAccess)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=ProfileState, default=ProfileState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_profile", f"Can {verb} a firm profile")
            for verb in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(PROFILE_LIFECYCLE, "profile_state_known"),
            models.UniqueConstraint(
                fields=["entity", "valid_from"],
                condition=Q(state="APPROVED"),
                name="profile_one_from_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("APPROVED", "SUPERSEDED")) | Q(approved_by__isnull=False),
                name="profile_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="profile_approved_by_other_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"FP-{self.pk}"
