"""What others instructed against our accounts, as places tell it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.connectors.places.state import ALLEGEMENT_LIFECYCLE, AllegementState
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset, Entity, Place
from settlements.models import Settlement


class Allegement(StatefulModel):
    """An instruction against one of our accounts that we have not matched (MT578, sese.028).

    What it says never changes. `settlement` is the one of ours that comes nearest when it is looked for, and
    `differs` what is not the same; none: we have nothing like it.
    """

    lifecycles = (ALLEGEMENT_LIFECYCLE,)

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    account = models.CharField(max_length=40)
    delivers = models.BooleanField()
    against_payment = models.BooleanField()
    isin = models.CharField(max_length=12, blank=True, db_default="")
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+")
    quantity = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    settlement_date = models.DateField(null=True)
    counterparty = models.CharField(max_length=140, blank=True, db_default="")
    told_at = models.DateTimeField()
    file = models.CharField(max_length=40, blank=True, db_default="")
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, related_name="+")
    differs = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    state = models.CharField(
        max_length=10, choices=AllegementState, default=AllegementState.OPEN, db_default="OPEN"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("dismiss_allegement", "Can set an allegement aside")]
        constraints: ClassVar = [
            known_states(ALLEGEMENT_LIFECYCLE, "allegement_state_known"),
            models.UniqueConstraint(fields=["place", "reference"], name="allegement_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["settlement"], condition=Q(state="OPEN"), name="allegement_open_for"
            ),
            models.Index(fields=["entity", "state", "id"], name="allegement_by_state"),
        ]

    def __str__(self) -> str:
        return f"AL-{self.pk}"
