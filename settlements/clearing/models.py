"""Net obligations to clearing houses, the deals within, and the houses' own figures."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from deals.models import Deal, Flow
from refdata.models import Asset, Entity, Party
from settlements.clearing.state import NET_LIFECYCLE, NetState

_KEY = ("entity", "counterparty", "account", "owner", "asset", "due_date")


class FigureSource(models.TextChoices):
    """By which road a figure of the clearing house came."""

    REST = "REST"
    FILE = "FILE"
    FORM = "FORM"


class ClearingFigure(models.Model):
    """What a clearing house says it is owed (below zero), or owes: never edited, the next number counts.

    It is about everything of its clearing account, owner, asset and date, whichever round of ours.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    counterparty = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    due_date = models.DateField()
    number = models.IntegerField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    document = models.CharField(max_length=120, blank=True, db_default="")
    source = models.CharField(max_length=4, choices=FigureSource)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("receive_clearingfigure", "Can bring figures of a clearing house"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=[*_KEY, "number"], name="clearingfigure_once"),
        ]

    def __str__(self) -> str:
        return f"CF-{self.pk}"


class NetObligation(StatefulModel):
    """What the cleared deals of one clearing account, owner, asset and date come to.

    `quantity` is signed, because two figures are compared and may be nothing: above zero the house
    owes us. It is that of the present version; `theirs` is their figure less our other rounds.
    """

    lifecycles = (NET_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    counterparty = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    due_date = models.DateField()
    round = models.IntegerField(db_default=1, default=1)
    version = models.IntegerField(db_default=1, default=1)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    figure = models.ForeignKey(
        ClearingFigure, models.PROTECT, null=True, related_name="+", db_index=False
    )
    theirs = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    state = models.CharField(max_length=10, choices=NetState, default=NetState.COMPUTED)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("agree_netobligation", "Can agree to a net obligation"),
        ]
        constraints: ClassVar = [
            known_states(NET_LIFECYCLE, "netobligation_state_known"),
            models.UniqueConstraint(fields=[*_KEY, "round"], name="netobligation_once"),
            # What is agreed is what both say.
            models.CheckConstraint(
                condition=~Q(state__in=("MATCHED", "AGREED"))
                | Q(theirs__isnull=False, theirs=models.F("quantity"))
                | Q(theirs__isnull=True, quantity=0),
                name="netobligation_agreed_equal",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_date", "id"],
                condition=~Q(state="SETTLED"),
                name="netobligation_open",
            ),
        ]

    def __str__(self) -> str:
        return f"NO-{self.pk}"

    @property
    def difference(self) -> Decimal | None:
        """Theirs less ours; None while there is no figure."""
        return None if self.theirs is None else self.theirs - self.quantity


class NetQuantity(models.Model):
    """What a net obligation came to in one version. Never edited: who joins or leaves makes another."""

    obligation = models.ForeignKey(
        NetObligation, models.PROTECT, related_name="versions", db_index=False
    )
    number = models.IntegerField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    joined = models.IntegerField()  # how many flows came with it; below zero: left
    computed_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["obligation", "number"], name="netquantity_once"),
        ]


class NettedFlow(models.Model):
    """A flow of a cleared deal in the net obligation that settles it, since a version. Never edited."""

    flow = models.OneToOneField(Flow, models.PROTECT, related_name="netted")
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="+")
    obligation = models.ForeignKey(NetObligation, models.PROTECT, related_name="flows")
    since = models.IntegerField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()


class LeftFlow(models.Model):
    """A flow that left its net obligation with a version: the venue reversed its deal. Never edited."""

    netted = models.OneToOneField(NettedFlow, models.PROTECT, related_name="left")
    since = models.IntegerField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
