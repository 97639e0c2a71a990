"""The register of equipment and licences, what of each was depreciated by month, and what it produced."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from expenses.assets.state import ASSET_LIFECYCLE, AssetKind, AssetState, Disposal, Method
from expenses.centres import CostCentre
from expenses.costs.models import money
from refdata.models import Entity, Party


class FixedAsset(StatefulModel):
    """Something that serves longer than a year, at cost less depreciation (IAS 16.30). It is never revalued.

    `cost` is what was paid with the VAT that is not recovered, `vat` what is recovered. `factor` is for a reducing
    balance, `units` for units of production. Once it leaves: how, on which day, to whom, and what it brought.
    """

    lifecycles = (ASSET_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=9, choices=AssetKind)
    centre = models.ForeignKey(
        CostCentre, models.PROTECT, null=True, related_name="+", db_index=False
    )
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    document = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    cost = money()
    vat = money(db_default=0)
    salvage = money(db_default=0)
    bought_on = models.DateField()
    in_use_on = models.DateField()
    months = models.SmallIntegerField()
    method = models.CharField(max_length=8, choices=Method)
    factor = models.DecimalField(max_digits=6, decimal_places=3, db_default=1)
    units = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    disposal = models.CharField(max_length=5, choices=Disposal, blank=True, db_default="")
    disposed_on = models.DateField(null=True)
    proceeds = money(null=True)
    proceeds_vat = money(null=True)
    buyer = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=AssetState, default=AssetState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_fixedasset", f"Can {verb.replace('_', ' ')} equipment or a licence")
            for verb in ("propose", "accept", "decline", "ask_disposal", "keep", "dispose")
        ]
        constraints: ClassVar = [
            known_states(ASSET_LIFECYCLE, "fixedasset_state_known"),
            models.UniqueConstraint(
                fields=["entity", "number"], condition=~Q(state="DECLINED"), name="fixedasset_once"
            ),
            models.CheckConstraint(
                condition=Q(cost__gt=0, vat__gte=0, salvage__gte=0, salvage__lt=F("cost"))
                & Q(months__range=(1, 1_200), factor__gte=1, units__gte=0),
                name="fixedasset_can_be_spent",
            ),
            models.CheckConstraint(
                condition=~Q(method="UNITS") | Q(units__gt=0), name="fixedasset_units_for_units"
            ),
            models.CheckConstraint(
                condition=Q(disposal="", disposed_on__isnull=True, proceeds__isnull=True)
                | Q(disposed_on__gte=F("in_use_on"), disposed_on__isnull=False)
                & Q(proceeds__gte=0, proceeds__isnull=False)
                & ~Q(disposal=""),
                name="fixedasset_leaves_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "state"], name="fixedasset_by_state")]

    def __str__(self) -> str:
        return f"EQ-{self.pk}"


class UnitsProduced(models.Model):
    """What an asset produced in a month, as a person told it. Never edited: the last row of a month counts."""

    asset = models.ForeignKey(FixedAsset, models.PROTECT, related_name="produced")
    month = models.DateField()
    units = models.DecimalField(max_digits=28, decimal_places=8)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(month__day=1, units__gte=0), name="unitsproduced_in_a_month"
            ),
        ]
