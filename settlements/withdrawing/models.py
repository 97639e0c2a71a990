"""Money that clients take out."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset, Entity, Party, Place
from settlements.models import Settlement
from settlements.withdrawing.state import WITHDRAWAL_LIFECYCLE, WithdrawalState


class Withdrawal(StatefulModel):
    """So much of a client's money at a place, as the client asks; `tax` is what of it is kept back, the rest is paid.

    `order` is the document by which the client asks. Approved it has a payment (`settlement`).
    """

    lifecycles = (WITHDRAWAL_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    client = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    money_asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    order = models.CharField(max_length=120)
    tax = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    settlement = models.OneToOneField(
        Settlement, models.PROTECT, null=True, related_name="withdrawal"
    )
    state = models.CharField(
        max_length=10, choices=WithdrawalState, default=WithdrawalState.PROPOSED, db_default="PROPOSED"
    )  # fmt: skip
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_withdrawal", f"Can {verb} a withdrawal of a client's money")
            for verb in ("propose", "approve", "decline")
        ]
        constraints: ClassVar = [
            known_states(WITHDRAWAL_LIFECYCLE, "withdrawal_state_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & ~Q(order=""), name="withdrawal_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "DECLINED"], settlement=None, tax=None)
                | Q(settlement__isnull=False, tax__gte=0, tax__lt=F("amount")),
                name="withdrawal_approved_is_paid",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "-id"], name="withdrawal_of_entity")]

    def __str__(self) -> str:
        return f"WD-{self.pk}"

    @property
    def net(self) -> Decimal | None:
        """What goes to the client's bank; none while nobody has approved it."""
        return None if self.tax is None else self.amount - self.tax
