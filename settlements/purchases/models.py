"""How far the purchase of a deal has come."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from deals.models import Deal
from refdata.models import Entity
from settlements.purchases.state import (
    ADVANCE_LIFECYCLE,
    PURCHASE_LIFECYCLE,
    STEPS,
    Advance,
    PurchaseState,
)


class Purchase(StatefulModel):
    """The steps of one deal with an individual; what each of them was proved by is in its events."""

    lifecycles = (PURCHASE_LIFECYCLE, ADVANCE_LIFECYCLE)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    deal = models.OneToOneField(Deal, models.PROTECT, related_name="purchase")
    state = models.CharField(max_length=10, choices=PurchaseState, default=PurchaseState.OPEN)
    advance = models.CharField(max_length=7, choices=Advance, default=Advance.NONE)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("issue_purchase", "Can issue the documents of a purchase from an individual"),
            *(
                (f"{verb}_purchase", f"Can {verb} a purchase from an individual")
                for verb in (*STEPS, "ask_advance", "allow_advance", "refuse_advance")
            ),
        ]
        constraints: ClassVar = [
            known_states(PURCHASE_LIFECYCLE, "purchase_state_known"),
            known_states(ADVANCE_LIFECYCLE, "purchase_advance_known"),
        ]

    def __str__(self) -> str:
        return f"PU-{self.pk}"
