"""Netting sets, and what is in them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Agreement, Asset, Entity, Party, Place, StandingInstruction
from settlements.models.settlement import Settlement
from settlements.netting.state import SET_LIFECYCLE, SetMode, SetState

KEY = (
    "entity", "counterparty", "owner", "capacity", "account", "place", "ssi", "nostro", "agreement",
    "asset", "money_asset", "due_date",
)  # fmt: skip


class NettingSet(StatefulModel):
    """Settlements between two sides that are settled together by their net, or not at all.

    `quantity` and `amount` are signed: above zero the owner receives. What they come to while it is open is
    computed anew; with its agreement the members are bound, and its own settlements settle them. `capacity`
    and `account` are those of the deals, `nostro` our own account. Without `cut_off_at` it is agreed at any time
    before its members go out.
    """

    lifecycles = (SET_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=10, choices=SetMode)
    counterparty = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    capacity = models.CharField(max_length=8)
    account = models.CharField(max_length=64, blank=True, db_default="")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    ssi = models.ForeignKey(StandingInstruction, models.PROTECT, related_name="+", db_index=False)
    nostro = models.CharField(max_length=64, blank=True, db_default="")
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, related_name="+", db_index=False
    )
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    money_asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    due_date = models.DateField()
    version = models.IntegerField(db_default=1, default=1)
    count = models.IntegerField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    gross_quantity = models.DecimalField(max_digits=28, decimal_places=8)
    gross_amount = models.DecimalField(max_digits=24, decimal_places=4)
    evidence = models.CharField(max_length=120, blank=True, db_default="")
    cut_off_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=SetState, default=SetState.OPEN)
    formed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("agree_nettingset", "Can agree to net"), ("reopen_nettingset", "Can undo a net"),
            ("form_nettingset", "Can propose a pair-off"),
            ("cross_nettingset", "Can let two sides cross"),
        ]  # fmt: skip
        constraints: ClassVar = [
            known_states(SET_LIFECYCLE, "nettingset_state_known"),
            models.UniqueConstraint(
                fields=[*KEY, "mode"], condition=Q(state="OPEN", mode="PAYMENTS"), nulls_distinct=False,
                name="nettingset_open_once",
            ),
            models.CheckConstraint(
                condition=Q(gross_amount__gte=F("amount")) & Q(gross_amount__gte=-F("amount"))
                & Q(gross_quantity__gte=F("quantity")) & Q(gross_quantity__gte=-F("quantity")),
                name="nettingset_net_within_gross",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["due_date", "id"],
                condition=Q(state__in=("OPEN", "AGREED", "INSTRUCTED")),
                name="nettingset_live",
            ),
            models.Index(fields=["entity", "id"], name="nettingset_by_entity"),
        ]

    def __str__(self) -> str:
        return f"NT-{self.pk}"

    @property
    def saved_amount(self) -> Decimal:
        """The money that does not move because of it."""
        return self.gross_amount - abs(self.amount)


class NettingMember(models.Model):
    """A settlement that a set was agreed on with, and what it brought: signed, above zero received. Never edited."""

    netting_set = models.ForeignKey(NettingSet, models.PROTECT, related_name="members")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["netting_set", "settlement"], name="nettingmember_once"
            ),
        ]
