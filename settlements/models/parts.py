"""What of a settlement became final when, and what the market said of it: facts."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from settlements.advising.state import Inferred, MarketMatching, MarketSettlement, Processing
from settlements.models.settlement import Evidence, Settlement


class SettlementPart(models.Model):
    """A part of a settlement that is final, with what proved it. Never edited.

    Only what settles in several parts has rows here, the last part too; what settles whole at once has
    none: its own row and its evidence say all. `number` counts from 1 and is the `part` of the journal
    entry. `amount` and `interest` are the part's share, so that all parts come to the whole exactly.
    """

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="parts", db_index=False)
    number = models.SmallIntegerField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    interest = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    settled_date = models.DateField()
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="+")
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["settlement", "number"], name="settlementpart_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(quantity__gt=0) & Q(amount__gte=0),
                name="settlementpart_positive",
            ),
        ]


class StatusAdvice(models.Model):
    """What a message says of a settlement on the market's own four axes (rules, section 2). Never edited.

    An axis that the message does not name is empty. `told_at` is the message's own time. What of it
    moves our axes does so by declared steps; what was said stays here as it was said.
    """

    settlement = models.ForeignKey(
        Settlement, models.PROTECT, related_name="advice", db_index=False
    )
    message = models.CharField(max_length=120)
    processing = models.CharField(max_length=4, choices=Processing, blank=True, db_default="")
    inferred = models.CharField(max_length=4, choices=Inferred, blank=True, db_default="")
    matching = models.CharField(max_length=4, choices=MarketMatching, blank=True, db_default="")
    settling = models.CharField(max_length=4, choices=MarketSettlement, blank=True, db_default="")
    reasons = ArrayField(
        models.CharField(max_length=4),
        db_default=Value([], ArrayField(models.CharField(max_length=4))),
    )
    text = models.CharField(max_length=500, blank=True, db_default="")
    told_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["settlement", "message"], name="statusadvice_once"),
            models.CheckConstraint(
                condition=Q(processing__in=["", *Processing.values])
                & Q(inferred__in=["", *Inferred.values])
                & Q(matching__in=["", *MarketMatching.values])
                & Q(settling__in=["", *MarketSettlement.values]),
                name="statusadvice_known",
            ),
        ]
