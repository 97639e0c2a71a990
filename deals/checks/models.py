"""What deals are compared by, and the pairs that are suspected to be one deal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from deals.checks.state import SUSPICION_LIFECYCLE, SuspicionState
from refdata.models import Entity


class Fingerprint(models.Model):
    """The economics of a deal as one number: equal ones are equal deals. A cache of its version."""

    deal = models.OneToOneField("deals.Deal", models.CASCADE, primary_key=True, related_name="+")
    digest = models.UUIDField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["digest", "deal"], name="fingerprint_equal")]


class Suspicion(StatefulModel):
    """That a deal may be the one captured before it, until a person says that it is another.

    `blocks`: the deal is not confirmed before.
    """

    lifecycles = (SUSPICION_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    deal = models.ForeignKey("deals.Deal", models.PROTECT, related_name="suspicions")
    earlier = models.ForeignKey("deals.Deal", models.PROTECT, related_name="+")
    blocks = models.BooleanField()
    state = models.CharField(
        max_length=10, choices=SuspicionState, default=SuspicionState.OPEN,
        db_default=SuspicionState.OPEN,
    )  # fmt: skip
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("dismiss_suspicion", "Can say that a deal is another")]
        constraints: ClassVar = [
            known_states(SUSPICION_LIFECYCLE, "suspicion_state_known"),
            models.UniqueConstraint(fields=["deal", "earlier"], name="suspicion_once"),
            models.CheckConstraint(condition=~Q(deal=F("earlier")), name="suspicion_of_two"),
        ]

    def __str__(self) -> str:
        return f"DS-{self.pk}"
