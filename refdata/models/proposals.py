"""Changes of reference data that one person proposes and another approves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models.parties import Entity
from refdata.state import PROPOSAL_LIFECYCLE, ProposalState


class Proposal(StatefulModel):
    """What somebody would change of a row, or a row that they would add, until others decide.

    `changes` and `before` hold values as `refdata.values` writes them. What is proposed stays as it
    was proposed; `subject_id` of a row that is added is known once it is approved.
    """

    lifecycles = (PROPOSAL_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    changes = models.JSONField()
    before = models.JSONField()
    valid_from = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(
        max_length=10, choices=ProposalState, default=ProposalState.PROPOSED,
        db_default=ProposalState.PROPOSED,
    )  # fmt: skip
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_proposal", f"Can {verb} a change of reference data")
            for verb in ("file", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(PROPOSAL_LIFECYCLE, "proposal_state_known"),
            models.CheckConstraint(
                condition=~Q(state="APPROVED")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="proposal_other_eyes",
            ),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(state="PROPOSED", subject_id__isnull=False),
                name="proposal_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"RP-{self.pk}"
