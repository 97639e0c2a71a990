"""What a counterparty says is open between us at the end of a day. Facts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.models import Asset, Entity, Party, Place


class CounterpartyStatement(models.Model):
    """Everything that is open between us, as a counterparty says: what it leaves out is nothing. Never edited.

    `sha256` is of its positions: the same of the same day again is the same statement. The last that came counts.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    document = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (
                "receive_counterpartystatement",
                "Can bring what a counterparty says is open between us",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "party", "day", "sha256"], name="counterpartystatement_once"
            ),
        ]

    def __str__(self) -> str:
        return f"CS-{self.pk}"


class CounterpartyPosition(models.Model):
    """One thing that is due between us on a day, at a place: above zero it comes to us. Never edited."""

    statement = models.ForeignKey(
        CounterpartyStatement, models.PROTECT, related_name="positions", db_index=False
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    due_date = models.DateField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["statement", "place", "asset", "due_date"], name="counterpartyposition_once"
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="counterpartyposition_is_open"),
        ]
