"""Roles that people hold. The membership of a group follows these rows and nothing else."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.grants.state import GRANT_LIFECYCLE, LIVE, GrantState
from backoffice.workflow.models import StatefulModel, known_states


class RoleGrant(StatefulModel):
    """A role of a person, until a moment or without an end.

    Without a proposer it was given by the installation: the first persons of a firm, or the
    demonstration's. The person it is for stands among its makers: other eyes are never theirs.
    """

    lifecycles = (GRANT_LIFECYCLE,)

    entity_id = models.BigIntegerField(null=True)  # roles are of the firm, not of an entity
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30)
    valid_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=GrantState, default=GrantState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            (f"{name}_rolegrant", f"Can {name} a role of a person")
            for name in ("propose", "approve", "decline", "withdraw", "end")
        ]
        constraints: ClassVar = [
            known_states(GRANT_LIFECYCLE, "rolegrant_state_known"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(state__in=LIVE), name="rolegrant_held_once"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("proposed_by")) & ~Q(approved_by=F("user"))),
                name="rolegrant_other_eyes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_until"], condition=Q(state="GRANTED", valid_until__isnull=False),
                name="rolegrant_by_end",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"RG-{self.pk}"
