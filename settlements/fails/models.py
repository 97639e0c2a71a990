"""Penalties day by day, as facts with versions, and which row of the annex an instrument falls under."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.models import DatedRule, Entity, Instrument, Price
from settlements.fails.kinds import PenaltyClass
from settlements.fails.state import Cause, Lack, Payer, PenaltyKind, PenaltyStatus, Scheme
from settlements.models import Settlement


class PenaltyClassOf(models.Model):
    """The row of the annex of (EU) 2017/389 that instruments fall under. Dated.

    A row for one instrument stands before one for its market, that before one for its kind.
    """

    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, blank=True, related_name="+"
    )
    market = models.CharField(max_length=4, blank=True, db_default="")
    instrument_kind = models.CharField(max_length=20, blank=True, db_default="")
    penalty_class = models.CharField(
        max_length=20, choices=[(each.value, each.value) for each in PenaltyClass]
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "market", "instrument_kind", "valid_from"],
                nulls_distinct=False, name="penaltyclassof_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="penaltyclassof_dated",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        what = self.instrument or f"{self.market or '*'} {self.instrument_kind or '*'}"
        return f"{what} {self.penalty_class}"


class Penalty(models.Model):
    """What one day of a fail costs one side, by our own computation. Never edited: a new version counts.

    `counted_on` is the day whose night counted it: of an SEFP the `day` itself, of an LMFP the matching
    date, while `day` runs from the intended date on. `days` is more than one where a contract counts
    closed days as well. No amount: a price, a rate or the failing side is missing. `valued_with` names the
    price and the rates, `P12 R7`.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, related_name="penalties", db_index=False
    )
    counted_on = models.DateField()
    day = models.DateField()
    days = models.SmallIntegerField(db_default=1)
    kind = models.CharField(max_length=4, choices=PenaltyKind)
    payer = models.CharField(max_length=7, choices=Payer)
    scheme = models.CharField(max_length=8, choices=Scheme)
    lack = models.CharField(max_length=10, choices=Lack, blank=True, db_default="")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    price = models.ForeignKey(Price, models.PROTECT, null=True, related_name="+", db_index=False)
    valued_with = models.CharField(max_length=80, blank=True, db_default="")
    base = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    rule = models.ForeignKey(DatedRule, models.PROTECT, null=True, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=12, blank=True, db_default="")
    cause = models.CharField(max_length=16, choices=Cause)
    step = models.CharField(max_length=40, blank=True, db_default="")
    status = models.CharField(max_length=4, choices=PenaltyStatus)
    version = models.SmallIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["settlement", "day", "kind", "payer", "version"], name="penalty_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="penalty_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(status="NCOM", amount__isnull=True)
                | Q(status="REMO", amount=0)
                | Q(status__in=["ACTV", "REIC", "RLOC", "SWIC"], amount__isnull=False),
                name="penalty_status_fits",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "counted_on", "settlement"], name="penalty_by_day"),
        ]

    def __str__(self) -> str:
        return f"PN-{self.pk}"
