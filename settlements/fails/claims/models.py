"""Interest claims for late cash or late securities, and buy-ins of what is not delivered."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity, Place
from settlements.fails.claims.state import (
    BUY_IN_LIFECYCLE,
    INTEREST_CLAIM_LIFECYCLE,
    BuyInState,
    Claimant,
    InterestClaimState,
)
from settlements.models import Settlement


class InterestClaim(StatefulModel):
    """What one side claims of the other for a fail by their contract.

    `computed` is what our own penalties of the days come to, for the side that claims; `amount` is what is
    claimed: the same where we claim, what they wrote where they do. Without `proposed_by` the night proposed it.
    """

    lifecycles = (INTEREST_CLAIM_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    claimant = models.CharField(max_length=4, choices=Claimant)
    first_day = models.DateField()
    last_day = models.DateField()
    computed = models.DecimalField(max_digits=24, decimal_places=4)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    currency = models.CharField(max_length=3)
    document = models.CharField(max_length=120, blank=True, db_default="")
    state = models.CharField(
        max_length=8, choices=InterestClaimState, default=InterestClaimState.PROPOSED
    )
    paid_at = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    paid_document = models.CharField(max_length=120, blank=True, db_default="")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_interestclaim", f"Can {verb} an interest claim")
            for verb in ("propose", "approve", "decline", "pay", "drop")
        ]
        constraints: ClassVar = [
            known_states(INTEREST_CLAIM_LIFECYCLE, "interestclaim_state_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(computed__gte=0) & Q(last_day__gte=F("first_day")),
                name="interestclaim_of_something",
            ),
            models.CheckConstraint(
                condition=~Q(state="PAID") | (Q(paid_at__isnull=False) & ~Q(paid_document="")),
                name="interestclaim_paid_is_proved",
            ),
            # A settlement is claimed for once at a time by each side.
            models.UniqueConstraint(
                fields=["settlement", "claimant"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]), name="interestclaim_one_open",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"IC-{self.pk}"


class BuyIn(StatefulModel):
    """Securities that a counterparty does not deliver, bought elsewhere at its cost. Optional.

    `quantity` is what was not delivered when it was proposed; `difference` what it cost more than was
    agreed, below zero where it was cheaper.
    """

    lifecycles = (BUY_IN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    agreed = models.DecimalField(max_digits=24, decimal_places=4)
    execute_by = models.DateField()
    price = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    difference = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    currency = models.CharField(max_length=3)
    document = models.CharField(max_length=120, blank=True, db_default="")
    state = models.CharField(max_length=11, choices=BuyInState, default=BuyInState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_buyin", f"Can {verb} a buy-in")
            for verb in ("propose", "notify", "execute", "compensate", "abandon")
        ]
        constraints: ClassVar = [
            known_states(BUY_IN_LIFECYCLE, "buyin_state_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(agreed__gte=0), name="buyin_of_something"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["EXECUTED", "COMPENSATED"])
                | (Q(price__gt=0) & Q(difference__isnull=False) & ~Q(document="")),
                name="buyin_executed_has_price",
            ),
            models.UniqueConstraint(
                fields=["settlement"], condition=~Q(state__in=["ABANDONED", "COMPENSATED"]),
                name="buyin_one_open",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"BI-{self.pk}"
