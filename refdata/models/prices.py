"""Prices, rates and fee schedules. A price or rate is a fact: a new row for each change."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.fee_kinds import Basis, Capacity, Collected, FeeRounding
from refdata.models.assets import Instrument
from refdata.models.parties import Entity, Party


def _numbers(places: int) -> ArrayField[list[Any], list[Any]]:
    """Numbers beside each other, in order."""
    number: models.DecimalField[Any, Any] = models.DecimalField(
        max_digits=28, decimal_places=places
    )
    return ArrayField(number, db_default=[], default=list, blank=True)


class Price(models.Model):
    """What a source said an instrument was worth on a day: money for one, a bond without its coupon.

    `percent` is what a bond was quoted at, as a share of the nominal that `value` was taken from. `low` and `high` are
    the lowest and the highest of that day's deals where the source says them, in the unit of `value`. A price of the
    kind CALC was calculated for tax, of what is not traded (`refdata.price_ranges`).
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    price_date = models.DateField()
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, default="CLOSE", db_default="CLOSE")
    value = models.DecimalField(max_digits=28, decimal_places=12)
    currency = models.CharField(max_length=3)
    percent = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    low = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    high = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_tx = models.BigIntegerField(db_default=TxNow(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__gt=0), name="price_positive"),
            models.CheckConstraint(
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False, low__gt=0, low__lte=F("high")),
                name="price_range_in_order",
            ),
            models.UniqueConstraint(
                fields=["instrument", "price_date", "source", "kind", "value", "low", "high"],
                nulls_distinct=False,
                name="price_once",
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
    """What a kind of service costs by one contract: a rate, tiers, bounds, and how it is paid. Dated.

    `rate` is per unit of the `basis`: a fraction of a notional or of what is held in a year, an amount for each
    unit, deal, settlement or message. Above `tier_from` the rates of `tier_rates` hold: with `whole_tiers` the
    one that is reached for all of it, else each for its part. `rebate_shares` of a month's fees are given back
    from `rebate_from` of its measure on. What is collected WITH_DEAL is a flow of the deal; what is INVOICED is
    accrued and billed by the month: by the `biller` where we pay (none: the counterparty), else by us.
    Empty keys fit everything. `service` names the dated rule of its VAT; none: no VAT.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    product = models.CharField(max_length=20, blank=True)
    market = models.CharField(max_length=4, blank=True, db_default="")
    counterparty = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(
        "refdata.Place", models.PROTECT, null=True, blank=True, related_name="+"
    )
    capacity = models.CharField(max_length=8, choices=Capacity, blank=True, db_default="")
    collected = models.CharField(
        max_length=9, choices=Collected, default=Collected.WITH_DEAL, db_default="WITH_DEAL"
    )
    basis = models.CharField(
        max_length=10, choices=Basis, default=Basis.NOTIONAL, db_default="NOTIONAL"
    )
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    tier_from = _numbers(8)
    tier_rates = _numbers(12)
    whole_tiers = models.BooleanField(default=False, db_default=False)
    minimum = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    maximum = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    rebate_from = _numbers(8)
    rebate_shares = _numbers(12)
    currency = models.CharField(max_length=3)
    rounding = models.CharField(
        max_length=12, choices=FeeRounding, default=FeeRounding.HALF_UP, db_default="HALF_UP"
    )
    service = models.CharField(max_length=20, blank=True, db_default="")
    vat_on_top = models.BooleanField(default=False, db_default=False)
    payer = models.CharField(max_length=12, db_default="US")
    biller = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(minimum__gte=0), name="fee_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(maximum__isnull=True) | Q(maximum__gte=F("minimum")),
                name="fee_bounds_in_order",
            ),
            models.CheckConstraint(
                condition=Q(collected="INVOICED")
                | Q(payer="US", basis__in=["NOTIONAL", "QUANTITY", "DEAL"], rebate_from=[], biller=None),
                name="fee_with_deal_is_of_the_deal",
            ),
        ]  # fmt: skip
