"""The sub-ledger of the tax of individuals: what was withheld of whom, of which payment, and by when it is due."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from ledger.ndfl.bases import OF_SECURITIES
from refdata.models import Entity, Party


class NdflWithholding(models.Model):
    """Tax that was kept back of one payment. A fact: what did not happen is taken back by a row of the other sign.

    `tax` is that of the year as it was then, `before` what of it had been withheld; of a coupon or a dividend, which
    is taxed as it is paid, that of this income alone. `bases` say what it came from, by base. A correction of an
    income, of which less is due, is below zero from the start.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    taxpayer = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    year = models.SmallIntegerField()
    day = models.DateField()
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    payment = models.DecimalField(max_digits=24, decimal_places=4)
    tax = models.DecimalField(max_digits=24, decimal_places=4)
    before = models.DecimalField(max_digits=24, decimal_places=4)
    withheld = models.DecimalField(max_digits=24, decimal_places=4)
    bases = models.JSONField(db_default=models.Value({}, models.JSONField()))
    transfer_by = models.DateField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source_type", "source_id"], condition=Q(reverses=None), name="ndflwithholding_once"
            ),
            models.CheckConstraint(
                condition=Q(withheld__gt=0, withheld__lte=F("payment"))
                | Q(withheld__lt=0, withheld__gte=F("payment"))
                | Q(reverses__isnull=False),
                name="ndflwithholding_of_a_payment",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "taxpayer", "year"], name="ndflwithholding_of_year"),
        ]

    def __str__(self) -> str:
        return f"NW-{self.pk}"


class NdflIncome(models.Model):
    """What an individual earned through us this year before our books began, as the system before told it. A fact.

    In the base currency of the entity. `costs` are what of the income is not taxed, `withheld` was kept back when it
    was paid; `full_years` are those for which what was sold had been held, `issuer` is the country of its ISIN.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    taxpayer = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    base = models.CharField(max_length=14)
    kind = models.CharField(max_length=8)
    day = models.DateField()
    income = models.DecimalField(max_digits=24, decimal_places=4)
    costs = models.DecimalField(max_digits=24, decimal_places=4)
    withheld = models.DecimalField(max_digits=24, decimal_places=4)
    full_years = models.SmallIntegerField(db_default=0)
    issuer = models.CharField(max_length=2, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["SALE", "COUPON", "DIVIDEND"],
                    base__in=[str(base) for base in OF_SECURITIES],
                    costs__gte=0,
                ),
                name="ndflincome_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "day"], name="ndflincome_by_day"),
        ]

    def __str__(self) -> str:
        return f"NI-{self.pk}"


class NdflPay(models.Model):
    """Pay as income of an individual, by the code it is told by. A fact: taken back by a row of the other sign.

    In base currency. `day` is that of the payment (art. 223 p. 1); `costs` are the deductions from `income`, by code
    in `deductions`. `resident` is what the individual was by then: it decides the scale. The source is a line of a
    payroll journal.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    taxpayer = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    code = models.CharField(max_length=4)
    income = models.DecimalField(max_digits=24, decimal_places=4)
    costs = models.DecimalField(max_digits=24, decimal_places=4)
    deductions = models.JSONField(db_default=models.Value({}, models.JSONField()))
    resident = models.BooleanField()
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source_type", "source_id"], condition=Q(reverses=None), name="ndflpay_once"
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, costs__gte=0, income__gte=F("costs"))
                | Q(reverses__isnull=False, costs__lte=0, income__lte=F("costs")),
                name="ndflpay_signs",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "day"], name="ndflpay_by_day")]

    def __str__(self) -> str:
        return f"NP-{self.pk}"
