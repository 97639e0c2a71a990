"""What adds to a position and takes from it, as facts; lots and closings are computed from them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.events.functions import TxNow
from refdata.models import Asset, Book, Entity, Party


class PoolAccount(models.TextChoices):
    """An individual investment account (ИИС) is a pool of its own."""

    GENERAL = "GENERAL", _("General")
    IIS = "IIS", _("Individual investment account")


class LotPool(models.Model):
    """Whose lots of which security are matched together, over all contracts (domain-decisions 23)."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=7, choices=PoolAccount)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "owner", "asset", "account"], name="lotpool_once"
            ),
        ]

    def __str__(self) -> str:
        return f"LP-{self.pk}"


class LotChange(models.Model):
    """One purchase (`incoming`) or sale, with its price and fee. A wrong one is reversed by another.

    The order in which lots open and close is trade date, execution time, sequence number; the
    management pool of a book is that book's changes within the pool. `at_cost`: what goes takes its cost along, to what
    comes by the same source in the same book.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    pool = models.ForeignKey(LotPool, models.PROTECT, related_name="changes", db_index=False)
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    incoming = models.BooleanField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    gross = models.DecimalField(max_digits=24, decimal_places=4)
    fee = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    currency = models.CharField(max_length=3)
    trade_date = models.DateField()
    executed_at = models.DateTimeField()
    sequence = models.BigIntegerField()
    source_type = models.CharField(max_length=30)
    source_id = models.BigIntegerField()
    part = models.SmallIntegerField(db_default=0)
    at_cost = models.BooleanField(db_default=False, default=False)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "source_type", "source_id", "part"],
                condition=Q(reverses__isnull=True),
                name="lotchange_once",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="lotchange_reversed_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(gross__gte=0) & Q(fee__gte=0),
                name="lotchange_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["pool", "trade_date", "executed_at", "sequence", "id"],
                condition=Q(reverses__isnull=True),
                name="lotchange_in_order",
            ),
            models.Index(fields=["pool"], condition=Q(at_cost=True), name="lotchange_at_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.source_type}:{self.source_id}"


class LotConversion(models.Model):
    """What a corporate action does to all lots of a security in an entity's books. Never edited: reversed by another.

    Nothing of lots is stored: they are carried over it when they are computed (`carrying`).
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    outturn = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    new = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    old = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    keeps = models.BooleanField(default=False)
    cost_share = models.DecimalField(max_digits=28, decimal_places=12, db_default=0)
    rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    source_type = models.CharField(max_length=30)
    source_id = models.BigIntegerField()
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="lotconversion_reversed_once",
            ),
            models.CheckConstraint(
                condition=Q(cost_share__gte=0, cost_share__lte=1)
                & (
                    Q(outturn__isnull=False, new__gt=0, old__gt=0)
                    | Q(outturn=None, new=None, old=None, rate__gt=0)
                ),
                name="lotconversion_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "asset", "day"], name="lotconversion_of_asset"),
        ]

    def __str__(self) -> str:
        return f"{self.source_type}:{self.source_id}"
