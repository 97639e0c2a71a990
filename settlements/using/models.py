"""Assets of clients that are in our use."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset, Entity, Place, UseRight
from settlements.using.state import ASSET_USE_LIFECYCLE, UseState


class AssetUse(StatefulModel):
    """So much of what a client holds at a place, moved to us by its right of use and owed back.

    The database takes it only while the right is in force and means the asset, and its entries only with it.
    """

    lifecycles = (ASSET_USE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(UseRight, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    document = models.CharField(max_length=120)  # by which the place moved it
    state = models.CharField(max_length=8, choices=UseState, default=UseState.PROPOSED)
    used_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    returned_document = models.CharField(max_length=120, blank=True, db_default="")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_assetuse", f"Can {verb} a use of a client's assets")
            for verb in ("propose", "approve", "decline", "give_back")
        ]
        constraints: ClassVar = [
            known_states(ASSET_USE_LIFECYCLE, "assetuse_state_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="assetuse_of_something"),
            models.CheckConstraint(condition=~Q(document=""), name="assetuse_documented"),
            models.CheckConstraint(
                condition=~Q(state__in=["IN_USE", "RETURNED"]) | Q(used_on__isnull=False),
                name="assetuse_used_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="RETURNED")
                | (Q(returned_on__gte=F("used_on")) & ~Q(returned_document="")),
                name="assetuse_returned_is_proved",
            ),
        ]

    def __str__(self) -> str:
        return f"UA-{self.pk}"
