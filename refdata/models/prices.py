"""Prices, rates and fee schedules. A price or rate is a fact: a new row for each change."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.models.assets import Instrument
from refdata.models.parties import Entity, Party


class Price(models.Model):
    """What a source said an instrument was worth on a day: money for one, a bond without its coupon.

    `percent` is what a bond was quoted at, as a share of the nominal that `value` was taken from.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    price_date = models.DateField()
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, db_default="CLOSE")
    value = models.DecimalField(max_digits=28, decimal_places=12)
    currency = models.CharField(max_length=3)
    percent = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__gt=0), name="price_positive"),
            models.UniqueConstraint(
                fields=["instrument", "price_date", "source", "kind", "value"], name="price_once"
            ),
        ]


class FxRate(models.Model):
    """What a source said one unit of `base` was worth in `quote` on a day."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate_date = models.DateField()
    source = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=28, decimal_places=12)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__gt=0), name="fxrate_positive"),
            models.UniqueConstraint(
                fields=["base", "quote", "rate_date", "source", "value"], name="fxrate_once"
            ),
        ]


class InterestRate(models.Model):
    """What a source said an interest rate was on a day, as a fraction: 0.16 is 16 %."""

    code = models.CharField(max_length=20)
    rate_date = models.DateField()
    source = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=28, decimal_places=12)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code", "rate_date", "source", "value"], name="interestrate_once"
            ),
        ]


class Source(models.Model):
    """Who prices and rates come from, and after how many days what it said is stale.

    Days are working days of the calendar named, calendar days where none is.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    stale_after_days = models.SmallIntegerField()
    calendar = models.ForeignKey(
        "refdata.Calendar", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(stale_after_days__gte=0), name="source_stale_after"),
        ]

    def __str__(self) -> str:
        return self.code


class FeeSchedule(models.Model):
    """What a kind of deal costs: a rate as a fraction, and a minimum. Dated."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    product = models.CharField(max_length=20)
    market = models.CharField(max_length=4, blank=True, db_default="")
    counterparty = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    minimum = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    currency = models.CharField(max_length=3)
    payer = models.CharField(max_length=12, db_default="US")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(minimum__gte=0), name="fee_not_negative"
            ),
        ]
