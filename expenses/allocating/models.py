"""The keys by which cost centres are shared out to others and to desks."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from expenses.allocating.state import KEY_LIFECYCLE, Basis, KeyState
from expenses.centres import CostCentre
from refdata.models import Book, Entity


class AllocationKey(StatefulModel):
    """How a centre is shared out from a month on, until a later key of it begins. `position` is its turn."""

    lifecycles = (KEY_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    centre = models.ForeignKey(CostCentre, models.PROTECT, related_name="+", db_index=False)
    position = models.SmallIntegerField()
    basis = models.CharField(max_length=11, choices=Basis)
    valid_from = models.DateField()
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_allocationkey", f"Can {verb} a key by which costs are shared out")
            for verb in ("propose", "approve", "decline")
        ]
        constraints: ClassVar = [
            known_states(KEY_LIFECYCLE, "allocationkey_state_known"),
            models.UniqueConstraint(
                fields=["centre", "valid_from"], condition=Q(state="APPROVED"),
                name="allocationkey_one_counts",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__day=1, position__gte=1), name="allocationkey_from_a_month"
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "valid_from"], name="allocationkey_of_entity")
        ]

    def __str__(self) -> str:
        return f"AK-{self.pk}"


class AllocationShare(models.Model):
    """The weight of a centre or a desk in a key that is told. Never edited."""

    key = models.ForeignKey(AllocationKey, models.PROTECT, related_name="shares", db_index=False)
    centre = models.ForeignKey(
        CostCentre, models.PROTECT, null=True, related_name="+", db_index=False
    )
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    weight = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "centre", "book"], nulls_distinct=False, name="allocationshare_once"
            ),
            models.CheckConstraint(
                condition=Q(centre__isnull=True, book__isnull=False)
                | Q(centre__isnull=False, book__isnull=True),
                name="allocationshare_one_of_both",
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="allocationshare_of_something"),
        ]
