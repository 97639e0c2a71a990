"""What venues report void of the deals they cleared."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from deals.models import Deal
from refdata.models import Entity
from settlements.clearing.models import FigureSource


class VenueReversal(models.Model):
    """A venue's report that a cleared deal is void, as it came: never edited. The deal says what came of it.

    `late`: a net of the deal had gone to the clearing house, so that nothing was reversed by it.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="venue_reversals", db_index=False)
    document = models.CharField(max_length=120)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    source = models.CharField(max_length=4, choices=FigureSource)
    late = models.BooleanField(db_default=False, default=False)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("receive_venuereversal", "Can bring a venue's report that reverses a deal"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deal", "document"], name="venuereversal_once"),
        ]

    def __str__(self) -> str:
        return f"VR-{self.pk}"
